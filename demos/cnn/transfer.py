"""Transfer learning on the viewer's own pictures: the network stays frozen, a new last layer learns in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import transfer
from core.engine import Engine
from core.errors import InputError
from core.transfer import Heads
from core.transfer.datasets import LabelledImages
from core.transfer.features import FeatureProgress
from demos import ui
from demos.cnn import report
from demos.cnn.galleries import result_gallery
from demos.cnn.gather import GatherWidgets, layout_gather, wire_gather
from demos.cnn.trial import layout_trial, save_head, wire_trial
from demos.ui import charts, t

PART = "transfer"
SEEDS = 5
# two views of a few hundred pictures keep the model's queue for seconds
RUN: dict[str, Any] = {"show_progress": "minimal", **ui.MODEL_QUEUE}


@dataclass(frozen=True)
class TrainingKnobs:
    """How the new layer is trained, and the buttons that start and stop it."""

    five: gr.Checkbox
    shots: gr.Slider
    share: gr.Slider
    epochs: gr.Slider
    seed: gr.Number
    model: gr.Dropdown
    go: gr.Button
    stop: gr.Button


@dataclass(frozen=True)
class TrainingResults:
    """What a training fills.

    Attributes:
        head: state, the trained head.
    """

    head: gr.State
    verdict: gr.HTML
    loss: gr.LinePlot
    accuracy: gr.LinePlot
    confusion: gr.HTML
    wrong: gr.Gallery
    download: gr.DownloadButton
    badge: gr.HTML


def build(engine: Engine) -> None:
    """The part and its events."""
    head = gr.State(None)
    with ui.bench():
        with ui.bench_input():
            gather = layout_gather()
            go, stop = layout_buttons()
        with ui.bench_result():
            results = layout_results(head)
        with ui.bench_knobs():
            knobs = layout_training(go, stop)
    trial = layout_trial()
    ui.add_note(PART)
    code = ui.code_slot(PART)
    wire_gather(gather, engine)
    wire_trial(trial, engine, head, results.download)
    wire_training(TrainingHandlers(engine, gather, knobs, results, code))


def layout_buttons() -> tuple[gr.Button, gr.Button]:
    """What starts a training, and what stops it."""
    with gr.Row():
        go = gr.Button(t("transfer.train"), variant="primary", elem_id="transfer-train")
        stop = gr.Button(t("ui.stop"), elem_id="transfer-stop", scale=0, min_width=90)
    return go, stop


def layout_training(go: gr.Button, stop: gr.Button) -> TrainingKnobs:
    """The knobs of a training, most of them folded away; `go` and `stop` are its buttons."""
    five = gr.Checkbox(False, label=t("transfer.five"), info=t("transfer.five_info"), elem_id="transfer-five")
    with gr.Accordion(t("transfer.settings"), open=False, elem_id="transfer-settings"):
        shots = _labelled_slider(0, 60, 0, 1, "shots", elem_id="transfer-shots")
        share = _labelled_slider(0.1, 0.8, 0.25, 0.05, "held_out", elem_id="transfer-share")
        epochs = ui.Slider(1, 100, 30, step=1, label=t("transfer.epochs"), elem_id="transfer-epochs")
        seed = ui.Number(0, precision=0, minimum=0, label=t("ui.seed"), elem_id="transfer-seed")
        model = ui.model_picker("transfer-model", "classify")
    return TrainingKnobs(five, shots, share, epochs, seed, model, go, stop)


def _labelled_slider(low: float, high: float, value: float, step: float, name: str, *, elem_id: str) -> gr.Slider:
    label, info = t(f"transfer.{name}"), t(f"transfer.{name}_info")
    return ui.Slider(low, high, value, step=step, label=label, info=info, elem_id=elem_id)


def layout_results(head: gr.State) -> TrainingResults:
    """How a training went: verdict, curves, confusion matrix, wrong pictures, the head as a file."""
    verdict = gr.HTML(elem_id="transfer-verdict")
    badge = ui.badge_slot(PART)
    with gr.Row():
        loss = _curve_plot("loss", [0, None])
        accuracy = _curve_plot("accuracy", [0, 1])
    confusion = gr.HTML(elem_id="transfer-confusion")
    hidden: dict[str, Any] = {"columns": 5, "format": "jpeg", "visible": False, "buttons": []}
    wrong = result_gallery("transfer-wrong", "transfer.wrong", **hidden)
    words: Any = t("transfer.download")  # typed as str, though it takes what every label takes
    download = gr.DownloadButton(words, interactive=False, size="sm", elem_id="transfer-download")
    return TrainingResults(head, verdict, loss, accuracy, confusion, wrong, download, badge)


def _curve_plot(measure: str, limits: list[float | None]) -> gr.LinePlot:
    """A plot of one measure per epoch, a line for the training and one for the held-out pictures."""
    return gr.LinePlot(
        x="epoch",
        y=measure,
        color="part",
        y_lim=limits,
        y_title=" ",
        color_map=charts.TRAIN_TEST_COLOURS,
        colors_in_legend=[],
        height=200,
        min_width=220,
        label=t(f"transfer.{measure}"),
        elem_id=f"transfer-{measure}",
    )


@dataclass(frozen=True)
class TrainingHandlers:
    """What this part does."""

    engine: Engine
    gather: GatherWidgets
    knobs: TrainingKnobs
    results: TrainingResults
    code: gr.Code

    @ui.report_errors
    def train_on_pictures(
        self,
        pictures: LabelledImages | None,
        source: str,
        epochs: float,
        share: float,
        shots: float,
        seed: float,
        five: bool,
        model: str,
    ) -> Iterator[dict[gr.Component, Any]]:
        """Progress while the pictures get their features, then the trained head and how the training went."""
        pictures = pictures or LabelledImages()
        call = _training_call(pictures, epochs, share, shots, seed, five, model)
        for step in call.stream(self.engine):
            if isinstance(step, FeatureProgress):
                yield {self.results.verdict: _feature_progress(step)}
            else:
                yield {**self._show_results(step, pictures), self.code: _training_code(call, source)}

    def _show_results(self, found: Heads, pictures: LabelledImages) -> dict[gr.Component, Any]:
        results, head = self.results, found.heads[0]
        loss, accuracy = report.learning_curves(found)
        wrong, epoch = report.wrong_pictures(found, pictures), ui.localise("transfer.epoch")
        return {
            results.head: head,
            results.verdict: report.accuracy_summary(found, pictures),
            results.loss: gr.LinePlot(loss, x_title=epoch),
            results.accuracy: gr.LinePlot(accuracy, x_title=epoch),
            results.confusion: report.confusion_table(found),
            results.wrong: gr.Gallery(wrong, visible=bool(wrong)),
            results.download: save_head(head, results.download),
            results.badge: ui.model_badge("classify", found),
        }


def wire_training(handlers: TrainingHandlers) -> None:
    """One button trains, one stops; the head can be downloaded once there is one."""
    knobs, results, gather = handlers.knobs, handlers.results, handlers.gather
    settings = [knobs.epochs, knobs.share, knobs.shots, knobs.seed, knobs.five, knobs.model]
    shown = [results.verdict, results.loss, results.accuracy, results.confusion, results.wrong, results.download]
    ui.enable_when_filled(knobs.go, "ui.need_pictures", gather.shelf)
    event = knobs.go.click(
        handlers.train_on_pictures,
        [gather.chosen, gather.code, *settings],
        [*shown, results.head, results.badge, handlers.code],
        api_name="transfer_train",
        **RUN,
    )
    results.head.change(_enable_download, results.head, results.download, **ui.QUIET)
    knobs.stop.click(clear_verdict, None, results.verdict, cancels=[event], **ui.QUIET)


def clear_verdict() -> str:
    """No verdict: the training was stopped."""
    return ""


def _enable_download(head: Any) -> gr.DownloadButton:
    return gr.DownloadButton(interactive=head is not None)


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
    """The training as Python; `source` is the line that gets the pictures."""
    shown = {name: "data.test" if name == "test" else repr(value) for name, value in call.kwargs.items()}
    settings = ", ".join(f"{name}={value}" for name, value in shown.items())
    return "\n".join(
        [
            "from core import transfer",
            "from core.transfer import datasets",
            "",
            source,
            f"found = transfer.train_heads(data.images, data.labels, {settings})",
            "found.mean_accuracy, found.accuracy_std  # over the seeds",
            "found.confusion_matrix  # int (k, k), row is the truth",
            'found.heads[0].predict("picture.png").labels  # best first',
            'found.heads[0].save("head.safetensors")',
        ]
    )


def _feature_progress(step: FeatureProgress) -> str:
    return ui.progress_bar(ui.localise("transfer.progress", done=step.done, total=step.total), step.done, step.total)
