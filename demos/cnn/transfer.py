"""Transfer learning on the viewer's own pictures: the network stays frozen, a new last layer learns in seconds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from core import images, transfer
from core.engine import Engine
from core.errors import InputError
from core.transfer import Head, Heads
from core.transfer.datasets import LabelledImages
from core.transfer.features import FeatureProgress
from demos import ui
from demos.cnn import gather, report
from demos.page import Page
from demos.ui import charts, t

PART = "transfer"
SEEDS = 5
# two views of a few hundred pictures keep the model's queue for seconds
RUN: dict[str, Any] = {"show_progress": "minimal", **ui.MODEL_QUEUE}


def build(engine: Engine, page: Page) -> None:  # noqa: ARG001
    """Layout, handlers, wiring."""
    head = gr.State(None)
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            chosen, source = gather.build(engine)
            settings = _training_controls()
            with gr.Row():
                go = gr.Button(t("transfer.train"), variant="primary", elem_id="transfer-train")
                stop = gr.Button(t("ui.stop"), elem_id="transfer-stop", scale=0, min_width=90)
        with gr.Column(scale=3, min_width=300):
            outputs = _result_widgets()
            badge = ui.badge_slot(PART)
    _build_trial(engine, head, outputs[-1])
    ui.add_note(PART)
    code = ui.code_slot(PART)

    @ui.report_errors
    def train_on_pictures(
        pictures: LabelledImages | None,
        source: str,
        epochs: float,
        share: float,
        shots: float,
        seed: float,
        five: bool,
        model: str,
    ) -> Iterator[tuple[Any, ...]]:
        pictures = pictures or LabelledImages()
        call = _training_call(pictures, epochs, share, shots, seed, five, model)
        for step in call.stream(engine):
            if isinstance(step, FeatureProgress):
                yield _feature_progress(step), *[gr.skip()] * 8
            else:
                yield (
                    *_result_outputs(step, pictures, outputs[-1]),
                    step.heads[0],
                    ui.model_badge("classify", step),
                    _training_code(call, source),
                )

    event = go.click(
        train_on_pictures, [chosen, source, *settings], [*outputs, head, badge, code], api_name="transfer_train", **RUN
    )
    head.change(lambda kept: gr.DownloadButton(interactive=kept is not None), head, outputs[-1], **ui.QUIET)
    stop.click(lambda: "", None, outputs[0], cancels=[event], **ui.QUIET)


def _training_controls() -> list[gr.Component]:
    """The knobs, in the order of `_training_call`."""
    five = gr.Checkbox(False, label=t("transfer.five"), info=t("transfer.five_info"), elem_id="transfer-five")
    with gr.Accordion(t("transfer.settings"), open=False, elem_id="transfer-settings"):
        shots = ui.Slider(
            0, 60, 0, step=1, label=t("transfer.shots"), info=t("transfer.shots_info"), elem_id="transfer-shots"
        )
        share = ui.Slider(
            0.1,
            0.8,
            0.25,
            step=0.05,
            label=t("transfer.held_out"),
            info=t("transfer.held_out_info"),
            elem_id="transfer-share",
        )
        epochs = ui.Slider(1, 100, 30, step=1, label=t("transfer.epochs"), elem_id="transfer-epochs")
        seed = ui.Number(0, precision=0, minimum=0, label=t("ui.seed"), elem_id="transfer-seed")
        model = ui.model_picker("transfer-model", "classify")
    return [epochs, share, shots, seed, five, model]


def _result_widgets() -> list[gr.Component]:
    """What a training fills, in the order of `_result_outputs`."""
    verdict = gr.HTML(elem_id="transfer-verdict")
    with gr.Row():
        axes: dict[str, Any] = {"x": "epoch", "color": "part", "height": 280, "min_width": 260}
        axes |= {"color_map": charts.TRAIN_TEST_COLOURS, "colors_in_legend": [], "y_title": " "}
        loss = gr.LinePlot(y="loss", y_lim=[0, None], label=t("transfer.loss"), elem_id="transfer-loss", **axes)
        accuracy = gr.LinePlot(
            y="accuracy", y_lim=[0, 1], label=t("transfer.accuracy"), elem_id="transfer-accuracy", **axes
        )
    confusion = gr.HTML(elem_id="transfer-confusion")
    wrong = gr.Gallery(
        label=t("transfer.wrong"),
        elem_id="transfer-wrong",
        columns=5,
        height="auto",
        object_fit="contain",
        format="jpeg",
        interactive=False,
        visible=False,
        buttons=[],
    )
    words: Any = t("transfer.download")  # typed as str, though it takes what every label takes
    download = gr.DownloadButton(words, interactive=False, size="sm", elem_id="transfer-download")
    return [verdict, loss, accuracy, confusion, wrong, download]


def _build_trial(engine: Engine, head: gr.State, download: gr.Component) -> None:
    """The trained head on a new picture, on the camera, or from a file."""

    @ui.report_errors
    def predict_picture(picture: images.RGB | None, trained: Head | None) -> tuple[Any, str]:
        if picture is None:
            return None, ui.empty_outputs(0)[0]
        return _predict_class(engine, picture, trained)

    def predict_frame(frame: images.RGB | None, trained: Head | None) -> tuple[Any, str]:
        if frame is None:
            return gr.skip(), gr.skip()
        try:
            return _predict_class(engine, frame, trained)
        # a toast for every frame would bury the page: the sentence takes the badge's place
        except InputError as error:
            return None, ui.fact_chips(error.message_in(ui.visitor_language()))

    @ui.report_errors
    def load_trained_head(path: str | None) -> tuple[Any, ...]:
        if path is None:
            return gr.skip(), gr.skip(), gr.skip()
        trained = engine.run(transfer.load_head, path)
        return trained, _save_head(trained, download), ui.fact_chips(_head_summary(trained))

    gr.Markdown(t("transfer.try"), elem_id="transfer-try")
    with gr.Row():
        with gr.Column(scale=2, min_width=300), gr.Tabs():
            with gr.Tab(t("transfer.try_picture")):
                picture = ui.picture_input(PART, "test", height=260)
                ui.add_examples(PART, picture, "astronaut", "cat", "coffee")
            with gr.Tab(t("transfer.try_camera"), elem_id="transfer-try-camera"):
                camera = gr.Image(
                    sources=["webcam"], streaming=True, label=t("transfer.camera"), elem_id="transfer-live", height=260
                )
            with gr.Tab(t("transfer.try_load"), elem_id="transfer-try-load"):
                file = gr.File(
                    file_types=[".safetensors"], label=t("transfer.load"), elem_id="transfer-load", height=140
                )
        with gr.Column(scale=3, min_width=300):
            label = gr.Label(label=t("transfer.guess"), num_top_classes=5, elem_id="transfer-guess")
            badge = gr.HTML(elem_id="transfer-guess-badge")
    gr.on(
        [picture.change, head.change],
        predict_picture,
        [picture, head],
        [label, badge],
        api_name="transfer_predict",
        trigger_mode="always_last",
        **RUN,
    )
    camera.stream(
        predict_frame,
        [camera, head],
        [label, badge],
        stream_every=0.25,
        api_visibility="private",
        concurrency_limit=None,
        show_progress="hidden",
    )
    file.upload(load_trained_head, file, [head, download, badge], api_name="transfer_load")


def _training_call(
    pictures: LabelledImages, epochs: float, share: float, shots: float, seed: float, five: bool, model: str
) -> ui.Call:
    """The training that the knobs ask for."""
    if not pictures.images:
        raise InputError("transfer.no_pictures")
    held_out = {"test": pictures.test} if pictures.test else {"held_out": share}
    few = {"shots": shots} if shots else {}
    seeds = SEEDS if five else 1
    settings = {"seed": seed, "seeds": seeds, "epochs": epochs, **held_out, **few, **ui.model_keyword(model)}
    return ui.Call.of(transfer.train_heads, pictures.images, pictures.labels, **settings)


def _training_code(call: ui.Call, source: str) -> str:
    shown = {name: "data.test" if name == "test" else repr(value) for name, value in call.kwargs.items()}
    settings = ", ".join(f"{name}={value}" for name, value in shown.items())
    return "\n".join(
        [
            "from core import datasets, transfer",
            "",
            source,
            f"found = transfer.train_heads(data.images, data.labels, {settings})",
            "found.mean, found.deviation, found.confusion  # over the seeds; int (k, k), row is the truth",
            'found.heads[0].predict("picture.png").labels  # best first',
            'found.heads[0].save("head.safetensors")',
        ]
    )


def _result_outputs(found: Heads, pictures: LabelledImages, download: gr.Component) -> tuple[Any, ...]:
    loss, accuracy = report.learning_curves(found)
    wrong = report.wrong_pictures(found, pictures)
    epoch = ui.localise("transfer.epoch")
    return (
        report.accuracy_summary(found, pictures),
        gr.LinePlot(loss, x_title=epoch),
        gr.LinePlot(accuracy, x_title=epoch),
        report.confusion_table(found),
        gr.Gallery(wrong, visible=bool(wrong)),
        _save_head(found.heads[0], download),
    )


def _predict_class(engine: Engine, picture: images.RGB, trained: Head | None) -> tuple[Any, str]:
    if trained is None:
        raise InputError("transfer.no_head")
    found = engine.run(trained.predict, picture)
    shares = dict(zip(found.labels, found.probabilities.tolist(), strict=True))
    return shares, ui.model_badge("classify", found)


def _save_head(head: Head, download: gr.Component) -> str:
    """The head as a file in Gradio's cache, which is cleaned up after a day."""
    folder = Path(download.GRADIO_CACHE) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    head.save(folder / "head.safetensors")
    return str(folder / "head.safetensors")


def _head_summary(head: Head) -> str:
    return ui.localise(
        "transfer.loaded", names=", ".join(head.names), accuracy=f"{head.accuracy:.1%}", model=head.model
    )


def _feature_progress(step: FeatureProgress) -> str:
    return ui.progress_bar(ui.localise("transfer.progress", done=step.done, total=step.total), step.done, step.total)
