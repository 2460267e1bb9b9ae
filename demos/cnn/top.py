"""What the parts of the CNN tab share: the picture, the model, its top five classes, the class they explain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, classify, images
from core.engine import Engine
from demos import ui
from demos.cnn.names import class_choices, show_class
from demos.ui import t

ID = "cnn"
EXAMPLES = ("cat", "lion", "coffee", "cheetah", "camera")
PRIVATE_MODEL: dict[str, Any] = {"api_visibility": "private", "show_progress": "minimal", **ui.MODEL_QUEUE}
# of quick changes only the last one is worth the model's time
LATEST_MODEL: dict[str, Any] = {"trigger_mode": "always_last", "show_progress": "minimal", **ui.MODEL_QUEUE}


@dataclass(frozen=True)
class TopWidgets:
    """The components beside the parts."""

    picture: gr.Image
    verdict: gr.Markdown
    label: gr.Label
    target: gr.Dropdown
    model: gr.Dropdown
    badge: gr.HTML
    code: gr.Code


@dataclass(frozen=True)
class TopPanel:
    """What the parts read from the components beside them.

    Attributes:
        picture: what all parts look at.
        model: a catalogue name or ui.AUTO.
        target: the label of the class to explain; the top class after every new picture.
        on_prediction: adds an event for when a new picture's classes are known.
        on_target: each adds an event for when there is a new class to explain, a new picture's included.
    """

    picture: gr.Image
    model: gr.Dropdown
    target: gr.Dropdown
    on_prediction: Callable[..., Any]
    on_target: tuple[Callable[..., Any], ...]


def build(engine: Engine) -> TopPanel:
    """The components beside the parts, and their events."""
    return wire_top(layout_top(), engine)


def layout_top() -> TopWidgets:
    """The picture, and below it what it shows."""
    picture = ui.picture_input(ID, height=None, elem_classes="small")
    ui.add_examples(ID, picture, *EXAMPLES)
    verdict = gr.Markdown(elem_id="cnn-verdict")
    label = gr.Label(label=t("cnn.top5"), num_top_classes=5, elem_id="cnn-top5")
    badge = ui.badge_slot(ID)
    with ui.more_settings("cnn-more"):
        target = _target_picker()
        model = ui.model_picker("cnn-model", "classify", info=t("cnn.model_info"), min_width=200)
    return TopWidgets(picture, verdict, label, target, model, badge, ui.code_slot(ID))


def _target_picker() -> gr.Dropdown:
    return ui.Dropdown(
        [],
        value="",
        label=t("cnn.target"),
        info=t("cnn.target_info"),
        allow_custom_value=True,
        elem_id="cnn-target",
        min_width=200,
    )


def wire_top(top: TopWidgets, engine: Engine) -> TopPanel:
    """A new picture or model is classified; a class in the list becomes the one to explain."""
    handlers = TopHandlers(engine, top)
    predicted = gr.on(
        [top.picture.change, top.model.input],
        handlers.show_prediction,
        [top.picture, top.model],
        [top.label, top.target, top.badge, top.code, top.verdict],
        api_name="classify",
        **LATEST_MODEL,
    )
    picked = top.label.select(pick_target, None, top.target, **ui.QUIET)
    aimed = (predicted.success, picked.success, top.target.input)
    return TopPanel(top.picture, top.model, top.target, predicted.success, aimed)


@dataclass(frozen=True)
class TopHandlers:
    """What the components beside the parts do."""

    engine: Engine
    top: TopWidgets

    @ui.report_errors
    def show_prediction(self, picture: images.RGB | None, model: str) -> dict[gr.Component, Any]:
        """The top five classes, and whether any fits; the best one becomes the class to explain."""
        top = self.top
        if picture is None:
            nothing = ui.Dropdown(choices=[], value=None)
            return {top.label: None, top.target: nothing, top.badge: ui.empty_badge(), top.code: "", top.verdict: ""}
        call = ui.Call.of(classify.predict, picture, top_k=5, **ui.model_keyword(model))
        found = call.run(self.engine)
        return {
            top.label: dict(zip(map(show_class, found.labels), found.probabilities.tolist(), strict=True)),
            # the page then shows no class in large letters
            top.verdict: ui.localise("cnn.none_fits") if found.recognised is False else "",
            top.target: ui.Dropdown(choices=class_choices(found.labels), value=found.labels[0]),
            top.badge: ui.model_badge("classify", found),
            top.code: call.code(
                "found.labels, found.probabilities, found.recognised  # best first; whether any class fits"
            ),
        }


@ui.report_errors
def pick_target(choice: gr.SelectData) -> str:
    """The label of the class that was clicked among the top five."""
    return classify.find_label(checks.plain_text("target", choice.value))
