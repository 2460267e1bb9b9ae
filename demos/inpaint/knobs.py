"""What filling a hole and growing a picture have in common: method, prompt, seed, and how many answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, inpaint
from demos import ui
from demos.ui import t

MAX_ANSWERS = 4
# the one method that is told what to draw
READS_PROMPT = "diffusion"


@dataclass(frozen=True)
class FillControls:
    """The components; `count` is the number of answers."""

    method: gr.Radio
    prompt: gr.Textbox
    seed: gr.Number
    count: gr.Slider

    @property
    def inputs(self) -> list[gr.components.Component]:
        """Method, prompt and seed, in the order in which handlers take their values."""
        return [self.method, self.prompt, self.seed]


def layout_fill_controls() -> FillControls:
    """The method, the prompt where it reads one, and behind them seed and number of answers."""
    choices: list[Any] = [(t(f"inpaint.{name}"), name) for name in inpaint.METHODS]
    method = ui.Radio(
        choices, value="patchmatch", label=t("inpaint.method"), info=t("inpaint.method_info"), elem_id="inpaint-method"
    )
    prompt = gr.Textbox(
        label=t("inpaint.prompt"), info=t("inpaint.prompt_info"), visible=False, elem_id="inpaint-prompt"
    )
    # in the browser: a press of a button is no reason to ask the server
    shows = f"(method) => ({{visible: method === '{READS_PROMPT}', __type__: 'update'}})"
    method.change(None, method, prompt, js=shows, **ui.QUIET)
    with ui.more_settings("inpaint-more"), gr.Row():
        seed = ui.Number(
            0, label=t("ui.seed"), info=t("inpaint.seed_info"), precision=0, elem_id="inpaint-seed", min_width=160
        )
        count = ui.labelled_slider("inpaint", "count", 1, MAX_ANSWERS, 1, 1)
    return FillControls(method, prompt, seed, count)


def arguments_by_seed(method: str, prompt: str, seed: object, count: object) -> list[dict[str, Any]]:
    """The arguments of `count` calls with consecutive seeds; of one where the method does not use a seed.

    Raises:
        InputError: a number is out of range.
    """
    first = checks.seed_number(seed)
    answers = 1 if method in inpaint.DETERMINISTIC_METHODS else checks.integer("count", count, 1, MAX_ANSWERS)
    return [fill_arguments(method, prompt, (first + i) % (checks.MAX_SEED + 1)) for i in range(answers)]


def fill_arguments(method: str, prompt: str, seed: int) -> dict[str, Any]:
    """The keyword arguments of `inpaint.fill` and `inpaint.outpaint`; the prompt only where it is used."""
    return {"method": method, "seed": seed} | ({"prompt": prompt} if method == READS_PROMPT else {})
