from __future__ import annotations

import numpy as np
import pytest

from core import models
from core.models.memory import precision

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)


@pytest.fixture
def begin_half_precision(monkeypatch):
    """From now on what is loaded computes on the CPU as it would on a GPU."""

    def begin():
        models.release()
        monkeypatch.setattr(precision, "HALF_DTYPES", {"cpu": precision.HALF_DTYPES["cuda"]})

    yield begin
    models.release()


def test_grounding_dino_looks_once_at_a_picture_of_its_usual_size(hub, begin_half_precision) -> None:
    hub("grounding-dino")
    begin_half_precision()
    with models.borrow("detect", "grounding-dino") as (_, model):
        # from about 50 cells a side on its answer has infinities at the border
        model._processor.image_processor.size = {"shortest_edge": 800, "longest_edge": 1333}
        passes = []
        hook = model.net.model.register_forward_pre_hook(lambda *_: passes.append(True))
        model(PICTURE, ["cat"], threshold=0.5)
        hook.remove()
    assert len(passes) == 1
