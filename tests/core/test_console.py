from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from core import console
from core.errors import InputError
from tests import ROOT

SAY = "from core import console; console.run_command(lambda: print({}))"


def run(code, *, stdout=subprocess.PIPE, **variables):
    environment = {**os.environ, "PYTHONUTF8": "0", **variables}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=stdout, stderr=subprocess.PIPE, check=False
    )


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("cp949", "× 한 \\u2588"),
        ("cp1252", "× \\ud55c \\u2588"),
        ("ascii", "\\xd7 \\ud55c \\u2588"),
        ("utf-8", "× 한 █"),
    ],
)
def test_letters_that_a_console_lacks_are_written_as_their_numbers(encoding, printed):
    done = run(SAY.format("'× 한 █'"), PYTHONIOENCODING=encoding)
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.decode(encoding).strip() == printed


def test_a_reader_that_has_gone_ends_a_command_without_a_word():
    read, write = os.pipe()
    os.close(read)
    done = run(SAY.format("'line\\n' * 10**5"), stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (console.READER_GONE, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")  # noqa: PTH110
def test_a_full_disk_gets_a_sentence():
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = run(SAY.format("'kept'"), stdout=full, LC_ALL="C")
    assert done.returncode == 1
    assert done.stderr.decode().startswith("What was printed could not all be written ([Errno 28]")


@pytest.mark.parametrize("code", ["sys.stdout = sys.stderr = None", "sys.stdout.close()", "os.close(1)"])
def test_a_program_outlasts_a_console_that_is_not_there(code):
    said = f"import os, sys; {code}; from core import console; console.outlast_console();"
    said += "print('lost' * 10**5, flush=True); print('lost', file=sys.stderr); sys.stdout.isatty(); os._exit(7)"
    assert run(said).returncode == 7


def test_streams_are_wrapped_once(monkeypatch):
    first = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", first)
    monkeypatch.setattr(sys, "stderr", None)
    console.outlast_console()
    wrapped = sys.stdout
    console.outlast_console()
    assert sys.stdout is wrapped and wrapped.encoding == "ascii"
    assert console.can_print("x") and not console.can_print("한")
    print("한", flush=True)
    assert first.buffer.getvalue() == b"\\ud55c\n" and wrapped.failure is None
    first.close()
    print("lost", flush=True)
    assert isinstance(wrapped.failure, ValueError)


@pytest.mark.parametrize(
    ("locale", "encoding", "word"),
    [("ko_KR.UTF-8", "utf-8", "포트"), ("ko_KR", "ascii", "Port"), ("C", "utf-8", "Port")],
)
def test_errors_are_in_the_consoles_language_where_it_has_the_letters(locale, encoding, word, monkeypatch):
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert console.format_error(InputError("start.port_busy", port=80)).startswith(word)


def test_a_forced_language_comes_before_the_consoles(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert console.format_error(InputError("start.port_busy", port=80), "ko").startswith("포트 80")


def test_who_sits_before_the_terminal_is_told_that_it_starts(monkeypatch, capsys):
    from core import console

    # a signal's handler is the whole process's: pytest keeps its own
    monkeypatch.setattr(console.signal, "signal", lambda *_: None)
    console.announce_start()
    assert capsys.readouterr().err == "", "a log is not told"
    monkeypatch.setattr(console.sys.stderr, "isatty", lambda: True, raising=False)
    for locale, words in (("C", "Edges to Images is starting"), ("ko_KR.UTF-8", "앱을 시작합니다")):
        monkeypatch.setenv("LC_ALL", locale)
        console.announce_start()
        said = capsys.readouterr().err
        assert said.startswith(words) and said.count("\n") == 1
