from __future__ import annotations

import contextlib
import dataclasses

import cv2
import numpy as np
import pytest

from core import classify, images, models
from core.classify import activations, prediction
from core.errors import InputError, ModelUnavailable
from core.models.catalog.specs import ClassifySpec
from core.models.files import sources


@pytest.fixture(scope="module")
def classifier():
    return models.load("classify")


def test_a_lion_is_a_lion(picture) -> None:
    found = classify.predict(picture("lion"))
    assert found.labels[0] == "lion" and found.indices[0] == 291 and found.wnids[0] == "n02129165"
    assert found.probabilities[0] == pytest.approx(0.760, abs=0.01)
    assert (np.diff(found.probabilities) <= 0).all() and found.probabilities.sum() <= 1 + 1e-6
    assert found.model == "efficientnet-lite2" and found.seconds > 0
    assert "Africa" in found.glosses[0]


def test_lite0_can_still_be_chosen(picture) -> None:
    found = classify.predict(picture("lion"), model="efficientnet-lite0")
    assert found.labels[0] == "lion" and found.probabilities[0] == pytest.approx(0.897, abs=0.01)
    assert found.model == "efficientnet-lite0" and found.recognised is True


def test_a_class_stands_out_where_one_fits(picture) -> None:
    for name, least in (("cat", 9.5), ("lion", 12), ("coffee", 11), ("motorcycle", 8.5)):
        found = classify.predict(picture(name))
        assert found.recognised is True and least < found.standout < least + 1.5


def draw_noise() -> images.RGB:
    return np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)


def draw_stripes() -> images.RGB:
    return np.tile(np.repeat(np.array([0, 255], np.uint8), 8), 16)[None, :, None].repeat(256, 0).repeat(3, 2)


@pytest.mark.parametrize("name", ["astronaut", "portrait", "face", "heart", "tree", "noise", "stripes", "flat"])
def test_none_of_the_classes_fits_a_person_a_drawing_or_noise(name, picture) -> None:
    made = {"noise": draw_noise, "stripes": draw_stripes, "flat": lambda: np.full((256, 256, 3), 90, np.uint8)}
    found = classify.predict(made[name]() if name in made else picture(name))
    assert found.recognised is False and 3 < found.standout < 6.4
    # the names are told nevertheless
    assert len(found.labels) == 5


def test_none_of_the_classes_fits_a_face() -> None:
    import skimage.data

    faces = (skimage.data.lfw_subset()[:100:10, ..., None].repeat(3, axis=3) * 255).astype(np.uint8)
    assert not any(classify.predict(face).recognised for face in faces)


def test_whether_a_class_fits_is_not_known_of_a_network_that_was_not_measured(picture, monkeypatch) -> None:
    row = dataclasses.replace(models.row("classify"), spec=ClassifySpec(architecture="tf_efficientnet_lite2"))
    monkeypatch.setattr(models, "borrow", lambda *_: contextlib.nullcontext((row, models.load("classify", row.name))))
    assert classify.predict(picture("lion")).recognised is None


def test_standout_by_hand() -> None:
    logits = np.array([5, 1, 1, 1], np.float32)
    assert prediction.compute_standout(logits) == pytest.approx(3 / np.sqrt(3), abs=1e-6)
    # neither a constant nor a factor changes it: a network's temperature does not matter
    assert prediction.compute_standout(7 * logits - 3) == pytest.approx(3 / np.sqrt(3), abs=1e-5)
    assert prediction.compute_standout(np.zeros(4, np.float32)) == 0


def test_all_classes_sum_to_one_and_have_names_of_their_own(picture) -> None:
    found = classify.predict(picture("cat"), top_k=1000)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert len(set(found.labels)) == 1000 and sorted(found.indices) == list(range(1000))
    assert {"crane (bird)", "crane (machine)"} <= set(found.labels)


@pytest.mark.parametrize("target", [-1, 1000, True, 3.5, "zebra crossing", [1]])
def test_no_such_class(target, picture) -> None:
    with pytest.raises(InputError, match="0 to 999"):
        classify.explain(picture("cat"), target=target)


@pytest.mark.parametrize("top_k", [0, 1001, 2.5, "5", None, float("nan")])
def test_a_count_out_of_range(top_k, picture) -> None:
    with pytest.raises(InputError, match="top_k"):
        classify.predict(picture("cat"), top_k=top_k)


def test_an_absent_model_says_what_cures_it(picture, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if sources.locate_weights(models.row("classify", "convnext-tiny")):
        pytest.skip("convnext-tiny is on this machine")
    with pytest.raises(ModelUnavailable, match="prefetch convnext-tiny"):
        classify.predict(picture("cat"), model="convnext-tiny")


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 5)])
def test_tiny_and_thin_pictures(size) -> None:
    thin = np.full((*size, 3), 200, np.uint8)
    assert len(classify.predict(thin).labels) == 5
    heatmap = classify.explain(thin).heatmap
    assert heatmap.shape == size and np.isfinite(heatmap).all()


@pytest.mark.parametrize("method", classify.METHODS)
def test_every_method_maps_the_whole_picture(method, picture) -> None:
    found = classify.explain(picture("lion"), method=method)
    assert found.heatmap.shape == picture("lion").shape[:2] and found.heatmap.dtype == np.float32
    assert found.heatmap.min() >= 0 and found.heatmap.max() == pytest.approx(1, abs=0.05)
    assert (found.label, found.target, found.method) == ("lion", 291, method)
    # the lion's head is in the left half
    assert found.heatmap[40:160, 20:120].mean() > 3 * found.heatmap[200:, 150:].mean()


def test_grad_cam_at_the_last_layer_is_the_class_activation_map(classifier, picture) -> None:
    """Where only averaging and a linear layer follow, the gradient is the layer's weight (Zhou et al. 2016)."""
    found = classify.explain(picture("cat"), target="tabby")
    maps = activations._layer_output(classifier, "bn2", classifier.prepare_whole(picture("cat")))
    weights = classifier.net.get_classifier().weight[281].cpu().numpy()
    by_hand = np.maximum(np.tensordot(weights, maps, axes=1), 0)
    by_hand = (by_hand - by_hand.min()) / (by_hand.max() - by_hand.min())
    h, w = picture("cat").shape[:2]
    expected = cv2.resize(by_hand, (w, h), interpolation=cv2.INTER_LINEAR)
    # the library enlarges in two steps
    assert np.abs(found.heatmap - expected).mean() < 0.01


def test_the_map_lies_where_the_thing_is(picture) -> None:
    """The lion moves from one end of a wide grey picture to the other, and the map with it."""
    lion = picture("lion")
    for place in (slice(0, 256), slice(384, 640)):
        wide = np.full((256, 640, 3), 128, np.uint8)
        wide[:, place] = lion
        heatmap = classify.explain(wide, target="lion").heatmap
        centre = (heatmap.sum(axis=0) * np.arange(640)).sum() / heatmap.sum()
        assert place.start < centre < place.stop


def test_another_class_has_another_map(picture) -> None:
    one, other = (classify.explain(picture("cat"), target=name).heatmap for name in ("tabby", "window screen"))
    assert np.abs(one - other).mean() > 0.05


def test_eigencam_asks_for_no_class(picture) -> None:
    one, other = (classify.explain(picture("cat"), target=i, method="eigencam").heatmap for i in (281, 800))
    np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"method": "magic"}, "gradcam"), ({"layer": "blocks.99"}, "blocks.6"), ({"layer": 3}, "bn2")],
)
def test_no_such_method_or_layer(settings, words, picture) -> None:
    with pytest.raises(InputError, match=words):
        classify.explain(picture("cat"), **settings)


def test_explaining_leaves_the_network_as_it_was(classifier, picture) -> None:
    before = classifier.logits([picture("cat")])
    classify.explain(picture("cat"), layer="blocks.4", method="layercam")
    assert (classifier.logits([picture("cat")]) == before).all()
    assert not any(module._forward_hooks for module in classifier.net.modules())
    assert not any(parameter.requires_grad for parameter in classifier.net.parameters())


def test_most_sample_pictures_are_right(classifier, dataset_folder) -> None:
    files = sorted(dataset_folder("imagenet_samples").glob("*.jpg"))[::20]
    logits = classifier.logits([images.to_rgb(file) for file in files])
    right = [
        classifier.wnids[i] == file.name.split("_")[0] for i, file in zip(logits.argmax(axis=1), files, strict=True)
    ]
    assert np.mean(right) >= 0.8
