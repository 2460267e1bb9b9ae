from __future__ import annotations

import pytest

from demos.page import links


def test_public_address():
    known = links.ServerAddresses()
    assert known.public_address("http://localhost:7860/") is None
    assert known.public_address("http://10.0.0.5:7860/") == "http://10.0.0.5:7860/"
    known.lan = "http://10.0.0.5:7860/"
    assert known.public_address("http://127.0.0.1:7860/") == "http://10.0.0.5:7860/"
    known.tunnel = "https://abc.gradio.live"
    assert known.public_address("http://127.0.0.1:7860/") == "https://abc.gradio.live"


def test_the_qr_code_reads_back_as_the_address(tmp_path):
    cv2 = pytest.importorskip("cv2")
    import segno

    address = "http://192.168.0.17:7860/"
    path = tmp_path / "qr.png"
    segno.make(address, error="m").save(str(path), scale=8, border=4)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(cv2.imread(str(path)))
    assert text == address
    assert links.qr_svg(address).startswith("<svg")
