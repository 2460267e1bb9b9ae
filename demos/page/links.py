"""How others reach this page: its addresses, and the QR code in the header."""

from __future__ import annotations

import io
import socket
from urllib.parse import urlsplit

import gradio as gr
from markupsafe import Markup

from demos import ui

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
# what a tunnel or a proxy on this computer adds for somebody far away
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class ServerAddresses:
    """The addresses of the running server; app.py fills them in as it learns them."""

    def __init__(self) -> None:
        self.lan: str | None = None
        self.tunnel: str | None = None

    def public_address(self, asked: str) -> str | None:
        """The address to give to others, `asked` being the one this visitor used; None when there is none."""
        return self.tunnel or (self.lan if _hostname(asked) in _LOOPBACK else asked)

    def build_header(self) -> None:
        """The page's title and the button that opens the QR code."""
        with gr.Row(elem_id="header", equal_height=True):
            gr.Markdown(ui.t("ui.headline"), elem_id="headline")
            join = gr.Button(ui.t("ui.join"), elem_id="join", scale=0, min_width=120, size="sm")
        code = gr.HTML(visible=False, elem_id="qr")
        opened = gr.State(False)

        def toggle_qr_code(is_open: bool, request: gr.Request) -> tuple[bool, gr.HTML]:
            return not is_open, gr.HTML(self._qr_card(request), visible=not is_open)

        join.click(toggle_qr_code, opened, [opened, code], api_name="join", queue=False, show_progress="hidden")

    def _qr_card(self, request: gr.Request) -> Markup:
        """The QR code over the address, or why there is none."""
        host = request.headers.get("host", "")
        address = self.public_address(f"{request.url.scheme}://{host}/")
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
    import segno

    # segno draws the address as rectangles: nothing of its text is in the SVG
    return Markup(segno.make(address, error="m").svg_inline(border=4, light="white", omitsize=True))  # noqa: S704


def qr_text(address: str) -> str:
    """A QR code of the address as terminal text."""
    import segno

    out = io.StringIO()
    segno.make(address, error="m").terminal(out, compact=True, border=2)
    return out.getvalue()
