"""Whether this Python can run the app: one sentence with the cure where it cannot, in place of a traceback.

Read by every Python from 3.6 on, before anything else of ours: nothing newer may stand here.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

OLDEST = (3, 10)
ROOT = Path(__file__).parent.parent


def check_interpreter(*packages: str) -> None:
    """Nothing, where this Python is new enough and finds all of these packages.

    Raises:
        SystemExit: it is not, or does not, and a command was typed; the sentence is in the console's language.
        ImportError: the same in a program that imports us.
    """
    if sys.version_info >= OLDEST and all(map(importlib.util.find_spec, packages)):
        return
    sentence = describe_cure(*packages)
    # as long as runpy looks for the module of `python -m`, its name is not yet there
    typed = sys.argv[:1] == ["-m"] or Path(sys.argv[0] if sys.argv else "").name == "app.py"
    raise SystemExit(sentence) if typed else ImportError(sentence)


def describe_cure(*packages: str) -> str:
    """What to type instead, with the environment of this checkout where there is one."""
    python = Path(".venv", "Scripts", "python.exe") if os.name == "nt" else Path(".venv", "bin", "python")
    if (ROOT / python).exists() and Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        return _say("outside", python=str(python))
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < OLDEST:
        return _say("python_old", version=version)
    missing = ", ".join(name for name in packages if importlib.util.find_spec(name) is None)
    return _say("packages_windows" if os.name == "nt" else "packages", missing=missing)


def _say(name: str, **facts: str) -> str:
    """A sentence of `assets/texts/start.json`; in English where the console lacks the letters."""
    path = ROOT / "assets/texts/start.json"
    both: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))[name]
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    said = both["ko" if locale.lower().startswith("ko") else "en"].format(**facts)
    try:
        said.encode(getattr(sys.stderr, "encoding", None) or "ascii")
    except (UnicodeError, LookupError):
        return both["en"].format(**facts)
    return said


if __name__ == "__main__":
    # `make run` asks before it makes an environment of this Python
    if sys.version_info < OLDEST:
        raise SystemExit(describe_cure())
