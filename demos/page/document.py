"""The HTML in which the page comes: in the language that the visitor's events are answered in, whatever a browser does.

Gradio's page takes its words by the browser's first language, its events are answered by all that the browser accepts:
who reads Chinese, then Korean, would see both. So the document itself says which it is, before any of Gradio's scripts.
A second script is as early, as it must hear of a file before Gradio does.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from core import texts
from demos.ui import Language

if TYPE_CHECKING:
    from starlette.middleware import Middleware
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# what runs before Gradio's own scripts
SCRIPTS = tuple(Path(__file__).with_name(name) for name in ("document.js", "large_files.js", "touch.js"))
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
        if scope["type"] == "http" and scope["method"] == "GET":
            send = _PageWriter(send, _accepted_languages(scope)).send
        await self._app(scope, receive, send)


class _PageWriter:
    """Holds an answer back while it may be a page, and sends it with its language."""

    def __init__(self, send: Send, preference: str | None) -> None:
        self._send = send
        self._preference = preference
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
            body = write_language(body, self._preference)
            headers["content-length"] = str(len(body))
            headers["content-language"] = page_language(self._preference)
            headers.add_vary_header("Accept-Language")
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def page_language(preference: str | None) -> str:
    """The language of a page that a browser asks for with this Accept-Language header; that of `--lang` comes first."""
    return Language.forced or texts.preferred_language(preference)


def write_language(page: bytes, preference: str | None) -> bytes:
    """A page of Gradio's with its language and with our script before all others.

    Args:
        page: HTML in UTF-8.
        preference: the browser's Accept-Language header.
    """
    language = page_language(preference)
    # a browser offers nobody a translation of what they read; who reads neither language may want one
    own = language in texts.rank_languages(preference)
    # `--lang` leaves nothing to choose in the settings: page.css hides it
    attributes = f'lang="{language}"' + (' translate="no"' if own else "") + (" data-fixed" if Language.forced else "")
    head = ('<meta name="google" content="notranslate" />' if own else "") + f"<script>{_read_script()}</script>"
    page = re.sub(rb'(<html\b[^>]*?)\blang="[^"]*"', lambda found: found[1] + attributes.encode(), page, count=1)
    return page.replace(b"<head>", b"<head>" + head.encode(), 1)


@functools.lru_cache(maxsize=1)
def _read_script() -> str:
    return "".join(script.read_text(encoding="utf-8") for script in SCRIPTS)


def _accepted_languages(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), None)


def _is_html(message: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
