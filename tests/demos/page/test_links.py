from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from demos.page import links


def test_public_address():
    known = links.ServerAddresses()
    assert known.public_address("http://localhost:7860/") is None
    assert known.public_address("http://10.0.0.5:7860/") == "http://10.0.0.5:7860/"
    known.lan = "http://10.0.0.5:7860/"
    assert known.public_address("http://127.0.0.1:7860/") == "http://10.0.0.5:7860/"
    known.tunnel = "https://abc.gradio.live"
    assert known.public_address("http://127.0.0.1:7860/") == "https://abc.gradio.live"


def ask(headers, root_path="", scheme="http", url="/gradio_api/queue/join"):
    """The request of a visitor's event, as Gradio hands it on."""
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    server = SimpleNamespace(root_path=root_path)
    scope = {"type": "http", "method": "POST", "scheme": scheme, "path": url, "query_string": b"", "headers": fields}
    return gr.Request(Request({**scope, "root_path": root_path, "app": server, "server": ("127.0.0.1", 7860)}))


@pytest.mark.parametrize(
    ("headers", "root_path", "address"),
    [
        ({"host": "10.0.0.5:7860"}, "", "http://10.0.0.5:7860/"),
        # what the browser has in its address bar
        ({"host": "x", "referer": "https://h.kr/lecture/?tab=edges&token=s#a"}, "", "https://h.kr/lecture/"),
        ({"host": "127.0.0.1:7860", "referer": "https://hub.kr:8443/user/kim/proxy/7860/"}, "/other",
         "https://hub.kr:8443/user/kim/proxy/7860/"),
        ({"host": "[fd00::5]:80", "referer": "http://[fd00::5]:81/"}, "", "http://[fd00::5]:81/"),
        ({"host": "x", "referer": "http://user:word@h.kr/index.html"}, "", "http://h.kr/"),
        # without it, what the proxy tells
        ({"host": "10.0.0.5:7860"}, "/lecture", "http://10.0.0.5:7860/lecture/"),
        ({"host": "in:80", "x-forwarded-host": "h.kr:444, in", "x-forwarded-proto": "https,http"}, "/a/b",
         "https://h.kr:444/a/b/"),
        ({"host": "h.kr", "x-forwarded-prefix": "/lecture/"}, "", "http://h.kr/lecture/"),
        ({"host": "h.kr", "referer": "about:blank"}, "", "http://h.kr/"),
        ({"host": "h.kr", "referer": "https://h.kr/lecture?tab=edges"}, "/lecture", "https://h.kr/lecture/"),
        ({"host": "h.kr", "referer": "https://h.kr/"}, "/lecture/", "https://h.kr/lecture/"),
        ({"host": "x", "referer": "https://h.kr/", "x-forwarded-prefix": "/a/b"}, "", "https://h.kr/a/b/"),
        ({"host": "x", "referer": "https://h.kr/", "x-forwarded-prefix": "/<b>"}, "", "https://h.kr/"),
        # who runs the server has decided
        ({"host": "x", "referer": "http://y/"}, "https://h.kr:444/lecture", "https://h.kr:444/lecture/"),
        # nonsense, which whoever sends it chooses
        ({"host": "h.kr", "x-forwarded-proto": "javascript"}, "", None),
        ({"host": "<script>"}, "", None),
        ({"host": "a b"}, "", None),
        ({"host": "h.kr:port"}, "", None),
        ({"host": "[::1"}, "", None),
        ({}, "", None),
        ({"host": "h.kr", "referer": "javascript://h.kr/%0aalert(1)"}, "", "http://h.kr/"),
        ({"host": "h.kr", "referer": "http://h.kr/" + "a/" * 400}, "", "http://h.kr/"),
    ],
)  # fmt: skip
def test_the_address_is_the_one_that_the_browser_has(headers, root_path, address):
    assert links.page_address(ask(headers, root_path)) == address


def test_the_card_says_the_address_or_what_to_do():
    known = links.ServerAddresses()
    assert "https://h.kr/lecture/" in known._qr_card(ask({"host": "h.kr", "referer": "https://h.kr/lecture/"}))
    assert "--lan" in known._qr_card(ask({"host": "<script>"}))
    assert "--lan" in known._qr_card(ask({"host": "127.0.0.1:7860"}, "/lecture"))
    known.lan = "http://10.0.0.5:7860/"
    assert known.lan in known._qr_card(ask({"host": "[::1]:7860"}))


def read_code(cells):
    """What a phone reads of a QR code whose dark modules are true."""
    cv2 = pytest.importorskip("cv2")
    picture = np.kron(np.where(cells, 0, 255), np.ones((8, 8))).astype(np.uint8)
    return cv2.QRCodeDetector().detectAndDecode(np.pad(picture, 32, constant_values=255))[0]


ADDRESSES = ["http://192.168.0.17:7860/", "http://a/", "https://hub.univ.ac.kr:8443/user/kim/lecture/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_qr_code_reads_back_as_the_address(address):
    code = links._make_code(address)
    assert not code.is_micro and read_code(np.array([list(row) for row in code.matrix]) == 1) == address
    assert links.qr_svg(address).startswith("<svg")


@pytest.mark.parametrize("encoding", ["cp949", "cp1252", "ascii"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_console_without_blocks_gets_a_code_in_ascii(address, encoding, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    drawn = links.qr_text(address)
    assert set(drawn) == {"#", " ", "\n"}
    lines = drawn.split("\n")
    cells = [[line.ljust(200)[at : at + 2] == "##" for at in range(0, 2 * len(lines), 2)] for line in lines]
    assert read_code(np.array(cells)) == address


def test_a_console_with_blocks_gets_them(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert "█" in links.qr_text(ADDRESSES[0]) and "#" not in links.qr_text(ADDRESSES[0])
