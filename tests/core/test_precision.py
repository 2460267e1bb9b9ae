"""Half precision on a GPU, tried out on the CPU, which can do it too."""

from __future__ import annotations

import numpy as np
import pytest

from core import models
from core.models import precision

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)


@pytest.fixture
def half(monkeypatch):
    """From now on what is loaded computes on the CPU as it would on a GPU."""

    def begin():
        models.release()
        monkeypatch.setattr(precision, "HALF", {"cpu": precision.HALF["cuda"]})

    yield begin
    models.release()


def both_encodings(task, name):
    with models.borrow(task, name) as (_, model):
        return np.concatenate([model.encode_images([PICTURE]), model.encode_texts(["a cat"])])


def an_embedding(task, name):
    with models.borrow(task, name) as (_, model):
        model.set_image(PICTURE)
        features = model.plain.features
        return np.concatenate([f.numpy().ravel() for f in getattr(features, "maps", [features])])


def sorted_scores(task, name):
    # which of two equally good boxes comes first may change
    with models.borrow(task, name) as (_, model):
        return np.sort(model(PICTURE, ["cat"], threshold=0.02).scores)[::-1]


@pytest.mark.parametrize(
    ("task", "name", "answer"),
    [
        ("zeroshot", "clip-vit-b32", both_encodings),
        ("zeroshot", "siglip2-so400m", both_encodings),
        ("segment", "sam-vit-b", an_embedding),
        ("segment", "sam2-tiny", an_embedding),
        ("detect", "grounding-dino", sorted_scores),
        ("detect", "owlv2", sorted_scores),
    ],
)
def test_a_network_answers_nearly_the_same(task, name, answer, hub, half, monkeypatch) -> None:
    import torch

    hub(name)
    exact = answer(task, name)
    half()
    seen = set()
    linear = torch.nn.functional.linear
    monkeypatch.setattr(torch.nn.functional, "linear", lambda *args: seen.add((y := linear(*args)).dtype) or y)
    rounded = answer(task, name)
    assert torch.float16 in seen, "in half precision"
    assert rounded.dtype == exact.dtype == np.float32 and (rounded != exact).any()
    assert np.allclose(rounded, exact, atol=0.02 * np.abs(exact).max())


def test_what_is_too_large_for_half_precision_is_computed_again(half) -> None:
    import torch

    torch.manual_seed(0)
    net = torch.nn.Linear(8, 8).eval()
    values = torch.full((1, 8), 1e5)
    exact = net(values)
    half()
    halved = precision.halve(net, "cpu")
    with torch.inference_mode():
        assert torch.equal(halved(values), exact), "65504 is the largest number there"
        assert not torch.equal(halved(values / 1e5), net.__class__.forward(net, values / 1e5))


def test_on_a_cpu_nothing_changes() -> None:
    import torch

    net = torch.nn.Linear(8, 8)
    assert precision.halve(net, "cpu") is net and "forward" not in vars(net)
