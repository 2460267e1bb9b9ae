"""What is printed, on a console that may lack letters, be full, have lost its reader, or not exist at all."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO, cast

from core import texts
from core.errors import PlaygroundError

# what a shell says of a command whose reader has gone: 128 + SIGPIPE
READER_GONE = 141


class LastingStream(io.TextIOBase):
    """A console that never brings down what prints on it: what it cannot take is lost.

    Args:
        stream: where the text goes; letters that it lacks are written as their numbers.

    Attributes:
        failure: why something was lost; None while nothing was.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | ValueError | None = None
        if isinstance(stream, io.TextIOWrapper):
            with self._note_failure():
                stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Hands the text on; returns its length, also where nobody takes it."""
        with self._note_failure():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hands on what was kept back."""
        with self._note_failure():
            self._stream.flush()

    def fileno(self) -> int:
        """Of the stream behind."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether somebody sits before it."""
        with contextlib.suppress(OSError, ValueError):
            return self._stream.isatty()
        return False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream behind."""
        return self._stream.encoding

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _note_failure(self) -> Any:
        try:
            yield
        # a full disk, a reader that has gone, a stream that was closed
        except (OSError, ValueError) as error:
            self.failure = error


def outlast_console() -> None:
    """From now on nothing that is printed stops the program, wherever it runs (`pythonw` has no console at all)."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, LastingStream):
            # open as long as the program runs
            found = stream or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, cast(TextIO, LastingStream(found)))


def announce_start() -> None:
    """Says to whoever sits before the terminal that the app starts, which takes seconds; Ctrl+C then simply ends it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stderr is not None and sys.stderr.isatty():
        said = texts.format_sentence("start.starting", texts.console_language())
        print(said if can_print(said) else texts.format_sentence("start.starting"), file=sys.stderr, flush=True)


def run_command(command: Callable[[], int | None]) -> None:
    """Runs a command that prints, to its end, and exits with its status.

    Where the reader has gone (`| head -1`) it says nothing, as commands do; where a disk was full it says so.

    Raises:
        SystemExit: always.
    """
    outlast_console()
    status = command()
    sys.stdout.flush()
    failure = getattr(sys.stdout, "failure", None)
    if isinstance(failure, BrokenPipeError):
        status = READER_GONE
    elif failure:
        raise SystemExit(format_error(PlaygroundError("start.print", got=failure)))
    raise SystemExit(status)


def can_print(text: str) -> bool:
    """Whether the console has all letters of the text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def format_error(error: PlaygroundError, language: str | None = None) -> str:
    """Its sentence in `language`, by default the console's; in English where the console lacks the letters."""
    said = error.message_in(language or texts.console_language())
    return said if can_print(said) else str(error)
