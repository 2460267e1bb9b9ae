"""Two detectors against what people drew, at one threshold: precision, recall and F."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from core import edges, images, masks, samples
from core.edges import evaluation
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.ui import t

ID = "edges-people"
FIRST = {"mine": ("canny", 0.15), "other": ("learned", 0.5)}
EXAMPLE = "collage"
LEGEND = ("both", "detector", "alone")  # their colours, those of `core.edges.evaluation`, are in page.css


@dataclass(frozen=True)
class DetectorColumn:
    """One of the two detectors: what it is, its threshold, and how it compares with the people."""

    method: gr.Dropdown
    threshold: gr.Slider
    shown: gr.Image
    figures: gr.HTML
    badge: gr.HTML


@dataclass(frozen=True)
class PeopleWidgets:
    """The components of this part.

    Attributes:
        drawn: the boundaries that people drew.
        example: the button that fetches a picture whose boundaries are known.
    """

    drawn: ui.MaskPicture
    example: gr.Button
    columns: tuple[DetectorColumn, ...]
    code: gr.Code


def build(engine: Engine, picture: gr.Image, arrived: Dependency) -> None:
    """The part and its events; `arrived` is when a good picture came."""
    wire_people(layout_people(), engine, picture, arrived)


def layout_people() -> PeopleWidgets:
    """Two detectors side by side, each with its knobs below it, and the map of boundaries."""
    columns = []
    with ui.bench():
        with ui.bench_input():
            drawn, example = _layout_drawn()
        with ui.bench_result():
            with gr.Row():
                for side, (method, threshold) in FIRST.items():
                    with gr.Column(min_width=240):
                        columns.append(_layout_column(side, method, threshold))
            with gr.Row(elem_classes="legend"):
                for key in LEGEND:
                    gr.Markdown(t(f"edges.people_{key}"), elem_classes=f"swatch {key}")
    return PeopleWidgets(drawn, example, tuple(columns), ui.code_slot(ID))


def _layout_drawn() -> tuple[ui.MaskPicture, gr.Button]:
    """The map of boundaries, and the button that fetches one."""
    look: dict[str, Any] = {"sources": ["upload", "clipboard"], "height": None, "interactive": True}
    drawn = ui.MaskPicture(label=t("edges.people_drawn"), elem_id=f"{ID}-drawn", elem_classes="small", **look)
    example = gr.Button(t("edges.people_example"), elem_id=f"{ID}-example")
    gr.Markdown(t("edges.people_hint"))
    return drawn, example


def _layout_column(side: str, method: str, threshold: float) -> DetectorColumn:
    look: dict[str, Any] = {"height": None, "elem_classes": ["half", "grown"]}
    shown = ui.result_picture(ID, f"{side}-shown", "edges.people_shown", **look)
    figures = gr.HTML(elem_id=f"{ID}-{side}-figures")
    badge = ui.badge_slot(f"{ID}-{side}")
    choices = [(t(f"edges.method_{known}"), known) for known in edges.METHODS]
    chosen = ui.Dropdown(choices, value=method, label=t("edges.method"), elem_id=f"{ID}-{side}-method")
    level = ui.Slider(0.005, 1, threshold, step=0.005, label=t("edges.people_threshold"), elem_id=f"{ID}-{side}-level")
    return DetectorColumn(chosen, level, shown, figures, badge)


def wire_people(people: PeopleWidgets, engine: Engine, picture: gr.Image, arrived: Dependency) -> None:
    """Each detector is compared again after every change of its own, of the map and of the picture."""
    shown = [picture, people.drawn]
    people.example.click(load_example, None, shown, api_visibility="private", show_progress="hidden")
    for name, column in zip(("edges_people", "edges_people_other"), people.columns, strict=True):
        handlers = PeopleHandlers(engine, column, people.code)
        event: dict[str, Any] = {
            "fn": handlers.compare_to_people,
            "inputs": [*shown, column.method, column.threshold],
            "outputs": [column.shown, column.figures, column.badge, people.code],
        }
        changes = [column.method.change, column.threshold.change, people.drawn.change]
        gr.on(changes, **event, api_name=name, **ui.LIVE)
        arrived.success(**event, api_visibility="private", **ui.LIVE)


def load_example() -> tuple[str, Any]:
    """A picture, and the boundaries of its parts, which are known to the pixel."""
    return str(samples.sample_path(EXAMPLE)), evaluation.example_boundaries(EXAMPLE).astype("uint8") * 255


@dataclass(frozen=True)
class PeopleHandlers:
    """What one detector's column does."""

    engine: Engine
    column: DetectorColumn
    code: gr.Code

    @ui.report_errors
    def compare_to_people(
        self, picture: RGB | None, drawn: Mask | None, method: str, threshold: float
    ) -> dict[gr.Component, Any]:
        """The detector's lines over the people's, and precision, recall and F."""
        column = self.column
        if picture is None or drawn is None:
            return self._show_hint("edges.people_missing")
        try:
            lines = images.to_mask(drawn, picture.shape[:2])
        except InputError as error:  # the map of the picture before: nothing to be alarmed about
            return self._show_hint(error.key, **error.facts)
        call = ui.Call.of(evaluation.compare_edges, picture, lines, method=method, threshold=threshold)
        found = call.run(self.engine)
        return {
            column.shown: found.picture,
            column.figures: _scores_table({"precision": found.precision, "recall": found.recall, "f": found.f_score}),
            column.badge: ui.model_badge("edges", found) + _cover_line(lines),
            self.code: call.code("found.precision, found.recall, found.f_score, found.picture"),
        }

    def _show_hint(self, key: str, **facts: object) -> dict[gr.Component, Any]:
        """Nothing but a sentence in the badge's place."""
        column, hint = self.column, ui.fact_chips(ui.localise(key, **facts))
        return {column.shown: None, column.figures: "", column.badge: hint, self.code: ""}


def _cover_line(lines: Mask) -> Markup:
    """What to say of a map that is mostly lines, most likely black ones on white paper; "" of any other."""
    share = masks.find_large_cover(lines)
    return Markup("") if share is None else ui.status_line(ui.localise("edges.people_large", share=share))


def _scores_table(figures: dict[str, float]) -> Markup:
    cell = Markup("<td>{}<b>{:.2f}</b></td>")
    cells = (cell.format(ui.localise(f"edges.people_{name}"), value) for name, value in figures.items())
    return Markup("<table class='edges-agreement'><tr>{}</tr></table>").format(Markup("").join(cells))
