"""How others reach this page: its addresses, and the QR code in the header."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import gradio as gr
from markupsafe import Markup

from core import console
from demos import ui

if TYPE_CHECKING:
    import segno

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
# what a tunnel or a proxy on this computer adds for somebody far away
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
# what a proxy tells of the address that was asked
_TOLD = ("proto", "host", "prefix")
# names, IPv4, IPv6; a path as browsers write it. Longer ones would make a QR code that no phone reads
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,300}")

# document.js hears them, page.css shows which one the page is in; each names itself in its own language
_LANGUAGE_BUTTONS = (
    '<div role="group" aria-label="언어 · Language">'
    '<button type="button" lang="ko" data-language="ko">한국어</button>'
    '<button type="button" lang="en" data-language="en" aria-label="English">EN</button></div>'
)


class ServerAddresses:
    """The addresses of the running server; app.py fills them in as it learns them."""

    def __init__(self) -> None:
        self.lan: str | None = None
        self.tunnel: str | None = None

    def public_address(self, asked: str) -> str | None:
        """The address to give to others, `asked` being the one this visitor used; None when there is none."""
        return self.tunnel or (self.lan if _hostname(asked) in _LOOPBACK else asked)

    def build_header(self) -> None:
        """The page's title, the choice of its language, and the button that opens the QR code."""
        with gr.Row(elem_id="header", equal_height=True):
            gr.Markdown(ui.t("ui.headline"), elem_id="headline")
            gr.HTML(_LANGUAGE_BUTTONS, elem_id="languages")
            join = gr.Button(ui.t("ui.join"), elem_id="join", scale=0, min_width=120, size="sm")
        code = gr.HTML(visible=False, elem_id="qr")
        opened = gr.State(False)

        def toggle_qr_code(is_open: bool, request: gr.Request) -> tuple[bool, gr.HTML]:
            return not is_open, gr.HTML(self._qr_card(request), visible=not is_open)

        join.click(toggle_qr_code, opened, [opened, code], api_name="join", queue=False, show_progress="hidden")

    def _qr_card(self, request: gr.Request) -> Markup:
        """The QR code over the address, or why there is none."""
        asked = page_address(request)
        address = self.public_address(asked) if asked else self.tunnel or self.lan
        if address is None:
            return Markup("<p>{}</p>").format(ui.localise("ui.join_none"))
        return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(qr_svg(address), address)


def is_local_visitor(request: gr.Request) -> bool:
    """Whether the visitor sits at this computer: a local address, asked for by a local name, with nothing between.

    A proxy on this computer that forwards under a local name, and says for whom in none of the usual headers, is known
    by the page that a browser tells of in `Origin`; who leaves that out too is taken for somebody here.
    """
    client = request.client.host if request.client else ""
    asked = _hostname(f"//{request.headers.get('host', '')}")
    page = _hostname(request.headers.get("origin", "//localhost"))
    forwarded = any(name in request.headers for name in _FORWARDED)
    return not forwarded and {client, asked, page} <= set(_LOOPBACK)


def page_address(request: gr.Request) -> str | None:
    """The address at which the visitor's browser has the page, without a query; None where nobody says it sanely.

    Behind a proxy only the browser knows it for sure: which host and port it asked, under which path, and whether the
    way there is encrypted. It tells so in `Referer`. Who sends none is answered by what the proxy says, and by
    `root_path`; where that is a whole address, whoever runs the server has decided.
    """
    asked = getattr(request, "request", None)
    root = str(asked.scope.get("root_path") or asked.app.root_path or "") if asked is not None else ""
    if urlsplit(root).scheme:
        return _plain_address(root + "/")
    told = {name: request.headers.get(f"x-forwarded-{name}", "").split(",")[0].strip() for name in _TOLD}
    folder = (root or told["prefix"]).strip("/")
    inner = f"{folder}/" if folder else ""
    seen = _plain_address(request.headers.get("referer", ""))
    if seen and urlsplit(seen).path == "/":
        # a path may be missing: its last name, which no slash follows, and all of it where a proxy lets only hosts out
        return _plain_address(seen + inner) or seen
    return seen or _plain_address(_forwarded_address(request, told) + inner)


def _forwarded_address(request: gr.Request, told: Mapping[str, str]) -> str:
    """The host's address by what a proxy adds to a request; of several, the first is the nearest to the visitor."""
    host = told["host"] or request.headers.get("host", "")
    return f"{told['proto'] or request.url.scheme}://{host}/"


def _plain_address(address: str) -> str | None:
    """An http(s) URL without name, password, query and file; None where it is none."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    # brackets that do not match, a port that is no number
    except ValueError:
        return None
    path = parts.path[: parts.path.rfind("/") + 1] or "/"
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not _PATH.fullmatch(path):
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{path}"


def _hostname(address: str) -> str:
    """The host of a URL; "" where there is none, or nonsense, which whoever sends it chooses."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def lan_address(port: int) -> str:
    """http://<address of this machine on its network>:<port>/; 127.0.0.1 when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # connecting a datagram socket sends nothing, it only picks the interface (192.0.2.0/24 is RFC 5737's)
            probe.connect(("192.0.2.1", 9))
            host = probe.getsockname()[0]
        except OSError:
            host = "127.0.0.1"
    return f"http://{host}:{port}/"


def qr_svg(address: str) -> Markup:
    """A QR code of the address (ISO/IEC 18004) as inline SVG, black on white."""
    # segno draws the address as rectangles: nothing of its text is in the SVG
    return Markup(_make_code(address).svg_inline(border=4, light="white", omitsize=True))  # noqa: S704


def qr_text(address: str) -> str:
    """A QR code of the address as terminal text, in half blocks, or in `##` where the console lacks those."""
    out = io.StringIO()
    _make_code(address).terminal(out, compact=True, border=2)
    drawn = out.getvalue()
    return drawn if console.can_print(drawn) else qr_ascii(address)


def qr_ascii(address: str) -> str:
    """A QR code of the address in ASCII: two characters a module, `##` where it is dark."""
    rows = _make_code(address).matrix_iter(border=4)
    return "\n".join("".join("##" if dark else "  " for dark in row).rstrip() for row in rows)


def _make_code(address: str) -> segno.QRCode:
    """Never a Micro QR code, in which a short address would fit: phones do not read them."""
    import segno

    return segno.make_qr(address, error="m")
