from __future__ import annotations

import numpy as np
import pytest
import torch

from core import generate, models
from core.errors import InputError
from core.generate import attention_maps

SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


def test_each_word_has_a_map_over_the_very_picture(tiny_sd_turbo):
    found = attention_maps.word_maps("a cat, on dogdog", **SMALL)
    assert found.words == ("a", "cat", "on", "dogdog"), "pieces of a word count as one, punctuation as none"
    assert found.maps.shape == (4, 64, 64) and found.maps.dtype == np.float32
    assert found.maps.min() >= 0 and found.maps.max() <= 1 + 1e-6
    assert np.array_equal(found.image, generate.text_to_image("a cat, on dogdog", **SMALL).images[0])
    unet = models.load("text_to_image", "sd-turbo").unet
    assert not any(layer._forward_pre_hooks for layer in unet.modules()), "nothing stays behind"


def test_the_pocket_models_guess_is_traced_to_its_words():
    found = attention_maps.word_maps("a heart above a car", model="pocket-diffusion", steps=4, guidance=1.5)
    half = len(found.image) // 2
    heart, car = (found.maps[found.words.index(word)] for word in ("heart", "car"))
    assert heart[:half].mean() > 1.5 * heart[half:].mean(), "the upper one"
    assert car[half:].mean() > 1.5 * car[:half].mean()


class FixedAttention(torch.nn.Module):
    """A layer of two heads that looks as `looks` (batch x heads, places, tokens) tells."""

    heads = 2

    def __init__(self, looks):
        super().__init__()
        self.to_q = self.to_k = self.head_to_batch_dim = lambda given: given
        self.get_attention_scores = lambda query, key: looks

    def forward(self, places, encoder_hidden_states):
        return places


@pytest.mark.parametrize("guided", [True, False])
def test_with_guidance_the_prompts_half_counts_and_without_every_head(guided):
    prompt = torch.zeros(2, 4, 3)
    prompt[0, 2, 1] = 1  # of one head, the third place looks at the second token
    unet = torch.nn.ModuleDict(
        {"attn2": FixedAttention(torch.cat([torch.ones(2, 4, 3), prompt]) if guided else prompt)}
    )
    with attention_maps.record_attention(unet) as record:
        unet["attn2"](torch.zeros(1), encoder_hidden_states=torch.zeros(1))
    mean = record.mean()
    assert mean.shape == (2, 2, 3) and mean[1, 0, 1] == 0.5 and mean.sum() == 0.5


def test_coarse_layers_are_stretched_over_fine_ones():
    record = attention_maps.AttentionRecord()
    record.add(torch.ones(2, 1, 1))
    record.add(torch.zeros(2, 4, 1))
    assert np.allclose(record.mean(), 0.5)
    odd = attention_maps.AttentionRecord()
    for side in (65, 33, 17):
        odd.add(torch.ones(1, side**2, 1))
    assert odd.mean().shape == (65, 65, 1) and np.allclose(odd.mean(), 1)


def test_wrong_values_are_those_of_drawing(tiny_sd_turbo):
    with pytest.raises(InputError, match="steps must be"):
        attention_maps.word_maps("a cat", steps=0, model="sd-turbo")
