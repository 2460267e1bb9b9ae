"""Zero-shot tab, part one: one picture, any labels; cosine and softmax side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, images, zeroshot
from core.engine import Engine
from demos import ui
from demos.ui import t
from demos.zeroshot import drawing
from demos.zeroshot.shared import ID, LABELS, MORE, SharedWidgets, hint_line, label_key, read_lines, zeroshot_badge

EXAMPLES = ("cat", "lion", "coffee", "rocket", "flower", "temple", "motorcycle")
ONE = ("a photo of a {}",)
PRESETS = {"bare": (zeroshot.BARE_TEMPLATE,), "one": ONE, "seven": zeroshot.SEVEN_TEMPLATES}


@dataclass(frozen=True)
class ClassifyParts:
    """The components of this part of the tab.

    Attributes:
        picture: what is recognised.
        labels: among these.
        result: a table of the labels with their scores.
        preset: which templates are written into `templates`.
        templates: one a line, with `{}` for the label.
        temperature: of the softmax; 0 is the model's own.
        none: whether "none of these" is a label too.
    """

    picture: ui.Picture
    labels: ui.Dropdown
    result: gr.HTML
    preset: ui.Radio
    templates: gr.Textbox
    temperature: ui.Slider
    none: gr.Checkbox

    @property
    def inputs(self) -> list[Any]:
        """What the handler reads before the model, in the order of the API."""
        return [self.picture, self.labels, self.templates, self.temperature, self.none]


@dataclass(frozen=True)
class ClassifyHandlers:
    """What happens when something changes."""

    engine: Engine

    @ui.report_errors
    def show_labels(
        self, picture: images.RGB | None, labels: list[str], sentences: str, temperature: float, none: bool, model: str
    ) -> tuple[str, str, str]:
        """Scores the labels, with the templates and, where these say more than the label, without."""
        if picture is None or not labels:
            return hint_line("zeroshot.add_labels"), "", ""
        templates = read_lines("templates", sentences) or [zeroshot.BARE_TEMPLATE]
        settings: dict[str, Any] = {
            "temperature": temperature or None,
            "none_of_these": none,
            **ui.model_keyword(model),
        }
        call = ui.Call.of(zeroshot.classify, picture, labels, template=templates, **settings)
        found = call.run(self.engine)
        bare = None
        if templates != [zeroshot.BARE_TEMPLATE]:
            plain = self.engine.run(zeroshot.classify, picture, labels, template=zeroshot.BARE_TEMPLATE, **settings)
            bare = dict(zip(plain.labels, map(float, plain.probabilities), strict=True))
        code = call.code("found.labels, found.probabilities, found.similarities  # best first")
        return drawing.label_bars(found, bare), zeroshot_badge(found), code


def layout_classify() -> ClassifyParts:
    """Picture and labels beside the result; below them what changes it."""
    with ui.bench():
        with ui.bench_input():
            picture = ui.picture_input(ID, height=220)
            ui.add_examples(ID, picture, *EXAMPLES)
            labels = _label_picker()
        with ui.bench_result():
            result = gr.HTML(t("zeroshot.add_labels"), elem_id="zeroshot-result", min_height=60)
        with ui.bench_knobs():
            choices = [(t(f"zeroshot.preset_{name}"), name) for name in PRESETS]
            preset = ui.Radio(choices, value="one", label=t("zeroshot.preset"), elem_id="zeroshot-preset")
            none = gr.Checkbox(False, label=t("zeroshot.none"), elem_id="zeroshot-none")
            with ui.more_settings("zeroshot-classify-more"):
                templates, temperature = _template_lines(), _temperature_slider()
    return ClassifyParts(picture, labels, result, preset, templates, temperature, none)


def wire_classify(parts: ClassifyParts, engine: Engine, shared: SharedWidgets) -> None:
    """Whatever changes, the labels are scored anew; a preset changes the templates and so does that too."""
    parts.preset.input(
        write_templates, parts.preset, parts.templates, queue=False, show_progress="hidden", api_visibility="private"
    )
    gr.on(
        [*(component.change for component in parts.inputs), shared.model.input],
        ClassifyHandlers(engine).show_labels,
        [*parts.inputs, shared.model],
        [parts.result, shared.badge, shared.code],
        api_name="zeroshot_classify",
        trigger_mode="always_last",
        show_progress="minimal",
        show_progress_on=parts.result,
        **ui.MODEL_QUEUE,
    )


@ui.report_errors
def write_templates(name: str) -> str:
    """The templates of a preset, one a line."""
    return "\n".join(PRESETS[checks.choice("preset", name, PRESETS)])


def _label_picker() -> ui.Dropdown:
    return ui.Dropdown(
        [(t(label_key(label)), label) for label in LABELS + MORE],
        value=list(LABELS),
        multiselect=True,
        allow_custom_value=True,
        max_choices=50,
        label=t("zeroshot.labels"),
        info=t("zeroshot.labels_info"),
        elem_id="zeroshot-labels",
    )


def _template_lines() -> gr.Textbox:
    return gr.Textbox("\n".join(ONE), lines=1, max_lines=8, label=t("zeroshot.templates"), elem_id="zeroshot-templates")


def _temperature_slider() -> ui.Slider:
    label, info = t("zeroshot.temperature"), t("zeroshot.temperature_info")
    return ui.Slider(0, 0.3, 0, step=0.005, label=label, info=info, elem_id="zeroshot-temperature")
