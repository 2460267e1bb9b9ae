from __future__ import annotations

import numpy as np
import pytest

from core import zeroshot
from core.errors import InputError


def test_projection_of_a_line_is_the_line() -> None:
    line = np.outer([0, 1, 2, 5], [3.0, 4, 0])
    found = zeroshot.project(line)
    np.testing.assert_allclose(found.points, [[-10, 0], [-5, 0], [0, 0], [15, 0]], atol=1e-5)
    assert found.explained == pytest.approx((1, 0))
    np.testing.assert_array_equal(found.points, zeroshot.project(line.copy()).points)


def test_projection_centres_each_group() -> None:
    random = np.random.default_rng(0)
    table = random.normal(size=(20, 6))
    table[10:] += 100
    found = zeroshot.project(table, groups=[0] * 10 + [1] * 10)
    np.testing.assert_allclose(found.points[:10].mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(found.points[10:].mean(axis=0), 0, atol=1e-4)
    assert np.abs(zeroshot.project(table).points[:, 0]).min() > 50


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.zeros(3), [[float("nan"), 1]]])
def test_projection_refuses_what_is_no_table(vectors) -> None:
    with pytest.raises(InputError, match="table"):
        zeroshot.project(vectors)


def test_one_vector_has_a_place() -> None:
    np.testing.assert_array_equal(zeroshot.project([[3.0, 4]]).points, [[0, 0]])
