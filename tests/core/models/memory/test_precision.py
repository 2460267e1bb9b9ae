"""Half precision on a GPU, tried out on the CPU, which can do it too."""

from __future__ import annotations

import numpy as np
import pytest

from core import classify, edges, models
from core.models.memory import precision

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)


@pytest.fixture
def begin_half_precision(monkeypatch):
    """From now on what is loaded computes on the CPU as it would on a GPU."""

    def begin():
        models.release()
        monkeypatch.setattr(precision, "HALF_DTYPES", {"cpu": precision.HALF_DTYPES["cuda"]})

    yield begin
    models.release()


def encode_both(task, name):
    with models.borrow(task, name) as (_, model):
        return np.concatenate([model.encode_images([PICTURE]), model.encode_texts(["a cat"])])


def compute_embedding(task, name):
    with models.borrow(task, name) as (_, model):
        model.set_image(PICTURE)
        features = model.base_predictor.features
        return np.concatenate([f.numpy().ravel() for f in getattr(features, "maps", [features])])


def classifier_logits(task, name):
    with models.borrow(task, name) as (_, model):
        return model.logits([PICTURE])


def edge_strengths(task, name):
    with models.borrow(task, name) as (_, model):
        return model(PICTURE, longest=96, scales=(1.0,))


def sorted_detection_scores(task, name):
    # which of two equally good boxes comes first may change
    with models.borrow(task, name) as (_, model):
        return np.sort(model(PICTURE, ["cat"], threshold=0.02).scores)[::-1]


@pytest.mark.parametrize(
    ("task", "name", "answer"),
    [
        ("zeroshot", "clip-vit-b32", encode_both),
        ("zeroshot", "siglip2-so400m", encode_both),
        ("segment", "sam-vit-b", compute_embedding),
        ("segment", "sam2-tiny", compute_embedding),
        ("classify", "resnet50", classifier_logits),
        ("classify", "convnext-tiny", classifier_logits),
        ("classify", "convnextv2-tiny", classifier_logits),
        ("edges", "hed", edge_strengths),
        ("detect", "grounding-dino", sorted_detection_scores),
        ("detect", "owlv2", sorted_detection_scores),
    ],
)
def test_a_network_answers_nearly_the_same(task, name, answer, hub, begin_half_precision, monkeypatch) -> None:
    import torch

    hub(name)
    exact = answer(task, name)
    begin_half_precision()
    seen = set()
    for layer in ("linear", "conv2d"):
        plain = getattr(torch.nn.functional, layer)
        watched = lambda *args, plain=plain: seen.add((y := plain(*args)).dtype) or y  # noqa: E731
        monkeypatch.setattr(torch.nn.functional, layer, watched)
    rounded = answer(task, name)
    assert torch.float16 in seen, "in half precision"
    assert rounded.dtype == exact.dtype == np.float32 and (rounded != exact).any()
    assert np.allclose(rounded, exact, atol=0.02 * np.abs(exact).max())


def test_a_trained_classifier_names_the_same_five_in_the_same_order(begin_half_precision, picture) -> None:
    names = ("cat", "coffee", "rocket", "astronaut")
    exact = [classify.predict(picture(name), model="efficientnet-lite0") for name in names]
    begin_half_precision()
    for name, wanted in zip(names, exact, strict=True):
        found = classify.predict(picture(name), model="efficientnet-lite0")
        assert found.labels == wanted.labels
        assert (found.probabilities != wanted.probabilities).any(), "in half precision"
        assert np.allclose(found.probabilities, wanted.probabilities, atol=0.01)


def test_trained_edges_are_where_they_were(begin_half_precision, picture) -> None:
    exact = edges.detect(picture("cat"), "learned", longest=320).edges
    begin_half_precision()
    found = edges.detect(picture("cat"), "learned", longest=320).edges
    assert found.dtype == np.float32 and (found != exact).any()
    assert np.abs(found - exact).max() < 0.02 < exact.std()


def test_what_is_shown_of_a_network_is_computed_as_before(begin_half_precision, picture) -> None:
    def heatmap_and_maps():
        heat = classify.explain(picture("cat"), model="efficientnet-lite0").heatmap
        maps = classify.feature_maps(picture("cat"), "blocks.2", model="efficientnet-lite0").maps
        return np.concatenate([heat.ravel(), maps.ravel()])

    exact = heatmap_and_maps()
    begin_half_precision()
    assert np.array_equal(heatmap_and_maps(), exact), "gradients would be rounded to nothing"


def test_minus_infinity_is_an_answer_of_detectors_only(begin_half_precision) -> None:
    import torch

    begin_half_precision()

    def log(values):
        calls.append(True)
        return {"logits": values.log()}

    for judged, passes in ((None, 2), ({"logits": -float("inf")}, 1), ({"logits": 0.0}, 2)):
        calls: list[bool] = []
        found = precision.wrap_half_precision(log, "cpu", judged)(torch.tensor([0.0, 1.0]))["logits"]
        assert found.tolist() == [-float("inf"), 0.0] and len(calls) == passes


def test_what_is_too_large_for_half_precision_is_computed_again(begin_half_precision) -> None:
    import torch

    torch.manual_seed(0)
    net = torch.nn.Linear(8, 8).eval()
    values = torch.full((1, 8), 1e5)
    exact = net(values)
    begin_half_precision()
    halved = precision.use_half_precision(net, "cpu")
    with torch.inference_mode():
        assert torch.equal(halved(values), exact), "65504 is the largest number there"
        assert not torch.equal(halved(values / 1e5), net.__class__.forward(net, values / 1e5))


def test_on_a_cpu_nothing_changes() -> None:
    import torch

    net = torch.nn.Linear(8, 8)
    assert precision.use_half_precision(net, "cpu") is net and "forward" not in vars(net)
