from __future__ import annotations

import re

import numpy as np

from tests.stand_ins.fakes import find_api_handler


def test_the_arithmetic_is_spelled_out(demo) -> None:
    grey = np.arange(1, 10, dtype=np.uint8).reshape(3, 3)
    shown = find_api_handler(demo, "arithmetic")(grey, [[-1, 0, 1]] * 3, 1, 1, 1, "zero", False)
    numbers = [int(n.replace("−", "-")) for n in re.findall(r"<td[^>]*>([^<]*)</td>", shown)]
    assert numbers[:9] == list(range(1, 10))
    assert numbers[9:18] == [-1, 0, 1] * 3
    assert numbers[18:] == [-1, 0, 3, -4, 0, 6, -7, 0, 9]
    assert "1·(−1) + 3·1 + 4·(−1) + 6·1 + 7·(−1) + 9·1 = <b>6</b>" in shown
    assert "(1, 1)" in shown and "padding" not in shown
    corner = find_api_handler(demo, "arithmetic")(grey, [[-1, 0, 1]] * 3, 0, 0, 1, "zero", False)
    assert "come from the padding" in corner and "<b>7</b>" in corner
