"""Words in, boxes and masks out: a detector finds, the segment model cuts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from core import images, samples, segment, windows
from core.engine import Engine
from core.errors import InputError
from core.images import RGB
from core.normalisation import normalise_text
from core.results import Result
from core.segment import grounded
from core.segment.grounded import WordMasks
from demos import ui
from demos.segment.kept import MAX_NAME, MAX_THINGS, PackedMasks, Thing, Things, unpack_things
from demos.segment.layout import SegmentParts
from demos.segment.numbered_boxes import draw_numbered_boxes
from demos.segment.objects import colour_legend, things_legend
from demos.ui import canvas, t

PART = "segment-by-words"
MOST = 10
EXAMPLES = (
    ("astronaut", "사람"),
    ("cat", "cat"),
    ("cheetah", "치타"),
    ("temple", "temple"),
    ("portrait", "face"),
)


@dataclass(frozen=True)
class WordControls:
    """What is asked: the words, the detector, its least score, and how many at most."""

    words: gr.Textbox
    run: gr.Button
    detector: gr.Dropdown
    least: gr.Slider
    most: gr.Slider


@dataclass(frozen=True)
class WordWidgets:
    """The components of this part.

    Attributes:
        controls: what is asked.
        shown: the picture with boxes and masks.
        badge: the two models.
        listed: number, name, score and size of each mask.
        cut: the things, cut out.
        keep: makes the masks things of the tab.
        kept: how many that were.
        found: the masks, as `Things`.
        code: the call.
    """

    controls: WordControls
    shown: gr.Image
    badge: gr.HTML
    listed: gr.HTML
    cut: gr.Gallery
    keep: gr.Button
    kept: gr.HTML
    found: gr.State
    code: gr.Code

    @property
    def outputs(self) -> list[Any]:
        """What an answer fills, in the order of the API."""
        return [self.shown, self.badge, self.listed, self.cut, self.keep, self.kept, self.found, self.code]


def layout_words(picture: gr.Image) -> WordWidgets:
    """What was found, beside it the words, their examples and the settings."""
    with ui.bench():
        with ui.bench_input():
            words, run = _layout_words(picture)
        with ui.bench_result():
            listed = gr.HTML(elem_id=f"{PART}-list")
            shown = ui.result_picture(PART, "shown", "segment.by_words_shown", height=None,
                                      elem_classes=["tall", "grown"])  # fmt: skip
            badge = ui.badge_slot(PART)
            cut = gr.Gallery(label=t("segment.by_words_cut"), columns=4, height=300, elem_id=f"{PART}-cut",
                             format="png", visible=False, elem_classes=["whole", "checkerboard"],
                             interactive=False)  # fmt: skip
            keep = gr.Button(t("segment.by_words_keep"), elem_id=f"{PART}-keep", visible=False)
            kept = gr.HTML(elem_id=f"{PART}-kept")
        with ui.bench_knobs():
            controls = WordControls(words, run, *_layout_knobs())
    found = gr.State((), time_to_live=3600)
    return WordWidgets(controls, shown, badge, listed, cut, keep, kept, found, ui.code_slot(PART))


def _layout_words(picture: gr.Image) -> tuple[gr.Textbox, gr.Button]:
    """Words with examples, and the button."""
    words = gr.Textbox(label=t("segment.by_words"), info=t("segment.by_words_info"), max_lines=2,
                       placeholder=t("segment.by_words_hint"), elem_id=f"{PART}-words")  # fmt: skip
    run = gr.Button(t("segment.by_words_run"), variant="primary", elem_id=f"{PART}-run")
    _add_examples(picture, words)
    return words, run


def _layout_knobs() -> tuple[gr.Dropdown, gr.Slider, gr.Slider]:
    """The detector, its least score, and how many at most."""
    detector = ui.model_picker(f"{PART}-detector", "detect", label=t("segment.detector"),
                               info=t("segment.by_words_poor"))  # fmt: skip
    least = ui.Slider(0, 1, 0, step=0.01, label=t("segment.threshold"), info=t("segment.threshold_info"),
                      elem_id=f"{PART}-threshold")  # fmt: skip
    most = ui.Slider(1, MOST, 5, step=1, label=t("segment.top_k"), elem_id=f"{PART}-most")
    return detector, least, most


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


@dataclass(frozen=True, eq=False)
class WordHandlers:
    """From words to masks; what was found can join the things of the tab, under the words that found it."""

    engine: Engine
    parts: SegmentParts
    widgets: WordWidgets
    legend: gr.HTML

    @ui.report_errors
    def find_by_words(
        self, picture: RGB | None, words: object, model: str, detector: str, threshold: object, top_k: object
    ) -> dict[Any, Any]:
        """Boxes, masks and list of what the words name; a threshold of 0 is the detector's own."""
        if picture is None:
            raise InputError("errors.picture_missing")
        settings = {"top_k": top_k} | ({} if threshold == 0 else {"threshold": threshold})
        settings |= ui.model_keyword(detector, "detector") | ui.model_keyword(model)
        call = ui.Call.of(grounded.from_words, picture, words, **settings)
        answer: WordMasks = call.run(self.engine)
        if not len(answer.masks):
            return self._show_nothing(picture, words, answer)
        return {
            self.widgets.shown: _draw_masks(picture, answer),
            self.widgets.badge: _all_badges(answer),
            self.widgets.listed: _mask_list(answer),
            self.widgets.cut: gr.update(value=_cut_out_masks(self.engine, picture, answer), visible=True),
            self.widgets.keep: gr.update(visible=True),
            self.widgets.kept: "",
            self.widgets.found: _to_things(answer),
            self.widgets.code: call.code("found.masks, found.boxes, found.labels, found.scores  # best first"),
        }

    def _show_nothing(self, picture: RGB, words: object, answer: WordMasks) -> dict[Any, Any]:
        """The picture as it is, and what to try."""
        said = words if isinstance(words, str) else ", ".join(answer.read)
        hint = ui.localise("segment.words_nothing", words=said.strip(), threshold=f"{answer.threshold:g}")
        return self.clear() | {
            self.widgets.shown: images.fit(picture, canvas.LONGEST),
            self.widgets.badge: _all_badges(answer),
            self.widgets.listed: ui.status_line(hint),
        }

    @ui.report_errors
    def keep_found_masks(self, found: Things, things: Things) -> dict[Any, Any]:
        """The masks join the things of the tab."""
        if not found:
            raise InputError("segment.words_first")
        if len(things) + len(found) > MAX_THINGS:
            raise InputError("segment.things_many", most=MAX_THINGS)
        more, part = (*things, *found), ui.localise("segment.part_result")
        return {
            self.parts.memory.things: more,
            self.legend: things_legend(more),
            self.parts.prompt.pointed: canvas.show_masks(None, unpack_things(more)),
            self.widgets.kept: ui.status_line(ui.localise("segment.by_words_kept", count=len(found), part=part)),
        }

    def clear(self) -> dict[Any, Any]:
        """Nothing of the picture before."""
        return {
            **dict.fromkeys((self.widgets.badge, self.widgets.listed, self.widgets.kept, self.widgets.code), ""),
            self.widgets.shown: None,
            self.widgets.cut: gr.update(value=None, visible=False),
            self.widgets.keep: gr.update(visible=False),
            self.widgets.found: (),
        }


def wire_words(widgets: WordWidgets, engine: Engine, parts: SegmentParts, legend: gr.HTML) -> None:
    """Words are answered, what was found is kept, another picture clears it; `legend` lists the kept things."""
    handlers, controls = WordHandlers(engine, parts, widgets, legend), widgets.controls
    picture, things = parts.prompt.picture, parts.memory.things
    picture.change(handlers.clear, None, widgets.outputs, **ui.QUIET)
    ui.enable_when_filled(controls.run, "ui.need_words", picture, controls.words)
    inputs = [picture, controls.words, parts.settings.model, controls.detector, controls.least, controls.most]
    found = gr.on(
        [controls.run.click, controls.words.submit], handlers.find_by_words, inputs, widgets.outputs,
        api_name="words_to_masks", show_progress="minimal", show_progress_on=widgets.shown, **ui.MODEL_QUEUE,
    )  # fmt: skip
    ui.clear_on_failure(found, [widgets.shown, widgets.badge, widgets.listed, widgets.cut, widgets.code])
    widgets.keep.click(
        handlers.keep_found_masks, [widgets.found, things], [things, legend, parts.prompt.pointed, widgets.kept],
        api_name="words_to_masks_keep", show_progress="hidden", concurrency_limit=None,
    )  # fmt: skip


def _draw_masks(picture: RGB, answer: WordMasks) -> RGB:
    """The picture, shown at most 1024 px long, with every mask in its colour, its box, and its number in the list."""
    small = images.fit(picture, canvas.LONGEST)
    shown = small
    # the best one on top
    for number in reversed(range(len(answer.masks))):
        shown = images.overlay_mask(shown, canvas.shrink_mask(answer.masks[number]), images.COLOURS[number], 0.5)
    boxes = answer.boxes * (small.shape[1] / picture.shape[1])
    return draw_numbered_boxes(np.ascontiguousarray(shown), boxes.round().astype(int).tolist())


def _mask_list(answer: WordMasks) -> str:
    """Colour, number, name, score and size of every mask."""
    found = zip(answer.labels, answer.scores, answer.masks, strict=True)
    return colour_legend(
        f"{number} · {label} · {score:.2f} · {100 * mask.mean():.1f}%"
        for number, (label, score, mask) in enumerate(found, start=1)
    )


def _all_badges(answer: WordMasks) -> str:
    """The badges of all that looked, with the English of words that were translated, and of all that cut out."""
    read = [ui.localise("segment.read_as", english=", ".join(answer.read))] if answer.translated else []
    looked = answer.found_by or (("detect", answer.detector),)
    cutting = answer.cut_by or ((("segment", answer.model),) if len(answer.masks) else ())
    shown = ""
    for number, (task, name) in enumerate(looked):
        told: dict[str, Any] = {"left_out": answer.left_out, "near": answer.near} if number == 0 else {}
        made = Result(model=name, seconds=answer.detect_seconds, **told)
        shown += ui.model_badge(task, made, *(read if number == 0 else []))
    for task, name in cutting:
        shown += ui.model_badge(task, Result(model=name, seconds=answer.seconds - answer.detect_seconds))
    return shown


def _cut_out_masks(engine: Engine, picture: RGB, answer: WordMasks) -> list[tuple[npt.NDArray[np.uint8], str]]:
    """Each thing on a transparent background, cut to its own size, with its name."""
    small = images.fit(picture, canvas.LONGEST)
    found = []
    for label, whole in zip(answer.labels, answer.masks, strict=True):
        mask = canvas.shrink_mask(whole)
        window = windows.bounding_window(mask)
        found.append((np.asarray(engine.run(segment.cutout, small[window], mask[window])), label))
    return found


def _to_things(answer: WordMasks) -> Things:
    named = zip(answer.labels, answer.masks, strict=True)
    return tuple(Thing(normalise_text(label)[:MAX_NAME], PackedMasks.from_masks([mask])) for label, mask in named)
