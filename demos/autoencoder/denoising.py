"""A denoising autoencoder that learns while you watch: the loss falls, the digits come out of the noise."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import images
from core.autoencoder import denoising as denoiser
from core.autoencoder.denoising import Denoiser, Epoch
from core.engine import Engine
from demos import ui
from demos.autoencoder import chart
from demos.autoencoder.figures import ID, titled_picture
from demos.ui import t

PART = f"{ID}-denoising"
ZOOM = 8
# seconds between two pictures of the training: drawing every epoch would take longer than learning
FRAME = 0.25
# trained beside the models, not in their queue: a class that trains must not keep the other tabs waiting
QUEUE: dict[str, Any] = {"concurrency_id": "training", "concurrency_limit": 1}
USE = (
    "found.last.psnr  # dB on held-out digits: noisy, filter, linear, network\n"
    "found.denoise(pictures)  # floats (n, 8, 8) in [0, 1], the same out"
)


@dataclass
class TrainingJob:
    """One visitor's training, for the two events that share it: the one that trains and the one that stops it."""

    stopped: bool = False


def build(engine: Engine) -> None:
    """Layout, handlers, wiring."""

    @ui.report_errors
    def run_training(
        kind: str, noise: float, code: float, epochs: float, seed: float, job: TrainingJob
    ) -> Iterator[tuple[Any, ...]]:
        shown = 0.0
        call = ui.Call.of(denoiser.train_denoiser, kind=kind, noise=noise, code=code, epochs=epochs, seed=seed)
        for step in call.stream(engine):
            if job.stopped:
                yield ui.status_line(ui.localise("errors.cancelled")), *[gr.skip()] * 5
                return
            if not isinstance(step, Epoch):
                yield _final_outputs(step, call)
            elif time.monotonic() - shown > FRAME:
                shown = time.monotonic()
                yield _epoch_outputs(step)

    def begin_training(job: TrainingJob) -> str:
        job.stopped = False
        return ui.status_line(ui.localise("autoencoder.waiting"))

    def stop_training(job: TrainingJob) -> None:
        # the training itself says that it has stopped: a cancelled event's last picture would come after that
        job.stopped = True

    job = gr.State(TrainingJob())
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            knobs = _training_controls()
            with gr.Row():
                go = gr.Button(t("autoencoder.train"), variant="primary", elem_id=f"{PART}-train")
                stop = gr.Button(t("ui.stop"), elem_id=f"{PART}-stop", scale=0, min_width=90)
            said = gr.HTML(elem_id=f"{PART}-said")
            gr.on(None, lambda: ui.status_line(ui.localise("autoencoder.hint")), None, said, **ui.QUIET)
            losses = gr.HTML(elem_id=f"{PART}-losses")
        with gr.Column(scale=3, min_width=300):
            # no buttons, which would hide a digit
            strip = titled_picture("denoising-strip", "autoencoder.strip", buttons=[])
            from_noise = titled_picture("denoising-from-noise", "autoencoder.from_noise", buttons=[])
            badge = ui.badge_slot(PART)
    code = ui.code_slot(PART)
    go.click(begin_training, job, said, **ui.QUIET).then(
        run_training,
        [*knobs, job],
        [said, losses, strip, from_noise, badge, code],
        api_name="autoencoder_denoising",
        show_progress="hidden",
        **QUEUE,
    )
    stop.click(stop_training, job, None, **ui.QUIET)


def _training_controls() -> list[Any]:
    """Kind and amount of noise, bottleneck, epochs, seed."""
    kind = ui.Radio(
        [(t(f"autoencoder.kind_{name}"), name) for name in denoiser.NOISE_KINDS],
        value="gaussian",
        label=t("autoencoder.kind"),
        elem_id=f"{PART}-kind",
    )
    return [
        kind,
        ui.labelled_slider(
            ID, "amount", denoiser.LEAST_NOISE, denoiser.MOST_NOISE, 0.5, 0.05, elem_id=f"{PART}-amount"
        ),
        ui.labelled_slider(ID, "code", 1, denoiser.MAX_CODE, 32, 1, elem_id=f"{PART}-code"),
        ui.labelled_slider(ID, "epochs", 1, denoiser.MAX_EPOCHS, 120, 1, elem_id=f"{PART}-epochs"),
        ui.Number(0, precision=0, minimum=0, label=t("ui.seed"), elem_id=f"{PART}-seed"),
    ]


def _epoch_outputs(epoch: Epoch) -> tuple[Any, ...]:
    """After an epoch: how far it is, the losses, the digits."""
    said = ui.localise("autoencoder.epoch", index=epoch.index, total=epoch.total, psnr=_psnr_texts(epoch)["network"])
    shown = ui.progress_bar(said, epoch.index, epoch.total), _loss_figure(epoch), _digit_sheet(epoch.strip)
    return *shown, *[gr.skip()] * 3


def _final_outputs(found: Denoiser, call: ui.Call) -> tuple[Any, ...]:
    """At the end: what was reached, beside what others reach, and what the network makes of noise."""
    facts = {**_psnr_texts(found.last), "held_out": f"{found.held_out:,}", "trained_on": f"{found.trained_on:,}"}
    size = ui.localise("autoencoder.parameters", count=f"{found.parameters:,}")
    return (
        ui.status_line(ui.localise("autoencoder.verdict", **facts, name=_filter_name(found.last))),
        _loss_figure(found.last),
        _digit_sheet(found.last.strip),
        _digit_sheet(found.from_noise),
        ui.fact_chips(ui.localise("autoencoder.trained_here"), size, f"{found.seconds:.1f} s"),
        call.code(USE),
    )


def _loss_figure(epoch: Epoch) -> str:
    """The chart and, below it, which curve is which."""
    names = {"noisy": ui.localise("autoencoder.mark_noisy"), "linear": ui.localise("autoencoder.mark_linear")}
    names["filter"] = _filter_name(epoch)
    train, test = epoch.losses.T.tolist()
    marks = {names[name]: mark for name, mark in epoch.marks.items()}
    drawing = chart.loss_chart(
        train, test, epoch.total, marks, ui.localise("transfer.epoch"), ui.localise("autoencoder.losses")
    )
    keys = "".join(
        f"<span><i style='background: {colour}'></i>{html.escape(ui.localise(f'transfer.part_{part}'))}</span>"
        for part, colour in chart.COLOURS.items()
    )
    return f"<h4>{html.escape(ui.localise('autoencoder.losses'))}</h4>{drawing}<p class='transfer-keys'>{keys}</p>"


def _filter_name(epoch: Epoch) -> str:
    """The best filter's name."""
    if epoch.filter == "median":
        return ui.localise("autoencoder.mark_median")
    return ui.localise("autoencoder.mark_blur", deviation=epoch.filter)


def _psnr_texts(epoch: Epoch) -> dict[str, str]:
    return {name: f"{value:.1f}" for name, value in epoch.psnr.items()}


def _digit_sheet(rows: np.ndarray[Any, Any]) -> images.RGB:
    """Digits float (rows, columns, 8, 8) in [0, 1] as one picture, row under row."""
    digits = [images.enlarge_pixels(images.grey_picture(digit), ZOOM) for digit in rows.reshape(-1, *rows.shape[2:])]
    return images.tile_images(digits, columns=rows.shape[1], gap=4)
