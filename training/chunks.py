"""Composed emoji as the networks see them: codes, words and edges of many pictures, made once and kept on disk."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core import models
from core.generate.prior import BOXES, MAX_TOKENS
from core.images import RGB
from core.models import weights
from core.models.files import sources
from training import pocket_vae, world
from training.regions import Random
from training.run import training_device

CHUNK = 4096  # pictures
BATCH = 64
EMPTY = 0.1  # share of captions left out
NAME = 3  # how often a name counts beside its tags
CANNY = (60, 160)
# the codes last: their file says that the chunk is whole
KEPT = ("words", "lengths", "named", "things", "boxes", "edges", "plain", "codes")


Compose = Callable[[Random], world.CaptionedPicture]


def usual(things: list[world.EmojiConcept]) -> Compose:
    """Draws as the captions say."""
    return world.Composer(things, pocket_vae.SIDE)


def add_chunk_flags(asked: argparse.ArgumentParser, count: int) -> None:
    """Adds what `prepare` has to be told; so many chunks by default."""
    asked.add_argument("--cache", type=Path, required=True, help="fetched and drawn emoji")
    asked.add_argument("--vae", type=Path, required=True, help="weights of the autoencoder")
    asked.add_argument("--chunks", type=int, default=count, help=f"of {CHUNK} pictures each, kept in --work")


class Batch(NamedTuple):
    """Pictures and what is said of them.

    Attributes:
        codes: float32 (n, 4, 16, 16) of variance 1.
        words: states of the tokens, float32 (n, 32, 384).
        mask: which of them are not padding, bool (n, 32).
        named: which of them name the first thing, 1, or the second, 2, uint8 (n, 32).
        things: numbers of the concepts that the words tell of, int64 (n, 2), -1 where there is no second one.
        boxes: numbers of the boxes that they are in, int64 (n, 2).
        bits: edges, eight to a number, uint8 (n, 128, 16).
    """

    codes: Tensor
    words: Tensor
    mask: Tensor
    named: Tensor
    things: Tensor
    boxes: Tensor
    bits: Tensor

    def edges(self) -> Tensor:
        """Float32 (n, 1, 128, 128), 1 on an edge."""
        found = np.unpackbits(self.bits.cpu().numpy(), axis=-1)[:, None]
        return torch.from_numpy(found).to(self.codes.device).float()


class TokenStates(NamedTuple):
    """Token states (n, 32, 384) and which of them are not padding (n, 32)."""

    states: Tensor
    mask: Tensor


class Words:
    """MiniLM's token states, padded as `StableDiffusionPipeline` pads them."""

    def __init__(self) -> None:
        path = sources.locate_weights(models.row("zeroshot", "concept-space"))
        assert path is not None, "the package of MiniLM is not installed"
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(path, model_max_length=MAX_TOKENS)
        self.net = AutoModel.from_pretrained(path).eval().to(training_device())

    @torch.inference_mode()
    def __call__(self, captions: list[str]) -> TokenStates:
        """Their states and how many of them are of words."""
        tokens = self.tokenizer(captions, return_tensors="pt", padding="max_length", truncation=True).to(
            training_device()
        )
        return TokenStates(self.net(**tokens)[0], tokens["attention_mask"])

    def label_name_tokens(self, captions: list[str], said: list[tuple[str, ...]]) -> npt.NDArray[np.uint8]:
        """Which tokens are of the first of the names that a caption says, in their order, and which of the second.

        Returns:
            0, 1 or 2, (n, 32).
        """
        tokens = self.tokenizer(captions, padding="max_length", truncation=True, return_offsets_mapping=True)
        found = np.zeros((len(captions), MAX_TOKENS), np.uint8)
        for row, caption, names, spans in zip(found, captions, said, tokens["offset_mapping"], strict=True):
            end = 0
            for number, name in enumerate(names, start=1):
                start = caption.index(name, end)
                end = start + len(name)
                row[[begins < end and ends > start for begins, ends in spans]] = number
        return found


def prepare(
    cache: Path,
    vae_weights: Path,
    work: Path,
    count: int,
    seed: int,
    composer: Callable[[list[world.EmojiConcept]], Compose] = usual,
) -> None:
    """Makes the chunks that are not there yet, of what the composer draws."""
    missing = [number for number in range(count) if not _file(work, "codes", number).is_file()]
    if not missing:
        return
    vae = pocket_vae.build_vae().to(training_device(), memory_format=torch.channels_last).eval()
    weights.load_trained(vae, vae_weights)
    things = world.load_emoji_concepts(cache, 128)
    (work / "names.json").write_text(json.dumps([thing.name for thing in things]), encoding="utf-8")
    compose, words = composer(things), Words()
    numbers = {thing.name: i for i, thing in enumerate(things)}
    for number in missing:
        rng = np.random.default_rng([seed, number])
        parts = [_encode_compositions(vae, compose, words, numbers, rng) for _ in range(CHUNK // BATCH)]
        for name in KEPT:
            np.save(_file(work, name, number), np.concatenate([part[name] for part in parts]))
        print(f"chunk {number + 1} of {count}", flush=True)


@torch.inference_mode()
def encode_thing_names(cache: Path) -> Tensor:
    """For each thing of the world the mean of what MiniLM makes of its name and tags, float32 (things, 384)."""
    words, found = Words(), []
    for thing in world.load_emoji_concepts(cache, 128):
        called = [*[thing.name] * NAME, *thing.tags]
        said = words(called)
        inner = torch.from_numpy(words.label_name_tokens(called, [(name,) for name in called])).to(said.states)[
            ..., None
        ]
        mean = (said.states * inner).sum(1) / inner.sum(1)
        found.append(torch.nn.functional.normalize(mean, dim=-1).mean(0))
    return torch.nn.functional.normalize(torch.stack(found), dim=-1).clone()


class Chunks:
    """What `prepare` made.

    Attributes:
        spread: standard deviation of the codes; the pipeline's `scaling_factor` is 1 over this.
        plain: which pictures are what a caption shows that says nothing else.
    """

    def __init__(self, work: Path, count: int) -> None:
        def load_parts(name: str) -> npt.NDArray[Any]:
            return np.concatenate([np.load(_file(work, name, number)) for number in range(count)])

        codes = load_parts("codes").astype(np.float32)
        self.spread = float(codes.std())
        self.codes = codes / self.spread
        self.plain, self.lengths = np.flatnonzero(load_parts("plain")), load_parts("lengths")
        self.named, self.things, self.boxes = load_parts("named"), load_parts("things"), load_parts("boxes")
        self.words = [np.load(_file(work, "words", number), mmap_mode="r") for number in range(count)]
        self.bits = [np.load(_file(work, "edges", number), mmap_mode="r") for number in range(count)]
        nothing = Words()([""])
        self.empty, self.length = nothing.states.half().cpu().numpy()[0], int(nothing.mask.sum())

    def batch(self, count: int, rng: Random, plain: float = 0, empty: float = EMPTY) -> Batch:
        """Pictures, a share of them `plain`, the rest any; a share of them `empty` of words."""
        chosen = rng.integers(len(self.codes), size=count)
        only = rng.random(count) < plain
        chosen[only] = rng.choice(self.plain, size=only.sum())
        words = np.stack([self.words[i // CHUNK][i % CHUNK] for i in chosen]).astype(np.float32)
        lengths, mute = self.lengths[chosen], rng.random(count) < empty
        words[mute], lengths[mute] = self.empty, self.length
        things, boxes = self.things[chosen].astype(np.int64), self.boxes[chosen].astype(np.int64)
        named = self.named[chosen]
        things[mute], boxes[mute], named[mute] = -1, 0, 0
        arrays = (
            self.codes[chosen],
            words,
            np.arange(words.shape[1]) < lengths[:, None],
            named,
            things,
            boxes,
            np.stack([self.bits[i // CHUNK][i % CHUNK] for i in chosen]),
        )
        return Batch(*(torch.from_numpy(array).to(training_device()) for array in arrays))


def edges_of(picture: RGB) -> Any:
    """Canny's edges, bool (H, W)."""
    return cv2.Canny(picture, *CANNY) > 0


def _file(work: Path, name: str, number: int) -> Path:
    return work / f"{name}-{number:02d}.npy"


@torch.inference_mode()
def _encode_compositions(
    vae: Any, compose: Callable[[Random], world.CaptionedPicture], words: Words, numbers: dict[str, int], rng: Random
) -> dict[str, npt.NDArray[Any]]:
    """Of fresh compositions, by name.

    codes float16, words: token states float16, lengths: tokens of the captions, named: which of them name what, things:
    one or two concepts (n, 2) and -1, their boxes (n, 2), edges as bits (n, 128, 16), and which are plain.
    """
    drawn = [compose(rng) for _ in range(BATCH)]
    pictures = torch.from_numpy(np.stack([d.picture for d in drawn])).to(training_device()).permute(0, 3, 1, 2)
    codes = vae.encode(pictures.float() / 127.5 - 1).latents
    said = words([d.caption for d in drawn])
    return {
        "codes": codes.half().cpu().numpy(),
        "words": said.states.half().cpu().numpy(),
        "lengths": said.mask.sum(1).cpu().numpy().astype(np.uint8),
        "named": words.label_name_tokens([d.caption for d in drawn], [d.said for d in drawn]),
        "things": np.array([([numbers[name] for name in d.concepts] + [-1])[:2] for d in drawn], np.int16),
        "boxes": np.array([([BOXES.index(place) for place in d.places] + [0])[:2] for d in drawn], np.int8),
        "edges": np.packbits(np.stack([edges_of(d.picture) for d in drawn]), axis=-1),
        "plain": np.array([d.plain for d in drawn]),
    }
