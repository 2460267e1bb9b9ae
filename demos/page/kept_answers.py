"""Answers that are the same for everybody are made and compressed once: Gradio's pages, scripts and styles.

A hall of phones opens the page within a minute. Gradio writes it anew for each of them, 1.9 MB of HTML that it does not
compress, and compresses each of its 140 scripts and styles for each of them. Nothing else passes through here: no
event's stream waits for its end.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import brotli
from anyio.to_thread import run_sync
from cachetools import LRUCache

from demos.page import document

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.middleware import Middleware
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# pages by language and address, and files; a page is some 150 kB, all files of a visit are 2 MB
MAX_PAGES, MAX_FILES = 24, 512
# of 11; from 9 on a page takes seconds and becomes 3% smaller
QUALITY = 9
_FOLDERS = ("/assets/", "/static/")
_TEXTS = (".js", ".css", ".json", ".svg")
# what decides the address that Gradio writes into a page
_ADDRESS = ("host", "forwarded", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix", "x-forwarded-port")
_SECONDS = 31_536_000
_HTML = (b"content-type", b"text/html; charset=utf-8")


def keep_answers(pages: Collection[str], *, shared: bool) -> Middleware:
    """For `launch(app_kwargs={"middleware": [...]})`, before what else writes into pages.

    Args:
        pages: their paths, without slashes; "" is the first.
        shared: whether all visitors get the same page, as where nobody logs in.
    """
    from starlette.middleware import Middleware

    return Middleware(KeptAnswers, pages=frozenset(pages), shared=shared)


@dataclass
class Answer:
    """A whole answer with status 200.

    Attributes:
        headers: as ASGI has them, without those of the length, the compression and the keeping.
        compressed: the body in each coding that was asked for so far.
        etag: the body's digest, quoted (RFC 9110, 8.8.3).
    """

    headers: list[tuple[bytes, bytes]]
    compressed: dict[str, bytes]
    etag: str

    def body(self, coding: str) -> bytes:
        """The body in "br", "gzip" or "identity"."""
        if coding not in self.compressed:
            plain: bytes = brotli.decompress(self.compressed["br"])
            if coding == "identity":
                return plain
            self.compressed[coding] = gzip.compress(plain)
        return self.compressed[coding]


class KeptAnswers:
    """ASGI middleware; see the module."""

    def __init__(self, app: ASGIApp, pages: frozenset[str], shared: bool) -> None:
        self._app, self._pages, self._shared = app, pages, shared
        self._kept: dict[bool, LRUCache[Any, Answer]] = {True: LRUCache(MAX_PAGES), False: LRUCache(MAX_FILES)}
        # one at a time: who comes meanwhile finds the answer made
        self._making = {True: anyio.Lock(), False: anyio.Lock()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; whatever is no page and no script is passed on as it comes."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        from starlette.datastructures import Headers

        headers, path = Headers(scope=scope), scope["path"]
        is_page = path.strip("/") in self._pages and b"deep_link" not in scope["query_string"]
        key = _page_key(scope, headers) if is_page else path
        if is_page and scope["method"] == "HEAD" and key not in self._kept[True]:
            # Gradio asks so whether its server is up, three seconds long: a slow computer has no page by then
            await send({"type": "http.response.start", "status": 200, "headers": [_HTML]})
            await send({"type": "http.response.body", "body": b""})
        elif is_page and self._shared:
            await self._answer(key, True, headers, scope, send)
        elif path.startswith(_FOLDERS) and path.endswith(_TEXTS) and "range" not in headers:
            await self._answer(key, False, headers, scope, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, key: Any, page: bool, headers: Headers, scope: Scope, send: Send) -> None:
        kept = self._kept[page]
        if key not in kept:
            async with self._making[page]:
                if key not in kept:
                    made = await self._make(scope, send)
                    if made is None:
                        return
                    kept[key] = made
        await _send_answer(kept[key], headers, scope, send)

    async def _make(self, scope: Scope, send: Send) -> Answer | None:
        """The answer of what is behind; None where it is no whole one, which then is sent already."""
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        # whoever leaves the page meanwhile must not end the answer: half of it would be kept for all others
        await self._app({**scope, "method": "GET"}, _stay(), collect)
        start, *rest = messages
        body = b"".join(message.get("body", b"") for message in rest)
        if not _is_for_all(start, len(body)):
            for message in messages:
                await send(message)
            return None
        return await run_sync(_compress_answer, start, body)


def _stay() -> Receive:
    """The side of a visitor who asks for something without a body and waits for the answer."""
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await anyio.sleep_forever()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def _is_for_all(start: Message, length: int) -> bool:
    """Whether it is whole and the same for everybody: a cookie is for one visitor alone."""
    headers = {name.lower(): value for name, value in start["headers"]}
    whole = length == int(headers.get(b"content-length", length))
    return start["status"] == 200 and length > 0 and whole and b"set-cookie" not in headers


def _compress_answer(start: Message, body: bytes) -> Answer:
    dropped = (b"content-length", b"etag", b"cache-control", b"last-modified", b"accept-ranges")
    headers = [(name, value) for name, value in start["headers"] if name.lower() not in dropped]
    packed = brotli.compress(body, mode=brotli.MODE_TEXT, quality=QUALITY)
    return Answer(headers, {"br": packed}, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


async def _send_answer(answer: Answer, asked: Headers, scope: Scope, send: Send) -> None:
    from starlette.datastructures import MutableHeaders

    headers = MutableHeaders(raw=list(answer.headers))
    coding = _choose_coding(asked.get("accept-encoding", ""))
    # a page is asked for again each time, with the digest of the one at hand; Gradio's files have theirs in their names
    fixed = "/assets/" in scope["path"]
    headers["cache-control"] = f"public, max-age={_SECONDS}, immutable" if fixed else "no-cache"
    headers["etag"] = answer.etag if coding == "identity" else f'{answer.etag[:-1]}-{coding}"'
    headers.add_vary_header("Accept-Encoding")
    if headers["etag"] in asked.get("if-none-match", ""):
        await send({"type": "http.response.start", "status": 304, "headers": headers.raw})
        await send({"type": "http.response.body", "body": b""})
        return
    body = await run_sync(answer.body, coding)
    if coding != "identity":
        headers["content-encoding"] = coding
    headers["content-length"] = str(len(body))
    await send({"type": "http.response.start", "status": 200, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _choose_coding(accepted: str) -> str:
    """The smallest that an Accept-Encoding takes (RFC 9110, 12.5.3); what it gives the weight 0 is refused.

    >>> _choose_coding("gzip, br;q=0.8"), _choose_coding("gzip, br;q=0.0")
    ('br', 'gzip')
    """
    parts = (part.replace(" ", "").partition(";q=") for part in accepted.lower().split(","))
    offered = {name for name, _, weight in parts if not weight or weight.strip("0.")}
    return next((coding for coding in ("br", "gzip") if coding in offered), "identity")


def _page_key(scope: Scope, headers: Headers) -> tuple[Any, ...]:
    """All of a request that its page depends on."""
    address = tuple(headers.get(name) for name in _ADDRESS)
    return (scope["path"], scope["scheme"], scope.get("root_path"), address, document.page_words(headers))
