from __future__ import annotations

import numpy as np
import pytest
import torch

from core import images, masks, models, samples, segment
from core.errors import InputError, ModelUnavailable
from core.models.memory import devices
from tests.core.segment.square import SQUARE


def test_grabcut_by_name_and_by_default() -> None:
    found = segment.from_prompts(SQUARE, points=[(45, 30)], model="grabcut")
    assert found.model == "grabcut" and found.seconds > 0
    assert found.masks.dtype == bool and found.masks.shape[1:] == (60, 80)
    assert (found.masks[0] == (SQUARE[..., 0] > 0)).mean() > 0.98
    assert found.scores.dtype == np.float32 and (np.diff(found.scores) <= 0).all()


def test_negative_clicks_are_fine_with_a_box() -> None:
    found = segment.from_prompts(SQUARE, points=[(10, 10)], labels=[0], box=(25, 15, 65, 45), model="grabcut")
    assert not found.masks[0][10, 10] and found.masks[0][30, 45]


def test_an_unknown_and_an_absent_model() -> None:
    with pytest.raises(InputError, match="grabcut"):
        segment.from_prompts(SQUARE, points=[(45, 30)], model="sam-vit-zzz")
    if any(s.row.name == "sam-vit-b" and s.state == "absent" for s in models.status()):
        with pytest.raises(ModelUnavailable, match="prefetch sam-vit-b"):
            segment.from_prompts(SQUARE, points=[(45, 30)], model="sam-vit-b")


def test_everything_is_not_faked() -> None:
    with pytest.raises(InputError, match="sam-vit-b") as refused:
        segment.everything(SQUARE, model="grabcut")
    assert refused.value.key == "segment.no_everything"


@pytest.mark.parametrize("bad", [{"points_per_side": 0}, {"predicted_iou": 1.5}, {"stability": "x"}, {"smallest": -1}])
def test_everything_refuses_numbers_out_of_range(bad) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        segment.everything(SQUARE, **bad)


def test_cutout_keeps_the_colours_and_puts_the_mask_into_alpha() -> None:
    mask = SQUARE[..., 0] > 0
    cut = segment.cutout(SQUARE, mask)
    assert cut.shape == (60, 80, 4) and cut.dtype == np.uint8
    assert (cut[..., :3] == SQUARE).all()
    assert (cut[..., 3] == mask * 255).all()


def test_feather_is_the_standard_deviation_of_the_edge() -> None:
    mask = np.zeros((41, 200), bool)
    mask[:, 100:] = True
    alpha = segment.cutout(np.zeros((41, 200, 3), np.uint8), mask, feather=5)[20, :, 3] / 255
    # a step blurred by a Gaussian is its cumulative distribution: .5 at the edge, .16 and .84 one deviation away
    assert alpha[99:101].mean() == pytest.approx(0.5, abs=0.01)
    assert alpha[94:96].mean() == pytest.approx(0.159, abs=0.02)
    assert alpha[104:106].mean() == pytest.approx(0.841, abs=0.02)
    assert alpha[60] == 0 and alpha[140] == 1


@pytest.mark.parametrize(
    ("mask", "feather", "key"),
    [
        (np.zeros((60, 80), bool), 0, "segment.mask_empty"),
        (np.ones((60, 81), bool), 0, "errors.mask_size"),
        (None, 0, "errors.mask_missing"),
        (np.ones((60, 80), bool), -1, "errors.number"),
        (np.ones((60, 80), bool), float("nan"), "errors.number"),
    ],
)
def test_cutout_refuses(mask, feather, key) -> None:
    with pytest.raises(InputError) as refused:
        segment.cutout(SQUARE, mask, feather=feather)
    assert refused.value.key == key


def test_segment_anything_answers_through_the_same_call(fake_sam_vit_b) -> None:
    found = segment.from_prompts(SQUARE, points=[(45, 30)], model="sam-vit-b")
    assert found.model == "sam-vit-b"
    assert found.masks.shape == (3, 60, 80)  # one click is ambiguous: whole, part, subpart
    assert (np.diff(found.scores) <= 0).all()
    fake_sam_vit_b.set_image(SQUARE)
    masks, scores, _ = fake_sam_vit_b.predict(np.array([[45, 30]]), np.array([1]), multimask_output=True)
    assert (found.masks == masks[np.argsort(-scores)]).all()


def test_more_than_one_click_is_not_ambiguous(fake_sam_vit_b) -> None:
    assert len(segment.from_prompts(SQUARE, points=[(45, 30), (50, 30)], model="sam-vit-b").masks) == 1
    assert len(segment.from_prompts(SQUARE, points=[(45, 30)], box=(25, 15, 65, 45), model="sam-vit-b").masks) == 1
    assert len(segment.from_prompts(SQUARE, box=(25, 15, 65, 45), model="sam-vit-b").masks) == 1


def test_words_find_the_thing() -> None:
    picture = images.to_rgb(samples.sample_path("cat"))
    cat = np.zeros(picture.shape[:2], bool)
    cat[40:, 60:400] = True
    corner = np.zeros_like(cat)
    corner[:40, :60] = True
    found = segment.rank(picture, [corner, cat], "a cat")
    assert found.model == "concept-space"
    assert found.scores[1] > found.scores[0] + 0.1


def test_words_that_masks_were_not_ranked_by_are_told() -> None:
    found = segment.rank(SQUARE, [np.ones((60, 80), bool)], "꿱꿱이 고양이")
    assert found.left_out == ("꿱꿱이",)


@pytest.mark.parametrize(
    ("masks", "key"),
    [
        ([], "segment.masks_many"),
        ([np.zeros((60, 80), bool)], "segment.mask_empty"),
        ([np.ones((2, 2), bool)], "errors.mask_size"),
    ],
)
def test_rank_refuses(masks, key) -> None:
    with pytest.raises(InputError) as refused:
        segment.rank(SQUARE, masks, "a cat")
    assert refused.value.key == key


def test_grabcut_needs_no_embedding() -> None:
    found = segment.embed(SQUARE, model="grabcut")
    assert found.model == "grabcut" and not found.new


def test_the_pocket_network_is_the_default_and_its_outline_snaps(picture) -> None:
    image = picture("collage")
    thing = samples.ground_truth("collage")
    truth = thing == thing[270, 250]
    snapped, plain = (segment.from_prompts(image, points=[(250, 270)], snap=snap) for snap in (True, False))
    assert snapped.model == plain.model == "pocket-sam"
    assert (snapped.masks != plain.masks).any()
    best = [max(masks.iou(mask, truth) for mask in found.masks) for found in (snapped, plain)]
    assert best[0] > best[1] and best[0] > 0.5, best


def test_a_box_gives_what_is_in_it(picture) -> None:
    things = samples.ground_truth("collage")
    for number in (2, 3, 4):
        truth = things == number
        ys, xs = np.nonzero(truth)
        box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        found = segment.from_prompts(picture("collage"), box=box, model="pocket-sam").masks[0]
        assert masks.iou(found, truth) > 0.6
        assert not found[:, : xs.min()].any() and not found[ys.max() + 1 :].any()


@pytest.mark.parametrize("model", ["grabcut", "pocket-sam"])
@pytest.mark.parametrize("points", [[[300, 200]], [[300, 200], [320, 240]]])
def test_the_best_mask_is_told_before_the_others_are_there(picture, model, points) -> None:
    told = []
    found = segment.from_prompts(picture("flower"), points=points, model=model, on_step=told.append)
    assert len(told) == 1 and (told[0] == found.masks[0]).all()
    assert (np.diff(found.scores) <= 0).all()


def test_everything_and_words_with_the_shipped_model(picture) -> None:
    image, truth = picture("collage"), samples.ground_truth("collage")
    found = segment.everything(image, points_per_side=10)
    areas = [int(mask.sum()) for mask in found]
    assert areas == sorted(areas, reverse=True) and len(found) >= 5
    things = [truth == number for number in np.unique(truth)[1:]]
    best = [max((mask & thing).sum() / (mask | thing).sum() for mask in found) for thing in things]
    assert max(best) > 0.7 and np.mean(best) > 0.4


def test_embedding_is_timed_to_its_end(monkeypatch) -> None:
    waited = []
    monkeypatch.setattr(devices, "device", lambda: "cuda")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append(True))
    segment.embed(SQUARE, model="grabcut")
    assert waited == [True], "a GPU is still busy when the call returns"


@pytest.mark.parametrize("flag", ["false", 0, None])
def test_snap_is_a_bool(picture, flag):
    with pytest.raises(InputError, match="snap must be true or false"):
        segment.from_prompts(picture("cat"), points=[[200, 200]], snap=flag)
