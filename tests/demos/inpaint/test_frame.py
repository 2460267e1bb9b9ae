from __future__ import annotations

from demos.inpaint import frame
from tests.demos.inpaint.samples import PICTURE


def test_the_frame_has_the_proportions_of_the_result() -> None:
    shown = frame.draw_frame(PICTURE, (80, 100), (20, 0, 0, 40))
    assert shown.shape == (60, 60, 3)
    assert (shown[:40, 10:] == 80).all()
    assert not (shown[40:] == 80).any()
