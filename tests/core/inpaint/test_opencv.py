from __future__ import annotations

import cv2
import numpy as np
import pytest

from core import inpaint


@pytest.mark.parametrize("method", ["telea", "ns"])
def test_a_ramp_is_continued(method):
    ramp = np.broadcast_to(np.arange(60, dtype=np.uint8)[None, :, None] * 4, (48, 60, 3)).copy()
    mask = np.zeros((48, 60), bool)
    mask[20:26, 28:34] = True
    filled = inpaint.fill(np.where(mask[..., None], np.uint8(0), ramp), mask, method=method).image
    assert np.abs(filled[mask].astype(int) - ramp[mask]).max() <= 12


@pytest.mark.parametrize(("method", "flag"), [("telea", cv2.INPAINT_TELEA), ("ns", cv2.INPAINT_NS)])
def test_a_crop_around_the_hole_gives_what_the_whole_picture_would(picture, method, flag) -> None:
    image = picture("coffee")
    mask = np.zeros(image.shape[:2], bool)
    mask[3:40, 50:90] = mask[200:230, 200:260] = mask[-5:, -9:] = True
    whole = cv2.inpaint(image, mask.astype(np.uint8), 3, flag)
    assert (inpaint.fill(image, mask, method=method).image == whole).all()
