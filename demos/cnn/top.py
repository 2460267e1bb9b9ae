"""What the parts of the CNN tab share: the picture, the model, its top five classes, the class they aim at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import classify, images
from core.engine import Engine
from demos import ui
from demos.ui import t

ID = "cnn"
PRIVATE_MODEL: dict[str, Any] = {"api_visibility": "private", "show_progress": "minimal", **ui.MODEL_QUEUE}


@dataclass(frozen=True)
class TopPanel:
    """The components above the parts.

    Attributes:
        picture: what all parts look at.
        model: a catalogue name or ui.AUTO.
        target: the label of the class to aim at; the top class after every new picture.
        opened: state, which part is open.
        predicted: the event after which a new picture's classes are known.
        aimed: events after which a new class is aimed at, a new picture's included.
    """

    picture: gr.Image
    model: gr.Dropdown
    target: gr.Dropdown
    open_part: gr.State
    on_prediction: Callable[..., Any]
    on_target: tuple[Callable[..., Any], ...]

    def run_when_open(self, part: str, handler: Callable[..., Any], inputs: list[Any], outputs: list[Any]) -> None:
        """Runs `handler` after each of `on_target` while `part` is open."""

        def run_if_open(opened: str, *values: Any) -> Any:
            return handler(*values) if opened == part else gr.skip()

        for event in self.on_target:
            event(run_if_open, [self.open_part, *inputs], outputs, **PRIVATE_MODEL)


def build(engine: Engine) -> TopPanel:
    """Layout, handlers, wiring."""

    @ui.report_errors
    def show_prediction(picture: images.RGB | None, model: str) -> tuple[Any, ...]:
        if picture is None:
            return None, ui.Dropdown(choices=[], value=None), *ui.empty_outputs(0), ""
        call = ui.Call.of(classify.predict, picture, top_k=5, **ui.model_keyword(model))
        found = call.run(engine)
        shares = dict(zip(found.labels, found.probabilities.tolist(), strict=True))
        classes = ui.Dropdown(choices=list(found.labels), value=found.labels[0])
        return (
            shares,
            classes,
            ui.model_badge("classify", found),
            call.code("found.labels, found.probabilities  # best first"),
        )

    def aim_at_class(choice: gr.SelectData) -> str:
        return str(choice.value)

    with gr.Row(elem_id="cnn-top"):
        with gr.Column():
            picture = ui.picture_input(ID)
            ui.add_examples(ID, picture, "cat", "lion", "coffee", "motorcycle", "flower", "tower")
        with gr.Column():
            label = gr.Label(label=t("cnn.top5"), num_top_classes=5, elem_id="cnn-top5")
            with gr.Row():
                target = ui.Dropdown(
                    [],
                    value="",
                    label=t("cnn.target"),
                    info=t("cnn.target_info"),
                    allow_custom_value=True,
                    elem_id="cnn-target",
                    min_width=200,
                )
                model = ui.model_picker("cnn-model", "classify", info=t("cnn.model_info"), min_width=200)
            badge = ui.badge_slot(ID)
            code = ui.code_slot(ID)

    predicted = gr.on(
        [picture.change, model.input],
        show_prediction,
        [picture, model],
        [label, target, badge, code],
        api_name="classify",
        trigger_mode="always_last",
        show_progress="minimal",
        **ui.MODEL_QUEUE,
    )
    picked = label.select(aim_at_class, None, target, **ui.QUIET)
    aimed = (predicted.success, picked.success, target.input)
    return TopPanel(picture, model, target, gr.State("look"), predicted.success, aimed)
