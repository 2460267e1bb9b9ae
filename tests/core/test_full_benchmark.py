"""The table of `benchmarks/full.py`, with networks of a moment."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from benchmarks import full
from core import models
from core.models import shortage
from tests.tiny_drawing import CLIP_WORDS, LAYERS


def sam():
    net = torch.nn.Module()
    net.image_encoder = torch.nn.Conv2d(3, 1, 1, stride=64)
    return net


def clip():
    from transformers import CLIPConfig, CLIPModel

    eyes = {**LAYERS, "image_size": 224, "patch_size": 32}
    return CLIPModel(CLIPConfig(text_config={**LAYERS, **CLIP_WORDS}, vision_config=eyes, projection_dim=16))


@pytest.mark.parametrize("name", ["sd-turbo", "sam-vit-b", "clip-vit-b32"])
def test_what_is_compiled_is_what_is_called(name, tiny, monkeypatch) -> None:
    calls = []

    def compiled(function):
        net = type(function.__self__).__name__
        return lambda *args, **kwargs: calls.append(net) or function(*args, **kwargs)

    build = {"sd-turbo": lambda: models.load("text_to_image", "sd-turbo"), "sam-vit-b": sam, "clip-vit-b32": clip}[name]
    monkeypatch.setitem(full.SHAPES, name, dataclasses.replace(full.SHAPES[name], build=build))
    monkeypatch.setattr(full, "SIDE", 64)
    monkeypatch.setattr(torch, "compile", compiled)
    monkeypatch.setattr(shortage, "relieve", lambda: None)
    lines = list(full.measured(name, [1, 2], compiled=True))
    models.release()
    layouts = ["float32, usual"] * 2 + ["float32, channels last"] * 2 + ["float32, compiled"] * 2
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [line[:3] for line in cells] == [[name, kind, str(1 + i % 2)] for i, kind in enumerate(layouts)]
    assert all(float(line[3]) >= 0 and float(line[4]) > 0 for line in cells)
    assert len(set(calls)) == len(full.SHAPES[name].parts), "each of them was called as it was compiled"


def test_what_does_not_fit_is_a_line_and_the_next_one_has_its_turn(monkeypatch) -> None:
    relieved = []
    monkeypatch.setattr(shortage, "relieve", lambda: relieved.append(True))

    def run():
        raise torch.OutOfMemoryError("CUDA out of memory.")

    assert full.figures(run) == "OutOfMemoryError | -" and relieved
    assert full.figures(lambda: None).startswith("0.000 | ")
