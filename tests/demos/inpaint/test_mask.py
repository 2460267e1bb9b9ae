from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from demos.inpaint import mask
from tests.demos.inpaint.samples import PICTURE, editor_strokes, square


def test_strokes_and_upload_count_together() -> None:
    uploaded = square()
    painted = editor_strokes(40, 50, (slice(30, 35), slice(5, 9)))
    found = mask.read_mask(PICTURE, painted, uploaded)
    assert found.sum() == 100 + 20
    assert found[30:35, 5:9].all()


def test_strokes_on_a_small_view_cover_the_large_picture() -> None:
    picture = np.zeros((1500, 2048, 3), np.uint8)
    found = mask.read_mask(picture, editor_strokes(750, 1024, (slice(100, 110), slice(200, 210))), None)
    assert found.shape == (1500, 2048)
    assert found[200:220, 400:420].all()
    assert found.sum() == 400


def test_an_upload_keeps_its_full_resolution() -> None:
    picture = np.zeros((1500, 2048, 3), np.uint8)
    uploaded = np.zeros((1500, 2048), bool)
    uploaded[701, 803] = True
    assert (mask.read_mask(picture, editor_strokes(750, 1024, (slice(0), slice(0))), uploaded) == uploaded).all()


def test_nothing_painted_is_an_empty_mask() -> None:
    empty = {"background": None, "layers": [], "composite": None}
    assert not mask.read_mask(PICTURE, empty, None).any()
    assert not mask.read_mask(PICTURE, None, None).any()


def test_strokes_on_another_picture_are_refused() -> None:
    with pytest.raises(InputError, match="50 × 40, but 60 × 40"):
        mask.read_mask(PICTURE, editor_strokes(40, 60, (slice(5), slice(5))), None)
    with pytest.raises(InputError, match="picture is needed"):
        mask.read_mask(None, None, square())


def test_the_editor_shows_the_mask_and_keeps_the_strokes() -> None:
    painted = editor_strokes(40, 50, (slice(5), slice(5)))
    value = mask.editor_value(PICTURE, square(), painted)
    assert (value["background"][0, 0] == 80).all()
    assert value["background"][15, 15, 0] > value["background"][15, 15, 1]
    assert value["layers"] == painted["layers"]


def test_a_mask_is_kept_for_a_picture_of_its_size_only() -> None:
    assert (mask.keep_mask(PICTURE, None, square()) == square()).all()
    assert mask.keep_mask(np.zeros((41, 50, 3), np.uint8), None, square()) is None
    assert mask.keep_mask(PICTURE, None, np.zeros((40, 50), bool)) is None
