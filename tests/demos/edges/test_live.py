from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from core.engine import Local
from demos.edges import live
from tests.demos.edges.samples import BLANK


@pytest.fixture
def webcam_widget(demo):
    return next(block for block in demo.blocks.values() if block.elem_id == "edges-live")


def encode_frame(picture: np.ndarray) -> str:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=95)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize("way", live.WAYS)
def test_a_webcam_frame_comes_back_as_jpeg(way) -> None:
    photo = np.zeros((48, 64, 3), np.uint8)
    photo[:, 32:] = 255
    sent = {"frame": encode_frame(photo), "way": way, "low": 60, "high": 150, "kernel": [[-1, 0, 1]], "rate": 20}
    answer = live.answer_frame(Local(), sent)
    back = live.read_frame(answer["picture"])
    assert back.shape == photo.shape
    far, near = back[:, 5:20].astype(int), back[:, 30:34].astype(int)
    assert abs(near - int(far.mean())).max() > 60 and np.ptp(far) < 40
    assert "20 frames/s" in answer["badge"]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"frame": 3},
        {"frame": "data:image/jpeg;base64,@@@", "way": "canny"},
        {"frame": "data:image/jpeg;base64,aGVsbG8=", "way": "canny"},
        {"frame": "data:image/jpeg;base64," + "A" * 5_000_000, "way": "canny"},
        {"frame": encode_frame(BLANK), "way": "<b>"},
        {"frame": encode_frame(BLANK), "way": "canny", "low": 9, "high": 2},
        {"frame": encode_frame(BLANK), "way": "kernel", "kernel": [[1, "x"]]},
        {"frame": encode_frame(BLANK), "way": "canny", "rate": "fast"},
    ],
)
def test_forged_frames_get_a_sentence(webcam_widget, sent) -> None:
    answer = webcam_widget.process_frame([sent])
    assert answer["picture"] is None
    assert answer["badge"].startswith("<div class='badge'><span>") and "<b>" not in answer["badge"]


def test_why_there_is_no_camera(webcam_widget) -> None:
    assert "localhost or over https" in webcam_widget.explain_trouble(["insecure"])
    assert "&lt;script&gt;" in webcam_widget.explain_trouble(["<script>"])
