"""Settings, pictures and steps of drawings, and the way to the tab's events."""

from __future__ import annotations

import numpy as np

from core import generate
from core.generate import sweeps
from demos import text_to_image as tab
from demos.text_to_image.job import DrawingJob
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler

KNOBS = ("a cat", "a dog", "sd-turbo", 4, 0.0, 64, 7, 2, "own", None, 1.0)
PICTURES = tuple(np.full((64, 64, 3), level, np.uint8) for level in (10, 200))
SMALL = [np.full((8, 8, 3), 60 * level, np.uint8) for level in range(4)]
STEPS = [
    generate.DenoisingStep(index=i, total=2, level=1 - i / 4, noisy=SMALL[i], preview=SMALL[i + 1]) for i in (1, 2)
]


def build_generated(**changes):
    parameters = {"prompt": "a cat", "seed": 7}
    facts = {"images": PICTURES, "seed": 7, "parameters": parameters, "model": "sd-turbo", "seconds": 1.5}
    return generate.GeneratedImages(**(facts | changes))


def run_text_to_image(engine, job=None):
    return list(find_api_handler(build_tab_page(engine, tab), "text_to_image")(job or DrawingJob(), *KNOBS))


CANVAS = {"background": PICTURES[0], "layers": [], "composite": None}
POCKET = ("a cat", "a dog", "pocket-diffusion", 20, 2.0, 128, 7, 1, "own", None, 1.0)
ALIKE = ("sd-turbo", 4, 0.0, 64, 7, "euler", "/x/mine.safetensors", 0.5)


def run_sweep_event(name, *given):
    """The call that an event makes of what stands on the page, and what the page shows of it."""
    cell = sweeps.SweepCell(index=1, total=1, image=PICTURES[0], values={"share": 0.5})
    found = sweeps.Sweep(images=((PICTURES[0],),), x=("share", (0.5,)), y=("", ("",)), parameters={},
                         model="sd-turbo", seconds=1)  # fmt: skip
    engine = StepEngine(cell, found)
    told = list(find_api_handler(build_tab_page(engine, tab), name)(*given))
    return engine.calls[0], told
