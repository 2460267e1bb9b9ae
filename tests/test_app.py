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

    def start(*flags):
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


def test_the_server_loads_models_without_a_visitor(monkeypatch):
    asked = []
    monkeypatch.setattr(app.WarmUp, "start_after", lambda self, seconds: asked.append((list(self._tasks), seconds)))
    # as if Ctrl+C were pressed at once
    monkeypatch.setattr(signal, "signal", lambda _, handler: handler())
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
    assert words["en"] == words["ko"] == texts.load_sentences("ko")
