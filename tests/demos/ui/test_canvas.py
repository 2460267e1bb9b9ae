from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from core.errors import InputError
from demos.ui import canvas

SHAPE = (300, 400, 3)


def decode_data_url(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))


def test_clicks_and_box_as_they_were_drawn() -> None:
    prompt = canvas.read_prompt(
        {"points": [[10, 20, 1], [399, 299, 0]], "box": [5, 6, 70, 80], "size": [400, 300]}, SHAPE
    )
    assert prompt == canvas.VisualPrompt(points=[(10, 20), (399, 299)], labels=[1, 0], box=(5, 6, 70, 80))
    assert prompt.keywords == {"points": [[10, 20], [399, 299]], "labels": [1, 0], "box": [5, 6, 70, 80]}


def test_a_click_on_the_shrunk_picture_lands_in_the_middle_of_its_pixels() -> None:
    # 4000 x 3000 shown as 1000 x 750: pixel (0, 0) covers 0 to 3, its middle is 2; the last one covers 3996 to 3999
    prompt = canvas.read_prompt(
        {"points": [[0, 0, 1], [999, 749, 1]], "box": [1, 2, 1000, 750], "size": [1000, 750]}, (3000, 4000, 3)
    )
    assert prompt.points == [(2, 2), (3998, 2998)]
    assert prompt.box == (4, 8, 4000, 3000)


@pytest.mark.parametrize("value", [None, "", {}, {"points": [], "box": None}, '{"points": []}'])
def test_nothing_yet(value) -> None:
    prompt = canvas.read_prompt(value, SHAPE)
    assert not prompt and prompt.keywords == {}


def test_text_is_read_as_json() -> None:
    assert canvas.read_prompt(json.dumps({"points": [[1, 2, 0]]}), SHAPE).labels == [0]


@pytest.mark.parametrize(
    "value",
    [
        5,
        [],
        [1, 2],
        "[[1, 2, 1]]",
        "{",
        "[" * 5000,
        "x" * 30_000,
        {"points": 5},
        {"points": "abc"},
        {"points": {"0": [1, 2, 1]}},
        {"points": [[1, 2]]},
        {"points": [[1, 2, 1, 1]]},
        {"points": [["1", "2", 1]]},
        {"points": [[1, 2, None]]},
        {"points": [[1, 2, 2]]},
        {"points": [[1, 2, 0.5]]},
        {"points": [[1, 2, True]]},
        {"points": [[1, 2, [1]]]},
        {"points": [[float("nan"), 2, 1]]},
        {"points": [[1e300, 2, 1]]},
        {"points": [[10**400, 2, 1]]},
        {"points": [[1, 2, 1]] * 65},
        {"points": [[1, 2, 1]], "box": "1, 2, 3, 4"},
        {"points": [[1, 2, 1]], "box": [1, 2, 3]},
        {"box": [1, 2, 3, float("inf")]},
        {"box": [1, 2, 3, {"path": "/etc/passwd"}]},
        {"box": []},
        {"points": [[1, 2, 1]], "size": [300, 400]},
        {"points": [[1, 2, 1]], "size": [0, 0]},
        {"points": [[1, 2, 1]], "size": [800, 600]},
        {"points": [[1, 2, 1]], "size": "large"},
        {"points": [[1, 2, 1]], "size": [400]},
    ],
)
def test_what_a_visitor_may_forge_is_refused_with_a_sentence(value) -> None:
    with pytest.raises(InputError) as refused:
        canvas.read_prompt(value, SHAPE)
    for language in ("en", "ko"):
        assert 20 < len(refused.value.message_in(language)) < 300


def test_a_point_outside_is_left_for_core_to_refuse() -> None:
    assert canvas.read_prompt({"points": [[-5, 900, 1]]}, SHAPE).points == [(-5, 900)]


def test_a_large_picture_is_shown_at_1024_and_the_first_clicks_with_it() -> None:
    start = canvas.VisualPrompt(points=[(2000, 1000)], labels=[1], box=(0, 0, 4096, 2048))
    update = canvas.show_picture(np.zeros((2048, 4096, 3), np.uint8), start)
    assert decode_data_url(update.props["picture"]).size == (1024, 512)
    assert update.value == {"points": [[500, 250, 1]], "box": [0, 0, 1024, 512], "size": [1024, 512]}


def test_the_mask_is_tinted_and_outlined() -> None:
    mask = np.zeros((30, 40), bool)
    mask[10:20, 5:15] = True
    update = canvas.show_masks(mask)
    tint = np.asarray(decode_data_url(update.props["mask"]).convert("RGBA"))
    assert ((tint[..., 3] == 255) == mask).all() and (tint[mask][:, :3] == canvas.TINT).all()
    line = np.asarray(decode_data_url(update.props["outline"]).convert("RGBA"))[..., 3] > 0
    inside = np.zeros_like(mask)
    inside[11:19, 6:14] = True
    assert (line == (mask & ~inside)).all()
    assert canvas.show_masks(None).props["mask"] == ""


def test_a_mask_of_one_pixel_does_not_vanish_when_it_is_shown_smaller() -> None:
    mask = np.zeros((3000, 4000), bool)
    mask[1500, 2000] = True
    assert canvas.shrink_mask(mask).sum() >= 1 and canvas.shrink_mask(mask).shape == (768, 1024)
