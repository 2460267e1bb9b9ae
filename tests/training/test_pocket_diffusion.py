from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.generate.prior import CODE_SCALE, LARGE, MAX_TOKENS, SHARPNESS, TOKEN_WIDTH, Prior, code_to_tokens
from training import chunks, naming, pocket_controlnet, pocket_diffusion, pocket_prior, pocket_vae, unsaid


def test_a_network_that_knows_the_velocity_has_no_loss():
    torch.manual_seed(0)
    noises = pocket_diffusion.schedule().alphas_cumprod
    clean = torch.randn(16, 4, 16, 16)

    def exact_velocity(noisy, at):
        signal, rest = (v[:, None, None, None] for v in (noises[at].sqrt(), (1 - noises[at]).sqrt()))
        noise = (noisy - signal * clean) / rest.clamp(min=1e-6)
        return signal * noise - rest * clean

    loss, figures = pocket_diffusion.velocity_loss(exact_velocity, clean, noises)
    assert loss < 1e-3 and figures["loss"] == float(loss)
    wrong, _ = pocket_diffusion.velocity_loss(lambda noisy, at: torch.zeros_like(noisy), clean, noises)
    assert wrong > 0.3


def test_late_steps_can_come_up_more_often():
    torch.manual_seed(0)
    noises, clean = pocket_diffusion.schedule().alphas_cumprod, torch.randn(4000, 1, 1, 1)
    seen = []
    for noisy in (1, 2):
        pocket_diffusion.velocity_loss(lambda x, at: (seen.append(at), x)[1], clean, noises, noisy)
    even, late = ((at.float() / 1000).mean() for at in seen)
    assert abs(even - 1 / 2) < 0.02 and abs(late - 2 / 3) < 0.02
    assert all(at.min() >= 0 and at.max() < 1000 for at in seen)


def test_the_schedule_ends_in_nothing_but_noise():
    assert float(pocket_diffusion.schedule().alphas_cumprod[-1]) < 1e-6


def test_the_parts_fit_each_other():
    unet, vae = pocket_diffusion.build_unet(), pocket_vae.build_vae()
    control = pocket_controlnet.build_controlnet(unet)
    picture = torch.zeros(1, 3, 128, 128)
    with torch.inference_mode():
        codes = vae.encode(picture).latents
        words, at = torch.zeros(1, 96, 384), torch.tensor([5])
        down, middle = control(codes, at, words, controlnet_cond=picture, return_dict=False)
        assert all(float(part.abs().max()) == 0 for part in (*down, middle)), "it begins without a say"
        plain = unet(codes, at, words, return_dict=False)[0]
        extra = {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
        assert torch.equal(unet(codes, at, words, return_dict=False, **extra)[0], plain)
        assert plain.shape == codes.shape == (1, 4, 16, 16)
        assert vae.decode(codes).sample.shape == picture.shape


def test_edges_by_hand_are_thicker_or_have_gaps():
    torch.manual_seed(0)
    edges = torch.zeros(64, 1, 128, 128)
    edges[..., 64] = 1
    drawn = pocket_controlnet.roughen_edges(edges)
    sums = drawn.sum((1, 2, 3))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert (sums > 300).any() and (sums < 128).any() and (sums == 128).any()


class FakeChunks:
    """Stands for the chunks: what an empty caption is."""

    empty, length = torch.randn(MAX_TOKENS, TOKEN_WIDTH, generator=torch.Generator().manual_seed(1)).numpy(), 2


def test_the_guess_of_the_prior_is_a_condition_that_fails_at_times(tmp_path):
    torch.manual_seed(0)
    net, file = Prior().eval(), tmp_path / "prior.safetensors"
    save_file(net.state_dict(), file)
    words, mask = (
        torch.randn(1, MAX_TOKENS, TOKEN_WIDTH).expand(400, -1, -1),
        torch.ones(400, MAX_TOKENS, dtype=torch.bool),
    )
    seen = chunks.Batch(torch.zeros(400), words, mask, *[torch.zeros(400)] * 4)
    given = pocket_diffusion.Conditions(file, FakeChunks(), unsure=0, unguessed=0.25)(seen)
    assert given.shape == (400, MAX_TOKENS + 64, TOKEN_WIDTH) and torch.equal(given[:, :MAX_TOKENS], words)
    with torch.inference_mode():
        guess = code_to_tokens(net(words[:1], mask[:1], SHARPNESS).code)
    trusted = (given[:, MAX_TOKENS:] - guess).abs().amax((1, 2)) < 1e-4
    assert 0.65 < trusted.float().mean() < 0.85
    assert not given[~trusted][:, MAX_TOKENS:].std(0).any(), "the others all see what an empty caption suggests"
    noisy = (
        pocket_diffusion.Conditions(file, FakeChunks(), unsure=0.3, unguessed=0)(seen)[:, MAX_TOKENS:, :16]
        - guess[:, :, :16]
    )
    spread = noisy.std((1, 2)) / CODE_SCALE
    assert spread.max() < 0.35 and 0.1 < spread.mean() < 0.2 and spread.min() < 0.05


def test_the_prior_compares_words_with_names_as_minilm_does():
    torch.manual_seed(0)
    net = Prior()
    names = torch.nn.functional.normalize(torch.randn(5, TOKEN_WIDTH), dim=-1)
    pocket_prior.set_memory_keys(net, names)
    states = (names[3] + 0.02 * torch.randn(MAX_TOKENS, TOKEN_WIDTH))[None]
    found = net(states, torch.ones(1, MAX_TOKENS)).things[0]
    assert found.argmax(-1).tolist() == [3, 3]
    assert found[:, 5:].abs().max() == 0, "no row of the memory that has no thing"
    assert not net.keys.requires_grad


@pytest.mark.slow
def test_the_prior_learns_things_places_and_codes():
    torch.manual_seed(0)
    net = Prior()
    pocket_prior.set_memory_keys(net, torch.nn.functional.normalize(torch.randn(6, TOKEN_WIDTH), dim=-1))
    words, mask = torch.randn(6, MAX_TOKENS, TOKEN_WIDTH), torch.ones(6, MAX_TOKENS, dtype=torch.bool)
    things = torch.tensor([[0, -1], [1, -1], [2, 3], [3, 2], [4, 5], [-1, -1]])
    boxes = torch.tensor([[LARGE, 0], [4, 0], [2, 3], [2, 3], [4, 5], [0, 0]])
    named = torch.zeros(6, MAX_TOKENS)
    named[:5, 3] = 1
    named[2:5, 5:7] = 2
    seen = chunks.Batch(torch.randn(6, 4, 16, 16), words, mask, named, things, boxes, torch.zeros(6))
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
    told = []
    for _ in range(60):
        loss, figures = pocket_prior.prior_loss(net, seen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told.append(figures)
    assert told[-1]["error"] < 0.6 * told[0]["error"]
    assert told[-1]["placed"] == 1 > told[0]["placed"]
    with torch.inference_mode():
        naming = net.names_it(words).softmax(1)[:, 1:]
    assert naming[:5, 0, 3].min() > 0.7 and naming[2:5, 1, 5:7].min() > 0.7
    assert naming[:, :, 8:].max() < 0.3 and naming[5].max() < 0.3


def test_the_tokens_that_name_a_thing_are_told_by_where_the_caption_says_it():
    words = chunks.Words()
    captions = ["a black cat left of cat, noto style", "the broccoli"]
    found = words.label_name_tokens(captions, [("black cat", "cat"), ("broccoli",)])
    read = [words.tokenizer.convert_ids_to_tokens(ids) for ids in words.tokenizer(captions).input_ids]
    assert [read[0][i] for i in np.flatnonzero(found[0] == 1)] == ["black", "cat"]
    assert np.flatnonzero(found[0] == 2).tolist() == [6] and read[0][6] == "cat"
    assert "".join(read[1][i].removeprefix("##") for i in np.flatnonzero(found[1])) == "broccoli"


def test_captions_for_naming_say_their_names():
    rng = np.random.default_rng(0)
    drawn = [naming.caption(["nerd face"], ["dog", "iron"], rng) for _ in range(300)]
    for text, said in drawn:
        start = 0
        for name in said:
            start = text.index(name, start) + len(name)
    assert {len(said) for _, said in drawn} == {1, 2}
    share = np.mean([name == "nerd face" for _, said in drawn for name in said])
    assert 0.4 < share < 0.6


def test_warped_pictures_keep_their_background_and_change_their_edges():
    picture = np.full((128, 128, 3), (70, 120, 210), np.uint8)
    picture[30:98, 40:88] = 250
    edges = [chunks.edges_of(unsaid.warp_picture(picture, np.random.default_rng(seed))) for seed in range(8)]
    assert all(100 < found.sum() < 500 for found in edges)
    assert all((a & b).sum() < 0.5 * a.sum() for a, b in itertools.pairwise(edges))
    found = unsaid.warp_picture(picture, np.random.default_rng(0))
    assert found.shape == picture.shape and tuple(found[0, 0]) == (70, 120, 210)
