from __future__ import annotations

import numpy as np

from core.edges import canny
from demos import edges as tab
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_the_stages_are_drawn_from_the_result() -> None:
    photo = np.zeros((20, 30, 3), np.uint8)
    photo[:, 15:] = 200
    found = canny.canny_stages(photo, 50, 100)
    *pictures, badge, code = find_api_handler(build_tab_page(FakeEngine(found), tab), "canny_stages")(
        photo, 50, 100, 0, 3, False
    )
    assert len(pictures) == 6 and "step by step" in badge
    assert np.array_equal(pictures[0], found.blurred)
    assert np.array_equal(pictures[5] > 0, found.final) and found.final.any()
    assert pictures[2][10, 14].tolist() == [255, 0, 0]
    assert (pictures[4][found.strong] == 255).all()
    assert "canny.canny_stages(picture, 50, 100, 0, size=3, l2=False)" in code
