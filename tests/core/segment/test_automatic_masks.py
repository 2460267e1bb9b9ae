from __future__ import annotations

from core import segment
from tests.core.segment.square import SQUARE


def test_everything_with_segment_anything(fake_sam_vit_b) -> None:
    loose = {"points_per_side": 4, "predicted_iou": 0, "stability": 0}
    fake_sam_vit_b.model.mask_threshold = -1e3  # random weights: let every mask cover the picture
    found = segment.everything(SQUARE, **loose, model="sam-vit-b")
    assert all(mask.dtype == bool and mask.shape == (60, 80) for mask in found)
    areas = [mask.sum() for mask in found]
    assert areas == sorted(areas, reverse=True)


def test_everything_says_how_far_it_is(fake_sam_vit_b) -> None:
    steps: list[segment.GridProgress] = []
    segment.everything(SQUARE, points_per_side=7, model="sam-vit-b", on_step=steps.append)
    assert [step.done for step in steps] == [32, 49]
    assert {step.total for step in steps} == {49}
