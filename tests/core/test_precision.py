"""Half precision on a GPU, tried out on the CPU, which can do it too."""

from __future__ import annotations

import numpy as np
import pytest

from core import classify, edges, models
from core.models.memory import precision

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


def logits(task, name):
    with models.borrow(task, name) as (_, model):
        return model.logits([PICTURE])


def strengths(task, name):
    with models.borrow(task, name) as (_, model):
        return model(PICTURE, longest=96, scales=(1.0,))


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
        ("classify", "resnet50", logits),
        ("classify", "convnext-tiny", logits),
        ("classify", "convnextv2-tiny", logits),
        ("edges", "hed", strengths),
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
    for layer in ("linear", "conv2d"):
        plain = getattr(torch.nn.functional, layer)
        watched = lambda *args, plain=plain: seen.add((y := plain(*args)).dtype) or y  # noqa: E731
        monkeypatch.setattr(torch.nn.functional, layer, watched)
    rounded = answer(task, name)
    assert torch.float16 in seen, "in half precision"
    assert rounded.dtype == exact.dtype == np.float32 and (rounded != exact).any()
    assert np.allclose(rounded, exact, atol=0.02 * np.abs(exact).max())


def test_a_trained_classifier_names_the_same_five_in_the_same_order(half, picture) -> None:
    names = ("cat", "coffee", "rocket", "astronaut")
    exact = [classify.predict(picture(name), model="efficientnet-lite0") for name in names]
    half()
    for name, wanted in zip(names, exact, strict=True):
        found = classify.predict(picture(name), model="efficientnet-lite0")
        assert found.labels == wanted.labels
        assert (found.probabilities != wanted.probabilities).any(), "in half precision"
        assert np.allclose(found.probabilities, wanted.probabilities, atol=0.01)


def test_trained_edges_are_where_they_were(half, picture) -> None:
    exact = edges.detect(picture("cat"), "learned", longest=320).edges
    half()
    found = edges.detect(picture("cat"), "learned", longest=320).edges
    assert found.dtype == np.float32 and (found != exact).any()
    assert np.abs(found - exact).max() < 0.02 < exact.std()


def test_what_is_shown_of_a_network_is_computed_as_before(half, picture) -> None:
    def shown():
        heat = classify.explain(picture("cat"), model="efficientnet-lite0").heatmap
        maps = classify.feature_maps(picture("cat"), "blocks.2", model="efficientnet-lite0").maps
        return np.concatenate([heat.ravel(), maps.ravel()])

    exact = shown()
    half()
    assert np.array_equal(shown(), exact), "gradients would be rounded to nothing"


def test_minus_infinity_is_an_answer_of_detectors_only(half) -> None:
    import torch

    half()

    def log(values):
        calls.append(True)
        return {"logits": values.log()}

    for judged, passes in ((None, 2), ({"logits": -float("inf")}, 1), ({"logits": 0.0}, 2)):
        calls: list[bool] = []
        found = precision.halved(log, "cpu", judged)(torch.tensor([0.0, 1.0]))["logits"]
        assert found.tolist() == [-float("inf"), 0.0] and len(calls) == passes


def test_grounding_dino_looks_once_at_a_picture_of_its_usual_size(hub, half) -> None:
    hub("grounding-dino")
    half()
    with models.borrow("detect", "grounding-dino") as (_, model):
        # from about 50 cells a side on its answer has infinities at the border
        model._processor.image_processor.size = {"shortest_edge": 800, "longest_edge": 1333}
        passes = []
        hook = model.net.model.register_forward_pre_hook(lambda *_: passes.append(True))
        model(PICTURE, ["cat"], threshold=0.5)
        hook.remove()
    assert len(passes) == 1


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
