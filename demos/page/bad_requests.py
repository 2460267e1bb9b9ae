"""What Gradio's routes make of a request that no page of ours sends: a sentence in place of an error of the server."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import gradio as gr
from fastapi import Depends, HTTPException
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from gradio.context import LocalContext
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demos import ui
from demos.page.checked_blocks import is_ours, log_refusal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# the routes that read what a visitor sent; what the others raise is about the page itself
_READING = re.compile(r".*/gradio_api/(?!info|openapi|startup-events|app_id|token|user|heartbeat)")
_CALLING = re.compile(r".*/gradio_api/(run|api)/")
# those that take JSON of a form that /gradio_api/info describes
_TAKING_JSON = re.compile(r".*/gradio_api/(run|api|call|queue/join|component_server|cancel|reset|stream)(/|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# a browser shows no page of ours for these: what a program or Gradio's script is told
_SENTENCES = {400: "request_unreadable", 404: "call_unknown", 405: "call_unknown", 503: "queue_full"}


def request_settings(*inner: Middleware) -> dict[str, Any]:
    """For `launch(app_kwargs={...})`: requests that cannot be read get a sentence and a status below 500.

    Args:
        inner: more middleware, whose errors are read alike.
    """
    return {
        "middleware": [Middleware(RefuseUnreadable), *inner],
        "exception_handlers": {RequestValidationError: _answer_invalid, StarletteHTTPException: _answer_refused},
        "dependencies": [Depends(check_session)],
    }


async def check_session(request: Request) -> None:
    """Nothing, where the request names no session or one by a name.

    Raises:
        HTTPException: the name is empty, under which Gradio would wait for messages that go elsewhere.
    """
    # its route has read the JSON before, which the request keeps
    sent = getattr(request, "_json", None)
    if isinstance(sent, dict) and sent.get("session_hash") == "":
        raise HTTPException(400)


class RefuseUnreadable:
    """Middleware that answers where a route fails over what was sent, and prints no traceback of that."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request; ASGI 3."""
        path = scope["path"] if scope["type"] == "http" else ""
        answer = _Answer(send, bool(_CALLING.match(path)))
        if _CONTROL.search(path):
            # some routes print their address
            await answer.end(scope, receive)
            return
        if not _READING.match(path):
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, answer.pass_on)
        except Exception as error:
            if is_ours(error):
                raise
            # of a stream that has begun, Gradio has said what is wrong there, as that the server was started anew
            if not answer.begun:
                log_refusal(error)
            await answer.end(scope, receive, 404 if _is_lookup(error) else 400)


class _Answer:
    """What is sent back; of a call that was refused with a sentence the status is not that of a broken server."""

    def __init__(self, send: Send, calling: bool) -> None:
        self._send, self._calling = send, calling
        self._held: Message | None = None
        self.begun = False

    async def pass_on(self, message: Message) -> None:
        """Sends the message, the first line of a call's answer only when it is known what it says."""
        if message["type"] == "http.response.start" and self._calling and message["status"] == 500:
            self._held = message
            return
        if self._held is not None:
            await self._send({**self._held, "status": 400 if _has_sentence(message.get("body", b"")) else 500})
            self._held = None
        self.begun = True
        await self._send(message)

    async def end(self, scope: Message, receive: Receive, status: int = 400) -> None:
        """The sentence, or the end of an answer that has begun."""
        if self.begun:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await _refusal(scope, status)(scope, receive, self._send)


def _is_lookup(error: Exception) -> bool:
    """Whether Gradio looked for a function that the page does not have."""
    return traceback.extract_tb(error.__traceback__)[-1].name == "get_fn"


def _has_sentence(body: bytes) -> bool:
    try:
        return bool(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return False


async def _answer_invalid(request: Request, _: Exception) -> Response:
    # not its 422, which Gradio's script takes for a list of what is wrong with each input
    return _refusal(request.scope, 400)


async def _answer_refused(request: Request, error: Any) -> Response:
    """Gradio's own refusals of a call, which are in English only; the others are as they were."""
    if _TAKING_JSON.match(request.scope["path"]) and error.status_code in _SENTENCES:
        return _refusal(request.scope, error.status_code)
    return await http_exception_handler(request, error)


def _refusal(scope: Any, status: int) -> Response:
    """The sentence as Gradio's pages and clients read it, in the language of whoever sent the request."""
    visitor = LocalContext.request.set(gr.Request(Request(scope)))
    try:
        said = ui.localise(f"errors.{_SENTENCES[status]}")
    finally:
        LocalContext.request.reset(visitor)
    return JSONResponse({"error": said, "detail": said}, status)
