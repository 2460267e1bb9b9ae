"""Where the pictures to train on come from: a built-in set, the viewer's own classes, or a zip of folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import images
from core.checks import choice
from core.engine import Engine
from core.errors import InputError
from core.transfer import datasets
from core.transfer.datasets import LabelledImages
from demos import ui
from demos.ui import t

SOURCES = (*datasets.BUILTIN, "own", "zip")
PREVIEW = 16
FRAME = 160


def build(engine: Engine) -> tuple[gr.State, gr.State]:
    """Layout, handlers, wiring; returns the states of the chosen pictures and of the code that gets them."""

    @ui.report_errors
    def choose_source(source: str, archive: str | None, own: LabelledImages | None) -> tuple[Any, ...]:
        found, code = _load_pictures(engine, choice("source", source, SOURCES), archive, own or LabelledImages())
        shown = (gr.Column(visible=source == "own"), gr.Column(visible=source == "zip"))
        return found, code, class_counts_html(found), preview_gallery(found), *shown

    @ui.report_errors
    def add_pictures(
        label: str, picture: images.RGB | None, files: list[str] | None, own: LabelledImages | None
    ) -> tuple[Any, ...]:
        new = [*([] if picture is None else [picture]), *(files or [])]
        found = engine.run(datasets.add_images, own or LabelledImages(), label, new)
        classes = ui.Dropdown(choices=list(found.class_counts), value=label)
        return found, found, dataset_code("own"), class_counts_html(found), preview_gallery(found), classes, None, None

    def record_frame(frame: images.RGB | None, label: str, own: LabelledImages | None) -> tuple[Any, ...]:
        if frame is None:
            return own, own, dataset_code("own"), gr.skip(), gr.skip()
        try:
            found = engine.run(datasets.add_images, own or LabelledImages(), label, [frame])
        # the camera runs on: the sentence stands where the counts are, a toast for every frame would bury the page
        except InputError as error:
            return own, own, dataset_code("own"), ui.status_line(error.message_in(ui.visitor_language())), gr.skip()
        return found, found, dataset_code("own"), class_counts_html(found), preview_gallery(found)

    def clear_pictures() -> tuple[Any, ...]:
        empty = LabelledImages()
        return (
            empty,
            empty,
            dataset_code("own"),
            class_counts_html(empty),
            preview_gallery(empty),
            ui.Dropdown(choices=[], value="A"),
        )

    own = gr.State(None, time_to_live=3600)
    chosen = gr.State(None, time_to_live=3600)
    code = gr.State("")
    source = ui.Radio(
        [(t(f"transfer.source_{name}"), name) for name in SOURCES],
        value=None,
        label=t("transfer.source"),
        elem_id="transfer-source",
    )
    with gr.Column(visible=False, elem_id="transfer-own") as own_group:
        label = ui.Dropdown(
            [],
            value="A",
            allow_custom_value=True,
            label=t("transfer.class"),
            info=t("transfer.class_info"),
            elem_id="transfer-class",
        )
        with gr.Tabs():
            with gr.Tab(t("transfer.by_file"), elem_id="transfer-by-file"):
                files = gr.File(
                    file_count="multiple",
                    file_types=list(datasets.SUFFIXES),
                    label=t("transfer.files"),
                    elem_id="transfer-files",
                    height=140,
                )
            with gr.Tab(t("transfer.by_picture"), elem_id="transfer-by-picture"):
                picture = ui.picture_input("transfer", "new", height=240)
            with gr.Tab(t("transfer.by_camera"), elem_id="transfer-by-camera"):
                gr.Markdown(t("transfer.camera_hint"))
                camera = gr.Image(
                    sources=["webcam"],
                    streaming=True,
                    format="jpeg",
                    label=t("transfer.camera"),
                    elem_id="transfer-camera",
                    height=280,
                )
        with gr.Row():
            button = gr.Button(t("transfer.add"), variant="primary", size="sm", min_width=120, elem_id="transfer-add")
            empty = gr.Button(t("transfer.clear"), size="sm", min_width=120, elem_id="transfer-clear")
    with gr.Column(visible=False, elem_id="transfer-zipped") as zip_group:
        gr.Markdown(t("transfer.zip_hint"))
        archive = gr.File(file_types=[".zip"], label=t("transfer.zip"), elem_id="transfer-zip", height=140)
    counts = gr.HTML(elem_id="transfer-stock")
    shelf = gr.Gallery(
        label=t("transfer.preview"),
        elem_id="transfer-preview",
        columns=4,
        height="auto",
        object_fit="contain",
        format="jpeg",
        interactive=False,
        allow_preview=False,
        visible=False,
        buttons=[],
    )

    now = [chosen, code, counts, shelf]
    gr.on(
        [source.input, archive.change],
        choose_source,
        [source, archive, own],
        [*now, own_group, zip_group],
        api_name="transfer_pictures",
        concurrency_limit=2,
        show_progress_on=[counts],
    )
    button.click(
        add_pictures, [label, picture, files, own], [own, *now, label, picture, files], api_name="transfer_add"
    )
    empty.click(clear_pictures, None, [own, *now, label], api_name="transfer_clear", **ui.LIVE)
    camera.stream(
        record_frame,
        [camera, label, own],
        [own, *now],
        stream_every=0.5,
        concurrency_limit=None,
        show_progress="hidden",
        api_name="transfer_record",
        api_visibility="private",  # a stream of frames, which no client but the page can send
    )
    return chosen, code


def dataset_code(source: str) -> str:
    """The line of Python that gets the pictures `data`."""
    calls = {"own": 'folder("my_classes")', "zip": 'archive("my_classes.zip")'}
    return f"data = datasets.{calls.get(source, f'builtin({source!r})')}"


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
        names = ", ".join(found.unread[:5]) + (", ..." if len(found.unread) > 5 else "")
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


def _load_pictures(engine: Engine, source: str, archive: str | None, own: LabelledImages) -> tuple[LabelledImages, str]:
    if source in datasets.BUILTIN:
        return engine.run(datasets.load_builtin, source), dataset_code(source)
    if source == "own":
        return own, dataset_code(source)
    return (engine.run(datasets.load_archive, Path(archive)) if archive else LabelledImages()), dataset_code(source)
