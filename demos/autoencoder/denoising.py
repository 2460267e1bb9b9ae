"""A denoising autoencoder that learns while you watch: the loss falls, the digits come out of the noise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from core import images
from core.autoencoder import denoising as denoiser
from core.autoencoder.denoising import Denoiser, Epoch
from core.engine import Engine
from demos import ui
from demos.autoencoder import chart
from demos.autoencoder.figures import ID, titled_picture
from demos.ui import charts, t

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


@dataclass(frozen=True)
class DenoisingParts:
    """The components of this part of the tab.

    Attributes:
        job: the visitor's training.
        knobs: kind and amount of noise, bottleneck, epochs, seed.
        go: starts the training.
        stop: stops it.
        said: how far it is.
        losses: the chart of the losses.
        strip: held-out digits: noisy, denoised, clean.
        from_noise: what the network makes of nothing but noise.
        badge: what was trained.
        code: the call as Python.
    """

    job: gr.State
    knobs: tuple[Any, ...]
    go: gr.Button
    stop: gr.Button
    said: gr.HTML
    losses: gr.HTML
    strip: gr.Image
    from_noise: gr.Image
    badge: gr.HTML
    code: gr.Code

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What a training fills, in the order of the API."""
        return [self.said, self.losses, self.strip, self.from_noise, self.badge, self.code]


@dataclass(frozen=True)
class DenoisingHandlers:
    """What happens when a training is started and stopped."""

    engine: Engine
    parts: DenoisingParts

    def begin_training(self, job: TrainingJob) -> str:
        """Says that the training waits for its turn, at once, for another may run before it."""
        job.stopped = False
        return ui.status_line(ui.localise("autoencoder.waiting"))

    @ui.report_errors
    def run_training(
        self, kind: str, noise: float, code: float, epochs: float, seed: float, job: TrainingJob
    ) -> Iterator[ui.Outputs]:
        """Trains, and shows some of the epochs and the end."""
        shown = 0.0
        call = ui.Call.of(denoiser.train_denoiser, kind=kind, noise=noise, code=code, epochs=epochs, seed=seed)
        for step in call.stream(self.engine):
            if job.stopped:
                yield {self.parts.said: ui.status_line(ui.localise("errors.cancelled"))}
                return
            if not isinstance(step, Epoch):
                yield _final_outputs(self.parts, step, call)
            elif time.monotonic() - shown > FRAME:
                shown = time.monotonic()
                yield _epoch_outputs(self.parts, step)

    def stop_training(self, job: TrainingJob) -> None:
        """Asks the training to stop; it says itself that it has: a cancelled event's last picture comes after that."""
        job.stopped = True


def layout_denoising() -> DenoisingParts:
    """Button, losses and controls on the left, digits on the right."""
    job = gr.State(TrainingJob())
    with ui.bench():
        with ui.bench_input():
            with gr.Row():
                go = gr.Button(t("autoencoder.train"), variant="primary", elem_id=f"{PART}-train")
                stop = gr.Button(t("ui.stop"), elem_id=f"{PART}-stop", scale=0, min_width=90)
            said = gr.HTML(elem_id=f"{PART}-said")
            losses = gr.HTML(elem_id=f"{PART}-losses")
        with ui.bench_result():
            # no buttons, which would hide a digit
            strip = titled_picture("denoising-strip", "autoencoder.strip", buttons=[])
            from_noise = titled_picture("denoising-from-noise", "autoencoder.from_noise", buttons=[])
            badge = ui.badge_slot(PART)
        with ui.bench_knobs():
            knobs = _training_controls()
    return DenoisingParts(job, knobs, go, stop, said, losses, strip, from_noise, badge, ui.code_slot(PART))


def show_hint() -> str:
    """What this part does, before there is a result."""
    return ui.status_line(ui.localise("autoencoder.hint"))


def wire_denoising(parts: DenoisingParts, engine: Engine) -> None:
    """A hint when the page opens, one button that trains, one that stops."""
    handlers = DenoisingHandlers(engine, parts)
    gr.on(None, show_hint, None, parts.said, **ui.QUIET)
    parts.go.click(handlers.begin_training, parts.job, parts.said, **ui.QUIET).then(
        handlers.run_training,
        [*parts.knobs, parts.job],
        parts.outputs,
        api_name="autoencoder_denoising",
        show_progress="hidden",
        **QUEUE,
    )
    parts.stop.click(handlers.stop_training, parts.job, None, **ui.QUIET)


def _training_controls() -> tuple[Any, ...]:
    """Kind and amount of noise, bottleneck, epochs; the seed behind them."""

    def slider(name: str, low: float, high: float, value: float, step: float) -> ui.Slider:
        return ui.labelled_slider(ID, name, low, high, value, step, elem_id=f"{PART}-{name}")

    kinds = [(t(f"autoencoder.kind_{name}"), name) for name in denoiser.NOISE_KINDS]
    open_ones = (
        ui.Radio(kinds, value="gaussian", label=t("autoencoder.kind"), elem_id=f"{PART}-kind"),
        slider("amount", denoiser.LEAST_NOISE, denoiser.MOST_NOISE, 0.5, 0.05),
        slider("code", 1, denoiser.MAX_CODE, 32, 1),
        slider("epochs", 1, denoiser.MAX_EPOCHS, 120, 1),
    )
    with ui.more_settings(f"{PART}-more"):
        seed = ui.Number(0, precision=0, minimum=0, label=t("ui.seed"), elem_id=f"{PART}-seed")
    return (*open_ones, seed)


def _epoch_outputs(parts: DenoisingParts, epoch: Epoch) -> ui.Outputs:
    """After an epoch: how far it is, the losses, the digits."""
    said = ui.localise("autoencoder.epoch", index=epoch.index, total=epoch.total, psnr=_psnr_texts(epoch)["network"])
    return {
        parts.said: ui.progress_bar(said, epoch.index, epoch.total),
        parts.losses: _loss_figure(epoch),
        parts.strip: _digit_sheet(epoch.strip),
    }


def _final_outputs(parts: DenoisingParts, found: Denoiser, call: ui.Call) -> ui.Outputs:
    """At the end: what was reached, beside what others reach, and what the network makes of noise."""
    facts = {**_psnr_texts(found.last), "held_out": f"{found.held_out:,}", "trained_on": f"{found.trained_on:,}"}
    size = ui.localise("autoencoder.parameters", count=f"{found.parameters:,}")
    verdict = ui.localise("autoencoder.verdict", **facts, name=_filter_name(found.last))
    return {
        parts.said: ui.status_line(verdict),
        parts.losses: _loss_figure(found.last),
        parts.strip: _digit_sheet(found.last.strip),
        parts.from_noise: _digit_sheet(found.from_noise),
        parts.badge: ui.fact_chips(
            ui.localise("autoencoder.trained_here"), size, ui.localise("ui.seconds", seconds=f"{found.seconds:.1f}")
        ),
        parts.code: call.code(USE),
    }


def _loss_figure(epoch: Epoch) -> Markup:
    """The chart and, below it, which curve is which."""
    names = {"noisy": ui.localise("autoencoder.mark_noisy"), "linear": ui.localise("autoencoder.mark_linear")}
    names["filter"] = _filter_name(epoch)
    train, test = epoch.losses.T.tolist()
    marks = {names[name]: mark for name, mark in epoch.marks.items()}
    title = ui.localise("autoencoder.losses")
    drawing = chart.loss_chart(train, test, epoch.total, marks, ui.localise("transfer.epoch"), title)
    return Markup("<h4>{}</h4>{}{}").format(title, drawing, charts.colour_keys())


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
