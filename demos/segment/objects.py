"""Several things of one picture: kept under a name, each in its colour, and written out together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from core import checks, images, masks
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.page import Page
from demos.segment.kept import MAX_THINGS, SegmentAnswer, Things, add_thing
from demos.segment.point import GROWTH, ID, FinishSettings, SegmentWidgets, empty_segment_outputs
from demos.ui import canvas, files, t

HALO = 4  # pixels: what is removed leaves its blurred outline behind otherwise
FILES = ("cutout", "mask", "overlay", "json")
PRIVATE: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None}


@dataclass(frozen=True)
class ThingWidgets:
    """The components of this part."""

    name: gr.Textbox
    keep: gr.Button
    drop: gr.Button
    shown: gr.HTML
    remove: gr.Button
    buttons: dict[str, gr.Button]
    saved: gr.DownloadButton


def layout_things() -> ThingWidgets:
    """A name, keep and drop, the list of what is kept, the downloads."""
    with gr.Row(equal_height=True):
        name = gr.Textbox(
            label=t("segment.thing_name"),
            placeholder=t("segment.thing_hint"),
            elem_id="segment-name",
            max_lines=1,
            scale=2,
            min_width=160,
        )
        keep = gr.Button(t("segment.keep"), elem_id="segment-keep", min_width=140)
        drop = gr.Button(t("segment.drop"), elem_id="segment-drop", min_width=140)
        remove = gr.Button(t("segment.remove"), elem_id="segment-remove", min_width=140)
    shown = gr.HTML(elem_id="segment-things")
    with gr.Row():
        buttons = {
            name: gr.Button(t(f"segment.save_{name}"), size="sm", elem_id=f"segment-save-{name}", min_width=140)
            for name in FILES
        }
    saved = files.download_slot("segment-saved")
    return ThingWidgets(name, keep, drop, shown, remove, buttons, saved)


def wire_things(engine: Engine, picture: gr.Image, parts: SegmentWidgets, slots: ThingWidgets, page: Page) -> None:
    """Keep, drop, remove, and the files."""

    @ui.report_errors
    def keep_thing(
        known: SegmentAnswer | None, candidate: object, growth: object, name: object, things: Things
    ) -> tuple[Any, ...]:
        mask = masks.grow_mask(_chosen_mask(known, candidate), _check_growth(growth))
        if not mask.any():
            raise InputError("segment.shrunk_away", growth=f"{growth:g}")
        more = add_thing(things, name, mask, ui.localise("segment.thing", number=len(things) + 1))
        return more, "", things_legend(more), _clear_canvas(more), *empty_segment_outputs(ui.localise("segment.point"))

    @ui.report_errors
    def drop_thing(things: Things, known: SegmentAnswer | None, candidate: object) -> tuple[Any, ...]:
        fewer = things[:-1]
        mask = None if known is None else known.candidate_mask(candidate)
        return fewer, things_legend(fewer), canvas.show_masks(mask, [thing.mask.unpack(0) for thing in fewer])

    @ui.report_errors
    def make_hole(
        picture: RGB | None, known: SegmentAnswer | None, candidate: object, growth: object
    ) -> tuple[str, Mask]:
        mask = masks.grow_mask(_chosen_mask(known, candidate), _check_growth(growth) + HALO)
        if picture is None:
            raise InputError("errors.picture_missing")
        return images.hash_pixels(picture), mask

    page.send_mask_on_click(
        slots.remove, picture, make_hole, [picture, parts.answer, parts.candidates, parts.finish[0]]
    )
    slots.keep.click(
        keep_thing,
        [parts.answer, parts.candidates, parts.finish[0], slots.name, parts.things],
        [parts.things, slots.name, slots.shown, parts.pointed, *parts.results],
        api_name="segment_keep",
        **PRIVATE,
    )
    slots.drop.click(
        drop_thing,
        [parts.things, parts.answer, parts.candidates],
        [parts.things, slots.shown, parts.pointed],
        api_name="segment_drop",
        **PRIVATE,
    )
    picture.change(lambda: "", None, slots.shown, api_visibility="private", **PRIVATE)
    _wire_downloads(engine, picture, parts, slots)


def things_legend(things: Things) -> Markup:
    """Colour, name and size of every thing."""
    return colour_legend(f"{thing.name} · {100 * thing.mask.unpack(0).mean():.1f}%" for thing in things)


def colour_legend(lines: Iterable[str]) -> Markup:
    """A line for each thing, beside its colour."""
    chip = Markup("<span><i style='background: rgb({} {} {})'></i>{}</span>")
    # there are more colours than things
    chips = Markup("").join(chip.format(*colour, line) for colour, line in zip(images.COLOURS, lines, strict=False))
    return Markup("<div class='badge things'>{}</div>").format(chips) if chips else chips


def _clear_canvas(things: Things) -> gr.HTML:
    """The canvas with nothing pointed at any more; the kept things stay on it."""
    laid = canvas.show_masks(None, [thing.mask.unpack(0) for thing in things])
    return gr.HTML(value=canvas.EMPTY, mask=laid.props["mask"], outline=laid.props["outline"])


def _check_growth(value: object) -> float:
    return checks.number("growth", value, -GROWTH, GROWTH)


def _chosen_mask(known: SegmentAnswer | None, candidate: object) -> Mask:
    if known is None:
        raise InputError("segment.no_prompt")
    return known.candidate_mask(candidate)


def _all_masks(known: SegmentAnswer | None, candidate: object, growth: float, things: Things) -> list[tuple[str, Mask]]:
    """The kept things, and the one that is being pointed at."""
    found = [(thing.name, thing.mask.unpack(0)) for thing in things]
    if known is not None:
        name = ui.localise("segment.thing", number=len(things) + 1)
        found.append((name, masks.grow_mask(known.candidate_mask(candidate), growth)))
    if not found:
        raise InputError("segment.no_prompt")
    return found[:MAX_THINGS]


def _wire_downloads(engine: Engine, picture: gr.Image, parts: SegmentWidgets, slots: ThingWidgets) -> None:
    """Buttons that make a file at full size and hand it to the browser."""
    saved = slots.saved

    @ui.report_errors
    def save_cutout(
        picture: RGB | None,
        known: SegmentAnswer | None,
        candidate: object,
        growth: object,
        feather: object,
        backdrop: object,
        strength: object,
        colour: object,
    ) -> str:
        mask = _chosen_mask(known, candidate)
        if picture is None:
            raise InputError("segment.no_prompt")
        return files.save_png(
            FinishSettings.from_inputs(growth, feather, backdrop, strength, colour).apply(engine, picture, mask),
            "cutout",
            saved,
        )

    @ui.report_errors
    def save_mask(known: SegmentAnswer | None, candidate: object, growth: object) -> str:
        mask = masks.grow_mask(_chosen_mask(known, candidate), _check_growth(growth))
        return files.save_png(mask.astype(np.uint8) * 255, "mask", saved)

    @ui.report_errors
    def save_overlay(
        picture: RGB | None,
        known: SegmentAnswer | None,
        candidate: object,
        things: Things,
        opacity: object,
        growth: object,
    ) -> str:
        found = _all_masks(known, candidate, _check_growth(growth), things)
        if picture is None:
            raise InputError("segment.no_prompt")
        tinted = images.overlay_masks(picture, [mask for _, mask in found], checks.number("opacity", opacity, 0, 1))
        return files.save_png(tinted, "overlay", saved)

    @ui.report_errors
    def save_json(known: SegmentAnswer | None, candidate: object, things: Things, growth: object) -> str:
        found = _all_masks(known, candidate, _check_growth(growth), things)
        text = json.dumps(masks.to_coco(found[0][1].shape, found), ensure_ascii=False)
        return files.save_text(text, "masks.json", saved)

    answer, growth_of = [parts.answer, parts.candidates], parts.finish[0]
    jobs: dict[str, tuple[Any, list[Any]]] = {
        "cutout": (save_cutout, [picture, *answer, *parts.finish]),
        "mask": (save_mask, [*answer, growth_of]),
        "overlay": (save_overlay, [picture, *answer, parts.things, parts.opacity, growth_of]),
        "json": (save_json, [*answer, parts.things, growth_of]),
    }
    for name, (job, inputs) in jobs.items():
        files.save_on_click(slots.buttons[name], job, inputs, saved, api_name=f"{ID}_{name}")
