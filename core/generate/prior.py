"""The prior of the pocket Stable Diffusion: from the states of the words to a guess of the picture's code.

A small U-Net learns slowly what 1,400 things look like, and a plain regression quickly. So the words are first turned
into a rough picture, the mean of what they may show (the idea of unCLIP's prior, Ramesh et al. 2022), and the U-Net
sees it as further tokens beside the words. Two slots look for one thing each and divide the picture between them
(after Slot Attention, Locatello et al. 2020): each draws its thing large and lays it where it belongs. Trained by
`training/pocket_prior.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

MAX_TOKENS = 32  # tokens of a prompt, begin and end included
TOKEN_WIDTH = 384  # numbers of a token
CODES, SIDE = 4, 16  # channels and cells of the picture's code
PATCH = 2  # cells of a token's side
CODE_SCALE, POSITION_SCALE = 2.0, 1.5  # how strong its cells and its place are beside the words
SLOTS, HEADS, INNER = 2, 4, 2048
TAGGER_WIDTH = 128  # width of what tells which words name a slot's thing
REST_WIDTH = 48
THINGS = 1_600  # rows of the memory, of which the names of the training set take 1,438
SHARPNESS = 3.0  # a slot that hesitates decides more than in training, where it has no need to
KEY_SCALE = 32.0  # how much a row must be like what is asked to be chosen
# where a slot's thing is: nowhere, or large, or half as large in a box of 8 x 8 cells, whose corner (row, column) it is
CORNERS = {"on the left": (4, 0), "on the right": (4, 8), "at the top": (0, 4), "at the bottom": (8, 4),
           "in the middle": (4, 4)}  # fmt: skip
BOXES = ("nowhere", "", *CORNERS)
LARGE = BOXES.index("")
DOWNSAMPLER_WIDTH = 96  # width of what halves a drawing
ABSENT_LOGIT = -10.0  # logit of a place that is none of a slot's


class KnownLayout(NamedTuple):
    """What a training tells of a picture: numbers of its things (n, 2), -1 for none, and of their boxes (n, 2)."""

    things: Tensor
    boxes: Tensor


class PriorOutput(NamedTuple):
    """What the words may show.

    Attributes:
        code: float32 (n, 4, 16, 16) of variance 1.
        things: logits of what each slot took its thing for, (n, 2, THINGS).
        boxes: logits of where it is, (n, 2, 7), in the order of `BOXES`.
        parts: which share of a place is drawn by which slot, (n, 2, 16, 16); the rest is background.
        names: which tokens of the words name each slot's thing, shares, (n, 2, tokens).
        looks: how much each slot looked at each token for everything else, mean of its heads, (n, 2, tokens).
    """

    code: Tensor
    things: Tensor
    boxes: Tensor
    parts: Tensor
    names: Tensor
    looks: Tensor


class Prior(nn.Module):
    """Attention over the words, a memory of things, two layers that draw, and a few that shrink.

    It learns which of the words name the first thing and which the second, and nothing of what they mean: their mean is
    compared with the names of things, as MiniLM compares sentences. What MiniLM knows of words that no caption has is
    thus not lost.

    Attributes:
        names: of the things, where they were loaded.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.names_it = NameTagger()
        self.ask = nn.Parameter(0.02 * torch.randn(SLOTS * HEADS, TOKEN_WIDTH))
        self.place = nn.Parameter(torch.zeros(MAX_TOKENS, TOKEN_WIDTH))
        self.looks = nn.Linear(TOKEN_WIDTH, TOKEN_WIDTH)
        self.norm = nn.LayerNorm(HEADS * TOKEN_WIDTH)
        self.keys = nn.Parameter(torch.randn(THINGS, TOKEN_WIDTH), requires_grad=False)
        self.values = nn.Parameter(torch.randn(THINGS, TOKEN_WIDTH))
        self.rest = nn.Linear(HEADS * TOKEN_WIDTH, REST_WIDTH)
        self.boxes = nn.Linear(HEADS * TOKEN_WIDTH, len(BOXES))
        self.inner = nn.ModuleList([nn.Linear(TOKEN_WIDTH + REST_WIDTH, INNER), nn.Linear(INNER, INNER)])
        self.draws = nn.Linear(INNER, (CODES + 1) * SIDE * SIDE)
        self.shrinks = Downsampler(CODES + 1)
        self.ground = nn.Linear(REST_WIDTH, CODES * SIDE * SIDE)

    def forward(
        self, states: Tensor, mask: Tensor, sharper: float = 1.0, known: KnownLayout | None = None
    ) -> PriorOutput:
        """What the words show.

        Args:
            states: of the tokens, (n, 32 or fewer, 384).
            mask: which of them are words, (n, 32 or fewer).
            sharper: above 1, a slot that hesitates between things leans to one.
            known: draws these things in these boxes, whatever the words were taken for.
        """
        named = self.names_it(states).softmax(1)[:, 1:] * mask[:, None]
        named = named / named.sum(-1, keepdim=True).clamp(min=1e-3)
        asked = nn.functional.normalize(named @ states, dim=-1)
        things = KEY_SCALE * asked @ nn.functional.normalize(self.keys, dim=-1).T
        looks = self.attend_to_words(states, mask)
        seen = self.norm(torch.einsum("nsht,ntc->nshc", looks, states).flatten(2))
        boxes, rest = self.boxes(seen), self.rest(seen)
        if known is None:
            thing, at = (sharper * things).softmax(-1) @ self.values, boxes.argmax(-1)
        else:
            thing, at = self.values[known.things.clamp(min=0)], known.boxes
        drawn = self._draw_things(thing, rest, at)
        logits = nn.functional.pad(drawn[:, :, CODES], (0, 0, 0, 0, 0, 1))  # the ground's are 0
        parts = logits.softmax(1)
        ground = self.ground(rest.mean(1)).unflatten(-1, (1, CODES, SIDE, SIDE))
        code = (torch.cat([drawn[:, :, :CODES], ground], 1) * parts[:, :, None]).sum(1)
        return PriorOutput(code, things, boxes, parts[:, :SLOTS], named, looks.mean(2))

    def attend_to_words(self, states: Tensor, mask: Tensor) -> Tensor:
        """Where each slot looks in the words, head by head, (n, 2, 4, tokens)."""
        looks = self.ask @ self.looks(states + self.place[: states.shape[1]]).mT
        share: Tensor = looks.masked_fill(~mask.bool()[:, None], -1e4).softmax(-1).unflatten(1, (SLOTS, HEADS))
        return share

    def _draw_things(self, thing: Tensor, rest: Tensor, boxes: Tensor) -> Tensor:
        """Each slot's thing in its box, (n, 2, 5, 16, 16): a code and a logit of where it is."""
        hidden = nn.functional.silu(self.inner[0](torch.cat([thing, rest], -1)))
        hidden = hidden + nn.functional.silu(self.inner[1](hidden))
        drawn = self.draws(hidden).unflatten(-1, (CODES + 1, SIDE, SIDE)).flatten(0, 1)
        laid: Tensor = self.lay_in_boxes(drawn, boxes.flatten()).unflatten(0, boxes.shape)
        return laid

    def lay_in_boxes(self, drawn: Tensor, boxes: Tensor) -> Tensor:
        """Large drawings (n, 5, 16, 16) in their boxes (n,)."""
        empty = torch.zeros_like(drawn)
        empty[:, CODES] = ABSENT_LOGIT
        found = torch.where((boxes == LARGE)[:, None, None, None], drawn, empty)
        for box, (row, column) in enumerate(CORNERS.values(), start=LARGE + 1):
            some = (boxes == box).nonzero()[:, 0]
            if len(some):
                found[some, :, row : row + SIDE // 2, column : column + SIDE // 2] = self.shrinks(drawn[some])
        return found


class NameTagger(nn.Module):
    """From states (n, tokens, 384) to logits of what a token names: nothing, the first thing or the second.

    Logits are (n, 3, tokens), those of nothing 0.
    """

    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(MAX_TOKENS, TOKEN_WIDTH))
        self.inner = nn.Linear(TOKEN_WIDTH, TAGGER_WIDTH)
        self.end = nn.Linear(TAGGER_WIDTH, SLOTS)

    def forward(self, states: Tensor) -> Tensor:
        """For each token."""
        found: Tensor = self.end(nn.functional.silu(self.inner(states + self.place[: states.shape[1]])))
        return nn.functional.pad(found.mT, (0, 0, 1, 0))


class Downsampler(nn.Module):
    """From maps (n, channels, h, w) to those of the same picture at half the size, (n, channels, h / 2, w / 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.begin = nn.Conv2d(4 * channels, DOWNSAMPLER_WIDTH, 3, padding=1)
        self.on = nn.Conv2d(DOWNSAMPLER_WIDTH, DOWNSAMPLER_WIDTH, 3, padding=1)
        self.end = nn.Conv2d(DOWNSAMPLER_WIDTH, channels, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """At half the size."""
        inner = nn.functional.silu(self.begin(nn.functional.pixel_unshuffle(maps, 2)))
        inner = inner + nn.functional.silu(self.on(inner))
        found: Tensor = self.end(inner)
        return found


def code_to_tokens(code: Tensor) -> Tensor:
    """A code (n, 4, 16, 16) as tokens (n, 64, 384): 2 x 2 cells each, row by row, and waves that say where they are."""
    n, across = len(code), SIDE // PATCH
    cells = code.reshape(n, CODES, across, PATCH, across, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(n, across**2, -1)
    known = torch.cat([CODE_SCALE * cells, POSITION_SCALE * position_encoding(across).to(cells).expand(n, -1, -1)], -1)
    return nn.functional.pad(known, (0, TOKEN_WIDTH - known.shape[-1]))


def attribute_to_words(guess: PriorOutput) -> Tensor:
    """How much each of the 64 tokens of a guess owes to each token of the words, (n, 64, tokens).

    A thing owes to its name and to what else its slot looked at, the background to the latter alone.
    """
    parts = nn.functional.avg_pool2d(guess.parts, PATCH).flatten(2)
    ground = (1 - parts.sum(1, keepdim=True)) / SLOTS
    return parts.mT @ (guess.names + guess.looks) / 2 + ground.mT.expand(-1, -1, SLOTS) @ guess.looks


def position_encoding(across: int) -> Tensor:
    """Sines and cosines of row and column, (across x across, 32), after Vaswani et al. 2017."""
    angles = torch.arange(across)[:, None] * (torch.pi / across) * torch.arange(1, 9)
    waves = torch.cat([angles.sin(), angles.cos()], -1)
    rows, columns = waves[:, None].expand(-1, across, -1), waves[None].expand(across, -1, -1)
    return torch.cat([rows, columns], -1).flatten(0, 1)
