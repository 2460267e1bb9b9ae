"""Several things of one picture: kept under a name, each in its colour, and written out together."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import checks, images, masks
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.page import Page
from demos.segment.kept import MAX_THINGS, Answer, Things, with_one_more
from demos.segment.point import GROWTH, ID, Finish, Parts, nothing
from demos.ui import canvas, files, t

HALO = 4  # pixels: what is removed leaves its blurred outline behind otherwise
FILES = ("cutout", "mask", "overlay", "json")
PRIVATE: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None}


@dataclass(frozen=True)
class Slots:
    """The components of this part."""

    name: gr.Textbox
    keep: gr.Button
    drop: gr.Button
    shown: gr.HTML
    remove: gr.Button
    buttons: dict[str, gr.Button]
    saved: gr.DownloadButton


def layout() -> Slots:
    """A name, keep and drop, the list of what is kept, the downloads."""
    with gr.Row(equal_height=True):
        name = gr.Textbox(label=t("segment.thing_name"), placeholder=t("segment.thing_hint"), elem_id="segment-name",
                          max_lines=1, scale=2, min_width=160)  # fmt: skip
        keep = gr.Button(t("segment.keep"), elem_id="segment-keep", min_width=140)
        drop = gr.Button(t("segment.drop"), elem_id="segment-drop", min_width=140)
        remove = gr.Button(t("segment.remove"), elem_id="segment-remove", min_width=140)
    shown = gr.HTML(elem_id="segment-things")
    with gr.Row():
        buttons = {
            name: gr.Button(t(f"segment.save_{name}"), size="sm", elem_id=f"segment-save-{name}", min_width=140)
            for name in FILES
        }
    saved = files.slot("segment-saved")
    return Slots(name, keep, drop, shown, remove, buttons, saved)


def wire(engine: Engine, picture: gr.Image, parts: Parts, slots: Slots, page: Page) -> None:
    """Keep, drop, remove, and the files."""

    @ui.answers
    def add(known: Answer | None, candidate: object, growth: object, name: object, things: Things) -> tuple[Any, ...]:
        mask = masks.grown(_chosen(known, candidate), _growth(growth))
        if not mask.any():
            raise InputError("segment.shrunk_away", growth=f"{growth:g}")
        more = with_one_more(things, name, mask, ui.say("segment.thing", number=len(things) + 1))
        return more, "", legend(more), _cleared(more), *nothing(ui.say("segment.point"))

    @ui.answers
    def remove(things: Things, known: Answer | None, candidate: object) -> tuple[Any, ...]:
        fewer = things[:-1]
        mask = None if known is None else known.mask(candidate)
        return fewer, legend(fewer), canvas.with_mask(mask, [thing.mask.mask(0) for thing in fewer])

    @ui.answers
    def hole(picture: RGB | None, known: Answer | None, candidate: object, growth: object) -> tuple[str, Mask]:
        mask = masks.grown(_chosen(known, candidate), _growth(growth) + HALO)
        if picture is None:
            raise InputError("errors.picture_missing")
        return images.digest(picture), mask

    page.sends_hole(slots.remove, picture, hole, [picture, parts.answer, parts.candidates, parts.finish[0]])
    slots.keep.click(
        add,
        [parts.answer, parts.candidates, parts.finish[0], slots.name, parts.things],
        [parts.things, slots.name, slots.shown, parts.pointed, *parts.results],
        api_name="segment_keep",
        **PRIVATE,
    )
    slots.drop.click(remove, [parts.things, parts.answer, parts.candidates], [parts.things, slots.shown, parts.pointed],
               api_name="segment_drop", **PRIVATE)  # fmt: skip
    picture.change(lambda: "", None, slots.shown, api_visibility="private", **PRIVATE)
    _downloads(engine, picture, parts, slots)


def legend(things: Things) -> str:
    """Colour, name and size of every thing."""
    return coloured(f"{thing.name} · {100 * thing.mask.mask(0).mean():.1f}%" for thing in things)


def coloured(lines: Iterable[str]) -> str:
    """A line for each thing, beside its colour."""
    dots = (f"<i style='background: rgb({red} {green} {blue})'></i>" for red, green, blue in images.COLOURS)
    # there are more colours than things
    chips = [f"<span>{dot}{html.escape(line)}</span>" for dot, line in zip(dots, lines, strict=False)]
    return f"<div class='badge things'>{''.join(chips)}</div>" if chips else ""


def _cleared(things: Things) -> gr.HTML:
    """The canvas with nothing pointed at any more; the kept things stay on it."""
    laid = canvas.with_mask(None, [thing.mask.mask(0) for thing in things])
    return gr.HTML(value=canvas.EMPTY, mask=laid.props["mask"], outline=laid.props["outline"])


def _growth(value: object) -> float:
    return checks.number("growth", value, -GROWTH, GROWTH)


def _chosen(known: Answer | None, candidate: object) -> Mask:
    if known is None:
        raise InputError("segment.no_prompt")
    return known.mask(candidate)


def _all(known: Answer | None, candidate: object, growth: float, things: Things) -> list[tuple[str, Mask]]:
    """The kept things, and the one that is being pointed at."""
    found = [(thing.name, thing.mask.mask(0)) for thing in things]
    if known is not None:
        name = ui.say("segment.thing", number=len(things) + 1)
        found.append((name, masks.grown(known.mask(candidate), growth)))
    if not found:
        raise InputError("segment.no_prompt")
    return found[:MAX_THINGS]


def _downloads(engine: Engine, picture: gr.Image, parts: Parts, slots: Slots) -> None:
    """Buttons that make a file at full size and hand it to the browser."""
    saved = slots.saved

    @ui.answers
    def save_cutout(
        picture: RGB | None, known: Answer | None, candidate: object,
        growth: object, feather: object, backdrop: object, strength: object, colour: object,
    ) -> str:  # fmt: skip
        mask = _chosen(known, candidate)
        if picture is None:
            raise InputError("segment.no_prompt")
        return files.png(
            Finish.checked(growth, feather, backdrop, strength, colour).apply(engine, picture, mask), "cutout", saved
        )

    @ui.answers
    def save_mask(known: Answer | None, candidate: object, growth: object) -> str:
        mask = masks.grown(_chosen(known, candidate), _growth(growth))
        return files.png(mask.astype(np.uint8) * 255, "mask", saved)

    @ui.answers
    def save_overlay(
        picture: RGB | None, known: Answer | None, candidate: object, things: Things, opacity: object, growth: object
    ) -> str:
        found = _all(known, candidate, _growth(growth), things)
        if picture is None:
            raise InputError("segment.no_prompt")
        tinted = images.overlays(picture, [mask for _, mask in found], checks.number("opacity", opacity, 0, 1))
        return files.png(tinted, "overlay", saved)

    @ui.answers
    def save_json(known: Answer | None, candidate: object, things: Things, growth: object) -> str:
        found = _all(known, candidate, _growth(growth), things)
        text = json.dumps(masks.coco(found[0][1].shape, found), ensure_ascii=False)
        return files.text(text, "masks.json", saved)

    answer, growth_of = [parts.answer, parts.candidates], parts.finish[0]
    jobs: dict[str, tuple[Any, list[Any]]] = {
        "cutout": (save_cutout, [picture, *answer, *parts.finish]),
        "mask": (save_mask, [*answer, growth_of]),
        "overlay": (save_overlay, [picture, *answer, parts.things, parts.opacity, growth_of]),
        "json": (save_json, [*answer, parts.things, growth_of]),
    }
    for name, (job, inputs) in jobs.items():
        files.saves(slots.buttons[name], job, inputs, saved, api_name=f"{ID}_{name}")
