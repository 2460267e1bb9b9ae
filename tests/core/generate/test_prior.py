from __future__ import annotations

import pytest
import torch

from core.generate import prior


@pytest.fixture
def prior_network() -> prior.Prior:
    torch.manual_seed(0)
    net = prior.Prior().eval()
    net.boxes.bias.data[prior.LARGE] = 10  # everything is large
    return net


def random_words(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    states = torch.randn(1, prior.MAX_TOKENS, prior.TOKEN_WIDTH)
    return states, torch.arange(prior.MAX_TOKENS)[None] < count


@torch.inference_mode()
def test_padding_changes_nothing(prior_network):
    states, mask = random_words(5)
    other = torch.where(mask[..., None], states, torch.randn_like(states))
    torch.testing.assert_close(prior_network(states, mask).code, prior_network(other, mask).code)
    assert not torch.allclose(prior_network(states, mask).code, prior_network(-states, mask).code)


@torch.inference_mode()
def test_a_sharper_guess_is_of_one_thing(prior_network):
    states, mask = random_words(5)
    guess = prior_network(states, mask, sharper=1e3)
    best = guess.things.argmax(-1)
    prior_network.values[best.flatten()] += 1
    assert not torch.allclose(prior_network(states, mask, sharper=1e3).code, guess.code), "these two are what is drawn"
    prior_network.values[best.flatten()] -= 1
    rest = torch.ones(prior.THINGS, dtype=torch.bool).index_fill(0, best.flatten(), False)
    prior_network.values[rest] += 1
    torch.testing.assert_close(prior_network(states, mask, sharper=1e3).code, guess.code)


@torch.inference_mode()
def test_a_part_of_the_guess_owes_to_its_name_and_to_what_its_slot_looked_at(prior_network):
    states, mask = random_words(9)
    guess = prior_network(states, mask)
    for shares in (guess.names, guess.looks):
        torch.testing.assert_close(shares.sum(-1), torch.ones(1, 2))
        assert float(shares[..., 9:].abs().max()) == 0, "nobody looks at padding"
    names, looks, parts = torch.zeros_like(guess.names), torch.zeros_like(guess.looks), torch.zeros_like(guess.parts)
    names[:, 0, 2] = names[:, 1, 4] = looks[:, 0, 6] = looks[:, 1, 7] = 1
    parts[:, 0, :8] = parts[:, 1, 8:12] = 1  # the first slot draws the upper half, below both is background
    owed = prior.attribute_to_words(guess._replace(names=names, looks=looks, parts=parts))[0].unflatten(0, (8, 8))
    assert owed.shape == (8, 8, prior.MAX_TOKENS) and owed.sum() == 64
    assert owed[:4, :, [2, 6]].eq(0.5).all() and owed[4:6, :, [4, 7]].eq(0.5).all()
    assert owed[6:, :, [6, 7]].eq(0.5).all() and owed[6:, :, [2, 4]].eq(0).all()


def test_a_token_is_a_patch_and_its_place():
    code = torch.zeros(1, prior.CODES, prior.SIDE, prior.SIDE)
    code[0, 2, 5, 14] = 7.0  # third row of patches, last column
    found = prior.code_to_tokens(code)
    assert found.shape == (1, 64, prior.TOKEN_WIDTH)
    value, where = found[0].max(), found[0].argmax() // prior.TOKEN_WIDTH
    assert (float(value), int(where)) == (7.0 * prior.CODE_SCALE, 2 * 8 + 7)
    places = torch.nn.functional.normalize(found[0, :, 16:48], dim=-1)
    likeness = (places @ places.T).fill_diagonal_(-1)
    assert likeness.max() < 0.6, "no two places are alike"


@torch.inference_mode()
def test_a_thing_is_drawn_in_its_box_alone(prior_network):
    states, mask = random_words(5)
    row, column = prior.CORNERS["on the left"]
    left, nowhere = prior.BOXES.index("on the left"), prior.BOXES.index("nowhere")
    one, other = (
        prior_network(
            states, mask, known=prior.KnownLayout(torch.tensor([[thing, -1]]), torch.tensor([[left, nowhere]]))
        )
        for thing in (3, 7)
    )
    changed = (one.code != other.code).any(1)[0]
    box = torch.zeros_like(changed)
    box[row : row + 8, column : column + 8] = True
    assert changed[box].all()
    assert (one.code - other.code)[0, :, ~box].abs().max() < 1e-3
    assert one.parts[0, 0, ~box].max() < 1e-3 and one.parts[0, 1].max() < 1e-3


@torch.inference_mode()
def test_a_small_thing_is_the_same_wherever_it_is(prior_network):
    drawn = torch.randn(1, prior.CODES + 1, prior.SIDE, prior.SIDE)
    for place, (row, column) in prior.CORNERS.items():
        laid = prior_network.lay_in_boxes(drawn, torch.tensor([prior.BOXES.index(place)]))
        assert torch.equal(laid[..., row : row + 8, column : column + 8], prior_network.shrinks(drawn)), place
    assert torch.equal(prior_network.lay_in_boxes(drawn, torch.tensor([prior.LARGE])), drawn)
    assert float(prior_network.lay_in_boxes(drawn, torch.tensor([0]))[:, prior.CODES].max()) == prior.ABSENT_LOGIT
