from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from core import classify, models
from core.classify import prediction


@pytest.fixture(scope="module", params=["efficientnet-lite2", "efficientnet-lite0"])
def classifier(request):
    return models.load("classify", request.param)


def test_the_preparation_is_timms(classifier, picture) -> None:
    from timm.data import create_transform, resolve_data_config

    theirs = create_transform(**resolve_data_config({}, model=classifier.net))
    for name in ("cat", "tower", "lion"):
        difference = theirs(Image.fromarray(picture(name))) - classifier.prepare([picture(name)])[0]
        # one grey level of 255 for rounding, in the network's units of 127.5 levels, two where both passes round
        assert difference.abs().max() <= 2.01 / 127.5 and (difference.abs() > 1.01 / 127.5).sum() <= 2
        assert difference.abs().mean() < 0.02 / 127.5


def test_the_crop_with_a_margin_holds_the_crop(classifier, picture) -> None:
    size, short = classifier.size, {224: 256, 260: 292}[classifier.size]
    wide, (x, y) = classifier.centre_crop(picture("cat"), margin=64)
    assert wide.shape == (short, size + 128, 3) and (x, y) == (64, 16)
    crop, corner = classifier.centre_crop(picture("cat"))
    assert crop.shape == (size, size, 3) and corner == (0, 0)
    assert np.abs(wide[y : y + size, x : x + size].astype(int) - crop).max() <= 1


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


@pytest.mark.parametrize(("model", "first", "last"), [(None, 130, 9), ("efficientnet-lite0", 112, 7)])
def test_the_layers_run_from_fine_to_coarse(model, first, last) -> None:
    found = classify.list_layers(model)
    assert found.names[0] == "conv_stem" and found.names[-1] == "bn2"
    assert found.shapes[0] == (32, first, first) and found.shapes[-1] == (1280, last, last)
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
