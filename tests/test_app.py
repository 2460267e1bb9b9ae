"""The command, the page as a whole, and its silence: nothing but loopback is ever asked for."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from types import SimpleNamespace

import pytest

import app
from core.engine import Local
from core.errors import InputError
from demos.page import links
from tests import ROOT


def free_port():
    """Below the ports that other tests' connections are given meanwhile."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def wait_for(url, process, seconds=60):
    for _ in range(seconds * 10):
        try:
            return urllib.request.urlopen(url, timeout=5).status
        except OSError:
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer in {seconds} s")


@pytest.fixture
def start_app(tmp_path):
    """Starts app.py with flags, every name look-up of the server printed as LOOKUP; gives (process, url)."""
    processes = []

    def start(*flags, **variables):
        spy = (
            "import socket, sys\n"
            "real = socket.getaddrinfo\n"
            "def spy(host, *rest, **named):\n"
            "    print('LOOKUP', host, flush=True)\n"
            "    return real(host, *rest, **named)\n"
            "socket.getaddrinfo = spy\n"
            "import app; app.main(sys.argv[1:])"
        )
        port = free_port()
        environment = {k: v for k, v in os.environ.items() if k not in ("HF_HUB_OFFLINE", "GRADIO_ANALYTICS_ENABLED")}
        environment |= {"GRADIO_TEMP_DIR": str(tmp_path / "gradio"), "HF_HUB_CACHE": str(tmp_path / "hub")}
        environment |= variables
        process = subprocess.Popen(
            [sys.executable, "-c", spy, "--port", str(port), *flags],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        url = f"http://127.0.0.1:{port}/"
        assert wait_for(url, process) == 200
        return process, url

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()


def stop(process):
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=60)[0]


def test_the_server_looks_up_no_other_host_and_stops_on_sigterm(start_app):
    process, url = start_app()
    from gradio_client import Client, handle_file

    from core import samples

    client = Client(url, verbose=False)
    picture = handle_file(samples.sample_path("cat"))
    assert "cat" in str(client.predict(picture, api_name="/classify")).lower()
    time.sleep(1)
    printed = stop(process)
    assert f"Edges to Images: {url}" in printed
    hosts = set(re.findall(r"LOOKUP (\S+)", printed))
    assert hosts <= {"127.0.0.1", "localhost", "None", "b'127.0.0.1'", "0.0.0.0"}
    assert process.returncode == 0


def test_lan_prints_the_address_and_its_qr_code(start_app):
    process, _ = start_app("--lan")
    printed = ""
    while "On this network" not in printed:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    # the signal's handler comes after that line
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    # what `communicate` would read lacks what `readline` has buffered
    printed += process.stdout.read()
    process.wait(timeout=60)
    address = re.search(r"On this network: (http://[\d.]+:\d+/)", printed)
    assert address is not None
    assert links.qr_text(address[1]).strip() in printed


def test_a_tunnel_that_cannot_be_made_is_reported_and_the_page_stays(start_app):
    process, url = start_app("--share")
    for _ in range(300):
        line = process.stdout.readline()
        if "No public link" in line or "Public link" in line:
            break
    assert urllib.request.urlopen(url, timeout=5).status == 200
    assert "--lan" in line or "https://" in line
    stop(process)


@pytest.mark.parametrize(
    ("flags", "most"), [([], "400mb"), (["--share"], "40mb"), (["--lan"], "40mb"), (["--host", "0.0.0.0"], "40mb")]
)
def test_only_this_computer_may_upload_what_is_large(flags, most, monkeypatch):
    given = {}
    demo = SimpleNamespace(launch=lambda **settings: given.update(settings))
    monkeypatch.setattr(app.status, "status_route", lambda *_: None)
    app.launch(demo, app.parser().parse_args(flags), Local())
    assert given["max_file_size"] == most
    # Gradio takes None for what its variable of the environment says
    assert given["share"] is False, "the tunnel is opened by the app itself, after the page"


def test_the_server_loads_models_without_a_visitor(monkeypatch):
    asked = []
    monkeypatch.setattr(app.WarmUp, "start_after", lambda self, seconds: asked.append((list(self._tasks), seconds)))
    # as if Ctrl+C were pressed at once
    monkeypatch.setattr(signal, "signal", lambda number, ask: ask(number, None) if number == signal.SIGINT else None)
    app.serve(app.parser().parse_args([]))
    assert asked == [([tab.id for tab in app.TABS], app.UNVISITED_SECONDS)]


def test_auth_asks_every_visitor(start_app):
    process, url = start_app("--auth", "class:edges:2026")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}config", timeout=5)
    assert refused.value.code == 401
    stop(process)


def test_credentials():
    assert app.parse_credentials("class:pass:with:colons") == ("class", "pass:with:colons")
    for wrong in ("class", "class:", ":pass", ""):
        with pytest.raises(argparse.ArgumentTypeError):
            app.parse_credentials(wrong)


@pytest.mark.parametrize("flags", [["--models", "huge"], ["--lang", "fr"], ["--port", "x"]])
def test_wrong_flags_are_refused(flags, capsys):
    with pytest.raises(SystemExit):
        app.parser().parse_args(flags)
    assert flags[0] in capsys.readouterr().err


def test_the_forced_language_wins_over_the_browser():
    from core import texts
    from demos import page

    words = page.appearance_settings("ko")["i18n"].translations_dict
    assert (
        words["en"] == words["ko"]
        and words["en"].items()
        >= {
            key: sentence for key, sentence in texts.load_sentences("ko").items() if not key.startswith("builtin.")
        }.items()
    )


PROXIES = {
    "http": {"http_proxy": "http://127.0.0.1:9"},
    "every kind, in capitals": {"HTTPS_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "socks://127.0.0.1:9"},
}


@pytest.mark.parametrize("proxies", PROXIES.values(), ids=PROXIES)
def test_a_proxy_of_the_environment_does_not_keep_it_from_starting(start_app, proxies):
    process, url = start_app("--host", "0.0.0.0", **proxies, no_proxy="intern.univ.ac.kr")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    assert opener.open(f"{url}status", timeout=5).status == 200
    assert f"Edges to Images: {url.replace('127.0.0.1', 'localhost')}" in stop(process)


def run_app(*flags, **variables):
    """What a start that must fail prints, and its status."""
    environment = {**os.environ, "LC_ALL": "C", **variables}
    done = subprocess.run(
        [sys.executable, "app.py", *flags], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    return done.stderr, done.returncode


def test_a_busy_port_gets_one_sentence():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        printed, status = run_app("--port", port)
        assert status == 1 and re.fullmatch(rf"Port {port} is in use by another program.*--port.*\n", printed)
        printed, status = run_app("--port", port, LC_ALL="ko_KR.UTF-8", PYTHONIOENCODING="utf-8")
        assert status == 1 and re.fullmatch(rf"포트 {port}[은는] .*\n", printed)


def test_a_port_that_somebody_takes_meanwhile_gets_the_same_sentence(monkeypatch):
    def refuse(**_):
        raise OSError("Cannot find empty port in range: 7999-7999.")

    demo = SimpleNamespace(launch=refuse)
    monkeypatch.setattr(app.status, "status_route", lambda *_: None)
    port = free_port()
    with pytest.raises(InputError, match=f"Port {port} is in use"):
        app.launch(demo, app.parser().parse_args(["--port", str(port)]), Local())


def test_where_no_port_was_asked_for_another_one_is_taken(monkeypatch):
    tried = []

    def launch(server_port, **_):
        tried.append(server_port)
        if len(tried) < 3:
            raise OSError(f"Cannot find empty port in range: {server_port}-{server_port}.")
        return "server", "address", None

    ports = iter(range(7900, 8000))
    address = app.listening.ListeningAddress
    monkeypatch.setattr(app.listening, "find_address", lambda host, port: address("127.0.0.1", next(ports)))
    monkeypatch.setattr(app.status, "status_route", lambda *_: None)
    started = app.launch(SimpleNamespace(launch=launch), app.parser().parse_args([]), Local())
    assert started[0] == "server" and tried == [7900, 7901, 7902]
    tried.clear()
    with pytest.raises(InputError, match="Port 7903 is in use"):
        app.launch(SimpleNamespace(launch=launch), app.parser().parse_args(["--port", "7903"]), Local())
    assert tried == [7903]


@pytest.mark.parametrize(
    ("flags", "variables", "words"),
    [
        (["--port", "70000"], {}, "--port must be a number from 1 to 65535, but 70000 came"),
        ([], {"GRADIO_SERVER_PORT": "eighty"}, "GRADIO_SERVER_PORT must be a number"),
        (["--host", "192.0.2.7"], {}, "192.0.2.7 is not an address of this computer"),
        ([], {"GRADIO_TEMP_DIR": "/dev/null/folder"}, "Nothing can be written in the temporary folder"),
    ],
)
def test_what_keeps_it_from_starting_gets_one_sentence(flags, variables, words):
    printed, status = run_app(*flags, **variables)
    assert status == 1 and words in printed and printed.count("\n") == 1


def test_the_temporary_folder_is_its_own_and_gone_afterwards(start_app, tmp_path):
    (tmp_path / "shared").mkdir()
    # somebody else's: a file, so that not even root can write there
    (tmp_path / "shared" / "gradio").touch()
    process, url = start_app(GRADIO_TEMP_DIR="", TMPDIR=str(tmp_path / "shared"), PYTHONIOENCODING="cp949")
    assert urllib.request.urlopen(f"{url}status", timeout=5).status == 200
    (own,) = (tmp_path / "shared").glob("edges-to-images-*")
    assert own.stat().st_mode & 0o777 == 0o700
    stop(process)
    assert process.returncode == 0 and not own.exists()


def test_who_asks_twice_is_not_kept_waiting(monkeypatch):
    handlers = {}
    monkeypatch.setattr(signal, "signal", lambda number, handler: handlers.update({number: handler}))
    stopped = app.stop_on_signals()
    handlers[signal.SIGTERM](signal.SIGTERM, None)
    assert stopped.is_set()
    with pytest.raises(SystemExit):
        handlers[signal.SIGINT](signal.SIGINT, None)
