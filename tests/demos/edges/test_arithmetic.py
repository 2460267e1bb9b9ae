from __future__ import annotations

import re

import numpy as np
import pytest

from core.edges import convolution
from demos.edges import arithmetic
from tests.stand_ins.fakes import find_api_handler


def test_the_arithmetic_is_spelled_out(demo) -> None:
    grey = np.arange(1, 10, dtype=np.uint8).reshape(3, 3)
    shown, _ = find_api_handler(demo, "arithmetic")(grey, [[-1, 0, 1]] * 3, 1, 1, 1, "zero", False)
    numbers = [int(n.replace("−", "-")) for n in re.findall(r"<td[^>]*>([^<]*)</td>", shown)]
    assert numbers[:9] == list(range(1, 10))
    assert numbers[9:18] == [-1, 0, 1] * 3
    assert numbers[18:] == [-1, 0, 3, -4, 0, 6, -7, 0, 9]
    assert "1·(−1) + 3·1 + 4·(−1) + 6·1 + 7·(−1) + 9·1 = <b>6</b>" in shown
    assert "(1, 1)" in shown and "padding" not in shown
    corner, marks = find_api_handler(demo, "arithmetic")(grey, [[-1, 0, 1]] * 3, 0, 0, 1, "zero", False)
    assert "come from the padding" in corner and "<b>7</b>" in corner
    patch, pixel = marks
    assert patch == {"on": "edges-picture", "box": [-1, -1, 2, 2], "size": [3, 3]}
    assert pixel == {"on": "edges-kernel-result", "box": [0, 0, 1, 1], "size": [3, 3]}


def test_the_marks_follow_the_stride(demo) -> None:
    grey = np.zeros((10, 20), np.uint8)
    _, (patch, pixel) = find_api_handler(demo, "arithmetic")(grey, [[1] * 3] * 3, 9, 5, 2, "valid", False)
    # the output pixels are (20 - 3) // 2 + 1 = 9 by (10 - 3) // 2 + 1 = 4; number (4, 2) begins at (8, 4)
    assert patch == {"on": "edges-picture", "box": [8, 4, 11, 7], "size": [20, 10]}
    assert pixel == {"on": "edges-kernel-result", "box": [4, 2, 5, 3], "size": [9, 4]}


@pytest.mark.parametrize("side", [3, 5, 7])
@pytest.mark.parametrize("preset", ["blur", "gaussian"])
def test_a_blur_is_whole_numbers_over_one_denominator_and_adds_up(preset, side) -> None:
    picture = np.random.default_rng(side).integers(0, 256, (20, 30, 3), np.uint8)
    kernel = convolution.PRESETS[preset].make(side)
    found = convolution.convolve_pixel(picture, kernel, 12, 10, normalise=True)
    line = re.search(r"class='line'>(.*?)</p>", arithmetic.worked_sum_html(found))[1]
    terms, below, above, same, sign, shown = re.fullmatch(
        r"\((.*)\) ÷ (\d+) = (\d+) ÷ (\d+) (=|≈) <b>([\d.]+)</b>", line
    ).groups()
    factors = [term.split("·") for term in terms.split(" + ")]
    assert len(factors) == side**2 and int(below) == int(same) == kernel.sum()
    assert sum(int(value) * int(weight) for value, weight in factors) == int(above)
    assert float(shown) == round(int(above) / int(below), 2)
    assert (sign == "=") == (float(shown) * int(below) == pytest.approx(int(above), abs=1e-9))


@pytest.mark.parametrize(
    ("weights", "below"),
    [([[1, 2, 1]], 1), ([[0.25, 0.5]], 4), ([[1 / 3, 1 / 7]], 21), ([[0, 0]], 1), ([[0.1234567, 0.7654321]], None)],
)
def test_the_common_denominator(weights, below) -> None:
    assert arithmetic.common_denominator(np.array(weights, np.float32)) == below


def test_weights_without_a_common_denominator_say_that_they_are_rounded(demo) -> None:
    grey = np.full((5, 5), 100, np.uint8)
    shown, _ = find_api_handler(demo, "arithmetic")(grey, [[0.1234567, 0, 0.7654321]], 2, 2, 1, "zero", False)
    assert "100·0.1235 + 100·0.7654 ≈ <b>88.89</b>" in shown
