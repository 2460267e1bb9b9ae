"""Everything at once: a grid of clicks, and words that pick from what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from core import checks, images, segment
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from core.results import Result, Stopwatch
from demos import ui
from demos.segment.kept import PackedMasks
from demos.ui import t

PART = "segment-everything"
LONGEST = 768  # hundreds of masks at full size would fill the memory; the outline is the network's own at this size
SHOWN = 8


def build(engine: Engine, picture: gr.Image, model: gr.Dropdown) -> None:
    """Layout, handlers, wiring."""
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            limits = _limit_sliders()
            run = gr.Button(t("segment.find_all"), variant="primary", elem_id=f"{PART}-run")
            words = gr.Textbox(
                label=t("segment.words"),
                placeholder=t("segment.words_hint"),
                max_lines=1,
                elem_id=f"{PART}-words",
            )
            find = gr.Button(t("segment.find"), elem_id=f"{PART}-find")
        with gr.Column(scale=2, min_width=320):
            said = gr.HTML(elem_id=f"{PART}-said")
            badge = ui.badge_slot(PART)
            shown = ui.result_picture(PART, "shown", "segment.all", height=480)
            best = gr.Gallery(
                label=t("segment.best"),
                columns=4,
                elem_id=f"{PART}-best",
                format="png",
                visible=False,
                elem_classes="whole",
                allow_preview=False,
                interactive=False,
            )
            ranked_by = ui.badge_slot(f"{PART}-words")
    found = gr.State(time_to_live=3600)
    code = ui.code_slot(PART)

    @ui.report_errors
    def find_everything(
        picture: RGB | None, model: str, side: object, sure: object, steady: object, least: object
    ) -> Iterator[tuple[Any, ...]]:
        if picture is None:
            yield *ui.empty_outputs(2), "", gr.update(visible=False), ""
            return
        by = segment.resolve_grid_model(ui.model_keyword(model).get("model"))
        small = images.fit(picture, LONGEST)
        watch = Stopwatch()
        knobs = {"points_per_side": side, "predicted_iou": sure, "stability": steady, "smallest": least}
        call = ui.Call.of(segment.everything, small, **knobs, **ui.model_keyword(model))
        for told in call.stream(engine):
            if isinstance(told, segment.GridProgress):
                line = ui.localise("segment.grid_step", done=told.done, total=told.total)
                yield gr.skip(), gr.skip(), ui.progress_bar(line, told.done, told.total), gr.skip(), gr.skip(), ""
                continue
            key = "segment.found" if told else "segment.found_none"
            line = ui.localise(key, count=len(told), seconds=f"{watch.seconds:.1f}")
            code = call.code(
                "len(found)  # masks bool (H, W), largest first", longest=LONGEST if small is not picture else None
            )
            kept = PackedMasks.from_masks(told) if told else None
            badge = ui.model_badge("segment", Result(model=by, seconds=watch.seconds))
            hidden = gr.update(value=None, visible=False)
            yield images.overlay_masks(small, told, 0.6), kept, ui.status_line(line), code, hidden, badge

    @ui.report_errors
    def rank_by_words(picture: RGB | None, kept: PackedMasks | None, words: object) -> tuple[Any, ...]:
        return _best_matches(engine, picture, kept, words)

    asked = [picture, model, *limits]
    run.click(
        find_everything,
        asked,
        [shown, found, said, code, best, badge],
        api_name="segment_everything",
        show_progress="hidden",
        **ui.MODEL_QUEUE,
    )
    gr.on(
        [find.click, words.submit],
        rank_by_words,
        [picture, found, words],
        [shown, best, ranked_by],
        api_name="segment_find",
        show_progress="minimal",
        **ui.MODEL_QUEUE,
    )
    picture.change(lambda: (None, None, "", "", ""), None, [shown, found, said, badge, code], **ui.QUIET)


def _best_matches(engine: Engine, picture: RGB | None, kept: PackedMasks | None, words: object) -> tuple[Any, ...]:
    """The best match on the picture, the best few cut out, and who ranked them."""
    wanted = checks.plain_text("words", words, longest=300)
    if picture is None or kept is None:
        raise InputError("segment.nothing_found")
    small = images.fit(picture, LONGEST)
    if small.shape[:2] != kept.shape[1:]:
        raise InputError("segment.nothing_found")
    masks = [kept.unpack(number) for number in range(min(len(kept), segment.MAX_MASKS))]
    call = ui.Call.of(segment.rank, small, masks, wanted)
    ranked: segment.MaskRanking = call.run(engine)
    order = np.argsort(-ranked.scores, kind="stable")[:SHOWN]
    pictures = [(_crop_on_grey(small, masks[i]), f"{ranked.scores[i]:.2f}") for i in order]
    first = images.overlay_mask(small, masks[order[0]], (30, 144, 255), 0.6)
    return first, gr.update(value=pictures, visible=True), ui.model_badge("zeroshot", ranked)


def _limit_sliders() -> list[gr.Slider]:
    """Grid, least predicted IoU, least stability, smallest area."""
    side = ui.Slider(4, 32, 16, step=1, label=t("segment.grid"), info=t("segment.grid_info"), elem_id=f"{PART}-grid")
    sure = ui.Slider(0, 1, 0.4, step=0.01, label=t("segment.sure"), elem_id=f"{PART}-sure")
    steady = ui.Slider(0, 1, 0.6, step=0.01, label=t("segment.steady"), elem_id=f"{PART}-steady")
    least = ui.Slider(0, 5000, 200, step=50, label=t("segment.least"), elem_id=f"{PART}-least")
    return [side, sure, steady, least]


def _crop_on_grey(picture: RGB, mask: Mask) -> RGB:
    """The thing on grey, cut to its box."""
    ys, xs = np.nonzero(mask)
    box = np.s_[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    return np.where(mask[box][..., None], picture[box], np.uint8(127))
