"""What the page shows of an upload is what is computed on: upright, in sRGB, in a format that every browser draws.

A browser shows HEIC, TIFF and JPEG 2000 as broken, knows other profiles and other turns than Pillow, and moves what is
animated; clicks then mean other pixels. So whoever asks for an uploaded picture gets its decoded copy, where that
differs. The file itself stays as it came: masks need its alpha, and drawings their notes.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import cv2
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from cachetools import LRUCache

from core import images
from core.decoding.browser_pictures import is_shown_as_read
from core.errors import InputError

if TYPE_CHECKING:
    from gradio import Blocks
    from starlette.middleware import Middleware
    from starlette.types import ASGIApp, Receive, Scope, Send

# as Gradio writes the address of a file
_MARK = "/file="
# pictures decoded at the same time, each of which may take some hundred megabytes for a moment
AT_ONCE = 2
# uploads of which is remembered what is shown
MAX_KNOWN = 4096
# a photo of more pixels is shown as JPEG: lossless, it would be several times the size of what was uploaded
LOSSLESS_PIXELS = 500_000
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 3]


def decoded_uploads(demo: Blocks) -> Middleware:
    """For `launch(app_kwargs={"middleware": [...]})`."""
    from starlette.middleware import Middleware

    return Middleware(DecodedUploads, demo=demo)


class DecodedUploads:
    """ASGI middleware: a request for an uploaded picture that a browser shows otherwise leads to its decoded copy."""

    def __init__(self, app: ASGIApp, demo: Blocks) -> None:
        self._app, self._demo = app, demo
        self._limiter = CapacityLimiter(AT_ONCE)
        self._shown: LRUCache[str, str] = LRUCache(MAX_KNOWN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, with another path where that is needed; Gradio's own route still checks the log-in."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            before, mark, path = scope["path"].partition(_MARK)
            if mark and path in self._demo.upload_file_set:
                scope = _with_path(scope, before + mark + await self._shown_path(path))
        await self._app(scope, receive, send)

    async def _shown_path(self, path: str) -> str:
        """The file to show: a copy is made once; where that fails the upload itself, and the handler says why."""
        known = self._shown.get(path)
        if known is None or not Path(known).is_file():
            known = await run_sync(write_shown_copy, path, limiter=self._limiter)
            self._shown[path] = known
            # Gradio deletes it after a day as it does with the upload
            self._demo.upload_file_set.add(known)
        return known


def write_shown_copy(path: str) -> str:
    """The path of what to show instead of an upload, beside it; `path` itself where it can be shown as it is."""
    if is_shown_as_read(path):
        return path
    try:
        picture = images.to_rgb(path)
    except InputError:
        return path
    lossless = picture.shape[0] * picture.shape[1] <= LOSSLESS_PIXELS
    kind, settings = (".png", _PNG) if lossless else (".jpg", _JPEG)
    data = cv2.imencode(kind, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)[1].tobytes()
    # a name that nobody else uses: two requests at once may both write
    copy = Path(path).with_name(f"shown-{uuid.uuid4().hex}{kind}")
    copy.write_bytes(data)
    return str(copy)


def _with_path(scope: Scope, path: str) -> dict[str, Any]:
    return {**scope, "path": path, "raw_path": quote(path).encode()}
