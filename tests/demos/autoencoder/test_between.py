from __future__ import annotations

import numpy as np

from core import autoencoder
from core.autoencoder import Interpolation
from demos import autoencoder as tab
from tests.demos.autoencoder.samples import PICTURE
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_the_way_is_a_strip() -> None:
    pictures = tuple(np.full((128, 128, 3), value, np.uint8) for value in (0, 50, 100))
    found = Interpolation(
        shares=np.linspace(0, 1, 3, dtype=np.float32), pictures=pictures, fades=pictures[::-1], model="pocket-vae",
        seconds=0.1,
    )  # fmt: skip
    engine = FakeEngine(found)
    codes, fades, badge, code = find_api_handler(build_tab_page(engine, tab), "autoencoder_between")(
        PICTURE, PICTURE, 3
    )
    assert engine.calls[0].fn is autoencoder.interpolate and engine.calls[0].kwargs == {"count": 3}
    assert codes.shape == (256, 3 * 256 + 2 * 6, 3)
    assert (codes[:, -256:] == 100).all() and (fades[:, -256:] == 0).all()
    assert "Pocket autoencoder" in badge and "count=3" in code
