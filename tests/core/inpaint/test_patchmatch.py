from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.inpaint.patchmatch import PatchMatch
from tests.core.inpaint.holes import box_mask


def stripes(side=96, period=8):
    """Vertical stripes, each period the same random colours."""
    colours = np.random.default_rng(0).integers(0, 256, (period, 3), dtype=np.uint8)
    return np.broadcast_to(colours[np.arange(side) % period], (side, side, 3)).copy()


def known_colours(image, mask):
    return {tuple(colour) for colour in image[~mask].tolist()}


@pytest.fixture(scope="module")
def gravel():
    from core import images, samples

    return images.to_rgb(samples.sample_path("gravel"))[:160, :160].copy()


def test_a_regular_pattern_is_continued_exactly():
    image = stripes()
    mask = box_mask(image.shape, 30, 62, 34, 60)
    damaged = np.where(mask[..., None], np.uint8(0), image)
    filled = PatchMatch()(damaged, mask, seed=1)
    assert (filled == image).all(axis=2).mean() == 1


def test_one_colour_stays_one_colour():
    image = np.full((64, 64, 3), (10, 200, 90), np.uint8)
    assert (PatchMatch()(image, box_mask(image.shape, 20, 40, 20, 40)) == image).all()


def test_the_fill_is_texture_and_is_copied(gravel):
    mask = box_mask(gravel.shape, 50, 110, 40, 100)
    filled = PatchMatch(blend=False)(gravel, mask)
    assert (filled[~mask] == gravel[~mask]).all()
    inside, outside = ({tuple(c) for c in part.tolist()} for part in (filled[mask], gravel[~mask]))
    assert inside <= outside

    def energy(image):
        return float((np.diff(image[50:110, 40:100, 0].astype(float), axis=1) ** 2).mean())

    assert 0.6 < energy(filled) / energy(gravel) < 1.5


def test_what_the_hole_hides_changes_nothing(gravel):
    mask = box_mask(gravel.shape, 60, 90, 60, 90)
    other = np.where(mask[..., None], np.uint8(255), gravel)
    assert (PatchMatch()(gravel, mask, seed=3) == PatchMatch()(other, mask, seed=3)).all()


def test_a_seed_says_which_fill(gravel):
    mask = box_mask(gravel.shape, 60, 90, 60, 90)
    first, again, other = (PatchMatch()(gravel, mask, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("where", [(0, 96, 0, 30), (70, 96, 0, 96), (0, 20, 0, 20)], ids=["left", "bottom", "corner"])
def test_holes_at_the_edge_of_the_picture(where):
    image = stripes()
    mask = box_mask(image.shape, *where)
    filled = PatchMatch()(image, mask)
    assert {tuple(c) for c in filled[mask].tolist()} <= known_colours(image, mask)
    # stripes run on through the rows of the hole
    assert (filled[mask] == image[mask]).all(axis=1).mean() > 0.9


def test_a_large_picture_is_completed_small_and_copied_at_full_size(gravel):
    mask = box_mask(gravel.shape, 60, 100, 60, 100)
    filled = PatchMatch(work_pixels=60 * 60)(gravel, mask)
    assert filled.shape == gravel.shape
    assert (filled[~mask] == gravel[~mask]).all()
    assert {tuple(c) for c in filled[mask].tolist()} <= known_colours(gravel, mask)
    assert np.abs(np.diff(filled[60:100, 60:100, 0].astype(float))).mean() > 5


def test_thin_lines_all_over():
    image = stripes(120)
    mask = np.zeros(image.shape[:2], bool)
    mask[::12] = True
    filled = PatchMatch()(np.where(mask[..., None], np.uint8(0), image), mask)
    assert (filled == image).all(axis=2).mean() > 0.99


def test_steps_go_from_coarse_to_fine(gravel):
    steps = []
    mask = box_mask(gravel.shape, 40, 120, 40, 120)
    filled = PatchMatch()(gravel, mask, on_step=steps.append)
    assert [s.index for s in steps] == list(range(steps[0].index, steps[0].total + 1))
    assert all((s.preview[~mask] == gravel[~mask]).all() for s in steps)
    assert (steps[-1].preview == filled).all()


def test_what_a_step_raises_stops_the_work(gravel):
    calls = []

    def stop(step):
        calls.append(step)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PatchMatch()(gravel, box_mask(gravel.shape, 60, 90, 60, 90), on_step=stop)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("shape", "hole"),
    [((4, 50), (0, 4, 10, 20)), ((50, 4), (10, 20, 0, 4)), ((40, 40), (4, 36, 4, 36)), ((1, 2), (0, 1, 0, 1))],
)
def test_no_patch_is_left(shape, hole):
    image = np.zeros((*shape, 3), np.uint8)
    with pytest.raises(InputError, match="5 × 5"):
        PatchMatch()(image, box_mask(image.shape, *hole))


def test_one_patch_is_enough():
    image = np.full((40, 40, 3), 7, np.uint8)
    mask = np.ones((40, 40), bool)
    mask[:7, :7] = False
    assert (PatchMatch()(image, mask) == 7).all()


def test_the_fill_meets_the_light_around_it(gravel):
    """Gravel that gets darker to the right: copies from the left are too light, unless they are shifted."""
    light = np.linspace(1, 0.35, gravel.shape[1])[None, :, None]
    shaded = (gravel * light).round().astype(np.uint8)
    mask = box_mask(shaded.shape, 50, 110, 95, 150)

    def step(filled):
        inside, outside = filled[52:108, 145:149].astype(float), filled[52:108, 151:155].astype(float)
        return abs(inside.mean() - outside.mean())

    copied, met = (PatchMatch(blend=meet, nearness=0.0)(shaded, mask) for meet in (False, True))
    assert step(met) <= step(copied) + 1
    assert (met[~mask] == shaded[~mask]).all() and (met[mask] != copied[mask]).any()


def test_a_thing_elsewhere_is_not_copied_into_a_flat_background() -> None:
    rng = np.random.default_rng(0)
    image = rng.normal(150, 3, (96, 160, 3))
    image[30:70, 20:60] = rng.uniform(0, 255, (40, 40, 3))
    image = image.clip(0, 255).astype(np.uint8)
    mask = box_mask(image.shape, 0, 80, 110, 148)  # open above, with a narrow strip of background on its right
    for seed in range(3):
        filled = PatchMatch()(image, mask, seed=seed)
        assert np.abs(filled[mask].astype(int) - 150).max() < 40
