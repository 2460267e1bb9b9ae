"""The tiny pipelines that LoRA files are tried on."""

from __future__ import annotations

import pytest

from core import models
from tests.stand_ins import tiny_hub


@pytest.fixture(scope="module")
def load_tiny(tmp_path_factory):
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        for name in ("sd15", "sdxl-turbo", "flux2-klein"):
            add(name)
        yield lambda name: models.load("text_to_image", name)
