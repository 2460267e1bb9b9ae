from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (48, 60, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def mask():
    found = np.zeros((48, 60), bool)
    found[20:28, 25:40] = True
    return found
