"""Two detectors against what people drew, at one threshold: precision, recall and F.

Until the visitor gives a map of lines, a photo with hand-placed outlines is compared; the visitor's own picture stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import edges, images, masks, samples
from core.edges import evaluation
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.edges.common import LONGEST, limit_size, shrink_lines, size_chips, thicken_colours, thicken_lines
from demos.ui import t

ID = "edges-people"
FIRST = {"mine": ("canny", 0.15), "other": ("learned", 0.5)}
EXAMPLE = "coffee"
LINE = (255, 255, 0)
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
        outlined: the photo that is compared while there are none, with its hand-placed lines.
    """

    drawn: ui.MaskPicture
    outlined: gr.Image
    columns: tuple[DetectorColumn, ...]
    code: gr.Code


def build(engine: Engine, picture: gr.Image, turn: gr.Number, opened: gr.Tab) -> None:
    """The part and its events; `turn` changes when it is to look at the picture, `opened` the tab that this is in."""
    wire_people(layout_people(), engine, picture, turn, opened)


def layout_people() -> PeopleWidgets:
    """Two detectors side by side, each with its knobs below it, and the map of boundaries."""
    columns = []
    with ui.bench():
        with ui.bench_input():
            drawn = _layout_drawn()
        with ui.bench_result():
            with gr.Row():
                for side, (method, threshold) in FIRST.items():
                    with gr.Column(min_width=240):
                        columns.append(_layout_column(side, method, threshold))
            with gr.Row(elem_classes="legend"):
                for key in LEGEND:
                    gr.Markdown(t(f"edges.people_{key}"), elem_classes=f"swatch {key}")
            outlined = ui.result_picture(ID, "outlined", "edges.people_outlined", height=200)
    return PeopleWidgets(drawn, outlined, tuple(columns), ui.code_slot(ID))


def _layout_drawn() -> ui.MaskPicture:
    """The map of boundaries, and what it is for."""
    look: dict[str, Any] = {"sources": ["upload", "clipboard"], "height": None, "interactive": True}
    drawn = ui.MaskPicture(label=t("edges.people_drawn"), elem_id=f"{ID}-drawn", elem_classes="small", **look)
    gr.Markdown(t("edges.people_hint"))
    return drawn


def _layout_column(side: str, method: str, threshold: float) -> DetectorColumn:
    look: dict[str, Any] = {"height": None, "elem_classes": ["half", "grown"]}
    shown = ui.result_picture(ID, f"{side}-shown", "edges.people_shown", **look)
    figures = gr.HTML(elem_id=f"{ID}-{side}-figures")
    badge = ui.badge_slot(f"{ID}-{side}")
    choices = [(t(f"edges.method_{known}"), known) for known in edges.METHODS]
    chosen = ui.Dropdown(choices, value=method, label=t("edges.method"), elem_id=f"{ID}-{side}-method")
    level = ui.Slider(0.005, 1, threshold, step=0.005, label=t("edges.people_threshold"), elem_id=f"{ID}-{side}-level")
    return DetectorColumn(chosen, level, shown, figures, badge)


def wire_people(people: PeopleWidgets, engine: Engine, picture: gr.Image, turn: gr.Number, opened: gr.Tab) -> None:
    """Each detector is compared again after every change of its own, of the map and of the picture."""
    shown = [picture, people.drawn]
    example: dict[str, Any] = {"fn": show_outlined, "inputs": people.drawn, "outputs": people.outlined}
    gr.on([opened.select, people.drawn.change], **example, **ui.QUIET)
    for name, column in zip(("edges_people", "edges_people_other"), people.columns, strict=True):
        handlers = PeopleHandlers(engine, column, people.code)
        event: dict[str, Any] = {
            "fn": handlers.compare_to_people,
            "inputs": [*shown, column.method, column.threshold],
            "outputs": [column.shown, column.figures, column.badge, people.code],
        }
        changes = [column.method.change, column.threshold.change, people.drawn.change]
        gr.on(changes, **event, api_name=name, **ui.LIVE)
        follows = event | {"fn": handlers.follow_picture, "inputs": [*event["inputs"], turn]}
        turn.change(**follows, api_visibility="private", **ui.LIVE)


@ui.report_errors
def show_outlined(drawn: Mask | None) -> Any:
    """The outlined photo with its lines over it, while the visitor has given none."""
    if drawn is not None:
        return gr.update(value=None, visible=False)
    photo, lines = load_example()
    return gr.update(value=images.overlay_mask(photo, thicken_lines(lines, 3), LINE, 1), visible=True)


def load_example() -> tuple[RGB, Mask]:
    """The photo, uint8 RGB (H, W, 3), and the outlines placed by hand over it, bool (H, W)."""
    return images.to_rgb(samples.sample_path(EXAMPLE)), samples.hand_outlines(EXAMPLE)


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
        if drawn is None:
            whole, lines = load_example()
        elif picture is None:
            return self._show_hint("edges.people_missing")
        else:
            try:
                whole, lines = picture, images.to_mask(drawn, picture.shape[:2])
            except InputError as error:  # the map of the picture before: nothing to be alarmed about
                return self._show_hint(error.key, **error.facts)
        used = limit_size(whole)
        call = ui.Call.of(
            evaluation.compare_edges, used, shrink_lines(lines, used.shape), method=method, threshold=threshold
        )
        found = call.run(self.engine)
        facts = [ui.localise("edges.people_whose")] if drawn is None else size_chips(used, whole)
        return {
            column.shown: thicken_colours(found.picture),
            column.figures: _scores_table({"precision": found.precision, "recall": found.recall, "f": found.f_score}),
            column.badge: ui.model_badge("edges", found, *facts) + _cover_line(lines),
            self.code: call.code(
                "found.precision, found.recall, found.f_score, found.picture",
                longest=LONGEST if used is not whole else None,
            ),
        }

    @ui.report_errors
    def follow_picture(
        self, picture: RGB | None, drawn: Mask | None, method: str, threshold: float, turn: float
    ) -> Any:
        """The same as the part opens, and for another picture: the outlined photo does not change with that."""
        same = drawn is None and turn > 1
        return gr.skip() if same else self.compare_to_people(picture, drawn, method, threshold)

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
