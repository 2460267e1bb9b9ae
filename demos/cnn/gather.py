"""Where the pictures to train on come from: a built-in set, the viewer's own classes, or a zip of folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from markupsafe import Markup

from core import images
from core.checks import choice, list_names
from core.engine import Engine
from core.errors import InputError
from core.transfer import datasets
from core.transfer.datasets import LabelledImages
from demos import ui
from demos.cnn.galleries import result_gallery
from demos.ui import t

SOURCES = (*datasets.BUILTIN, "own", "zip")
PREVIEW = 16
FRAME = 160


@dataclass(frozen=True)
class OwnWidgets:
    """Where the viewer adds pictures to classes of her own."""

    group: gr.Column
    label: gr.Dropdown
    files: gr.File
    picture: ui.Picture
    camera: ui.Picture
    add: gr.Button
    clear: gr.Button


@dataclass(frozen=True)
class GatherWidgets:
    """The components of this part.

    Attributes:
        collected: state, the viewer's own pictures.
        chosen: state, the pictures to train on.
        code: state, the line of Python that gets them.
    """

    collected: gr.State
    chosen: gr.State
    code: gr.State
    source: gr.Radio
    own: OwnWidgets
    zip_group: gr.Column
    archive: gr.File
    counts: gr.HTML
    shelf: gr.Gallery

    @property
    def shown(self) -> list[gr.Component]:
        """What every change of the pictures fills."""
        return [self.chosen, self.code, self.counts, self.shelf]


def layout_gather() -> GatherWidgets:
    """The source, what that source needs, and the pictures it gives."""
    collected = gr.State(None, time_to_live=3600)
    chosen = gr.State(None, time_to_live=3600)
    code = gr.State("")
    sources = [(t(f"transfer.source_{name}"), name) for name in SOURCES]
    source = ui.Radio(sources, value=None, label=t("transfer.source"), elem_id="transfer-source")
    own = _layout_own()
    with gr.Column(visible=False, elem_id="transfer-zipped") as zip_group:
        gr.Markdown(t("transfer.zip_hint"))
        archive = gr.File(label=t("transfer.zip"), elem_id="transfer-zip", height=140)
    counts = gr.HTML(elem_id="transfer-stock")
    preview: dict[str, Any] = {"columns": 4, "format": "jpeg", "allow_preview": False, "visible": False, "buttons": []}
    shelf = result_gallery("transfer-preview", "transfer.preview", **preview)
    return GatherWidgets(collected, chosen, code, source, own, zip_group, archive, counts, shelf)


def _layout_own() -> OwnWidgets:
    with gr.Column(visible=False, elem_id="transfer-own") as group:
        label = _class_picker()
        with gr.Tabs():
            with gr.Tab(t("transfer.by_file"), elem_id="transfer-by-file"):
                files = _file_picker()
            with gr.Tab(t("transfer.by_picture"), elem_id="transfer-by-picture"):
                picture = ui.picture_input("transfer", "new", height=240)
            with gr.Tab(t("transfer.by_camera"), elem_id="transfer-by-camera"):
                gr.Markdown(t("transfer.camera_hint"))
                camera = _recording_camera()
        with gr.Row():
            add = gr.Button(t("transfer.add"), variant="primary", size="sm", min_width=120, elem_id="transfer-add")
            clear = gr.Button(t("transfer.clear"), size="sm", min_width=120, elem_id="transfer-clear")
    return OwnWidgets(group, label, files, picture, camera, add, clear)


def _class_picker() -> gr.Dropdown:
    return ui.Dropdown(
        [],
        value="A",
        allow_custom_value=True,
        label=t("transfer.class"),
        info=t("transfer.class_info"),
        elem_id="transfer-class",
    )


def _file_picker() -> gr.File:
    return ui.File(
        file_count="multiple",
        file_types=["image"],
        label=t("transfer.files"),
        elem_id="transfer-files",
        height=140,
    )


def _recording_camera() -> ui.Picture:
    return ui.Picture(
        sources=["webcam"],
        streaming=True,
        format="jpeg",
        label=t("transfer.camera"),
        elem_id="transfer-camera",
        height=280,
    )


def wire_gather(gather: GatherWidgets, engine: Engine) -> None:
    """A source, an archive or a picture more: each changes the pictures to train on."""
    handlers = GatherHandlers(engine, gather)
    _wire_sources(gather, handlers)
    _wire_own(gather, handlers)


def _wire_sources(gather: GatherWidgets, handlers: GatherHandlers) -> None:
    gr.on(
        [gather.source.input, gather.archive.change],
        handlers.choose_source,
        [gather.source, gather.archive, gather.collected],
        [*gather.shown, gather.own.group, gather.zip_group],
        api_name="transfer_pictures",
        concurrency_limit=2,
        show_progress_on=[gather.counts],
    )


def _wire_own(gather: GatherWidgets, handlers: GatherHandlers) -> None:
    own = gather.own
    added = [gather.collected, *gather.shown, own.label, own.picture, own.files]
    new = [own.label, own.picture, own.files, gather.collected]
    own.add.click(handlers.add_pictures, new, added, api_name="transfer_add")
    own.clear.click(
        handlers.clear_pictures,
        None,
        [gather.collected, *gather.shown, own.label],
        api_name="transfer_clear",
        **ui.LIVE,
    )
    own.camera.stream(
        handlers.record_frame,
        [own.camera, own.label, gather.collected],
        [gather.collected, *gather.shown],
        stream_every=0.5,
        concurrency_limit=None,
        show_progress="hidden",
        api_name="transfer_record",
        api_visibility="private",  # a stream of frames, which no client but the page can send
    )


@dataclass(frozen=True)
class GatherHandlers:
    """What this part does."""

    engine: Engine
    gather: GatherWidgets

    @ui.report_errors
    def choose_source(self, source: str, archive: str | None, own: LabelledImages | None) -> dict[Block, Any]:
        """The pictures of another source, and the controls that it needs."""
        checked = choice("source", source, SOURCES)
        found = self._load_pictures(checked, archive, own or LabelledImages())
        return {
            **self._show_pictures(found, checked),
            self.gather.own.group: gr.Column(visible=source == "own"),
            self.gather.zip_group: gr.Column(visible=source == "zip"),
        }

    @ui.report_errors
    def add_pictures(
        self, label: str, picture: images.RGB | None, files: list[str] | None, own: LabelledImages | None
    ) -> dict[Block, Any]:
        """The viewer's own pictures with these, of one class, after them."""
        widgets = self.gather.own
        new = [*([] if picture is None else [picture]), *(files or [])]
        found = self.engine.run(datasets.add_images, own or LabelledImages(), label, new)
        classes = ui.Dropdown(choices=list(found.class_counts), value=found.labels[-1])
        return {**self._show_own(found), widgets.label: classes, widgets.picture: None, widgets.files: None}

    def record_frame(self, frame: images.RGB | None, label: str, own: LabelledImages | None) -> dict[Block, Any]:
        """The viewer's own pictures with a frame of the camera after them."""
        gather = self.gather
        unchanged: dict[Block, Any] = {gather.collected: own, gather.chosen: own, gather.code: dataset_code("own")}
        if frame is None:
            return unchanged
        try:
            return self._show_own(self.engine.run(datasets.add_images, own or LabelledImages(), label, [frame]))
        # the camera runs on: the sentence stands where the counts are, a toast for every frame would bury the page
        except InputError as error:
            return {**unchanged, gather.counts: ui.status_line(error.message_in(ui.visitor_language()))}

    def clear_pictures(self) -> dict[Block, Any]:
        """No own pictures any more."""
        return {**self._show_own(LabelledImages()), self.gather.own.label: ui.Dropdown(choices=[], value="A")}

    def _show_own(self, found: LabelledImages) -> dict[Block, Any]:
        return {self.gather.collected: found, **self._show_pictures(found, "own")}

    def _show_pictures(self, found: LabelledImages, source: str) -> dict[Block, Any]:
        """These are the pictures to train on."""
        return {
            self.gather.chosen: found,
            self.gather.code: dataset_code(source),
            self.gather.counts: class_counts_html(found),
            self.gather.shelf: preview_gallery(found),
        }

    def _load_pictures(self, source: str, archive: str | None, own: LabelledImages) -> LabelledImages:
        if source in datasets.BUILTIN:
            return self.engine.run(datasets.load_builtin, source)
        if source == "own":
            return own
        return self.engine.run(datasets.load_archive, Path(archive)) if archive else LabelledImages()


def dataset_code(source: str) -> str:
    """The line of Python that gets the pictures `data`."""
    calls = {"own": 'load_folder("my_classes")', "zip": 'load_archive("my_classes.zip")'}
    return f"data = datasets.{calls.get(source, f'load_builtin({source!r})')}"


def class_counts_html(found: LabelledImages) -> Markup:
    """How many pictures each class has, as HTML."""
    if not found.class_counts:
        return ui.status_line(ui.localise("transfer.stock_empty"))
    chips = []
    for name, (train, test) in found.class_counts.items():
        amount = f"{train} + {test}" if test else str(train)
        chips.append(f"{name}: {amount}")
    badge = ui.fact_chips(*chips)
    lines = [ui.localise("transfer.stock_test")] if found.test else []
    if found.unread:
        names = list_names(found.unread)
        lines.append(ui.localise("transfer.stock_unread", count=len(found.unread), names=names))
    return badge + Markup("").join(map(ui.status_line, lines))


def preview_gallery(found: LabelledImages) -> gr.Gallery:
    """A few pictures of every class, the newest first."""
    each = max(1, PREVIEW // max(1, len(found.class_counts)))
    pairs = list(zip(found.images, found.labels, strict=True))[::-1]
    shown = [
        (fit_thumbnail(image), name)
        for wanted in found.class_counts
        for image, name in [pair for pair in pairs if pair[1] == wanted][:each]
    ]
    return gr.Gallery(shown, visible=bool(shown))


def fit_thumbnail(image: images.RGB) -> images.RGB:
    """The picture at most 160 pixels long; small ones grow in whole squares, Gradio would show them tiny."""
    image = images.fit(image, FRAME)
    return images.enlarge_pixels(image, max(1, FRAME // max(image.shape[:2])))
