"""Words and errors in the visitor's language."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.i18n import I18nData

from core import texts
from core.errors import PlaygroundError

# seconds that a sentence stays on the page, unless it is closed before
SHORT_SECONDS, LONG_SECONDS = 10, 60
# the mark of a handler that `report_errors` is around; bound methods show it, too
_REPORTS = "reports_errors"
# the header in which our own page says what it shows; what a browser accepts can differ from request to request
PAGE_LANGUAGE = "x-page-language"
# the cookie in which a browser keeps what its visitor has chosen
_CHOSEN = re.compile(rf"(?:^|;)\s*page-language=({'|'.join(texts.LANGUAGES)})\s*(?:;|$)")


class Language:
    """The page's language when `--lang` fixes it; None follows each browser."""

    forced: str | None = None


def t(key: str) -> I18nData:
    """The sentence or note `key`, which the browser shows in its own language.

    Raises:
        KeyError: a language lacks it: better while the page is built than as a bare key on it.
    """
    texts.check_key(key)
    return I18nData(key)


def visitor_language() -> str:
    """The language of the visitor whose event is being answered, "en" or "ko": that of their page, if any."""
    request = LocalContext.request.get(None)
    if Language.forced or request is None:
        return Language.forced or texts.preferred_language(None)
    told = request.headers.get(PAGE_LANGUAGE)
    return texts.preferred_language(told) if told else asked_language(request.headers)


def asked_language(headers: Mapping[str, str]) -> str:
    """The language that a browser asks for: `--lang`, else what its visitor has chosen, else what the browser accepts.

    Args:
        headers: of the request, by their names in small letters.
    """
    chosen = _CHOSEN.search(headers.get("cookie", ""))
    return Language.forced or (chosen[1] if chosen else texts.preferred_language(headers.get("accept-language")))


def is_chosen(headers: Mapping[str, str]) -> bool:
    """Whether a browser's visitor has chosen the language that the page is in."""
    return Language.forced is None and _CHOSEN.search(headers.get("cookie", "")) is not None


def localise(key: str, **facts: object) -> str:
    """The sentence `key` in the visitor's language, with its facts."""
    return texts.format_sentence(key, visitor_language(), **facts)


def error_toast(error: PlaygroundError) -> gr.Error:
    """The error as Gradio shows it: one sentence, nothing on the page lost; longer where a command is to be typed."""
    seconds = LONG_SECONDS if "command" in error.facts else SHORT_SECONDS
    return gr.Error(error.message_in(visitor_language()), duration=seconds, print_exception=False)


def show_toast(key: str, *, seconds: float = SHORT_SECONDS, **facts: object) -> None:
    """Shows the visitor whose event is being answered a sentence in passing."""
    gr.Info(localise(key, **facts), duration=seconds, title=localise("ui.told"))


def report_errors(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Turns a `PlaygroundError`, the handler's or an unreadable picture's, into a toast; others are bugs, stay loud.

    A handler that reports already is returned as it is.
    """
    if is_reporting(handler):
        return handler
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def run_generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                _raise_refused(args)
                yield from handler(*args, **kwargs)
            except PlaygroundError as error:
                raise error_toast(error) from error

        return _mark_reporting(run_generator, handler)

    @functools.wraps(handler)
    def run_function(*args: Any, **kwargs: Any) -> Any:
        try:
            _raise_refused(args)
            return handler(*args, **kwargs)
        except PlaygroundError as error:
            raise error_toast(error) from error

    return _mark_reporting(run_function, handler)


def is_reporting(handler: Callable[..., Any]) -> bool:
    """Whether `report_errors` is around the handler."""
    inner = handler.func if isinstance(handler, functools.partial) else handler
    return bool(getattr(inner, _REPORTS, False))


def _mark_reporting(reporting: Callable[..., Any], handler: Callable[..., Any]) -> Callable[..., Any]:
    if isinstance(handler, functools.partial):
        # it has no name of its own for `functools.wraps`
        functools.update_wrapper(reporting, handler.func, ("__module__", "__name__", "__qualname__", "__doc__"))
        reporting.__dict__["__wrapped__"] = handler
    setattr(reporting, _REPORTS, True)
    return reporting


def _raise_refused(values: tuple[Any, ...]) -> None:
    for value in values:
        if isinstance(value, PlaygroundError):
            raise value
