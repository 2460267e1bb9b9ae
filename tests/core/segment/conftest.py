from __future__ import annotations

from contextlib import contextmanager

import pytest

from core import models
from core.segment.cached_predictor import CachedPredictor
from tests.stand_ins import tiny_sam as tiny_sam_


@pytest.fixture
def fake_sam_vit_b(monkeypatch):
    """A tiny Segment Anything in the place of the ViT-B checkpoint."""
    predictor = tiny_sam_.build_predictor()

    @contextmanager
    def borrow(task, name=None):
        yield models.row(task, name), CachedPredictor(predictor)

    monkeypatch.setattr(models, "borrow", borrow)
    return predictor
