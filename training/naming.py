"""Teaches the prior of the pocket Stable Diffusion which words of a prompt name its things, of things it never saw too.

`training/pocket_prior.py` learns this from the captions of emoji alone. Here half of the names are of WordNet's nouns
and of phrases made of them, which have no picture: it learns how prompts are built, and not which words are emoji. The
rest of the prior stays as it is.

    W=../pocket-diffusion; python -m training.naming --cache ../emoji --prior $W/prior/prior.safetensors --to $W/naming
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.generate.prior import Prior
from core.models import torchvision_shim, weights
from core.zeroshot.concept_space import WORDNET
from training import chunks, world
from training.regions import Random
from training.run import Figures, Run, TrainingPlan, training_device

CAPTIONS, BATCH = 24_576, 64
NOISE = 0.1
KNOWN = 0.5  # share of names that are of emoji
KINDS = ("{a}", "{a}", "{a}", "{how} {a}", "{how} {a}", "{a} {b}", "{a} of {b}", "{how} {a}'s {b}", "{a} in the {b}")
HOW = (
    "red", "blue", "green", "yellow", "white", "black", "brown", "colourful", "big", "tiny", "giant", "old", "new",
    "baby", "young", "wild", "fluffy", "striped", "wooden", "golden", "silver", "hot", "cold", "fresh", "sweet",
    "spicy", "happy", "sad", "angry", "scary", "sleepy", "fast", "round", "sharp", "lucky", "shiny", "broken", "flying",
    "magic",
)  # fmt: skip


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--cache", type=Path, required=True, help="fetched and drawn emoji")
    flags.add_argument("--prior", type=Path, required=True, help="weights to go on from")
    flags.add_argument("--to", type=Path, required=True, help="folder of the weights, `prior.safetensors`")
    flags.add_argument("--minutes", type=float, default=2)
    flags.add_argument("--rate", type=float, default=2e-3)
    flags.add_argument("--seed", type=int, default=0)
    options = flags.parse_args()
    torchvision_shim.ensure_torchvision()
    options.to.mkdir(parents=True, exist_ok=True)
    train_naming(options)


def train_naming(options: argparse.Namespace) -> None:
    """Until the minutes are over."""
    torch.manual_seed(options.seed)
    prior = Prior().to(training_device())
    weights.load_trained(prior, options.prior)
    prior.requires_grad_(False)
    prior.names_it.requires_grad_(True)
    states, mask, named = encode_captions(options.cache, np.random.default_rng(options.seed))

    def step(rng: Random) -> tuple[Tensor, Figures]:
        chosen = torch.from_numpy(rng.integers(len(states), size=256))
        words = states[chosen].float().to(training_device())
        logits = prior.names_it(words + NOISE * torch.randn_like(words))
        loss = error(logits, named[chosen].to(training_device()), mask[chosen].to(training_device()))
        return loss, {"loss": float(loss.detach())}

    plan = TrainingPlan(options.minutes, options.rate, every=0.5, keep=0.99, seed=options.seed)
    Run({"model": prior}, options.to / "prior.safetensors", plan).go(step)


def encode_captions(cache: Path, rng: Random) -> tuple[Tensor, Tensor, Tensor]:
    """Captions as MiniLM reads them: states (n, 32, 384), which are words, and what each names (n, 32)."""
    known = [name for thing in world.load_emoji_concepts(cache, 128) for name in (thing.name, *thing.tags)]
    nouns = [words[0] for _, words, _, _ in json.loads(WORDNET.read_text(encoding="utf-8"))]
    words, states, masks, named = chunks.Words(), [], [], []
    for _ in range(CAPTIONS // BATCH):
        captions, said = zip(*(caption(known, nouns, rng) for _ in range(BATCH)), strict=True)
        found = words(list(captions))
        states.append(found.states.half().cpu())
        masks.append(found.mask.bool().cpu())
        named.append(torch.from_numpy(words.label_name_tokens(list(captions), list(said))))
    return torch.cat(states), torch.cat(masks), torch.cat(named)


def caption(known: list[str], nouns: list[str], rng: Random) -> tuple[str, tuple[str, ...]]:
    """A caption as `training/world.py` writes them, and the names in it."""
    said = [name(known, nouns, rng) for _ in range(1 + int(rng.random() < 0.5))]
    article = str(rng.choice(["", "", "a ", "the "]))
    text = f"{article}{said[0]}"
    if len(said) == 2:
        text = f"{text} {rng.choice([*world.BESIDE, *world.STACKED])} {article}{said[1]}"
    else:
        saying = world.SAYINGS[int(rng.integers(len(world.SAYINGS)))] if not article else "{}"
        text = saying.format(f"small {text} {rng.choice(list(world.PLACES))}" if rng.random() < 0.15 else text)
    if rng.random() < 0.3:
        text += f", {rng.choice(list(world.STYLES))} style"
    if rng.random() < 0.3:
        text += f"{rng.choice([',', ' on a'])} {rng.choice(list(world.COLOURS))} background"
    return text, tuple(said)


def name(known: list[str], nouns: list[str], rng: Random) -> str:
    """Of an emoji, or a phrase of nouns."""
    if rng.random() < KNOWN:
        return known[int(rng.integers(len(known)))]
    a, b = (nouns[int(i)] for i in rng.integers(len(nouns), size=2))
    return KINDS[int(rng.integers(len(KINDS)))].format(a=a, b=b, how=rng.choice(HOW))


def error(logits: Tensor, named: Tensor, mask: Tensor) -> Tensor:
    """Mean cross entropy of what words name, for logits (n, 3, tokens) and the right answers (n, tokens)."""
    each = torch.nn.functional.cross_entropy(logits, named.long(), reduction="none")
    return (each * mask).sum() / mask.sum()


if __name__ == "__main__":
    main()
