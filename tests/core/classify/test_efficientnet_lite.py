"""The networks of the packages: tensor by tensor, and as timm knows them."""

from __future__ import annotations

import pytest
import torch

from core import models
from core.classify import efficientnet_lite
from core.models.catalog.specs import ClassifySpec
from core.models.files import sources

# tensors, input size, parameters, channels of the maps at strides 2, 4, 8, 16 and 32
NETWORKS = {
    "efficientnet-lite0": (296, 224, 4_652_008, [16, 24, 40, 112, 320]),
    "efficientnet-lite2": (386, 260, 6_092_072, [16, 24, 48, 120, 352]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_packages_tensors_are_timms_in_order(name) -> None:
    import timm

    row = models.row("classify", name)
    tensors, size, parameters, channels = NETWORKS[name]
    stored = torch.load(sources.locate_weights(row), map_location="cpu", weights_only=True)
    plain = timm.create_model(row.spec_as(ClassifySpec).architecture).state_dict()
    assert len(stored) == len(plain) == tensors
    assert [value.shape for value in stored.values()] == [value.shape for value in plain.values()]
    # the two name the same parts, such as _blocks.0._depthwise_conv.weight and blocks.0.0.conv_dw.weight
    assert [key.rpartition(".")[2] for key in stored] == [key.rpartition(".")[2] for key in plain]
    loaded = models.load("classify", name)
    assert loaded.size == size and sum(p.numel() for p in stored_parameters(stored)) == parameters == row.parameters
    assert [stage["num_chs"] for stage in loaded.net.feature_info] == channels
    assert (loaded._mean == 0.5).all() and (loaded._std == 0.5).all() and loaded._resampling.name == "BICUBIC"


def stored_parameters(stored):
    """Without what batch norms counted."""
    return [value for key, value in stored.items() if not key.endswith(("running_mean", "running_var", "tracked"))]


def test_a_checkpoint_of_another_network_is_refused(tmp_path) -> None:
    other = sources.locate_weights(models.row("classify", "efficientnet-lite0"))
    with pytest.raises(AssertionError, match="296 tensors for 386 names"):
        efficientnet_lite.load(models.row("classify", "efficientnet-lite2"), other, "cpu")
