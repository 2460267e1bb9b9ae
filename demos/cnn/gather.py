"""Where the pictures to train on come from: a built-in set, the viewer's own classes, or a zip of folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from core import images
from core.checks import choice
from core.engine import Engine
from core.errors import InputError
from core.transfer import datasets
from core.transfer.datasets import Labelled
from demos import ui
from demos.ui import t

SOURCES = (*datasets.BUILTIN, "own", "zip")
PREVIEW = 16
FRAME = 160


def build(engine: Engine) -> tuple[gr.State, gr.State]:
    """Layout, handlers, wiring; returns the states of the chosen pictures and of the code that gets them."""

    @ui.answers
    def choose(source: str, archive: str | None, own: Labelled | None) -> tuple[Any, ...]:
        found, code = _load(engine, choice("source", source, SOURCES), archive, own or Labelled())
        shown = (gr.Column(visible=source == "own"), gr.Column(visible=source == "zip"))
        return found, code, stock(found), preview(found), *shown

    @ui.answers
    def add(label: str, picture: images.RGB | None, files: list[str] | None, own: Labelled | None) -> tuple[Any, ...]:
        new = [*([] if picture is None else [picture]), *(files or [])]
        found = engine.run(datasets.add, own or Labelled(), label, new)
        classes = ui.Dropdown(choices=list(found.counts), value=label)
        return found, found, code_of("own"), stock(found), preview(found), classes, None, None

    def record(frame: images.RGB | None, label: str, own: Labelled | None) -> tuple[Any, ...]:
        if frame is None:
            return own, own, code_of("own"), gr.skip(), gr.skip()
        try:
            found = engine.run(datasets.add, own or Labelled(), label, [frame])
        # the camera runs on: the sentence stands where the counts are, a toast for every frame would bury the page
        except InputError as error:
            return own, own, code_of("own"), ui.line(error.say(ui.language())), gr.skip()
        return found, found, code_of("own"), stock(found), preview(found)

    def clear() -> tuple[Any, ...]:
        empty = Labelled()
        return empty, empty, code_of("own"), stock(empty), preview(empty), ui.Dropdown(choices=[], value="A")

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
                picture = ui.picture("transfer", "new", height=240)
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
        choose,
        [source, archive, own],
        [*now, own_group, zip_group],
        api_name="transfer_pictures",
        concurrency_limit=2,
        show_progress_on=[counts],
    )
    button.click(add, [label, picture, files, own], [own, *now, label, picture, files], api_name="transfer_add")
    empty.click(clear, None, [own, *now, label], api_name="transfer_clear", **ui.LIVE)
    camera.stream(
        record,
        [camera, label, own],
        [own, *now],
        stream_every=0.5,
        concurrency_limit=None,
        show_progress="hidden",
        api_name="transfer_record",
        api_visibility="private",  # a stream of frames, which no client but the page can send
    )
    return chosen, code


def code_of(source: str) -> str:
    """The line of Python that gets the pictures `data`."""
    calls = {"own": 'folder("my_classes")', "zip": 'archive("my_classes.zip")'}
    return f"data = datasets.{calls.get(source, f'builtin({source!r})')}"


def stock(found: Labelled) -> str:
    """How many pictures each class has, as HTML."""
    if not found.counts:
        return ui.line(ui.say("transfer.stock_empty"))
    chips = []
    for name, (train, test) in found.counts.items():
        amount = f"{train} + {test}" if test else str(train)
        chips.append(f"{name}: {amount}")
    badge = ui.chips(*chips)
    lines = [ui.say("transfer.stock_test")] if found.test else []
    if found.unread:
        names = ", ".join(found.unread[:5]) + (", ..." if len(found.unread) > 5 else "")
        lines.append(ui.say("transfer.stock_unread", count=len(found.unread), names=names))
    return badge + "".join(map(ui.line, lines))


def preview(found: Labelled) -> gr.Gallery:
    """A few pictures of every class, the newest first."""
    each = max(1, PREVIEW // max(1, len(found.counts)))
    pairs = list(zip(found.images, found.labels, strict=True))[::-1]
    shown = [
        (thumbnail(image), name)
        for wanted in found.counts
        for image, name in [pair for pair in pairs if pair[1] == wanted][:each]
    ]
    return gr.Gallery(shown, visible=bool(shown))


def thumbnail(image: images.RGB) -> images.RGB:
    """The picture at most 160 pixels long; small ones grow in whole squares, Gradio would show them tiny."""
    image = images.fit(image, FRAME)
    return images.enlarge(image, max(1, FRAME // max(image.shape[:2])))


def _load(engine: Engine, source: str, archive: str | None, own: Labelled) -> tuple[Labelled, str]:
    if source in datasets.BUILTIN:
        return engine.run(datasets.builtin, source), code_of(source)
    if source == "own":
        return own, code_of(source)
    return (engine.run(datasets.archive, Path(archive)) if archive else Labelled()), code_of(source)
