from __future__ import annotations

import html
import re

import numpy as np
import pytest
from gradio.exceptions import Error

from core import autoencoder, images
from core.errors import InputError, ModelUnavailable
from demos import autoencoder as tab
from tests.demos.autoencoder.samples import PICTURE, build_round_trip
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def table_cells(table):
    rows = re.findall("<tr.*?</tr>", table)
    return [[html.unescape(re.sub("<.*?>", "", cell)) for cell in re.findall("<t[hd].*?</t[hd]>", row)] for row in rows]


def test_the_knobs_reach_core() -> None:
    engine = FakeEngine(build_round_trip())
    show = find_api_handler(build_tab_page(engine, tab), "autoencoder")
    show(PICTURE, 16, 0, 5)
    *_, code = show(PICTURE, 3, 0.5, 5)
    assert [call.fn for call in engine.calls] == [autoencoder.round_trip] * 2
    assert engine.calls[0].kwargs == {}
    assert engine.calls[1].kwargs == {"keep": 3, "noise": 0.5, "seed": 5}
    assert "autoencoder.round_trip(picture, keep=3, noise=0.5, seed=5)" in code


def test_what_is_shown_is_what_was_found() -> None:
    shown = find_api_handler(build_tab_page(FakeEngine(build_round_trip()), tab), "autoencoder")(PICTURE, 16, 0, 0)
    seen, latent, again, error, copy, jpeg, webp, sentence, table, badge, _ = shown
    # each pixel three times as wide, so that the page shows it large
    assert seen.shape == again.shape == copy.shape == jpeg.shape == webp.shape == error.shape == (384, 384, 3)
    assert (again == 101).all() and (seen == 100).all()
    assert (latent == 255).all()
    assert error[0, 0].tolist() == images.false_colour(np.ones((1, 1), np.float32))[0, 0].tolist()
    assert "49,152" in sentence and "**1,024** (16 × 16 × 4), 48 times" in sentence and "∞ dB" in sentence
    assert table_cells(table)[1:] == [
        ["code", "", "1,024", "", "∞", "0.50"],
        ["JPEG", "30", "1,000", "1,625", "30.0", "0.88"],
        ["WebP", "30", "900", "1,625", "30.0", "0.88"],
    ]
    assert "Pocket autoencoder" in badge


def test_a_file_that_is_larger_than_the_code_says_so() -> None:
    shown = find_api_handler(build_tab_page(FakeEngine(build_round_trip(size=80, jpeg=300)), tab), "autoencoder")(
        PICTURE, 1, 0, 0
    )
    assert table_cells(shown[8])[2][0] == "JPEG, at its smallest"
    assert "lowest frequencies" in shown[7] and "614 times" in shown[7]


@pytest.mark.parametrize(
    "error", [ModelUnavailable("errors.picture_unknown"), InputError("errors.picture_missing")], ids=["model", "input"]
)
def test_errors_are_toasts(error) -> None:
    with pytest.raises(Error, match=re.escape(str(error)[:30])):
        find_api_handler(build_tab_page(FakeEngine(error), tab), "autoencoder")(PICTURE, 16, 0, 0)
