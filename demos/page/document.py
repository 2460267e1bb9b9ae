"""The HTML in which the page comes: in the language that the visitor's events are answered in, whatever a browser does.

Gradio's page takes its words by the browser's first language, its events are answered by all that the browser accepts:
who reads Chinese, then Korean, would see both. So the document itself says which it is, before any of Gradio's scripts.
The other scripts of `scripts` are as early: they hear of files, keys and fingers before Gradio does, change its
settings before it reads them, and its words before anybody sees them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import texts
from demos.page import slimming
from demos.ui.language import Language, asked_language, is_chosen

if TYPE_CHECKING:
    from starlette.middleware import Middleware
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# what runs before Gradio's own scripts, in this order
_NAMES = (
    "document.js",
    "toast.js",
    "large_files.js",
    "gradio_words.js",
    "strips.js",
    "memory.js",
    "names.js",
    "touch.js",
)
SCRIPTS = tuple(Path(__file__).with_name("scripts") / name for name in _NAMES)
# what stands between Gradio's settings of the page and its scripts
_BETWEEN = b"<script data-gradio-mode>"
# Gradio's own page, and none of the files that visitors put there
_MARK = b"<gradio-app"


def document_middleware() -> Middleware:
    """What `launch(app_kwargs={"middleware": [...]})` takes; it stands inside of Gradio's compression."""
    from starlette.middleware import Middleware

    return Middleware(DocumentMiddleware)


class DocumentMiddleware:
    """Gives every page of Gradio's its language, and the script that keeps it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands everything else on as it is."""
        from starlette.datastructures import Headers

        if scope["type"] == "http" and scope["method"] == "GET":
            send = _PageWriter(send, Headers(scope=scope)).send
        await self._app(scope, receive, send)


class _PageWriter:
    """Holds an answer back while it may be a page, and sends it with its language."""

    def __init__(self, send: Send, asked: Mapping[str, str]) -> None:
        self._send = send
        self._asked = asked
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
        else:
            await self._send(message)

    async def _send_page(self, start: Message) -> None:
        from starlette.datastructures import MutableHeaders

        body = self._body
        if _MARK in body:
            headers = MutableHeaders(raw=start["headers"])
            body = slimming.slim_page(write_language(body, self._asked), asked_language(self._asked))
            headers["content-length"] = str(len(body))
            headers["content-language"] = asked_language(self._asked)
            for name in ("Accept-Language", "Cookie"):
                headers.add_vary_header(name)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def page_words(asked: Mapping[str, str]) -> tuple[str, bool, bool]:
    """All that a page takes from who asks for it: its language, whether they read that, and whether `--lang` fixes it.

    A browser offers nobody a translation of what they read; who reads neither language may want one.
    """
    language = asked_language(asked)
    own = language in texts.rank_languages(asked.get("accept-language")) or is_chosen(asked)
    return language, own, Language.forced is not None


def write_language(page: bytes, asked: Mapping[str, str]) -> bytes:
    """A page of Gradio's with its language and title, and with our script before all others.

    Args:
        page: HTML in UTF-8.
        asked: the headers of the browser's request, by their names in small letters.
    """
    language, own, _ = page_words(asked)
    # `--lang` leaves nothing to choose: page.css hides the buttons
    attributes = f'lang="{language}"' + (' translate="no"' if own else "") + (" data-fixed" if Language.forced else "")
    title = texts.format_sentence("ui.headline", language).removeprefix("# ")
    head = f"<title>{escape(title)}</title>" + ('<meta name="google" content="notranslate" />' if own else "")
    head += f"<script>{_read_script()}</script>"
    page = re.sub(rb'(<html\b[^>]*?)\blang="[^"]*"', lambda found: found[1] + attributes.encode(), page, count=1)
    page = page.replace(_BETWEEN, b"<script>preparePage(gradio_config);</script>" + _BETWEEN, 1)
    return page.replace(b"<head>", b"<head>" + head.encode(), 1)


@functools.lru_cache(maxsize=1)
def _read_script() -> str:
    words = json.dumps({language: _fixed_words(language) for language in texts.LANGUAGES}, ensure_ascii=False)
    return "".join(script.read_text(encoding="utf-8") for script in SCRIPTS).replace("GRADIO_WORDS", words)


def _fixed_words(language: str) -> dict[str, Any]:
    """What gradio_words.js says: `exact` for words that are fixed in Gradio's scripts, and sentences with numbers."""
    said, english = (_section("builtin_fixed.", spoken) for spoken in (language, "en"))
    exact = {english[name].lower(): text for name, text in said.items() if name.startswith("word_")}
    return {
        "exact": {word: text for word, text in exact.items() if language != "en"},
        **{name: text for name, text in said.items() if not name.startswith("word_")},
    }


def _section(start: str, language: str) -> dict[str, str]:
    sentences = texts.load_sentences(language)
    return {key.removeprefix(start): sentence for key, sentence in sentences.items() if key.startswith(start)}


def _is_html(message: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
