from __future__ import annotations

import numpy as np
import pytest

from core import inpaint, models
from core.errors import ModelUnavailable
from core.inpaint import lama


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)


@pytest.fixture
def hole():
    found = np.zeros((50, 70), bool)
    found[20:30, 25:45] = True
    return found


@pytest.fixture
def network():
    """LaMa's arguments: it paints `colour` into the hole, shifts everything by `bias`, and remembers what it saw."""
    import torch

    class Network(torch.nn.Module):
        colour, bias = 0.5, 0.0

        def forward(self, picture, mask):
            self.picture, self.mask = picture, mask
            return picture * (1 - mask) + self.colour * mask + self.bias

    return Network()


def test_the_tab_and_python_call_it_by_its_name(hub, image, hole) -> None:
    hub("lama")
    steps = []
    found = inpaint.fill(image, hole, method="lama", on_step=steps.append)
    assert found.model == "lama" and (found.image[~hole] == image[~hole]).all()
    assert [(step.index, step.total) for step in steps] == [(1, 1)]
    assert (inpaint.fill(image, hole, method="lama", seed=9).image == found.image).all()
    larger = inpaint.outpaint(image, left=20, top=7, method="lama")
    assert larger.image.shape == (57, 90, 3) and (larger.image[7:, 20:] == image).all()


def test_the_network_gets_what_it_was_traced_for(network, image, hole) -> None:
    import torch

    filled = lama.Lama(network, "cpu")(image, hole)
    assert network.picture.dtype == network.mask.dtype == torch.float32
    assert network.picture.shape == (1, 3, 64, 72) and network.mask.shape == (1, 1, 64, 72)
    assert network.picture.min() >= 0 and 0.9 < network.picture.max() <= 1
    assert network.mask.unique().tolist() == [0, 1]
    seen, mask = network.picture[0].permute(1, 2, 0).numpy(), network.mask[0, 0].numpy() > 0
    assert (mask[:50, :70] == hole).all() and not seen[mask].any(), "what is hidden is not seen"
    np.testing.assert_allclose(seen[:50, :70][~hole] * 255, image[~hole], atol=0.01)
    # the border is mirrored
    assert np.array_equal(seen[50:64, :70], seen[36:50, :70][::-1])
    assert (filled[~hole] == image[~hole]).all() and np.abs(filled[hole].astype(int) - 128).max() <= 1


def test_a_tone_that_is_off_is_taken_back(network, hole) -> None:
    network.colour, network.bias = 100 / 255, 10 / 255
    flat = np.full((50, 70, 3), 100, np.uint8)
    assert np.abs(lama.Lama(network, "cpu")(flat, hole).astype(int) - 100).max() <= 1


def test_a_large_hole_is_filled_at_2048_pixels(network) -> None:
    large = np.full((300, 4100, 3), 200, np.uint8)
    hole = np.zeros((300, 4100), bool)
    hole[100:200, 10:4090] = True
    filled = lama.Lama(network, "cpu")(large, hole)
    assert network.picture.shape[2:] == (152, 2048)
    assert filled.shape == large.shape and (filled[~hole] == 200).all()
    assert np.abs(filled[110:190, 20:4080].astype(int) - 128).max() <= 1


def test_only_what_is_near_a_small_hole_is_looked_at(network) -> None:
    large = np.full((1500, 2000, 3), 200, np.uint8)
    hole = np.zeros((1500, 2000), bool)
    hole[700:710, 900:920] = True
    lama.Lama(network, "cpu")(large, hole)
    assert max(network.picture.shape[2:]) <= 540


@pytest.mark.parametrize("shape", [(1, 2), (3, 1), (9, 9)])
def test_the_smallest_pictures(hub, shape) -> None:
    hub("lama")
    hole = np.zeros(shape, bool)
    hole[0, 0] = True
    assert inpaint.fill(np.full((*shape, 3), 9, np.uint8), hole, method="lama").image.shape == (*shape, 3)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_file_with_another_hash_is_never_opened(hub, monkeypatch, language) -> None:
    import torch

    def refuse(*_, **__):
        pytest.fail("it was opened")

    blob = (hub("lama") / "lama.pt").resolve()
    data = blob.read_bytes()
    blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    monkeypatch.setattr(torch.jit, "load", refuse)
    with pytest.raises(ModelUnavailable) as caught:
        models.load("inpaint", "lama")
    said = caught.value.message_in(language)
    assert "SHA-256" in said and "python -m core.models prefetch lama --again" in said


def test_the_catalogues_own_row_refuses_any_other_file(hub) -> None:
    row = models.row("inpaint", "lama")
    with pytest.raises(ModelUnavailable, match="79ed9fa18680"):
        lama.load(row, hub("lama"), "cpu")
