"""Rows of the catalogue that nobody downloads, and models of so many bytes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from core.models.catalog import Row


def build_row(name, memory=0):
    facts = {"task": "t", "title": name, "tier": "full", "loader": "l", "source": "builtin:x", "licence": "MIT"}
    return Row(name=name, memory=memory, quality="q", **facts)


class FakeModel:
    """A model of so many bytes."""

    def __init__(self, size):
        self.net = SimpleNamespace(parameters=lambda: [np.zeros(size, np.uint8)], buffers=list)


def borrow_each(cache, *rows):
    for wanted in rows:
        with cache.borrow(wanted):
            pass
