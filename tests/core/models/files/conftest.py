from __future__ import annotations

import shutil

import pytest

from core.models.files import checksums
from core.texts import ASSETS


@pytest.fixture
def app_weights(tmp_path, monkeypatch):
    """A copy of the app's own weights that a test may damage."""
    assets = tmp_path / "assets"
    shutil.copytree(ASSETS / "weights", assets / "weights")
    monkeypatch.setattr(checksums, "ASSETS", assets)
    monkeypatch.setattr(checksums, "CHECKSUMS_FILE", assets / "weights" / "SHA256SUMS")
    return assets / "weights"
