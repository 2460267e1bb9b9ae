from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import tiny_hub


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """SD-Turbo's folder in its smallest form, with random weights."""
    with tiny_hub.installed(tmp_path_factory.mktemp("hub")) as add:
        yield add("sd-turbo")
