"""One visitor's drawings, for the events that share them: those that ask for one, draw it and stop it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from markupsafe import Markup

from core import models
from demos import ui
from demos.page import status


@dataclass
class DrawingJob:
    """What waits and what draws; each drawing has a number, and a way to begin has one at a time.

    Attributes:
        last_number: how many have been asked for.
        pending: the number of each that waits or draws, by its way, such as "text_to_image".
        running: the way of the one that draws.
        stop_requested: the last number that there was when Stop was pressed, until the browser has shown that it will
            stop.
        stopped: the last number that is to end.
        told_to_wait: the badge's place says how many are before the one that was asked for last.
        badge: of the picture that is shown.
        last_message: what the badge's place was given when the last one ended.
    """

    last_number: int = 0
    pending: dict[str, int] = field(default_factory=dict)
    running: str = ""
    stop_requested: int = 0
    stopped: int = 0
    told_to_wait: bool = False
    badge: str = ""
    last_message: str = ""

    def request(self, way: str) -> None:
        """One more, of this way; a new number where one waits already."""
        self.last_number += 1
        self.pending[way] = self.last_number

    def start(self, way: str) -> int:
        """The number of what draws now; 0 where nobody has ever pressed a button, but called the API."""
        self.running = way
        if self.last_number and way not in self.pending:
            # its button was pressed in the last moment of the one before, see `begin_drawing`
            self.request(way)
        return self.pending.get(way, 0)

    def is_stopped(self, number: int) -> bool:
        """Whether Stop was pressed since it was asked for."""
        return 0 < number <= self.stopped

    def finish(self, way: str) -> None:
        """Nothing of that way waits or draws any more."""
        self.running = ""
        self.pending.pop(way, None)


def begin_drawing(job: DrawingJob, model: object = None, *, way: str) -> Any:
    """The badge's place before the first step; as it is where the browser lets a second press of the button go by.

    Args:
        job: the visitor's drawings.
        model: the row that was chosen; None where that does not matter.
        way: how the drawing begins.
    """
    if job.running == way:
        return gr.skip()
    job.request(way)
    before = count_before()
    job.told_to_wait = before > 0
    return ui.status_line(ui.localise("text_to_image.queued", count=before)) if before else starting_line(model)


def count_before() -> int:
    """How many calls wait for a model, or are at work with one, on the page whose event is being answered."""
    blocks = LocalContext.blocks.get(None)
    if blocks is None:
        return 0
    found = status.queue_status(blocks)
    return int(found["model_waiting"] + found["model_running"])


def starting_line(model: object) -> Markup:
    """That the call begins, and that its model is loaded first where it is not in memory."""
    loaded = {known.row.name for known in models.loaded_models().loaded}
    waits = isinstance(model, str) and model not in loaded
    return ui.status_line(ui.localise("text_to_image.loading" if waits else "text_to_image.starting"))


def request_stop(job: DrawingJob) -> Any:
    """The badge's place after the button."""
    if not job.pending:
        return gr.skip()
    job.stop_requested = job.last_number
    return ui.status_line(ui.localise("text_to_image.stopping"))


def stop_drawings(job: DrawingJob) -> Any:
    """Ends what there was when the button was pressed; that says so itself, or said before how it ended meanwhile."""
    asked, job.stop_requested = job.stop_requested, 0
    if not asked:
        return gr.skip()
    job.stopped = max(job.stopped, asked)
    return gr.skip() if any(job.is_stopped(number) for number in job.pending.values()) else job.last_message


def report_failure(job: DrawingJob, *, way: str) -> Any:
    """Empties the badge's place where no drawing began, because a picture could not be read; a toast has said so."""
    if way not in job.pending:
        return gr.skip()
    del job.pending[way]
    job.last_message = job.badge = ""
    return job.badge
