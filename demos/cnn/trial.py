"""The trained head on a new picture, on the camera, or from a file."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from core import images, transfer
from core.engine import Engine
from core.errors import InputError
from core.transfer import Head
from demos import ui
from demos.ui import t

PART = "transfer"


@dataclass(frozen=True)
class TrialWidgets:
    """The components of this part."""

    picture: ui.Picture
    camera: ui.Picture
    file: gr.File
    label: gr.Label
    badge: gr.HTML


def layout_trial() -> TrialWidgets:
    """A picture, the camera or a saved head on the left, its class on the right."""
    gr.Markdown(t("transfer.try"), elem_id="transfer-try")
    with gr.Row():
        with gr.Column(scale=2, min_width=300), gr.Tabs():
            with gr.Tab(t("transfer.try_picture")):
                picture = ui.picture_input(PART, "test", height=260)
                ui.add_examples(PART, picture, "astronaut", "cat", "coffee")
            with gr.Tab(t("transfer.try_camera"), elem_id="transfer-try-camera"):
                shared: dict[str, Any] = {"label": t("transfer.camera"), "elem_id": "transfer-live", "height": 260}
                camera = ui.Picture(sources=["webcam"], streaming=True, **shared)
            with gr.Tab(t("transfer.try_load"), elem_id="transfer-try-load"):
                words = t("transfer.load")
                file = gr.File(label=words, elem_id="transfer-load", height=140)
        with gr.Column(scale=3, min_width=300):
            label = gr.Label(label=t("transfer.guess"), num_top_classes=5, elem_id="transfer-guess")
            badge = gr.HTML(elem_id="transfer-guess-badge")
    return TrialWidgets(picture, camera, file, label, badge)


def wire_trial(trial: TrialWidgets, engine: Engine, head: gr.State, download: gr.DownloadButton) -> None:
    """A new picture or a new head is tried; a saved head takes the trained one's place in `head` and `download`."""
    handlers, shown = TrialHandlers(engine, download), [trial.label, trial.badge]
    gr.on(
        [trial.picture.change, head.change],
        handlers.predict_picture,
        [trial.picture, head],
        shown,
        api_name="transfer_predict",
        trigger_mode="always_last",
        show_progress="minimal",
        **ui.MODEL_QUEUE,
    )
    trial.camera.stream(
        handlers.predict_frame,
        [trial.camera, head],
        shown,
        stream_every=0.25,
        api_visibility="private",
        concurrency_limit=None,
        show_progress="hidden",
    )
    trial.file.upload(handlers.load_trained_head, trial.file, [head, download, trial.badge], api_name="transfer_load")


@dataclass(frozen=True)
class TrialHandlers:
    """What this part does; `download` is the button whose file a loaded head becomes."""

    engine: Engine
    download: gr.DownloadButton

    @ui.report_errors
    def predict_picture(self, picture: images.RGB | None, trained: Head | None) -> tuple[Any, str]:
        """The classes of a picture and the badge."""
        if picture is None:
            return None, ui.empty_badge()
        return self._predict_class(picture, trained)

    def predict_frame(self, frame: images.RGB | None, trained: Head | None) -> tuple[Any, str]:
        """The classes of a camera's frame and the badge."""
        if frame is None:
            return gr.skip(), gr.skip()
        try:
            return self._predict_class(frame, trained)
        # a toast for every frame would bury the page: the sentence takes the badge's place
        except InputError as error:
            return None, ui.fact_chips(error.message_in(ui.visitor_language()))

    @ui.report_errors
    def load_trained_head(self, path: str | None) -> tuple[Any, ...]:
        """A saved head, the file to download again, and what it is."""
        if path is None:
            return gr.skip(), gr.skip(), gr.skip()
        trained = self.engine.run(transfer.load_head, path)
        return trained, save_head(trained, self.download), ui.fact_chips(_head_summary(trained))

    def _predict_class(self, picture: images.RGB, trained: Head | None) -> tuple[Any, str]:
        if trained is None:
            raise InputError("transfer.no_head")
        found = self.engine.run(trained.predict, picture)
        shares = dict(zip(found.labels, found.probabilities.tolist(), strict=True))
        return shares, ui.model_badge("classify", found)


def save_head(head: Head, download: gr.Component) -> str:
    """The path of the head as a file in Gradio's cache, which is cleaned up after a day."""
    folder = Path(download.GRADIO_CACHE) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    head.save(folder / "head.safetensors")
    return str(folder / "head.safetensors")


def _head_summary(head: Head) -> str:
    return ui.localise(
        "transfer.loaded", names=", ".join(head.names), accuracy=f"{head.accuracy:.1%}", model=head.model
    )
