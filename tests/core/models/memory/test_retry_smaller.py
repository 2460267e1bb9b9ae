"""What looks at pictures and runs out of memory is called again, in smaller pieces where it can be: same answers."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
import torch

from core import classify, edges, models, segment
from core.errors import OutOfMemory
from core.inpaint import lama
from core.models.memory import out_of_memory
from tests.stand_ins import tiny_hub

FULL = "CUDA out of memory. Tried to allocate 2.00 GiB."
PICTURE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
LOOSE = {"predicted_iou": 0, "stability": 0}


@pytest.fixture(scope="module", autouse=True)
def full_models(tmp_path_factory):
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        for name in ("grounding-dino", "owlv2", "hed", "sam-vit-b", "sam2-tiny", "resnet50"):
            add(name)
        yield


@pytest.fixture(autouse=True)
def free_memory_calls(monkeypatch):
    times = []
    monkeypatch.setattr(out_of_memory, "free_memory", lambda: times.append(True))
    return times


def detect_boxes(name):
    with models.borrow("detect", name) as (_, model):
        found = model(PICTURE, ["cat", "dog"], threshold=0.0)
    return np.column_stack([found.boxes, found.scores, found.labels])


def classifier_cell_logits():
    with models.borrow("classify", "resnet50") as (_, net):
        return net.cell_logits(PICTURE, 96)


def click_scores(name):
    return segment.from_prompts(PICTURE, points=[(20, 30)], model=name).scores


NETWORK = {
    # not every question goes through the whole of it
    "classify": lambda model: next(model.net.children()),
    "edges": lambda model: model._net,
    "detect": lambda model: model.net,
    "segment": lambda model: (
        getattr(model.base_predictor.model, "mask_decoder", None) or model.base_predictor.net.mask_decoder
    ),
}
LIKELY = "the likeliest classes"
CALLS = {
    LIKELY: ("classify", "resnet50", lambda: classify.predict(PICTURE, model="resnet50").probabilities),
    "cells": ("classify", "resnet50", classifier_cell_logits),
    "a heat map": ("classify", "resnet50", lambda: classify.explain(PICTURE, model="resnet50").heatmap),
    "feature maps": (
        "classify", "resnet50", lambda: classify.feature_maps(PICTURE, "layer1", model="resnet50").maps
    ),
    "HED": ("edges", "hed", lambda: edges.detect(PICTURE, "hed", scales="three", longest=64).edges),
    "learned edges": ("edges", "learned", lambda: edges.detect(PICTURE, "learned").edges),
    "Grounding DINO": ("detect", "grounding-dino", lambda: detect_boxes("grounding-dino")),
    "OWLv2": ("detect", "owlv2", lambda: detect_boxes("owlv2")),
    "a click on SAM": ("segment", "sam-vit-b", lambda: click_scores("sam-vit-b")),
    "a click on SAM 2": ("segment", "sam2-tiny", lambda: click_scores("sam2-tiny")),
}  # fmt: skip


@contextmanager
def fail_forward(task, name, times):
    """The row's network finds no memory so often; yields how often it was called."""
    net, calls = NETWORK[task](models.load(task, name)), []

    def fail(*_):
        calls.append(True)
        if len(calls) <= times:
            raise torch.OutOfMemoryError(FULL)

    hook = net.register_forward_pre_hook(fail)
    try:
        yield calls
    finally:
        hook.remove()


@pytest.mark.parametrize("kind", CALLS)
def test_with_the_memory_freed_the_answer_is_the_same(kind, free_memory_calls) -> None:
    task, name, call = CALLS[kind]
    wanted = call()
    assert wanted.size and not free_memory_calls
    with fail_forward(task, name, 1) as calls:
        found = call()
    assert len(calls) > 1 and len(free_memory_calls) == 1
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize("kind", CALLS)
def test_where_there_is_never_enough_a_sentence_says_so(kind) -> None:
    task, name, call = CALLS[kind]
    title = models.row(task, name).title
    with fail_forward(task, name, 10**6), pytest.raises(OutOfMemory) as caught:
        call()
    assert str(caught.value).startswith(f"{title} needs more memory for this than this machine has free.")
    assert call().size, "the next one works"


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_a_classifier_takes_pictures_one_by_one(scale, free_memory_calls) -> None:
    pictures = [PICTURE, PICTURE[::-1], 255 - PICTURE]
    with models.borrow("classify", "efficientnet-lite0") as (_, classifier):
        wanted = classifier.features(pictures, scale=scale)
        hook = classifier.net.conv_stem.register_forward_pre_hook(limit_batch_size(1))
        try:
            found = classifier.features(pictures, scale=scale)
        finally:
            hook.remove()
    assert len(free_memory_calls) == 2 and np.allclose(found, wanted, atol=1e-5) and np.ptp(wanted, axis=0).any()


def limit_batch_size(most):
    """A hook that lets a network see so many at once."""

    def check(_, given):
        if len(given[0]) > most:
            raise torch.OutOfMemoryError(FULL)

    return check


@pytest.mark.parametrize("name", ["pocket-sam", "sam-vit-b"])
def test_a_grid_of_clicks_is_answered_a_few_at_a_time(name, free_memory_calls) -> None:
    told, call = [], {"points_per_side": 6, "model": name, **LOOSE}
    wanted = segment.everything(PICTURE, **call)
    decoder = models.load("segment", name).base_predictor.model.mask_decoder

    def limit_click_count(_, __, given):
        if len(given["sparse_prompt_embeddings"]) > 4:
            raise torch.OutOfMemoryError(FULL)

    hook = decoder.register_forward_pre_hook(limit_click_count, with_kwargs=True)
    try:
        found = segment.everything(PICTURE, on_step=told.append, **call)
    finally:
        hook.remove()
    assert len(free_memory_calls) == 2 and [step.done for step in told] == list(range(4, 37, 4))
    assert len(found) == len(wanted) > 0
    # batches of another size are added up in another order: a pixel at the threshold may change sides
    assert all((a ^ b).mean() < 0.001 for a, b in zip(found, wanted, strict=True))


class LimitedLama(torch.nn.Module):
    """LaMa's arguments: paints grey into the hole, of a picture whose longest side is at most `most`."""

    def __init__(self, most, fails=0):
        super().__init__()
        self.most, self.fails, self.sides = most, fails, []

    def forward(self, picture, mask):
        self.sides.append(max(picture.shape[2:]))
        if self.sides[-1] > self.most or len(self.sides) <= self.fails:
            raise torch.OutOfMemoryError(FULL)
        return picture * (1 - mask) + 0.5 * mask


def fill_hole(painter, width):
    image, hole = np.full((80, width, 3), 200, np.uint8), np.zeros((80, width), bool)
    hole[20:60, 10 : width - 10] = True
    model = lama.Lama(painter, "cpu")
    return model, model(image, hole), hole


def test_lama_tries_again_at_the_same_size_first(free_memory_calls) -> None:
    _, wanted, _ = fill_hole(LimitedLama(2048), 3000)
    model, found, _ = fill_hole(LimitedLama(2048, fails=1), 3000)
    assert model.net.sides == [2048, 2048] and model.pieces == "" and len(free_memory_calls) == 1
    assert np.array_equal(found, wanted)


def test_lama_fills_at_half_the_size_and_says_so(free_memory_calls) -> None:
    model, found, hole = fill_hole(LimitedLama(1024), 3000)
    assert model.net.sides == [2048, 2048, 1024] and model.pieces == "smaller"
    assert (found[~hole] == 200).all() and np.abs(found[30:50, 30:2970].astype(int) - 128).max() <= 1
    model.net.most = 2048
    model(found, hole)
    assert model.pieces == "", "only while memory is scarce"


def test_what_lama_sees_small_already_is_never_enlarged(free_memory_calls) -> None:
    with pytest.raises(torch.OutOfMemoryError):
        fill_hole(LimitedLama(0), 900)
    assert len(free_memory_calls) == 1
