"""Words in, boxes and masks out: a detector finds, the segment model cuts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import gradio as gr
import numpy as np
import numpy.typing as npt

from core import images, samples, segment
from core.engine import Engine
from core.errors import InputError
from core.images import RGB
from core.results import Result
from core.segment import grounded
from core.segment.grounded import WordMasks
from demos import ui
from demos.segment.kept import MAX_NAME, MAX_THINGS, PackedMasks, Thing, Things
from demos.segment.objects import colour_legend, things_legend
from demos.segment.point import SegmentWidgets
from demos.ui import canvas, t

PART = "segment-by-words"
MOST = 10
EXAMPLES = (
    ("cat", "cat"),
    ("lion", "사자"),
    ("flower", "flower"),
    ("motorcycle", "motorcycle"),
    ("astronaut", "helmet"),
)


@dataclass(frozen=True)
class WordWidgets:
    """The components of this part."""

    words: gr.Textbox
    run: gr.Button
    detector: gr.Dropdown
    least: gr.Slider
    most: gr.Slider
    shown: gr.Image
    badge: gr.HTML
    listed: gr.HTML
    cut: gr.Gallery
    keep: gr.Button
    kept: gr.HTML
    found: gr.State
    code: gr.Code

    @property
    def results(self) -> list[Any]:
        """What an answer fills, in the order of `empty_word_outputs`."""
        return [self.shown, self.badge, self.listed, self.cut, self.keep, self.kept, self.found, self.code]


def layout_words(picture: gr.Image) -> WordWidgets:
    """Words, examples and settings on the left, what was found on the right."""
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            words = gr.Textbox(label=t("segment.by_words"), info=t("segment.by_words_info"), max_lines=2,
                               placeholder=t("segment.by_words_hint"), elem_id=f"{PART}-words")  # fmt: skip
            run = gr.Button(t("segment.by_words_run"), variant="primary", elem_id=f"{PART}-run")
            _add_examples(picture, words)
            detector = ui.model_picker(f"{PART}-detector", "detect", label=t("segment.detector"),
                                       info=t("segment.by_words_poor"))  # fmt: skip
            least = ui.Slider(0, 1, 0, step=0.01, label=t("segment.threshold"), info=t("segment.threshold_info"),
                              elem_id=f"{PART}-threshold")  # fmt: skip
            most = ui.Slider(1, MOST, 5, step=1, label=t("segment.top_k"), elem_id=f"{PART}-most")
        with gr.Column(scale=2, min_width=320):
            shown = ui.result_picture(PART, "shown", "segment.by_words_shown", height=420)
            badge = ui.badge_slot(PART)
            listed = gr.HTML(elem_id=f"{PART}-list")
            cut = gr.Gallery(label=t("segment.by_words_cut"), columns=4, height=300, elem_id=f"{PART}-cut",
                             format="png", visible=False, elem_classes=["whole", "checkerboard"],
                             interactive=False)  # fmt: skip
            keep = gr.Button(t("segment.by_words_keep"), elem_id=f"{PART}-keep", visible=False)
            kept = gr.HTML(elem_id=f"{PART}-kept")
    found = gr.State((), time_to_live=3600)
    return WordWidgets(
        words, run, detector, least, most, shown, badge, listed, cut, keep, kept, found, ui.code_slot(PART)
    )


def wire_words(
    engine: Engine, picture: gr.Image, parts: SegmentWidgets, slots: WordWidgets, things_shown: gr.HTML
) -> None:
    """From words to masks; what was found can join the things of the tab, under the words that found it."""

    @ui.report_errors
    def find_by_words(
        picture: RGB | None, words: object, model: str, detector: str, threshold: object, top_k: object
    ) -> tuple[Any, ...]:
        if picture is None:
            raise InputError("errors.picture_missing")
        settings = {"top_k": top_k} | ({} if threshold == 0 else {"threshold": threshold})
        settings |= ui.model_keyword(detector, "detector") | ui.model_keyword(model)
        call = ui.Call.of(grounded.from_words, picture, words, **settings)
        return _word_outputs(engine, picture, call)

    @ui.report_errors
    def keep_found_masks(found: Things, things: Things) -> tuple[Any, ...]:
        if not found:
            raise InputError("segment.words_first")
        if len(things) + len(found) > MAX_THINGS:
            raise InputError("segment.things_many", most=MAX_THINGS)
        more = (*things, *found)
        line = ui.status_line(
            ui.localise("segment.by_words_kept", count=len(found), part=ui.localise("segment.part_result"))
        )
        return more, things_legend(more), canvas.show_masks(None, [thing.mask.unpack(0) for thing in more]), line

    # another picture than the one it was found in: nothing of it may stay
    picture.change(empty_word_outputs, None, slots.results, **ui.QUIET)
    asked = [picture, slots.words, parts.model, slots.detector, slots.least, slots.most]
    gr.on(
        [slots.run.click, slots.words.submit], find_by_words, asked, slots.results,
        api_name="words_to_masks", show_progress="minimal", show_progress_on=slots.shown, **ui.MODEL_QUEUE,
    )  # fmt: skip
    slots.keep.click(
        keep_found_masks, [slots.found, parts.things], [parts.things, things_shown, parts.pointed, slots.kept],
        api_name="words_to_masks_keep", show_progress="hidden", concurrency_limit=None,
    )  # fmt: skip


def empty_word_outputs() -> tuple[Any, ...]:
    """Empty results."""
    hidden = gr.update(visible=False)
    return None, "", "", gr.update(value=None, visible=False), hidden, "", (), ""


def _add_examples(picture: gr.Image, words: gr.Textbox) -> None:
    """Pictures with words that name something in them."""
    gr.Examples(
        [[str(samples.sample_path(name)), said] for name, said in EXAMPLES],
        inputs=[picture, words],
        example_labels=[said for _, said in EXAMPLES],
        label=t("ui.examples"),
        elem_id=f"{PART}-examples",
        api_visibility="private",
    )


def _word_outputs(engine: Engine, picture: RGB, call: ui.Call) -> tuple[Any, ...]:
    """What `Slots.results` show of an answer."""
    answer: WordMasks = call.run(engine)
    cuts = gr.update(value=_cut_out_masks(engine, picture, answer), visible=True)
    code = call.code("found.masks, found.boxes, found.labels, found.scores  # best first")
    told = _draw_masks(picture, answer), _both_badges(answer), _mask_list(answer)
    return *told, cuts, gr.update(visible=True), "", _to_things(answer), code


def _draw_masks(picture: RGB, answer: WordMasks) -> RGB:
    """The picture, shown at most 1024 px long, with every mask in its colour, its box, and its number in the list."""
    small = images.fit(picture, canvas.LONGEST)
    shown = small
    # the best one on top
    for number in reversed(range(len(answer.masks))):
        shown = images.overlay_mask(shown, canvas.shrink_mask(answer.masks[number]), images.COLOURS[number], 0.5)
    boxes = answer.boxes * (small.shape[1] / picture.shape[1])
    return _draw_boxes(np.ascontiguousarray(shown), boxes.round().astype(int).tolist())


def _draw_boxes(shown: RGB, boxes: list[list[int]]) -> RGB:
    """`shown` itself with boxes x1 y1 x2 y2 drawn into it, each with its number beside those that are there already."""
    thick, size = max(2, max(shown.shape) // 300), max(0.5, max(shown.shape) / 900)
    corners: list[tuple[int, int]] = []
    for number, (x1, y1, x2, y2) in enumerate(boxes):
        colour, said = images.COLOURS[number], str(number + 1)
        cv2.rectangle(shown, (x1, y1), (x2 - 1, y2 - 1), colour, thick)
        (w, h), _ = cv2.getTextSize(said, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
        left = x1
        while any(abs(x - left) < w + 8 and abs(y - y1) < h + 10 for x, y in corners):
            left += w + 8
        corners.append((left, y1))
        cv2.rectangle(shown, (left, y1), (left + w + 8, y1 + h + 10), colour, -1)
        place = (left + 4, y1 + h + 4)
        cv2.putText(shown, said, place, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), thick, cv2.LINE_AA)
    return shown


def _mask_list(answer: WordMasks) -> str:
    """Colour, number, name, score and size of every mask."""
    found = zip(answer.labels, answer.scores, answer.masks, strict=True)
    return colour_legend(
        f"{number} · {label} · {score:.2f} · {100 * mask.mean():.1f}%"
        for number, (label, score, mask) in enumerate(found, start=1)
    )


def _both_badges(answer: WordMasks) -> str:
    """Who found the boxes, who cut them out, and what was read where it is not what was written."""
    cutting = answer.seconds - answer.detect_seconds
    found = Result(model=answer.detector, seconds=answer.detect_seconds)
    read = [ui.localise("segment.read_as", english=", ".join(answer.read))] if answer.translated else []
    return ui.model_badge("detect", found, *read) + ui.model_badge(
        "segment", Result(model=answer.model, seconds=cutting)
    )


def _cut_out_masks(engine: Engine, picture: RGB, answer: WordMasks) -> list[tuple[npt.NDArray[np.uint8], str]]:
    """Each thing on nothing, cut to its own size, with its name."""
    small = images.fit(picture, canvas.LONGEST)
    found = []
    for label, whole in zip(answer.labels, answer.masks, strict=True):
        mask = canvas.shrink_mask(whole)
        ys, xs = np.nonzero(mask)
        box = np.s_[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        found.append((np.asarray(engine.run(segment.cutout, small[box], mask[box])), label))
    return found


def _to_things(answer: WordMasks) -> Things:
    named = zip(answer.labels, answer.masks, strict=True)
    return tuple(Thing(label[:MAX_NAME], PackedMasks.from_masks([mask])) for label, mask in named)
