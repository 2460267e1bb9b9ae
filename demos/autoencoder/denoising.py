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
from demos.autoencoder.figures import ID, figure
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
class Job:
    """One visitor's training, for the two events that share it: the one that trains and the one that stops it."""

    stopped: bool = False


def build(engine: Engine) -> None:
    """Layout, handlers, wiring."""

    @ui.answers
    def learn(kind: str, noise: float, code: float, epochs: float, seed: float, job: Job) -> Iterator[tuple[Any, ...]]:
        shown = 0.0
        call = ui.Call.of(denoiser.train, kind=kind, noise=noise, code=code, epochs=epochs, seed=seed)
        for step in call.stream(engine):
            if job.stopped:
                yield ui.line(ui.say("errors.cancelled")), *[gr.skip()] * 5
                return
            if not isinstance(step, Epoch):
                yield _finished(step, call)
            elif time.monotonic() - shown > FRAME:
                shown = time.monotonic()
                yield _watched(step)

    def begin(job: Job) -> str:
        job.stopped = False
        return ui.line(ui.say("autoencoder.waiting"))

    def stop_it(job: Job) -> None:
        # the training itself says that it has stopped: a cancelled event's last picture would come after that
        job.stopped = True

    job = gr.State(Job())
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            knobs = _knobs()
            with gr.Row():
                go = gr.Button(t("autoencoder.train"), variant="primary", elem_id=f"{PART}-train")
                stop = gr.Button(t("ui.stop"), elem_id=f"{PART}-stop", scale=0, min_width=90)
            said = gr.HTML(elem_id=f"{PART}-said")
            gr.on(None, lambda: ui.line(ui.say("autoencoder.hint")), None, said, **ui.QUIET)
            losses = gr.HTML(elem_id=f"{PART}-losses")
        with gr.Column(scale=3, min_width=300):
            # no buttons, which would hide a digit
            strip = figure("denoising-strip", "autoencoder.strip", buttons=[])
            from_noise = figure("denoising-from-noise", "autoencoder.from_noise", buttons=[])
            badge = ui.badge_slot(PART)
    code = ui.code_slot(PART)
    go.click(begin, job, said, **ui.QUIET).then(
        learn,
        [*knobs, job],
        [said, losses, strip, from_noise, badge, code],
        api_name="autoencoder_denoising",
        show_progress="hidden",
        **QUEUE,
    )
    stop.click(stop_it, job, None, **ui.QUIET)


def _knobs() -> list[Any]:
    """Kind and amount of noise, bottleneck, epochs, seed."""
    kind = ui.Radio(
        [(t(f"autoencoder.kind_{name}"), name) for name in denoiser.KINDS],
        value="gaussian",
        label=t("autoencoder.kind"),
        elem_id=f"{PART}-kind",
    )
    return [
        kind,
        ui.slider(ID, "amount", denoiser.LOW, denoiser.HIGH, 0.5, 0.05, elem_id=f"{PART}-amount"),
        ui.slider(ID, "code", 1, denoiser.MAX_CODE, 32, 1, elem_id=f"{PART}-code"),
        ui.slider(ID, "epochs", 1, denoiser.MAX_EPOCHS, 120, 1, elem_id=f"{PART}-epochs"),
        ui.Number(0, precision=0, minimum=0, label=t("ui.seed"), elem_id=f"{PART}-seed"),
    ]


def _watched(epoch: Epoch) -> tuple[Any, ...]:
    """After an epoch: how far it is, the losses, the digits."""
    said = ui.say("autoencoder.epoch", index=epoch.index, total=epoch.total, psnr=_decibels(epoch)["network"])
    shown = ui.progress(said, epoch.index, epoch.total), _losses(epoch), _sheet(epoch.strip)
    return *shown, *[gr.skip()] * 3


def _finished(found: Denoiser, call: ui.Call) -> tuple[Any, ...]:
    """At the end: what was reached, beside what others reach, and what the network makes of noise."""
    facts = {**_decibels(found.last), "held_out": f"{found.held_out:,}", "trained_on": f"{found.trained_on:,}"}
    size = ui.say("autoencoder.parameters", count=f"{found.parameters:,}")
    return (
        ui.line(ui.say("autoencoder.verdict", **facts, name=_filter(found.last))),
        _losses(found.last),
        _sheet(found.last.strip),
        _sheet(found.from_noise),
        ui.chips(ui.say("autoencoder.trained_here"), size, f"{found.seconds:.1f} s"),
        call.code(USE),
    )


def _losses(epoch: Epoch) -> str:
    """The chart and, below it, which curve is which."""
    names = {"noisy": ui.say("autoencoder.mark_noisy"), "linear": ui.say("autoencoder.mark_linear")}
    names["filter"] = _filter(epoch)
    train, test = epoch.losses.T.tolist()
    marks = {names[name]: mark for name, mark in epoch.marks.items()}
    drawing = chart.losses(train, test, epoch.total, marks, ui.say("transfer.epoch"), ui.say("autoencoder.losses"))
    keys = "".join(
        f"<span><i style='background: {colour}'></i>{html.escape(ui.say(f'transfer.part_{part}'))}</span>"
        for part, colour in chart.COLOURS.items()
    )
    return f"<h4>{html.escape(ui.say('autoencoder.losses'))}</h4>{drawing}<p class='transfer-keys'>{keys}</p>"


def _filter(epoch: Epoch) -> str:
    """The best filter's name."""
    if epoch.filter == "median":
        return ui.say("autoencoder.mark_median")
    return ui.say("autoencoder.mark_blur", deviation=epoch.filter)


def _decibels(epoch: Epoch) -> dict[str, str]:
    return {name: f"{value:.1f}" for name, value in epoch.psnr.items()}


def _sheet(rows: np.ndarray[Any, Any]) -> images.RGB:
    """Digits float (rows, columns, 8, 8) in [0, 1] as one picture, row under row."""
    digits = [images.enlarge(images.grey_picture(digit), ZOOM) for digit in rows.reshape(-1, *rows.shape[2:])]
    return images.tile(digits, columns=rows.shape[1], gap=4)
