"""The invariance lab: the picture moves, turns, grows or darkens, and the class probability becomes a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from core import checks, classify
from core.classify.robustness import MAX_VALUES, TRANSFORMS, Invariance
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.cnn import chart
from demos.cnn.galleries import result_gallery
from demos.cnn.names import show_class
from demos.cnn.top import LATEST_MODEL, TopPanel
from demos.ui import t

PART = "cnn-invariance"
# where the two sliders end, where they start, and their step; the first row, which an API call without a page meets,
# holds all the others
RANGES = {
    "shift": (-180, 180, -16, 16, 1),
    "rotate": (-180, 180, -90, 90, 1),
    "scale": (0.2, 4, 0.5, 2, 0.05),
    "brightness": (0, 4, 0.2, 2, 0.05),
}


@dataclass(frozen=True)
class InvarianceKnobs:
    """How the picture changes: from one value to another, in so many steps."""

    transform: gr.Radio
    low: gr.Slider
    high: gr.Slider
    steps: gr.Slider
    again: gr.Button


@dataclass(frozen=True)
class InvarianceWidgets:
    """The components of this part."""

    knobs: InvarianceKnobs
    drawing: gr.HTML
    sentence: gr.Markdown
    badge: gr.HTML
    pictures: gr.Gallery
    code: gr.Code


def build(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """The part and its events."""
    wire_invariance(layout_invariance(), engine, top, tab)


def layout_invariance() -> InvarianceWidgets:
    """The curve, beside it the knobs, below them what the network saw."""
    with ui.bench():
        with ui.bench_result():
            drawing = gr.HTML(elem_id=f"{PART}-curve", label=t("cnn.curve"))
            sentence = gr.Markdown(elem_id=f"{PART}-sentence")
            badge = ui.badge_slot(PART)
        with ui.bench_knobs():
            knobs = _layout_knobs()
    gr.Markdown(t("cnn.seen_heading"))
    pictures = result_gallery(
        f"{PART}-pictures",
        "cnn.seen",
        columns=6,
        show_label=False,
        elem_classes=["whole", "strip"],
        format="jpeg",
        buttons=["fullscreen"],
    )
    return InvarianceWidgets(knobs, drawing, sentence, badge, pictures, ui.code_slot(PART))


def _layout_knobs() -> InvarianceKnobs:
    least, most, start, end, step = RANGES["shift"]
    kinds = [(t(f"cnn.transform_{name}"), name) for name in TRANSFORMS]
    transform = ui.Radio(kinds, value="shift", label=t("cnn.transform"), elem_id=f"{PART}-transform")
    low = ui.Slider(least, most, start, step=step, label=t("cnn.from"), elem_id=f"{PART}-from")
    high = ui.Slider(least, most, end, step=step, label=t("cnn.to"), elem_id=f"{PART}-to")
    steps = ui.Slider(
        3, MAX_VALUES, 17, step=2, label=t("cnn.steps"), info=t("cnn.steps_info"), elem_id=f"{PART}-steps"
    )
    again = gr.Button(t("cnn.draw"), variant="primary", elem_id=f"{PART}-run")
    return InvarianceKnobs(transform, low, high, steps, again)


def wire_invariance(lab: InvarianceWidgets, engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """Every knob draws the curve again; another transform first sets the sliders' ranges."""
    handlers, knobs = InvarianceHandlers(engine, lab), lab.knobs
    show = handlers.show_invariance
    ui.enable_when_filled(knobs.again, "ui.need_picture", top.picture)
    inputs = [top.picture, knobs.transform, knobs.low, knobs.high, knobs.steps, top.target, top.model]
    outputs = [lab.drawing, lab.sentence, lab.pictures, lab.badge, lab.code]
    turn = ui.part_turn(tab, *top.on_target, at_first=True)
    triggers = [knobs.again.click, turn.change, knobs.low.release, knobs.high.release, knobs.steps.release]
    gr.on(triggers, show, inputs, outputs, api_name="invariance", **LATEST_MODEL)
    # after the event above: the first one of a function takes its api_name
    changed = knobs.transform.input(set_ranges, knobs.transform, [knobs.low, knobs.high], **ui.QUIET)
    changed.success(show, inputs, outputs, api_visibility="private", **LATEST_MODEL)


@ui.report_errors
def set_ranges(transform: str) -> tuple[gr.Slider, gr.Slider]:
    """The sliders for the first and the last value, with the ranges of this transform."""
    least, most, low, high, step = RANGES[checks.choice("transform", transform, RANGES)]
    return (
        ui.Slider(minimum=least, maximum=most, value=low, step=step),
        ui.Slider(minimum=least, maximum=most, value=high, step=step),
    )


@dataclass(frozen=True)
class InvarianceHandlers:
    """What this part does."""

    engine: Engine
    lab: InvarianceWidgets

    @ui.report_errors
    def show_invariance(
        self, picture: RGB | None, transform: str, low: float, high: float, steps: float, target: str, model: str
    ) -> dict[gr.Component, Any]:
        """The curve, what it says in a sentence, and the changed pictures."""
        lab = self.lab
        if picture is None:
            empty = {lab.drawing: "", lab.sentence: "", lab.pictures: None}
            return {**empty, lab.badge: ui.empty_badge(), lab.code: ""}
        values = _transform_values(transform, low, high, steps)
        wanted = {"target": target} if target else {}
        call = ui.Call.of(classify.invariance, picture, transform, values, **wanted, **ui.model_keyword(model))
        found = call.run(self.engine)
        return {
            lab.drawing: _draw_curve(found, transform),
            lab.sentence: _consistency_sentence(found, transform),
            lab.pictures: _captioned_pictures(found),
            lab.badge: ui.model_badge("classify", found),
            lab.code: call.code(
                "found.probabilities, found.consistency  # float32 (n,), share with the same top class"
            ),
        }


def _transform_values(transform: str, low: float, high: float, steps: float) -> list[float]:
    """At most `steps` values from `low` to `high`, evenly spaced."""
    change = TRANSFORMS[checks.choice("transform", transform, TRANSFORMS)]
    ends = [checks.number(name, end, change.low, change.high) for name, end in (("from", low), ("to", high))]
    spread = np.linspace(ends[0], ends[1], checks.integer("steps", steps, 1, MAX_VALUES))
    # a shift by whole pixels copies pixels, any other would blur the picture as well; + 0.0 turns -0 into 0
    exact = np.unique(spread.round() + 0.0) if transform == "shift" else spread.round(4)
    return [float(value) for value in exact]


def _draw_curve(found: Invariance, transform: str) -> str:
    """The class probability over the values, with filled dots where the top class is the unchanged picture's."""
    tops = map(show_class, found.top)
    rows = list(zip(found.values.tolist(), found.probabilities.tolist(), tops, strict=True))
    name = show_class(found.label)
    title = ui.localise("cnn.curve_title", label=name)
    drawing = chart.probability_curve(
        [value for value, *_ in rows],
        [share for _, share, _ in rows],
        kept=[label == found.unchanged for label in found.top],
        tips=[f"{value:g}: {name} {share:.1%} · {ui.localise('cnn.first')} {label}" for value, share, label in rows],
        x_label=ui.localise(f"cnn.axis_{transform}"),
        title=title,
    )
    return Markup("<h4>{}</h4>{}").format(title, drawing)


def _consistency_sentence(found: Invariance, transform: str) -> str:
    kept = sum(label == found.unchanged for label in found.top)
    facts = {"share": f"{found.consistency:.0%}", "kept": kept, "n": len(found.top)}
    facts |= {"label": show_class(found.unchanged)}
    return ui.localise("cnn.shift_consistency" if transform == "shift" else "cnn.consistency", **facts)


def _captioned_pictures(found: Invariance) -> list[tuple[RGB, str]]:
    rows = zip(found.pictures, found.values.tolist(), found.top, strict=True)
    return [(picture, f"{value:g} · {show_class(label)}") for picture, value, label in rows]
