from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from core import classify, images, models
from core.classify import activations, prediction
from core.errors import InputError, ModelUnavailable
from core.models.files import sources


@pytest.fixture(scope="module")
def classifier():
    return models.load("classify", "efficientnet-lite0")


def test_a_lion_is_a_lion(picture) -> None:
    found = classify.predict(picture("lion"))
    assert found.labels[0] == "lion" and found.indices[0] == 291 and found.wnids[0] == "n02129165"
    assert found.probabilities[0] == pytest.approx(0.897, abs=0.01)
    assert (np.diff(found.probabilities) <= 0).all() and found.probabilities.sum() <= 1 + 1e-6
    assert found.model == "efficientnet-lite0" and found.seconds > 0
    assert "Africa" in found.glosses[0]


def test_all_classes_sum_to_one_and_have_names_of_their_own(picture) -> None:
    found = classify.predict(picture("cat"), top_k=1000)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert len(set(found.labels)) == 1000 and sorted(found.indices) == list(range(1000))
    assert {"crane (bird)", "crane (machine)"} <= set(found.labels)


def test_the_preparation_is_timms(classifier, picture) -> None:
    from timm.data import create_transform, resolve_data_config

    theirs = create_transform(**resolve_data_config({}, model=classifier.net))
    for name in ("cat", "tower", "lion"):
        difference = theirs(Image.fromarray(picture(name))) - classifier.prepare([picture(name)])[0]
        # half of a grey level of 255, in the network's units of 127.5 levels, and one for rounding
        assert difference.abs().max() <= 1.01 / 127.5
        assert difference.abs().mean() < 0.02 / 127.5


def test_the_crop_with_a_margin_holds_the_crop(classifier, picture) -> None:
    wide, (x, y) = classifier.centre_crop(picture("cat"), margin=64)
    assert wide.shape == (256, 352, 3) and (x, y) == (64, 16)
    crop, corner = classifier.centre_crop(picture("cat"))
    assert crop.shape == (224, 224, 3) and corner == (0, 0)
    assert np.abs(wide[y : y + 224, x : x + 224].astype(int) - crop).max() <= 1


def test_logits_do_not_depend_on_the_batch(classifier, picture) -> None:
    pictures = [picture("cat"), picture("lion")]
    together = classifier.logits(pictures)
    assert together.shape == (2, 1000) and together.dtype == np.float32
    np.testing.assert_allclose(together, np.concatenate([classifier.logits([p]) for p in pictures]), atol=1e-3)


def test_the_head_on_the_features_gives_the_logits(classifier, picture) -> None:
    features = classifier.features([picture("cat")])
    head = classifier.net.get_classifier()
    by_hand = features @ head.weight.cpu().numpy().T + head.bias.cpu().numpy()
    assert features.shape == (1, 1280)
    np.testing.assert_allclose(by_hand, classifier.logits([picture("cat")]), atol=1e-3)


@pytest.mark.parametrize("target", [281, "tabby", " TABBY ", "n02123045", np.int64(281)])
def test_a_class_has_three_names(classifier, target) -> None:
    assert classifier.class_index(target) == 281


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


def test_the_layers_run_from_fine_to_coarse() -> None:
    found = classify.list_layers()
    assert found.names[0] == "conv_stem" and found.names[-1] == "bn2"
    assert found.shapes[0] == (32, 112, 112) and found.shapes[-1] == (1280, 7, 7)
    sides = [h for _, h, _ in found.shapes]
    assert sides == sorted(sides, reverse=True)


@pytest.mark.parametrize(
    ("arch", "first", "last"), [("resnet10t", "conv1", "layer4"), ("convnext_atto", "stem", "stages.3")]
)
def test_other_families_of_timm(arch, first, last, classifier, picture) -> None:
    """The catalogue's ResNet-50 and ConvNeXt are not on this machine; their small kin have the same structure."""
    import timm

    from core.classify.timm import Classifier

    torch.manual_seed(0)
    other = Classifier(timm.create_model(arch), "cpu")
    names = list(other.layers)
    assert (names[0], names[-1]) == (first, last)
    assert other.logits([picture("cat")]).shape == (1, 1000) and other.features([picture("cat")]).ndim == 2
    library = prediction._import_grad_cam()
    heat = prediction._activation_map(library, other, other.prepare_whole(picture("cat")), 281, last, "gradcam")
    assert heat.ndim == 2 and np.isfinite(heat).all()


def test_the_first_filters_beside_sobel(classifier) -> None:
    found = classify.first_filters()
    assert found.filters.shape == (32, 3, 3, 3) and found.similarity.shape == (32, 2)
    np.testing.assert_array_equal(found.filters, classifier.net.conv_stem.weight.cpu().numpy())
    x = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
    np.testing.assert_allclose(found.sobel[0], np.stack([x] * 3) / math.sqrt(36), atol=1e-6)
    nearest = found.filters[found.closest_to_sobel[1]].ravel()
    cosine = nearest @ np.stack([x.T] * 3).ravel() / np.linalg.norm(nearest) / 6
    assert cosine == pytest.approx(found.similarity[found.closest_to_sobel[1], 1], abs=1e-5)
    assert abs(cosine) == pytest.approx(np.abs(found.similarity[:, 1]).max())
    assert 0.7 < abs(cosine) < 1


def test_a_filter_answers_to_its_own_edge() -> None:
    step = np.zeros((8, 8, 3), np.uint8)
    step[:, 4:] = 255
    x, y = activations.sobel_filters(3)
    across, along = activations.filter_response(step, x), activations.filter_response(step, y)
    # 4 per colour times 3 colours, over the filter's length 6
    assert across[4, 3] == pytest.approx(2) and across[4, 4] == pytest.approx(2) and across[4, 0] == 0
    assert np.abs(along).max() == pytest.approx(0, abs=1e-6)
    with pytest.raises(InputError, match=r"\(3, k, k\)"):
        activations.filter_response(step, x[0])


@pytest.mark.parametrize("size", [3, 4, 7, 11])
def test_sobels_filter_has_the_size_of_the_networks(size) -> None:
    x, y = activations.sobel_filters(size)
    assert x.shape == (3, size, size) and np.linalg.norm(x) == pytest.approx(1)
    assert np.allclose(x, -x[..., ::-1]) and np.allclose(x, x[:, ::-1]) and np.allclose(y, x.transpose(0, 2, 1))
    if size % 2:
        slope, smooth = cv2.getDerivKernels(1, 0, size)
        assert np.allclose(x[0] / x[0].max(), smooth @ slope.T / (smooth @ slope.T).max())


def test_feature_maps_come_strongest_first(classifier, picture) -> None:
    found = classify.feature_maps(picture("cat"), "blocks.2", count=12)
    assert found.maps.shape == (12, 32, 48) and found.total == 40
    strength = np.abs(found.maps).mean(axis=(1, 2))
    assert (np.diff(strength) <= 1e-6).all() and len(set(found.channels)) == 12
    everything = activations._layer_output(classifier, "blocks.2", classifier.prepare_whole(picture("cat")))
    np.testing.assert_array_equal(found.maps[0], everything[found.channels[0]])


def test_a_click_on_the_sheet_finds_its_map(picture) -> None:
    found = classify.feature_maps(picture("cat"), "blocks.4", count=10)
    sheet = found.make_grid(columns=4)
    h, w = 16 * 5, 24 * 5
    assert sheet.shape == (3 * h + 2 * 4, 4 * w + 3 * 4, 3)
    assert found.rank_at(0, 0, columns=4) == 1
    assert found.rank_at(w + 10, h + 10, columns=4) == 6
    assert found.rank_at(4 * w, 3 * h, columns=4) == 10
    brightest = np.unravel_index(found.maps[5].argmax(), (16, 24))
    at = (h + 4 + brightest[0] * 5, w + 4 + brightest[1] * 5)
    assert tuple(sheet[at]) == tuple(images.false_colour(np.ones((1, 1), np.float32))[0, 0])


@pytest.mark.parametrize(("layer", "count"), [("nowhere", 4), (None, 4), ("bn1", 0), ("bn1", 257), ("bn1", "4")])
def test_no_such_maps(layer, count, picture) -> None:
    with pytest.raises(InputError):
        classify.feature_maps(picture("cat"), layer, count=count)


def test_most_sample_pictures_are_right(classifier, dataset_folder) -> None:
    files = sorted(dataset_folder("imagenet_samples").glob("*.jpg"))[::20]
    logits = classifier.logits([images.to_rgb(file) for file in files])
    right = [
        classifier.wnids[i] == file.name.split("_")[0] for i, file in zip(logits.argmax(axis=1), files, strict=True)
    ]
    assert np.mean(right) >= 0.8
