from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from core import inpaint, masks
from core.errors import InputError

CLASSICAL = ("telea", "ns", "patchmatch", "patchmatch-turned")


@pytest.mark.parametrize("method", CLASSICAL)
def test_fill_touches_nothing_outside_the_mask(image, mask, method):
    found = inpaint.fill(image, mask, method=method)
    assert (found.image[~mask] == image[~mask]).all()
    assert (found.image[mask] != image[mask]).any()
    assert found.model == method
    assert (found.mask == mask).all()


def test_masks_may_be_pictures(image, mask):
    as_picture = Image.fromarray(mask.astype(np.uint8) * 255)
    one, other = inpaint.fill(image, mask, method="telea"), inpaint.fill(image, as_picture, method="telea")
    assert (one.image == other.image).all()


def test_a_row_can_be_asked_for_by_name(image, mask):
    assert inpaint.fill(image, mask, model="ns").model == "ns"


@pytest.mark.parametrize("method", CLASSICAL)
def test_outpaint_grows_by_exactly_that_much(image, method):
    found = inpaint.outpaint(image, left=7, right=3, top=2, bottom=11, method=method)
    assert found.image.shape == (48 + 13, 60 + 10, 3)
    assert (found.image[2:50, 7:67] == image).all()
    assert found.mask.sum() == 61 * 70 - 48 * 60
    assert not found.mask[2:50, 7:67].any()


def full_mask(shape=(48, 60)):
    return np.ones(shape, bool)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mask": ~full_mask()}, "paint over what should go"),
        ({"mask": full_mask()}, "covers all of it"),
        ({"mask": full_mask((48, 61))}, "60 × 48, but 61 × 48"),
        ({"mask": None}, "mask is needed"),
        ({"image": None}, "picture is needed"),
        ({"method": "mat"}, "telea, ns, patchmatch, patchmatch-turned, lama, diffusion"),
        ({"method": 3}, "method must be one of"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": 0.5}, "seed must be a whole number"),
        ({"seed": float("nan")}, "seed must be a whole number"),
        ({"seed": "1"}, "seed must be a whole number"),
        ({"prompt": "x" * 10_000}, "at most 2000 characters"),
        ({"prompt": None}, "prompt must be text"),
        ({"model": "sam-vit-b"}, "no inpaint model named"),
    ],
)
def test_bad_input(image, mask, change, said):
    given = {"image": image, "mask": mask, "method": "telea"} | change
    with pytest.raises(InputError, match=said):
        inpaint.fill(given.pop("image"), given.pop("mask"), **given)


@pytest.mark.parametrize(
    ("margins", "said"),
    [
        ({}, "At least one side must grow"),
        ({"left": -1}, "left must be a whole number from 0 to 60"),
        ({"right": 61}, "right must be a whole number from 0 to 60"),
        ({"top": 49}, "top must be a whole number from 0 to 48"),
        ({"bottom": 1.5}, "bottom must be a whole number"),
        ({"bottom": float("inf")}, "bottom must be a whole number"),
    ],
)
def test_bad_margins(image, margins, said):
    with pytest.raises(InputError, match=said):
        inpaint.outpaint(image, method="telea", **margins)


def test_a_picture_cannot_grow_beyond_the_limit():
    with pytest.raises(InputError, match="50 megapixels"):
        inpaint.outpaint(np.zeros((5000, 8000, 3), np.uint8), left=2048, right=2048, top=2048, method="telea")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_picture_smaller_than_a_patch(language):
    mask = np.array([[True, False]])
    with pytest.raises(InputError) as caught:
        inpaint.fill(np.zeros((1, 2, 3), np.uint8), mask)
    assert "2 × 1" in caught.value.message_in(language)
    assert inpaint.fill(np.full((1, 2, 3), 9, np.uint8), mask, method="telea").image.shape == (1, 2, 3)


def test_the_mask_grows_first(image, mask):
    found = inpaint.fill(image, mask, method="telea", grow=3)
    assert (found.mask == masks.grow_mask(mask, 3)).all() and found.mask.sum() > mask.sum()
    assert (found.image[~found.mask] == image[~found.mask]).all()
    with pytest.raises(InputError, match="paint over what should go"):
        inpaint.fill(image, mask, method="telea", grow=-50)
    with pytest.raises(InputError, match="covers all of it"):
        inpaint.fill(image, mask, method="telea", grow=80)


def test_feather_turns_the_old_picture_into_the_new_one_inside_the_mask():
    white, hole = np.full((60, 60, 3), 255, np.uint8), np.zeros((60, 60), bool)
    hole[10:50, 10:50] = True
    white[hole] = 0  # the fill is white
    hard, soft = (inpaint.fill(white, hole, method="telea", feather=f).image[30, 10:31, 0] for f in (0, 9))
    assert hard.min() > 250
    assert float(soft[0]) == pytest.approx(25, abs=2) and (np.diff(soft.astype(int)) >= -1).all() and soft[10] > 250


@pytest.mark.slow
def test_turned_patches_are_found_where_plain_ones_are_not():
    """Stripes that fall on the left and rise on the right, where a rim too thin for a patch is all that is seen."""
    y, x = np.mgrid[:120, :200]
    truth = ((np.abs(x - 100) + y) // 8 % 2 * 200).astype(np.uint8)[..., None].repeat(3, axis=2)
    hole = np.zeros(truth.shape[:2], bool)
    hole[3:117, 104:197] = True
    plain, turned = (
        np.mean(
            [
                np.abs(inpaint.fill(truth, hole, method=method, seed=s).image[hole].astype(int) - truth[hole])
                for s in range(3)
            ]
        )
        for method in ("patchmatch", "patchmatch-turned")
    )
    assert turned < 0.75 * plain, (plain, turned)


@pytest.mark.parametrize("method", ["telea", "patchmatch"])
def test_twelve_megapixels_are_the_same_bit_for_bit_outside_the_hole(picture, method) -> None:
    image = cv2.resize(picture("coffee"), (4000, 3000))
    mask = np.zeros(image.shape[:2], bool)
    mask[1500:1560, 2000:2080] = True
    found = inpaint.fill(image, mask, method=method)
    assert (found.image[~mask] == image[~mask]).all() and (found.image[mask] != image[mask]).any()
