from __future__ import annotations

import dataclasses

import pytest

from core import models, preflight
from core.models import manager, registry
from core.preflight import probes, tab_check
from tests.core.preflight.small_tab import ROOM, Net


@pytest.fixture
def install_probe(nothing_loaded, monkeypatch):
    """A tab "cnn" whose model and whose call the test chooses: `tab(call, bound=, further=)`."""
    rows = tuple(dataclasses.replace(r, source="package:numpy/__init__.py", memory=2_000_000, parameters=500_000)
                 for r in (models.row("classify", "efficientnet-lite2"), models.row("segment", "pocket-sam"),
                           models.row("zeroshot", "concept-space")))  # fmt: skip
    rows = tuple(dataclasses.replace(r, loader="small", parts={}, assets=()) for r in rows)
    monkeypatch.setattr(registry, "ROWS", rows)
    monkeypatch.setattr(manager, "find_loader", lambda row: lambda row, path, device: Net())
    for module in (preflight, tab_check):
        monkeypatch.setattr(module, "memory_info", lambda: ROOM)

    def replace_probes(call, bound=60.0, further=()):
        probe = probes.Probe(("classify", None), call, bound, further)
        other = dataclasses.replace(probe, default_model=("segment", None))
        monkeypatch.setattr(tab_check, "PROBES", {"cnn": probe, "segment": other})

    yield replace_probes
    models.release()
