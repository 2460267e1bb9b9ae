"""Two detectors against what people drew, at one threshold: precision, recall and F."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from core import edges, samples
from core.edges import evaluation
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.ui import t

ID = "edges-people"
FIRST = {"mine": ("canny", 0.15), "other": ("learned", 0.5)}
EXAMPLE = "collage"
LEGEND = ("both", "detector", "alone")  # their colours, those of `core.edges.evaluation`, are in page.css


def build(engine: Engine, picture: gr.Image, arrived: Dependency) -> None:
    """Layout, handlers, wiring; `arrived` is when a good picture came."""

    @ui.report_errors
    def compare_to_people(picture: RGB | None, drawn: RGB | None, method: str, threshold: float) -> tuple[Any, ...]:
        if picture is None or drawn is None:
            return None, "", _hint_chips("edges.people_missing"), ""
        if picture.shape != drawn.shape:  # the map of the picture before: nothing to be alarmed about
            sizes = (f"{w} x {h}" for h, w in (picture.shape[:2], drawn.shape[:2]))
            return None, "", _hint_chips("errors.mask_size", **dict(zip(("expected", "got"), sizes, strict=True))), ""
        call = ui.Call.of(evaluation.compare_edges, picture, drawn, method=method, threshold=threshold)
        found = call.run(engine)
        figures = {"precision": found.precision, "recall": found.recall, "f": found.f}
        code = call.code("found.precision, found.recall, found.f, found.picture")
        return found.picture, _scores_table(figures), ui.model_badge("edges", found), code

    def load_example() -> tuple[str, Any]:
        return str(samples.sample_path(EXAMPLE)), evaluation.example_boundaries(EXAMPLE).astype("uint8") * 255

    gr.Markdown(t("edges.people_hint"))
    with gr.Row():
        drawn = ui.picture_input(
            ID, "drawn", label=t("edges.people_drawn"), sources=["upload", "clipboard"], height=200
        )
        with gr.Column(min_width=260):
            example = gr.Button(t("edges.people_example"), elem_id=f"{ID}-example")
            with gr.Row(elem_classes="legend"):
                for key in LEGEND:
                    gr.Markdown(t(f"edges.people_{key}"), elem_classes=f"swatch {key}")
    pairs = []
    with gr.Row():
        for side, (method, threshold) in FIRST.items():
            with gr.Column(min_width=280):
                pairs.append(_detector_column(side, method, threshold))
    code = ui.code_slot(ID)
    example.click(load_example, None, [picture, drawn], api_visibility="private", show_progress="hidden")
    for name, (chosen, level, shown, figures, badge) in zip(("edges_people", "edges_people_other"), pairs, strict=True):
        event: dict[str, Any] = {
            "fn": compare_to_people,
            "inputs": [picture, drawn, chosen, level],
            "outputs": [shown, figures, badge, code],
        }
        gr.on([chosen.change, level.change, drawn.change], **event, api_name=name, **ui.LIVE)
        arrived.success(**event, api_visibility="private", **ui.LIVE)


def _detector_column(side: str, method: str, threshold: float) -> tuple[Any, ...]:
    choices = [(t(f"edges.method_{known}"), known) for known in edges.METHODS]
    chosen = ui.Dropdown(choices, value=method, label=t("edges.method"), elem_id=f"{ID}-{side}-method")
    level = ui.Slider(0.005, 1, threshold, step=0.005, label=t("edges.people_threshold"), elem_id=f"{ID}-{side}-level")
    figures = gr.HTML(elem_id=f"{ID}-{side}-figures")
    shown = ui.result_picture(ID, f"{side}-shown", "edges.people_shown", height=280)
    return chosen, level, shown, figures, ui.badge_slot(f"{ID}-{side}")


def _scores_table(figures: dict[str, float]) -> Markup:
    cell = Markup("<td>{}<b>{:.2f}</b></td>")
    cells = (cell.format(ui.localise(f"edges.people_{name}"), value) for name, value in figures.items())
    return Markup("<table class='edges-agreement'><tr>{}</tr></table>").format(Markup("").join(cells))


def _hint_chips(key: str, **facts: str) -> str:
    return ui.fact_chips(ui.localise(key, **facts))
