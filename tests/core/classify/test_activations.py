from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from core import classify, images, models
from core.classify import activations
from core.errors import InputError


@pytest.fixture(scope="module")
def classifier():
    return models.load("classify")


def test_the_first_filters_beside_sobel(classifier) -> None:
    found = classify.first_filters()
    assert found.filters.shape == (32, 3, 3, 3) and found.similarity.shape == (32, 2)
    np.testing.assert_array_equal(found.filters, classifier.net.conv_stem.weight.cpu().numpy())
    x = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
    np.testing.assert_allclose(found.sobel[0], np.stack([x] * 3) / math.sqrt(36), atol=1e-6)
    nearest = found.filters[found.closest_to_sobel[1]].ravel()
    cosine = nearest @ np.stack([x.T] * 3).ravel() / np.linalg.norm(nearest) / 6
    assert cosine == pytest.approx(found.similarity[found.closest_to_sobel[1], 1], abs=1e-5)
    assert abs(cosine) == pytest.approx(np.abs(found.similarity[:, 1]).max())
    assert 0.5 < abs(cosine) < 1


def test_a_filter_answers_to_its_own_edge() -> None:
    step = np.zeros((8, 8, 3), np.uint8)
    step[:, 4:] = 255
    x, y = activations.sobel_filters(3)
    across, along = activations.filter_response(step, x), activations.filter_response(step, y)
    # 4 per colour times 3 colours, over the filter's length 6
    assert across[4, 3] == pytest.approx(2) and across[4, 4] == pytest.approx(2) and across[4, 0] == 0
    assert np.abs(along).max() == pytest.approx(0, abs=1e-6)
    with pytest.raises(InputError, match=r"\(3, k, k\)"):
        activations.filter_response(step, x[0])


@pytest.mark.parametrize("size", [3, 4, 7, 11])
def test_sobels_filter_has_the_size_of_the_networks(size) -> None:
    x, y = activations.sobel_filters(size)
    assert x.shape == (3, size, size) and np.linalg.norm(x) == pytest.approx(1)
    assert np.allclose(x, -x[..., ::-1]) and np.allclose(x, x[:, ::-1]) and np.allclose(y, x.transpose(0, 2, 1))
    if size % 2:
        slope, smooth = cv2.getDerivKernels(1, 0, size)
        assert np.allclose(x[0] / x[0].max(), smooth @ slope.T / (smooth @ slope.T).max())


def test_feature_maps_come_strongest_first(classifier, picture) -> None:
    found = classify.feature_maps(picture("cat"), "blocks.2", count=12)
    assert found.maps.shape == (12, 36, 56) and found.total == 48
    strength = np.abs(found.maps).mean(axis=(1, 2))
    assert (np.diff(strength) <= 1e-6).all() and len(set(found.channels)) == 12
    everything = activations._layer_output(classifier, "blocks.2", classifier.prepare_whole(picture("cat")))
    np.testing.assert_array_equal(found.maps[0], everything[found.channels[0]])


def test_a_click_on_the_sheet_finds_its_map(picture) -> None:
    found = classify.feature_maps(picture("cat"), "blocks.4", count=10)
    sheet = found.make_grid(columns=4)
    h, w = 18 * 5, 28 * 5
    assert sheet.shape == (3 * h + 2 * 4, 4 * w + 3 * 4, 3)
    assert found.rank_at(0, 0, columns=4) == 1
    assert found.rank_at(w + 10, h + 10, columns=4) == 6
    assert found.rank_at(4 * w, 3 * h, columns=4) == 10
    brightest = np.unravel_index(found.maps[5].argmax(), (18, 28))
    at = (h + 4 + brightest[0] * 5, w + 4 + brightest[1] * 5)
    assert tuple(sheet[at]) == tuple(images.false_colour(np.ones((1, 1), np.float32))[0, 0])


@pytest.mark.parametrize(("layer", "count"), [("nowhere", 4), (None, 4), ("bn1", 0), ("bn1", 257), ("bn1", "4")])
def test_no_such_maps(layer, count, picture) -> None:
    with pytest.raises(InputError):
        classify.feature_maps(picture("cat"), layer, count=count)
