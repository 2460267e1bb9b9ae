from __future__ import annotations

import pytest

from core import transfer
from core.transfer import datasets

COUNT = 6


@pytest.fixture(scope="session")
def textures() -> datasets.LabelledImages:
    return datasets.load_builtin("textures", count=COUNT)


@pytest.fixture(scope="session")
def head(textures) -> transfer.Head:
    return transfer.train_head(textures.images, textures.labels, test=textures.test)
