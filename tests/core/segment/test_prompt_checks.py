from __future__ import annotations

import numpy as np
import pytest

from core import segment
from core.errors import InputError
from tests.core.segment.square import SQUARE


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ({}, "segment.no_prompt"),
        ({"points": []}, "segment.no_prompt"),
        ({"points": [(5, 5)], "labels": [0]}, "segment.only_negative"),
        ({"points": [(80, 5)]}, "segment.point_outside"),
        ({"points": [(5, -0.1)]}, "segment.point_outside"),
        ({"points": [(float("nan"), 5)]}, "segment.point_outside"),
        ({"points": [(float("inf"), 5)]}, "segment.point_outside"),
        ({"points": (5, 5)}, "segment.points_shape"),
        ({"points": 5}, "segment.points_shape"),
        ({"points": "55"}, "segment.points_shape"),
        ({"points": {"x": 1}}, "segment.points_shape"),
        ({"points": [(1, 2, 3)]}, "segment.points_shape"),
        ({"points": [(1, 2), (3,)]}, "segment.points_shape"),
        ({"points": [("1", "2")]}, "segment.points_shape"),
        ({"points": [(1, None)]}, "segment.points_shape"),
        ({"points": [(1, 10**400)]}, "segment.points_shape"),
        ({"points": [(i, 0) for i in range(65)]}, "segment.points_many"),
        ({"points": [(5, 5)], "labels": [1, 1]}, "segment.labels"),
        ({"points": [(5, 5)], "labels": [2]}, "segment.labels"),
        ({"points": [(5, 5)], "labels": ["1"]}, "segment.labels"),
        ({"points": [(5, 5)], "labels": 1}, "segment.labels"),
        ({"points": [(5.2, 5.9), (5.7, 5.1)], "labels": [1, 0]}, "segment.contradiction"),
        ({"box": (1, 2, 3)}, "segment.box_shape"),
        ({"box": (1, 2, 3, float("nan"))}, "segment.box_shape"),
        ({"box": "1234"}, "segment.box_shape"),
        ({"box": (10, 10, 10, 20)}, "segment.box_range"),
        ({"box": (20, 10, 10, 20)}, "segment.box_range"),
        ({"box": (10, 10, 81, 20)}, "segment.box_range"),
        ({"box": (-1, 10, 20, 20)}, "segment.box_range"),
    ],
)
def test_a_prompt_that_does_not_fit_is_refused_with_a_sentence(prompt, key) -> None:
    with pytest.raises(InputError) as refused:
        segment.from_prompts(SQUARE, **prompt)
    assert refused.value.key == key
    assert len(refused.value.message_in("ko")) > 20 and len(refused.value.message_in("en")) < 400


def test_clicks_without_labels_keep() -> None:
    with_labels = segment.from_prompts(SQUARE, points=[(45, 30), (31, 21)], labels=[1, 1], model="grabcut")
    without = segment.from_prompts(SQUARE, points=np.array([(45.0, 30.0), (31.0, 21.0)]), model="grabcut")
    assert (with_labels.masks == without.masks).all()
