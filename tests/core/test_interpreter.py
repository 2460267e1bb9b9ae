"""A Python that lacks the packages, or is too old, gets one sentence that says what to type."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace

import pytest

from core import interpreter
from tests import ROOT

COMMANDS = {
    "app": ["app.py"],
    "models": ["-m", "core.models"],
    "preflight": ["-m", "core.preflight"],
    "benchmark": ["-m", "benchmarks.visit"],
    "training": ["-m", "training.emoji"],
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """What a newcomer has before `make run`: the files, and no environment."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("core", "demos", "benchmarks", "training"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
    shutil.copytree(ROOT / "assets" / "texts", folder / "assets" / "texts")
    shutil.copy(ROOT / "app.py", folder)
    return folder


def run_bare(folder, *command, **variables):
    """What a Python without any package prints, and its exit status."""
    # -S and -I leave only the standard library, as a fresh environment does; -I would also forget the folder
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(
        [sys.executable, "-S", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    return done.stderr, done.returncode


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_without_packages_a_command_says_in_one_line_what_to_do(checkout, command):
    said, status = run_bare(checkout, *command)
    assert status == 1
    assert said == (
        "What the app needs is not installed here (numpy, PIL, cv2, torch): type make run once, with internet, then "
        ".venv/bin/python in place of python.\n"
    )


def test_it_says_so_in_korean_where_the_console_can(checkout):
    said, _ = run_bare(checkout, "-m", "core.models", LC_ALL="ko_KR.UTF-8")
    assert said.startswith("앱에 필요한 패키지가 설치되어 있지 않습니다(numpy") and said.count("\n") == 1
    said, _ = run_bare(checkout, "-m", "core.models", LC_ALL="ko_KR.UTF-8", PYTHONIOENCODING="ascii")
    assert said.startswith("What the app needs")


def test_the_environment_of_the_checkout_is_named_where_there_is_one(checkout):
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    try:
        said, status = run_bare(checkout, "-m", "core.models", "list")
    finally:
        shutil.rmtree(checkout / ".venv")
    assert status == 1 and "type .venv/bin/python in place of python" in said and said.count("\n") == 1


def test_a_program_that_imports_us_can_catch_it(checkout):
    said, status = run_bare(checkout, "-c", "try:\n import core\nexcept ImportError as error:\n raise SystemExit(0)")
    assert (said, status) == ("", 0)


def test_on_windows_it_names_the_paths_of_windows(monkeypatch, tmp_path):
    monkeypatch.setattr(interpreter, "os", SimpleNamespace(name="nt", environ={}))
    monkeypatch.setattr(interpreter, "Path", lambda *parts: PureWindowsPath(*parts) if len(parts) > 1 else Path(*parts))
    monkeypatch.setattr(interpreter, "ROOT", Path(interpreter.__file__).parent.parent)
    assert ".venv\\Scripts\\python in place of python" in interpreter.describe_cure("no_such_package")


def test_an_old_python_is_told_which_is_needed(monkeypatch, tmp_path):
    monkeypatch.setattr(interpreter, "OLDEST", (99, 0))
    monkeypatch.setattr(sys, "prefix", str(ROOT / ".venv"))
    with pytest.raises(ImportError, match=r"Python 3.10 to 3.13 is needed, but this is 3\.\d+: install a newer one"):
        interpreter.check_interpreter()


def test_old_pythons_can_read_what_says_so():
    old = next(filter(None, map(shutil.which, ("python3.9", "python3.8", "python3.7", "python3.6"))), None)
    for file in ("core/__init__.py", "core/interpreter.py", "benchmarks/__init__.py"):
        compile((ROOT / file).read_text(encoding="utf-8"), file, "exec", dont_inherit=True)
        # a pyenv shim is there without a Python behind it
        if old and subprocess.run([old, "--version"], capture_output=True, check=False).returncode == 0:
            subprocess.run(
                [old, "-c", f"compile(open({file!r}, encoding='utf-8').read(), 'x', 'exec')"], cwd=ROOT, check=True
            )


def test_this_python_passes():
    interpreter.check_interpreter("numpy", "torch")
