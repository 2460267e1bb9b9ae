from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from core.models import torchvision_shim
from core.models.torchvision_shim import nms
from tests import ROOT


def box_iou(a, b):
    """Intersection over union of two boxes x1 y1 x2 y2, as plain arithmetic."""
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h
    return w * h / union


def slow_nms(boxes, scores, threshold):
    """The definition: going down the scores, a box stays unless one that stayed overlaps it too much."""
    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(box_iou(boxes[i], boxes[j]) <= threshold for j in kept):
            kept.append(i)
    return kept


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_nms_is_its_definition(count, threshold):
    generator = torch.Generator().manual_seed(count)
    corner = torch.rand(count, 2, generator=generator, dtype=torch.float64) * 10
    boxes = torch.cat(
        [corner, corner + 0.1 + torch.rand(count, 2, generator=generator, dtype=torch.float64) * 8], dim=1
    )
    scores = torch.rand(count, generator=generator, dtype=torch.float64)
    assert nms(boxes, scores, threshold).tolist() == slow_nms(boxes.tolist(), scores.tolist(), threshold)


def test_nms_by_hand():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [20, 20, 30, 30]])  # the first two overlap by 0.8
    scores = torch.tensor([0.5, 0.9, 0.1])
    assert nms(boxes, scores, 0.79).tolist() == [1, 2]
    assert nms(boxes, scores, 0.81).tolist() == [1, 0, 2]


def test_nms_of_nothing_is_nothing():
    kept = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert kept.dtype == torch.int64 and kept.tolist() == []


def test_torchvision_is_importable_and_its_nms_works():
    torchvision_shim.ensure_torchvision()
    from torchvision.ops import boxes as ops

    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [20, 20, 30, 30]])
    assert ops.batched_nms(boxes, torch.tensor([0.5, 0.9, 0.1]), torch.zeros(3), 0.5).tolist() == [1, 2]


def test_a_binary_that_does_not_fit_is_replaced(tmp_path):
    """A stand-in whose compiled library cannot be opened, as when it was built for another torch."""
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "extension.py").write_text("def _has_ops():\n    return False\n")
    (package / "_C.so").write_bytes(b"not a library")
    code = """
import torch
from core.models import torchvision_shim
torchvision_shim.ensure_torchvision()
torchvision_shim.ensure_torchvision()
boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8]])
from torchvision import extension
print(torch.ops.torchvision.nms(boxes, torch.tensor([0.5, 0.9]), 0.5).tolist(), extension._has_ops())
"""
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[1] True"
