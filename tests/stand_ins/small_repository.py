"""A repository of a few kilobytes for the stand-in Hub, and a row that wants part of it."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

from core import models
from core.models.catalog import Row

PLACE = "owner/name"
SIZE, CONFIG = 20_000, b'{"size": 1}'
WEIGHTS = "model.safetensors"
FACTS = {"task": "t", "name": "n", "title": "N", "tier": "full", "loader": "l", "licence": "MIT", "quality": "q"}
ROW = Row(**FACTS, source=f"hub:{PLACE}", revision="main", files=(WEIGHTS, "*.json"), download=3_000_000)

PINNED = models.row("classify", "resnet50")
# as if the catalogue named the branch and not a commit, which is the harder case
RESNET = dataclasses.replace(PINNED, revision="main")


def write_files(folder: Path, seed: int = 0) -> Path:
    """Fills the folder: weights, two small files, and a pickle that nobody asked for."""
    folder.mkdir(exist_ok=True)
    (folder / WEIGHTS).write_bytes(random.Random(seed).randbytes(SIZE))
    (folder / "config.json").write_bytes(CONFIG)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "README.md").write_text("a card")
    return folder


def list_leftovers(cache: Path) -> tuple[set[str], set[str], bool]:
    """What a broken download has left: names of finished and of unfinished blobs, and whether the branch is known."""
    blobs = {path.name for path in (cache / "models--owner--name" / "blobs").glob("*")}
    parts = {name for name in blobs if name.endswith(".incomplete")}
    return blobs - parts, parts, (cache / "models--owner--name" / "refs" / "main").exists()
