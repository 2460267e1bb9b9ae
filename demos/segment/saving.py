"""Files at full size: the cut-out, its mask, the picture with all masks on it, and COCO's JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, images, masks
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.segment.finish import FinishSettings, check_growth
from demos.segment.kept import MAX_THINGS, SegmentAnswer, Things, chosen_mask
from demos.segment.layout import ID, SegmentParts
from demos.ui import files, t

FILES = ("cutout", "mask", "overlay", "json")


@dataclass(frozen=True)
class SaveWidgets:
    """A button for each of `FILES`, and the hidden one that the browser downloads from."""

    buttons: dict[str, gr.Button]
    saved: gr.DownloadButton


def layout_saving() -> SaveWidgets:
    """A row of buttons."""
    with gr.Row():
        buttons = {
            name: gr.Button(t(f"segment.save_{name}"), size="sm", elem_id=f"segment-save-{name}", min_width=140)
            for name in FILES
        }
    return SaveWidgets(buttons, files.download_slot("segment-saved"))


@dataclass(frozen=True, eq=False)
class SaveHandlers:
    """Makes the files; each handler returns the path of one."""

    engine: Engine
    saved: gr.DownloadButton

    @ui.report_errors
    def save_cutout(
        self, picture: RGB | None, known: SegmentAnswer | None, candidate: object,
        growth: object, feather: object, backdrop: object, strength: object, colour: object,
    ) -> str:  # fmt: skip
        """The picture finished as it is shown, PNG."""
        mask = chosen_mask(known, candidate)
        if picture is None:
            raise InputError("segment.no_prompt")
        finish = FinishSettings.from_inputs(growth, feather, backdrop, strength, colour)
        alpha = None if known is None else known.alpha
        return files.save_png(finish.apply(self.engine, picture, mask, alpha=alpha), "cutout", self.saved)

    @ui.report_errors
    def save_mask(self, known: SegmentAnswer | None, candidate: object, growth: object) -> str:
        """The chosen mask in black and white, or the opacity in grey, PNG."""
        if known is not None and known.matte and check_growth(growth) == 0:
            return files.save_bytes(known.matte, "mask.png", self.saved)
        mask = masks.grow_mask(chosen_mask(known, candidate), check_growth(growth))
        return files.save_png(masks.mask_to_alpha(mask), "mask", self.saved)

    @ui.report_errors
    def save_overlay(
        self, picture: RGB | None, known: SegmentAnswer | None, candidate: object, things: Things,
        opacity: object, growth: object,
    ) -> str:  # fmt: skip
        """The picture with every mask on it in its colour, PNG."""
        found = _name_masks(known, candidate, check_growth(growth), things)
        if picture is None:
            raise InputError("segment.no_prompt")
        tinted = images.overlay_masks(picture, [mask for _, mask in found], checks.number("opacity", opacity, 0, 1))
        return files.save_png(tinted, "overlay", self.saved)

    @ui.report_errors
    def save_json(self, known: SegmentAnswer | None, candidate: object, things: Things, growth: object) -> str:
        """Every mask as a COCO annotation, JSON."""
        found = _name_masks(known, candidate, check_growth(growth), things)
        text = json.dumps(masks.to_coco(found[0][1].shape, found), ensure_ascii=False)
        return files.save_text(text, "masks.json", self.saved)


def wire_saving(widgets: SaveWidgets, engine: Engine, parts: SegmentParts) -> None:
    """Each button makes its file and hands it to the browser."""
    handlers, settings, picture = SaveHandlers(engine, widgets.saved), parts.settings, parts.prompt.picture
    chosen, things, growth = [parts.memory.answer, parts.prompt.candidates], parts.memory.things, settings.finish.growth
    jobs: dict[str, tuple[Any, list[Any]]] = {
        "cutout": (handlers.save_cutout, [picture, *chosen, *settings.finish.inputs]),
        "mask": (handlers.save_mask, [*chosen, growth]),
        "overlay": (handlers.save_overlay, [picture, *chosen, things, settings.opacity, growth]),
        "json": (handlers.save_json, [*chosen, things, growth]),
    }
    for name, (job, inputs) in jobs.items():
        if name in ("cutout", "mask"):
            # the others save what was kept, too
            ui.enable_when_filled(widgets.buttons[name], "ui.need_mask", parts.result.mask)
        files.save_on_click(widgets.buttons[name], job, inputs, widgets.saved, api_name=f"{ID}_{name}")


def _name_masks(
    known: SegmentAnswer | None, candidate: object, growth: float, things: Things
) -> list[tuple[str, Mask]]:
    """Name and mask of the kept things and of the one that is being pointed at.

    Raises:
        InputError: there is none.
    """
    found = [(thing.name, thing.mask.unpack(0)) for thing in things]
    if known is not None:
        name = ui.localise("segment.thing", number=len(things) + 1)
        found.append((name, masks.grow_mask(known.candidate_mask(candidate), growth)))
    if not found:
        raise InputError("segment.no_prompt")
    return found[:MAX_THINGS]
