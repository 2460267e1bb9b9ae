"""The invariance lab: the picture moves, turns, grows or darkens, and the class probability becomes a curve."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from core import checks, classify
from core.classify.robustness import MAX_VALUES, TRANSFORMS
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.cnn import chart
from demos.cnn.top import TopPanel
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


def build(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """Layout, handlers, wiring."""

    @ui.report_errors
    def show_invariance(
        picture: RGB | None, transform: str, low: float, high: float, steps: float, target: str, model: str
    ) -> tuple[Any, ...]:
        if picture is None:
            return "", "", None, *ui.empty_outputs(0), ""
        values = _transform_values(transform, low, high, steps)
        wanted = {"target": target} if target else {}
        call = ui.Call.of(classify.invariance, picture, transform, values, **wanted, **ui.model_keyword(model))
        found = call.run(engine)
        drawing, sentence = _curve_and_sentence(found, transform)
        code = call.code("found.probabilities, found.consistency  # float32 (n,), share with the same top class")
        return drawing, sentence, _captioned_pictures(found), ui.model_badge("classify", found), code

    def set_ranges(transform: str) -> tuple[gr.Slider, gr.Slider]:
        least, most, low, high, step = RANGES[transform]
        return (
            ui.Slider(minimum=least, maximum=most, value=low, step=step),
            ui.Slider(minimum=least, maximum=most, value=high, step=step),
        )

    least, most, start, end, step = RANGES["shift"]
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            transform = ui.Radio(
                [(t(f"cnn.transform_{name}"), name) for name in TRANSFORMS],
                value="shift",
                label=t("cnn.transform"),
                elem_id=f"{PART}-transform",
            )
            low = ui.Slider(least, most, start, step=step, label=t("cnn.from"), elem_id=f"{PART}-from")
            high = ui.Slider(least, most, end, step=step, label=t("cnn.to"), elem_id=f"{PART}-to")
            steps = ui.Slider(
                3, MAX_VALUES, 17, step=2, label=t("cnn.steps"), info=t("cnn.steps_info"), elem_id=f"{PART}-steps"
            )
            again = gr.Button(t("cnn.draw"), variant="primary", elem_id=f"{PART}-run")
        with gr.Column(scale=2, min_width=320):
            drawing = gr.HTML(elem_id=f"{PART}-curve", label=t("cnn.curve"))
            sentence = gr.Markdown(elem_id=f"{PART}-sentence")
            badge = ui.badge_slot(PART)
    gr.Markdown(t("cnn.seen_heading"))
    pictures = gr.Gallery(
        label=t("cnn.seen"),
        elem_id=f"{PART}-pictures",
        columns=6,
        height="auto",
        show_label=False,
        elem_classes=["whole", "strip"],
        format="jpeg",
        interactive=False,
        object_fit="contain",
        buttons=["fullscreen"],
    )
    code = ui.code_slot(PART)

    inputs = [top.picture, transform, low, high, steps, top.target, top.model]
    outputs = [drawing, sentence, pictures, badge, code]
    settings = {"trigger_mode": "always_last", "show_progress": "minimal", **ui.MODEL_QUEUE}
    gr.on(
        [again.click, tab.select, low.release, high.release, steps.release],
        show_invariance,
        inputs,
        outputs,
        api_name="invariance",
        **settings,
    )
    # after the event above: the first one of a function takes its api_name
    changed = transform.input(set_ranges, transform, [low, high], **ui.QUIET)
    changed.success(show_invariance, inputs, outputs, api_visibility="private", **settings)
    top.run_when_open("invariance", show_invariance, inputs, outputs)


def _transform_values(transform: str, low: float, high: float, steps: float) -> list[float]:
    change = TRANSFORMS[checks.choice("transform", transform, TRANSFORMS)]
    ends = [checks.number(name, end, change.low, change.high) for name, end in (("from", low), ("to", high))]
    spread = np.linspace(ends[0], ends[1], checks.integer("steps", steps, 1, MAX_VALUES))
    # a shift by whole pixels copies pixels, any other would blur the picture as well; + 0.0 turns -0 into 0
    exact = np.unique(spread.round() + 0.0) if transform == "shift" else spread.round(4)
    return [float(value) for value in exact]


def _curve_and_sentence(found: Any, transform: str) -> tuple[str, str]:
    kept = [label == found.unchanged for label in found.top]
    rows = list(zip(found.values.tolist(), found.probabilities.tolist(), found.top, strict=True))
    tips = [f"{value:g}: {found.label} {share:.1%} · top-1 {label}" for value, share, label in rows]
    title = ui.localise("cnn.curve_title", label=found.label)
    drawing = chart.probability_curve(
        [value for value, *_ in rows],
        [share for _, share, _ in rows],
        kept=kept,
        tips=tips,
        x_label=ui.localise(f"cnn.axis_{transform}"),
        title=title,
    )
    facts = {"share": f"{found.consistency:.0%}", "kept": sum(kept), "n": len(kept), "label": found.unchanged}
    sentence = ui.localise("cnn.shift_consistency" if transform == "shift" else "cnn.consistency", **facts)
    return Markup("<h4>{}</h4>{}").format(title, drawing), sentence


def _captioned_pictures(found: Any) -> list[tuple[RGB, str]]:
    rows = zip(found.pictures, found.values.tolist(), found.top, strict=True)
    return [(picture, f"{value:g} · {label}") for picture, value, label in rows]
