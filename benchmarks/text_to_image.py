"""How well the pocket Stable Diffusion draws what it is told: python -m benchmarks.text_to_image

Retrieval: 200 prompts, none of which was a caption (`emoji_prompts.tsv`), in English and Korean; is one of the right
concepts among the five training icons that are nearest to what was drawn, in EfficientNet-Lite0's features
(`emoji_index.safetensors`)? Compositions: 50 prompts with two things; are both found, each in its half of the picture,
among icons that are shown as small? Edges: does a drawing along the edges of another thing have these edges?
With `--cache`, the folder of fetched emoji: real icons under the same rule, and how near each drawing is to the
training picture it is nearest to. Then speed: medians, on the machine this runs on.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from safetensors import safe_open

from core import edges, generate, images, models, samples
from core.generate import lora
from core.images import RGB
from core.models.catalog.specs import DiffusionSpec
from training.emoji_index import LEFT, RIGHT, crop_half, on_white

HERE = Path(__file__).parent
NEAREST, PAIRS = 5, 50
FEW = 4  # steps
SIDE = 128
SHAPES = ("face", "heart", "tree", "boat")  # samples whose edges are followed
OUTLINES, NEAR = 40, 2  # so many prompts are drawn along them; pixels
SKETCHED = "twemoji"  # the set whose outlines stand for a visitor's sketch


class Index:
    """The training icons in feature space: who is near?

    Args:
        shown: "large", alone in the picture, or "small", as one of two things, cut out and enlarged.
    """

    def __init__(self, shown: str = "large", file: Path = HERE / "emoji_index.safetensors") -> None:
        with safe_open(file, "numpy") as kept:
            self._mean, self._axes = (kept.get_tensor(name).astype(np.float32) for name in ("mean", "axes"))
            values = kept.get_tensor(shown).astype(np.float32) * kept.get_tensor("scale")[0]
            self.names: list[str] = json.loads(kept.metadata()["names"])
            self.styles: list[str] = json.loads(kept.metadata()["styles"])
        self._values = values / np.linalg.norm(values, axis=1, keepdims=True)

    def cosines(self, pictures: Sequence[RGB]) -> Any:
        """Float32 (n, icons)."""
        with models.borrow("classify", "efficientnet-lite0") as (_, classifier):
            features = (classifier.features(list(pictures)) - self._mean) @ self._axes
        return features / np.linalg.norm(features, axis=1, keepdims=True) @ self._values.T

    def nearest(self, pictures: Sequence[RGB]) -> list[list[str]]:
        """The concepts of the five nearest icons of each picture."""
        order = np.argsort(-self.cosines(pictures), axis=1)[:, :NEAREST]
        return [[self.names[i] for i in row] for row in order]


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--cache", type=Path, help="fetched emoji, for real icons and nearest neighbours")
    flags.add_argument("--steps", type=int, help="denoising steps (default: the model's own)")
    flags.add_argument("--guidance", type=float)
    flags.add_argument("--sampler", choices=generate.SAMPLERS)
    flags.add_argument("--prompts", type=int, default=200, help="so many of them, evenly taken")
    flags.add_argument("--pairs", type=int, default=PAIRS, help="prompts with two things")
    flags.add_argument("--sheet", type=Path, help="write a contact sheet of the English drawings there")
    options = flags.parse_args()
    knobs = {"steps": options.steps, "guidance": options.guidance, "sampler": options.sampler}
    index, rows = Index(), prompts()[:: max(1, 200 // options.prompts)]
    drawn = retrieval(index, rows, knobs)
    retrieval(index, rows, knobs | {"steps": FEW})
    compositions(rows, knobs, options.pairs)
    report_outlines(rows, knobs)
    if options.sheet:
        sheet(drawn, options.sheet)
    if options.cache:
        sketches(index, rows, options.cache, knobs)
        real_icons(index, rows, options.cache)
        copies(drawn, options.cache)
    report_drawing_speed()


def prompts() -> list[tuple[str, str, set[str]]]:
    """English, Korean, and the concepts that are right."""
    with (HERE / "emoji_prompts.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [(row["english"], row["korean"], set(row["concepts"].split("; "))) for row in rows]


def retrieval(index: Index, rows: list[tuple[str, str, set[str]]], knobs: dict[str, Any]) -> list[RGB]:
    """Prints the share of prompts whose drawing is found, in both languages; returns the English drawings."""
    by_language = []
    for language, name in enumerate(("English", "Korean")):
        asked = [str(row[language]) for row in rows]
        drawn = [generate.text_to_image(words, seed=i, **knobs).images[0] for i, words in enumerate(asked)]
        hits = [bool(row[2] & set(near)) for row, near in zip(rows, index.nearest(drawn), strict=True)]
        found = f"{100 * np.mean(hits):.1f}% of {len(rows)} prompts among the {NEAREST} nearest"
        print(f"{name}, {knobs['steps'] or 'the usual'} steps: {found}", flush=True)
        by_language.append(drawn)
    return by_language[0]


def compositions(rows: list[tuple[str, str, set[str]]], knobs: dict[str, Any], count: int = PAIRS) -> None:
    """Prints the share of two-object prompts of which both things are found, each on its side."""
    index, dice = Index("small"), np.random.default_rng(0)
    pairs = [dice.choice(len(rows), 2, replace=False) for _ in range(count)]
    first, both = [], []
    for i, (a, b) in enumerate(pairs):
        words = [re.sub(r"^(an?|the) ", "", rows[j][0]) for j in (a, b)]
        picture = generate.text_to_image(f"{words[0]} left of {words[1]}", seed=i, **knobs).images[0]
        near = index.nearest([crop_half(picture, LEFT), crop_half(picture, RIGHT)])
        hits = [bool(rows[j][2] & set(names)) for j, names in zip((a, b), near, strict=True)]
        first.append(any(hits))
        both.append(all(hits))
    shares = [100 * float(np.mean(found)) for found in (both, first)]
    print(f"compositions: both things in {shares[0]:.0f}% of {count}, at least one in {shares[1]:.0f}%", flush=True)


def report_outlines(rows: list[tuple[str, str, set[str]]], knobs: dict[str, Any]) -> None:
    """Prints how much of the edges of something else is in drawings, with and without the ControlNet."""
    shapes = [edges.detect(images.fit(images.to_rgb(samples.sample_path(name)), SIDE)).edges for name in SHAPES]
    kept = []
    for i, (words, _, _) in enumerate(rows[:: max(1, len(rows) // OUTLINES)]):
        shape = shapes[i % len(shapes)]
        along = generate.edges_to_image(shape, words, seed=i, **knobs).images[0]
        free = generate.text_to_image(words, seed=i, **knobs).images[0]
        kept.append((edge_recall(shape, along), edge_recall(shape, free)))
    share = 100 * np.mean(kept, axis=0)
    near = f"{share[0]:.0f}% lie within {NEAR} px of the drawing's own"
    print(f"edges of another thing: {near}, {share[1]:.0f}% without the ControlNet ({len(kept)} drawings)", flush=True)


def sketches(index: Index, rows: list[tuple[str, str, set[str]]], cache: Path, knobs: dict[str, Any]) -> None:
    """Prints how often a thing is found that was drawn along the edges of another set's icon of it."""
    from training import world

    things = {thing.name: thing for thing in world.load_emoji_concepts(cache, SIDE)}
    known = [(row, _find_icons(things, row[2], SKETCHED)) for row in rows]
    some = [(row, edges.detect(on_white(icons[0])).edges) for row, icons in known if icons][::2]
    along = [generate.edges_to_image(s, row[0], seed=i, **knobs).images[0] for i, (row, s) in enumerate(some)]
    found = [bool(row[2] & set(near)) for (row, _), near in zip(some, index.nearest(along), strict=True)]
    kept = [edge_recall(shape, picture) for (_, shape), picture in zip(some, along, strict=True)]
    print(
        f"along the edges of {SKETCHED}'s icons: found in {100 * np.mean(found):.0f}% of {len(some)}, "
        f"{100 * np.mean(kept):.0f}% of the edges within {NEAR} px",
        flush=True,
    )


def edge_recall(asked: Any, drawn: RGB) -> float:
    """The share of the asked edges that have an edge of the drawing near them."""
    away = cv2.distanceTransform((edges.detect(drawn).edges == 0).astype(np.uint8), cv2.DIST_L2, 5)
    return float((away[asked > 0] <= NEAR).mean())


def real_icons(index: Index, rows: list[tuple[str, str, set[str]]], cache: Path) -> None:
    """Prints the same share for real icons of one set that are looked up among the other sets."""
    from training import world

    things = {thing.name: thing for thing in world.load_emoji_concepts(cache, SIDE)}
    for style in world.STYLES:
        known = [(row[2], _find_icons(things, row[2], style)) for row in rows]
        shown = [(right, on_white(icons[0])) for right, icons in known if icons]
        cosines = index.cosines([picture for _, picture in shown])
        cosines[:, [i for i, other in enumerate(index.styles) if other == style]] = -2
        near = np.argsort(-cosines, axis=1)[:, :NEAREST]
        hits = [any(index.names[i] in right for i in row) for (right, _), row in zip(shown, near, strict=True)]
        print(f"real icons of {style} among the other sets: {100 * np.mean(hits):.1f}% of {len(shown)}", flush=True)


def _find_icons(things: dict[str, Any], names: set[str], style: str) -> list[Any]:
    """What a set draws of these concepts."""
    return [things[name].pictures[style] for name in names if name in things and style in things[name].pictures]


def copies(drawn: list[RGB], cache: Path) -> None:
    """Prints how near each drawing is to the training picture it is nearest to, in decibels."""
    from training import world

    icons = np.stack([on_white(p) for thing in world.load_emoji_concepts(cache, SIDE) for p in thing.pictures.values()])
    small = np.stack([cv2.resize(icon, (32, 32), interpolation=cv2.INTER_AREA) for icon in icons]).reshape(
        len(icons), -1
    )
    psnr = []
    for picture in drawn:
        mine = cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA).reshape(-1).astype(np.float32)
        error = float(np.square(small.astype(np.float32) - mine).mean(1).min())
        psnr.append(10 * np.log10(255**2 / max(error, 1e-6)))
    near = 100 * float(np.mean(np.array(psnr) > 25))
    print(f"nearest training picture at 32 px: median {np.median(psnr):.1f} dB; near copies (over 25 dB) {near:.0f}%")


def sheet(drawn: list[RGB], path: Path) -> None:
    """The drawings in a grid."""
    from PIL import Image

    Image.fromarray(images.tile_images(drawn, columns=20)).save(path)


def report_drawing_speed() -> None:
    """Prints seconds of a drawing, of the first one in a new process, and what our wrapper adds to the pipeline."""
    print(f"20 steps: {median(lambda: generate.text_to_image('a cat', steps=20)):.2f} s")
    print(f"4 steps: {median(lambda: generate.text_to_image('a cat', steps=4)):.2f} s")
    print(f"first picture of a new process: {statistics.median(first_picture() for _ in range(3)):.1f} s")
    print(f"wrapper over the bare pipeline: {wrapper():.3f} times")
    drawings = [samples.sample_path(name) for name in ("face", "heart", "tree", "boat")]
    print(f"a LoRA lesson of 200 steps: {lora.train_lora(drawings, 'a drawing of ours', steps=200).seconds:.0f} s")


def first_picture() -> float:
    """Seconds from the start of a process until it has drawn."""
    # the clock of this machine, which both processes read; without what the interpreter does to end
    code = "import time; from core import generate; generate.text_to_image('a cat'); print(time.time())"
    start = time.time()
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout) - start


def median(run: Callable[[], object], times: int = 7) -> float:
    """Median seconds."""
    run()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def wrapper(rounds: int = 9) -> float:
    """Seconds of `text_to_image` over those of the bare pipeline: median ratio of turns taken one after the other."""
    import torch

    with models.borrow(generate.TASK, "pocket-diffusion") as (row, pipeline):
        given = {
            "num_inference_steps": 20,
            "guidance_scale": row.spec_as(DiffusionSpec).guidance,
            "height": SIDE,
            "width": SIDE,
        }

        def bare() -> None:
            with torch.inference_mode():
                pipeline("a cat", generator=torch.Generator().manual_seed(0), **given)

        def ours() -> None:
            generate.text_to_image("a cat", steps=20, model="pocket-diffusion")

        ratios = [median(ours, 1) / median(bare, 1) for _ in range(rounds)]
    return statistics.median(ratios)


if __name__ == "__main__":
    main()
