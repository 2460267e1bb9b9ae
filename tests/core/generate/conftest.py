"""The tiny pipelines that samplers and LoRA files are tried on."""

from __future__ import annotations

import pytest

from core import models
from tests.stand_ins import tiny_hub


@pytest.fixture(scope="module")
def load_tiny(tmp_path_factory):
    """The pipeline of a drawing row, in its smallest form and with random weights, by the row's name."""
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        for name in ("sd15", "sd-turbo", "sdxl-turbo", "flux2-klein"):
            add(name)
        yield lambda name: models.load("text_to_image", name)
