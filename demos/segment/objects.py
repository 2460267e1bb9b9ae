"""Several things of one picture: kept under a name, each in its colour, and handed to the tab that fills holes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import images, masks
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.page import Page
from demos.segment.finish import check_growth
from demos.segment.kept import SegmentAnswer, Things, add_thing, chosen_mask, unpack_things
from demos.segment.layout import SegmentParts
from demos.ui import canvas, t

HALO = 4  # pixels: what is removed leaves its blurred outline behind otherwise
SIDE_BY_SIDE: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None}


@dataclass(frozen=True)
class ThingWidgets:
    """The components of this part."""

    name: gr.Textbox
    keep: gr.Button
    drop: gr.Button
    remove: gr.Button
    legend: gr.HTML


def layout_things() -> ThingWidgets:
    """A name, the buttons, the list of what is kept."""
    with gr.Row(equal_height=True):
        name = gr.Textbox(
            label=t("segment.thing_name"),
            placeholder=t("segment.thing_hint"),
            elem_id="segment-name",
            max_lines=1,
            scale=2,
            min_width=160,
        )
        keep, drop, remove = (
            gr.Button(t(f"segment.{action}"), elem_id=f"segment-{action}", min_width=140)
            for action in ("keep", "drop", "remove")
        )
    return ThingWidgets(name, keep, drop, remove, gr.HTML(elem_id="segment-things"))


@dataclass(frozen=True, eq=False)
class ThingHandlers:
    """What the buttons do."""

    parts: SegmentParts
    widgets: ThingWidgets

    @ui.report_errors
    def keep_thing(
        self, known: SegmentAnswer | None, candidate: object, growth: object, name: object, things: Things
    ) -> dict[Any, Any]:
        """The chosen mask joins the things, and the canvas is free for the next one."""
        mask = masks.grow_mask(chosen_mask(known, candidate), check_growth(growth))
        if not mask.any():
            raise InputError("segment.shrunk_away", growth=f"{growth:g}")
        more = add_thing(things, name, mask, ui.localise("segment.thing", number=len(things) + 1))
        return {
            self.parts.memory.things: more,
            self.widgets.name: "",
            self.widgets.legend: things_legend(more),
            self.parts.prompt.pointed: canvas.forget_prompt(None, unpack_things(more)),
            **self.parts.empty_answer(ui.localise("segment.point")),
        }

    @ui.report_errors
    def drop_thing(self, things: Things, known: SegmentAnswer | None, candidate: object) -> tuple[Things, str, gr.HTML]:
        """The last thing goes; what is pointed at stays."""
        fewer = things[:-1]
        mask = None if known is None else known.candidate_mask(candidate)
        return fewer, things_legend(fewer), canvas.show_masks(mask, unpack_things(fewer))


@ui.report_errors
def make_hole(picture: RGB | None, known: SegmentAnswer | None, candidate: object, growth: object) -> tuple[str, Mask]:
    """The digest of the picture, and the chosen mask with a margin, for the tab that fills holes."""
    mask = masks.grow_mask(chosen_mask(known, candidate), check_growth(growth) + HALO)
    if picture is None:
        raise InputError("errors.picture_missing")
    return images.hash_pixels(picture), mask


def wire_things(widgets: ThingWidgets, parts: SegmentParts, page: Page) -> None:
    """Keep, drop, remove; another picture starts with nothing kept."""
    handlers, prompt, things = ThingHandlers(parts, widgets), parts.prompt, parts.memory.things
    chosen = [parts.memory.answer, prompt.candidates]
    growth = parts.settings.finish.growth
    for button in (widgets.keep, widgets.remove):
        ui.enable_when_filled(button, "ui.need_mask", parts.result.mask)
    page.send_mask_on_click(widgets.remove, prompt.picture, make_hole, [prompt.picture, *chosen, growth])
    widgets.keep.click(
        handlers.keep_thing,
        [*chosen, growth, widgets.name, things],
        [things, widgets.name, widgets.legend, prompt.pointed, *parts.answer_outputs],
        api_name="segment_keep",
        **SIDE_BY_SIDE,
    )
    widgets.drop.click(
        handlers.drop_thing,
        [things, *chosen],
        [things, widgets.legend, prompt.pointed],
        api_name="segment_drop",
        **SIDE_BY_SIDE,
    )
    prompt.picture.change(clear_legend, None, widgets.legend, api_visibility="private", **SIDE_BY_SIDE)


def clear_legend() -> str:
    """Nothing is kept of the picture before."""
    return ""


def things_legend(things: Things) -> Markup:
    """Colour, name and size of every thing."""
    return colour_legend(f"{thing.name} · {100 * thing.mask.unpack(0).mean():.1f}%" for thing in things)


def colour_legend(lines: Iterable[str]) -> Markup:
    """A line for each thing, beside its colour."""
    chip = Markup("<span><i style='background: rgb({} {} {})'></i>{}</span>")
    # there are more colours than things
    chips = Markup("").join(chip.format(*colour, line) for colour, line in zip(images.COLOURS, lines, strict=False))
    return Markup("<div class='badge things'>{}</div>").format(chips) if chips else chips
