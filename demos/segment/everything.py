"""Everything at once: a grid of clicks, and words that pick from what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import checks, images, segment, windows
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from core.results import Result, Stopwatch
from demos import ui
from demos.segment.kept import PackedMasks
from demos.ui import t

PART = "segment-everything"
LONGEST = 768  # hundreds of masks at full size would fill the memory; the outline is the network's own at this size
SHOWN = 8  # best matches of the words
HIGHLIGHT = (30, 144, 255)


@dataclass(frozen=True)
class EverythingWidgets:
    """The components of this part.

    Attributes:
        limits: grid, least predicted IoU, least stability, smallest area.
        run: finds everything.
        words: what to look for in it.
        find: looks for the words.
        said: progress, then how many masks there are.
        badge: the segment model.
        shown: the picture with all masks, or with the best match.
        best: the best matches, cut out.
        ranked_by: the badge of the zero-shot model.
        found: the masks, a `PackedMasks` or None.
        code: the call.
    """

    limits: list[gr.Slider]
    run: gr.Button
    words: gr.Textbox
    find: gr.Button
    said: gr.HTML
    badge: gr.HTML
    shown: gr.Image
    best: gr.Gallery
    ranked_by: gr.HTML
    found: gr.State
    code: gr.Code


def layout_everything() -> EverythingWidgets:
    """What was found; beside it the button, the words and the limits; the code below."""
    with ui.bench():
        with ui.bench_input():
            run = gr.Button(t("segment.find_all"), variant="primary", elem_id=f"{PART}-run")
            words = gr.Textbox(
                label=t("segment.words"), placeholder=t("segment.words_hint"), max_lines=1, elem_id=f"{PART}-words"
            )
            find = gr.Button(t("segment.find"), elem_id=f"{PART}-find")
        with ui.bench_result():
            said = gr.HTML(elem_id=f"{PART}-said")
            shown = ui.result_picture(PART, "shown", "segment.all", height=None, elem_classes=["tall", "grown"])
            badge = ui.badge_slot(PART)
            best = _best_gallery()
            ranked_by = ui.badge_slot(f"{PART}-words")
        with ui.bench_knobs(), ui.more_settings(f"{PART}-more"):
            limits = _limit_sliders()
    found = gr.State(time_to_live=3600)
    return EverythingWidgets(
        limits, run, words, find, said, badge, shown, best, ranked_by, found, ui.code_slot(PART)
    )  # fmt: skip


def _limit_sliders() -> list[gr.Slider]:
    """Grid, least predicted IoU, least stability, smallest area."""
    side = ui.Slider(4, 32, 16, step=1, label=t("segment.grid"), info=t("segment.grid_info"), elem_id=f"{PART}-grid")
    sure = ui.Slider(0, 1, 0.4, step=0.01, label=t("segment.sure"), elem_id=f"{PART}-sure")
    steady = ui.Slider(0, 1, 0.6, step=0.01, label=t("segment.steady"), elem_id=f"{PART}-steady")
    least = ui.Slider(0, 5000, 200, step=50, label=t("segment.least"), elem_id=f"{PART}-least")
    return [side, sure, steady, least]


def _best_gallery() -> gr.Gallery:
    """The best matches, hidden until there are some."""
    return gr.Gallery(
        label=t("segment.best"),
        columns=4,
        elem_id=f"{PART}-best",
        format="png",
        visible=False,
        elem_classes="whole",
        allow_preview=False,
        interactive=False,
    )


@dataclass(frozen=True, eq=False)
class EverythingHandlers:
    """Finds everything, then what fits some words best."""

    engine: Engine
    widgets: EverythingWidgets

    @ui.report_errors
    def find_everything(
        self, picture: RGB | None, model: str, side: object, sure: object, steady: object, least: object
    ) -> Iterator[dict[Any, Any]]:
        """Progress, then all masks."""
        if picture is None:
            yield self._show_hint()
            return
        chosen = ui.model_keyword(model)
        by = segment.resolve_grid_model(chosen.get("model"))
        small, watch = images.fit(picture, LONGEST), Stopwatch()
        limits = {"points_per_side": side, "predicted_iou": sure, "stability": steady, "smallest": least}
        call = ui.Call.of(segment.everything, small, **limits, **chosen)
        for found in call.stream(self.engine):
            if isinstance(found, segment.GridProgress):
                line = ui.localise("segment.grid_step", done=found.done, total=found.total)
                yield {self.widgets.said: ui.progress_bar(line, found.done, found.total), self.widgets.badge: ""}
            else:
                shown = self._show_masks(small, found, Result(model=by, seconds=watch.seconds))
                yield shown | {self.widgets.code: _everything_code(call, shrunk=small is not picture)}

    @ui.report_errors
    def rank_by_words(self, picture: RGB | None, kept: PackedMasks | None, words: object) -> tuple[RGB, Any, str]:
        """The best match on the picture, the best few cut out, and the badge of the model that ranked them."""
        wanted = checks.plain_text("words", words, longest=300)
        small = None if picture is None else images.fit(picture, LONGEST)
        if small is None or kept is None or small.shape[:2] != kept.shape[1:]:
            raise InputError("segment.nothing_found")
        masks = [kept.unpack(number) for number in range(min(len(kept), segment.MAX_MASKS))]
        ranked: segment.MaskRanking = ui.Call.of(segment.rank, small, masks, wanted).run(self.engine)
        order = np.argsort(-ranked.scores, kind="stable")[:SHOWN]
        pictures = [(_crop_on_grey(small, masks[i]), f"{ranked.scores[i]:.2f}") for i in order]
        first = images.overlay_mask(small, masks[order[0]], HIGHLIGHT, 0.6)
        return first, gr.update(value=pictures, visible=True), ui.model_badge("zeroshot", ranked)

    def clear(self) -> dict[Any, Any]:
        """Nothing of the picture before."""
        widgets = self.widgets
        return {widgets.shown: None, widgets.found: None, widgets.said: "", widgets.badge: "", widgets.code: ""}

    def _show_hint(self) -> dict[Any, Any]:
        """What to do without a picture."""
        hint = ui.fact_chips(ui.localise("ui.add_picture"))
        return self.clear() | {self.widgets.said: hint, self.widgets.best: gr.update(visible=False)}

    def _show_masks(self, small: RGB, found: list[Mask], made_by: Result) -> dict[Any, Any]:
        """All masks on the picture; matches of earlier words go."""
        key = "segment.found" if found else "segment.found_none"
        line = ui.localise(key, count=len(found), seconds=f"{made_by.seconds:.1f}")
        return {
            self.widgets.shown: images.overlay_masks(small, found, 0.6),
            self.widgets.found: PackedMasks.from_masks(found) if found else None,
            self.widgets.said: ui.status_line(line),
            self.widgets.best: gr.update(value=None, visible=False),
            self.widgets.badge: ui.model_badge("segment", made_by),
        }


def wire_everything(widgets: EverythingWidgets, engine: Engine, picture: gr.Image, model: gr.Dropdown) -> None:
    """The button finds everything, words pick from it, another picture clears it."""
    handlers = EverythingHandlers(engine, widgets)
    ui.enable_when_filled(widgets.run, "ui.need_picture", picture)
    ui.enable_when_filled(widgets.find, "ui.need_found", widgets.shown, widgets.words)
    everything = widgets.run.click(
        handlers.find_everything,
        [picture, model, *widgets.limits],
        [widgets.shown, widgets.found, widgets.said, widgets.code, widgets.best, widgets.badge],
        api_name="segment_everything",
        show_progress="hidden",
        **ui.MODEL_QUEUE,
    )
    ranked = gr.on(
        [widgets.find.click, widgets.words.submit],
        handlers.rank_by_words,
        [picture, widgets.found, widgets.words],
        [widgets.shown, widgets.best, widgets.ranked_by],
        api_name="segment_find",
        show_progress="minimal",
        **ui.MODEL_QUEUE,
    )
    ui.clear_on_failure(everything, [widgets.shown, widgets.said, widgets.badge, widgets.code, widgets.best])
    ui.clear_on_failure(ranked, [widgets.best, widgets.ranked_by])
    emptied = [widgets.shown, widgets.found, widgets.said, widgets.badge, widgets.code]
    picture.change(handlers.clear, None, emptied, **ui.QUIET)


def _everything_code(call: ui.Call, *, shrunk: bool) -> str:
    return call.code("len(found)  # masks bool (H, W), largest first", longest=LONGEST if shrunk else None)


def _crop_on_grey(picture: RGB, mask: Mask) -> RGB:
    """The object on grey, cut to its box."""
    window = windows.bounding_window(mask)
    return np.where(mask[window][..., None], picture[window], np.uint8(127))
