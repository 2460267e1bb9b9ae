from __future__ import annotations

from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from core.generate import png_metadata, sweeps
from demos import text_to_image as tab
from demos.text_to_image import compare
from tests.demos.text_to_image.samples import ALIKE, PICTURES, run_sweep_event
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler


def test_a_sweep_asks_for_what_was_written():
    found = sweeps.Sweep(
        images=((PICTURES[0],) * 2,), x=("steps", (1, 2)), y=("", ("",)), parameters={}, model="sd-turbo", seconds=1
    )
    engine = StepEngine(sweeps.SweepCell(index=1, total=2, image=PICTURES[0], values={"steps": 1}), found)
    told = list(
        find_api_handler(build_tab_page(engine, tab), "sweep")(
            "a cat", "", "steps", "1, 2", "none", "", None, "sd-turbo", 4, 0.0, 64, 7, "own", None, 1.0
        )
    )
    (called,) = engine.calls
    assert called.fn is sweeps.sweep_parameters and called.kwargs["x"] == ("steps", [1, 2]) and "y" not in called.kwargs
    assert "Picture 1 of 2" in told[1][1] and told[1][0].columns == 2
    ((file, caption),) = [(shown["image"]["path"], shown["caption"]) for shown in told[1][0].value]
    assert caption == "Steps 1"
    note = png_metadata.read_parameters(Path(file))
    assert (note["prompt"], note["steps"], note["seed"], note["count"]) == ("a cat", 1, 7, 1)
    assert "sweeps.sweep_parameters('a cat', x=('steps', [1, 2],)" in told[-1][2]


@pytest.mark.parametrize(
    ("knob", "text", "expected"),
    [
        ("steps", "1, 2 ,,4", [1, 2, 4]),
        ("steps", "１，２、4", [1, 2, 4]),
        ("guidance", "1.5\u200b|\u00a02", [1.5, 2.0]),
        ("prompt", "ｃａｔ｜dog\ud800", ["cat", "dog"]),
        ("guidance", "1.5|2", [1.5, 2.0]),
        ("prompt", "a cat, noto style | a dog", ["a cat, noto style", "a dog"]),
        ("sampler", "ddim, euler", ["ddim", "euler"]),
        ("steps", "many", ["many"]),
        ("seed", "", []),
    ],
)
def test_values_are_read_from_text(knob, text, expected):
    assert compare.parse_values(knob, text) == expected


SAME = {"steps": 4, "guidance": 0.0, "size": 64, "seed": 7, "sampler": "euler", "weight": 0.5, "model": "sd-turbo"}


def test_interpolation_is_drawn_with_every_knob_of_the_page():
    called, told = run_sweep_event("interpolate", "a cat", "a dog", "a car", *ALIKE)
    assert called.fn is sweeps.interpolate_prompts and called.args == ("a cat", "a dog")
    assert called.kwargs == SAME | {"negative": "a car", "count": 7, "adapter": "/x/mine.safetensors"}
    assert told[1][0].value[0]["caption"] == "Share of the second prompt 0.5"


def test_the_strip_of_strengths_is_drawn_with_every_knob_of_the_page():
    called, _ = run_sweep_event("strength_strip", PICTURES[1], "a cat", "a car", *ALIKE)
    assert called.fn is sweeps.sweep_parameters and called.args == ("a cat",)
    assert called.kwargs["x"] == ("strength", [0.2, 0.4, 0.6, 0.8, 1.0])
    assert np.array_equal(called.kwargs["image"], PICTURES[1])
    expected = SAME | {"negative": "a car", "adapter": "/x/mine.safetensors"}
    assert {name: called.kwargs[name] for name in expected} == expected


@pytest.mark.parametrize("knob", ["magic", None, ["steps"], {}, 3])
def test_a_knob_that_there_is_not_has_no_usual_values(knob):
    with pytest.raises(gr.Error, match="knob must be one of none, guidance"):
        compare.usual_values(knob)
    assert compare.usual_values("steps") == "1, 2, 4, 8, 20" and compare.usual_values("none") == ""
