"""Zero-shot tab, part one: one picture, any labels; cosine and softmax side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import images, zeroshot
from core.engine import Engine
from demos import ui
from demos.ui import t
from demos.zeroshot import drawing
from demos.zeroshot.shared import ID, SharedWidgets, hint_line, zeroshot_badge

LABELS = ("cat", "dog", "lion", "cup of coffee", "rocket", "flower")
MORE = ("고양이", "사자", "로켓", "bird", "motorcycle", "temple", "person", "food", "animal", "vehicle")
ONE = ("a photo of a {}",)
PRESETS = {"bare": (zeroshot.BARE_TEMPLATE,), "one": ONE, "seven": zeroshot.SEVEN_TEMPLATES}


def build(engine: Engine, shared: SharedWidgets) -> gr.Image:
    """Lays the part out; returns its picture."""

    @ui.report_errors
    def show_labels(
        picture: images.RGB | None, labels: list[str], sentences: str, temperature: float, none: bool, model: str
    ) -> tuple[Any, ...]:
        if picture is None or not labels:
            return hint_line("zeroshot.add_labels"), "", ""
        templates = [line.strip() for line in sentences.splitlines() if line.strip()] or [zeroshot.BARE_TEMPLATE]
        settings: dict[str, Any] = {
            "temperature": temperature or None,
            "none_of_these": none,
            **ui.model_keyword(model),
        }
        call = ui.Call.of(zeroshot.classify, picture, labels, template=templates, **settings)
        found = call.run(engine)
        bare = None
        if templates != [zeroshot.BARE_TEMPLATE]:
            plain = engine.run(zeroshot.classify, picture, labels, template=zeroshot.BARE_TEMPLATE, **settings)
            bare = dict(zip(plain.labels, map(float, plain.probabilities), strict=True))
        code = call.code("found.labels, found.probabilities, found.similarities  # best first")
        return drawing.label_bars(found, bare), zeroshot_badge(found), code

    with gr.Row():
        with gr.Column():
            picture = ui.picture_input(ID, height=300)
            ui.add_examples(ID, picture, "cat", "lion", "coffee", "rocket", "flower", "temple", "galaxies")
            labels = ui.Dropdown(
                [*LABELS, *MORE],
                value=list(LABELS),
                multiselect=True,
                allow_custom_value=True,
                max_choices=50,
                label=t("zeroshot.labels"),
                info=t("zeroshot.labels_info"),
                elem_id="zeroshot-labels",
            )
        with gr.Column():
            result = gr.HTML(t("zeroshot.add_labels"), elem_id="zeroshot-result", min_height=60)
            preset = ui.Radio(
                [(t(f"zeroshot.preset_{name}"), name) for name in PRESETS],
                value="one",
                label=t("zeroshot.preset"),
                elem_id="zeroshot-preset",
            )
            sentences = gr.Textbox(
                "\n".join(ONE), lines=1, max_lines=8, label=t("zeroshot.templates"), elem_id="zeroshot-templates"
            )
            temperature = ui.Slider(
                0,
                0.3,
                0,
                step=0.005,
                label=t("zeroshot.temperature"),
                info=t("zeroshot.temperature_info"),
                elem_id="zeroshot-temperature",
            )
            none = gr.Checkbox(False, label=t("zeroshot.none"), elem_id="zeroshot-none")

    def write_templates(name: str) -> str:
        return "\n".join(PRESETS[name])

    # a change of the sentences by the preset reaches `show` as any other change of them
    preset.input(write_templates, preset, sentences, queue=False, show_progress="hidden", api_visibility="private")
    gr.on(
        [picture.change, labels.change, sentences.change, temperature.change, none.change, shared.model.input],
        show_labels,
        [picture, labels, sentences, temperature, none, shared.model],
        [result, shared.badge, shared.code],
        api_name="zeroshot_classify",
        trigger_mode="always_last",
        show_progress="minimal",
        show_progress_on=result,
        **ui.MODEL_QUEUE,
    )
    return picture
