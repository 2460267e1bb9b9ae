from __future__ import annotations

import json

import numpy as np
import pytest

from core import masks
from core.errors import InputError

SQUARE = np.zeros((20, 30), bool)
SQUARE[5:15, 10:20] = True


def test_growing_moves_the_outline_by_that_many_pixels() -> None:
    wider = masks.grow_mask(SQUARE, 3)
    assert wider[10, 7] and not wider[10, 6] and wider[2, 15] and not wider[1, 15]
    assert not wider[2, 7]  # round corners: the distance is Euclid's
    narrower = masks.grow_mask(SQUARE, -2)
    assert narrower.sum() == 6 * 6 and narrower[7, 12]


def test_growing_by_nothing_and_nothing_growing() -> None:
    assert masks.grow_mask(SQUARE, 0) is SQUARE
    assert not masks.grow_mask(np.zeros((3, 3), bool), 5).any()
    assert not masks.grow_mask(SQUARE, -50).any()


def test_what_touches_the_border_does_not_shrink_away_from_it() -> None:
    half = np.zeros((10, 10), bool)
    half[:, :5] = True
    assert np.array_equal(np.flatnonzero(masks.grow_mask(half, -2)[4]), [0, 1, 2])


@pytest.mark.parametrize("pixels", [float("nan"), 1000, "3", None])
def test_growth_out_of_range(pixels) -> None:
    with pytest.raises(InputError):
        masks.grow_mask(SQUARE, pixels)


def test_run_lengths_go_down_the_columns_and_start_with_zeros() -> None:
    assert masks.to_rle(np.array([[0, 1], [0, 1], [1, 0]], bool)) == {"size": [3, 2], "counts": [2, 3, 1]}
    assert masks.to_rle(np.array([[1, 1]], bool)) == {"size": [1, 2], "counts": [0, 2]}


def test_run_lengths_come_back() -> None:
    rng = np.random.default_rng(0)
    for mask in (SQUARE, ~SQUARE, rng.random((7, 9)) > 0.5, np.zeros((4, 4), bool), np.ones((4, 4), bool)):
        assert np.array_equal(masks.from_rle(masks.to_rle(mask)), mask)


def test_run_lengths_of_another_size() -> None:
    with pytest.raises(InputError) as caught:
        masks.from_rle({"size": [2, 2], "counts": [1, 2]})
    assert caught.value.key == "segment.rle"


def test_coco_file() -> None:
    found = json.loads(json.dumps(masks.to_coco((20, 30), [("cat", SQUARE), ("dog", ~SQUARE), ("cat", SQUARE)])))
    assert found["images"] == [{"id": 1, "width": 30, "height": 20, "file_name": "picture.png"}]
    assert [c["name"] for c in found["categories"]] == ["cat", "dog"]
    first, second, third = found["annotations"]
    assert first["bbox"] == [10, 5, 10, 10] and first["area"] == 100 and first["category_id"] == third["category_id"]
    assert second["category_id"] == 2 and second["area"] == 500


def test_backgrounds() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (20, 30, 3), np.uint8)
    for effect in masks.EFFECTS:
        shown = masks.edit_background(picture, SQUARE, effect, colour="#ff8000")
        assert np.array_equal(shown[SQUARE], picture[SQUARE])
        assert not np.array_equal(shown[~SQUARE], picture[~SQUARE])
    assert (masks.edit_background(picture, SQUARE, "colour", colour="#ff8000")[~SQUARE] == [255, 128, 0]).all()
    grey = masks.edit_background(picture, SQUARE, "grey")[~SQUARE]
    assert (grey == grey[:, :1]).all()


def test_the_blurred_background_has_nothing_of_the_thing() -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    inside = np.zeros((40, 40), bool)
    inside[10:30, 10:30] = True
    picture[inside] = 255
    assert masks.edit_background(picture, inside, "blur", strength=5)[~inside].max() == 0


@pytest.mark.parametrize(
    ("text", "rgb"),
    [("#00ff7f", (0, 255, 127)), ("rgb(1, 2, 3)", (1, 2, 3)), ("rgba(254.6, 0.2, 9.5, 1)", (255, 0, 10))],
)
def test_colours(text, rgb) -> None:
    assert masks.parse_colour(text) == rgb


@pytest.mark.parametrize(
    "text", ["", "red", "#12345", "#gggggg", "rgb(1,2)", "rgb(nan,1,2)", "rgb(", 7, None, ["#ffffff"]]
)
def test_no_colours(text) -> None:
    with pytest.raises(InputError) as caught:
        masks.parse_colour(text)
    assert caught.value.key == "segment.colour"


def test_bounding_boxes() -> None:
    assert masks.bounding_box(SQUARE) == (10, 5, 20, 15)
    assert masks.bounding_box(~SQUARE) == (0, 0, 30, 20)
    assert masks.bounding_box(np.zeros((4, 4), bool)) == (0, 0, 0, 0)


def test_distances_are_measured_to_the_nearest_pixel_outside() -> None:
    distance = masks.distance_inside(SQUARE)
    assert distance.dtype == np.float32 and distance[10, 10] == 1 and distance[9, 14] == 5
    assert (distance[~SQUARE] == 0).all()


def test_opacity() -> None:
    assert set(np.unique(masks.mask_to_alpha(SQUARE))) == {0, 255}
    soft = masks.mask_to_alpha(SQUARE, 1.5)
    assert soft.dtype == np.uint8 and soft[10, 15] > 250 and 100 < soft[10, 10] < 200 and 50 < soft[10, 9] < 127


def test_run_lengths_are_those_of_segment_anything() -> None:
    torch = pytest.importorskip("torch")
    from segment_anything.utils import amg

    several = np.random.default_rng(0).random((5, 7, 9)) > 0.5
    several[0], several[1] = False, True
    assert [masks.to_rle(mask) for mask in several] == amg.mask_to_rle_pytorch(torch.from_numpy(several))


@pytest.mark.parametrize(("rows", "percent"), [(0, None), (180, None), (181, 90), (199, 99), (200, 100)])
def test_a_cover_of_more_than_nine_tenths_is_large(rows, percent) -> None:
    covering = np.zeros((200, 3), bool)
    covering[:rows] = True
    assert masks.find_large_cover(covering) == percent


def test_a_pixel_that_a_box_touches_is_in_its_mask() -> None:
    found = masks.box_mask((6, 8), (1.5, 2, 4.1, 3.9))
    assert found.shape == (6, 8) and found.sum() == 8 and found[2:4, 1:5].all()


def test_iou() -> None:
    assert masks.iou(SQUARE, SQUARE) == 1
    assert masks.iou(SQUARE, ~SQUARE) == 0
    assert masks.iou(SQUARE, masks.grow_mask(SQUARE, -2)) == pytest.approx(0.36)
