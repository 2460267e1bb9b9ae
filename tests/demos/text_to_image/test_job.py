from __future__ import annotations

import gradio as gr
import pytest
from gradio.context import LocalContext

from core import models
from core.errors import InputError, ModelUnavailable
from demos import text_to_image as tab
from demos.text_to_image import job as jobs
from demos.text_to_image.job import DrawingJob
from tests.demos.text_to_image.samples import CANVAS, KNOBS, PICTURES, POCKET, STEPS, build_generated
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler, find_handler


def test_where_no_drawing_began_the_badge_of_the_last_one_goes_with_its_picture():
    demo, job = build_tab_page(StepEngine(build_generated()), tab), DrawingJob()
    list(find_api_handler(demo, "text_to_image")(job, *KNOBS))
    jobs.begin_drawing(job, way="image_to_image")
    with pytest.raises(gr.Error, match="of another kind"):
        list(find_api_handler(demo, "image_to_image")(job, InputError("errors.picture_unknown"), 0.4, *KNOBS))
    assert jobs.report_failure(job, way="image_to_image") == "" and not job.pending
    assert jobs.report_failure(job, way="image_to_image") == gr.skip()


def test_stop_ends_the_drawing_with_the_step_under_way():
    demo, job = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob()
    assert "Starting" in find_handler(demo, "begin_drawing")(job)
    told = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    assert "Step 1" in next(told)[3]
    assert "Stopping" in find_handler(demo, "request_stop")(job)
    assert find_handler(demo, "stop_drawings")(job) == gr.skip(), "the drawing itself says when it has stopped"
    preview, result, _, line, *_ = next(told)
    assert not preview["visible"] and result["visible"] and "Stopped." in line
    assert "class='badge'" not in line, "nothing was shown yet that a model made"
    assert list(told) == []
    assert find_handler(demo, "request_stop")(job) == find_handler(demo, "stop_drawings")(job) == gr.skip(), (
        "there is nothing to stop any more"
    )


def test_what_was_done_before_stop_arrived_gets_its_badge_back():
    demo, job = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob()
    find_handler(demo, "begin_drawing")(job)
    told = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    next(told)
    assert "Stopping" in find_handler(demo, "request_stop")(job)
    list(told)
    assert "SD-Turbo" in find_handler(demo, "stop_drawings")(job) and not job.pending


def test_an_error_that_came_before_stop_is_told_by_its_toast_alone():
    demo, job = build_tab_page(StepEngine(*STEPS, ModelUnavailable("inpaint.no_network")), tab), DrawingJob()
    find_handler(demo, "begin_drawing")(job)
    told = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    next(told)
    find_handler(demo, "request_stop")(job)
    with pytest.raises(gr.Error):
        list(told)
    assert find_handler(demo, "stop_drawings")(job) == ""


def test_stop_ends_what_draws_though_its_button_was_pressed_again():
    demo, job = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob()
    find_handler(demo, "begin_drawing")(job)
    told = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    next(told)
    assert find_handler(demo, "begin_drawing")(job) == gr.skip(), "the browser lets the second press go by"
    find_handler(demo, "request_stop")(job)
    find_handler(demo, "stop_drawings")(job)
    assert "Stopped." in next(told)[3] and list(told) == []


def test_stop_ends_what_waits_too_and_nothing_that_comes_later():
    demo, job = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob()
    jobs.begin_drawing(job, way="text_to_image")
    told = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    next(told)
    jobs.begin_drawing(job, way="image_to_image")
    find_handler(demo, "request_stop")(job)
    jobs.begin_drawing(job, way="edges_to_image")
    find_handler(demo, "stop_drawings")(job)
    assert "Stopped." in next(told)[3] and list(told) == []
    ((_, _, _, line, *_),) = find_api_handler(demo, "image_to_image")(job, PICTURES[0], 0.4, *KNOBS)
    assert "Stopped." in line
    assert len(list(find_api_handler(demo, "edges_to_image")(job, CANVAS, 1, *POCKET))) == 3
    assert not job.pending


def press_stop(demo, job):
    """Stop, and what the browser does then."""
    find_handler(demo, "request_stop")(job)
    find_handler(demo, "stop_drawings")(job)


def test_stop_before_the_turn_has_come_draws_nothing():
    demo, job = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob()
    find_handler(demo, "begin_drawing")(job)
    press_stop(demo, job)
    ((_, _, _, line, *_),) = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    assert "Stopped." in line
    find_handler(demo, "begin_drawing")(job)
    told = list(find_api_handler(demo, "text_to_image")(job, *KNOBS))
    assert len(told) == 3, "the next drawing is not stopped"
    find_handler(demo, "begin_drawing")(job)
    press_stop(demo, job)
    ((_, _, _, line, *_),) = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    assert "Stopped." in line and "SD-Turbo" in line, "the old picture is shown, with its badge"


def test_a_new_drawing_does_not_revive_the_one_that_was_stopped():
    demo, job = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob()
    find_handler(demo, "begin_drawing")(job)
    first = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    next(first)
    press_stop(demo, job)
    find_handler(demo, "begin_drawing")(job)  # while the first one is still in its step
    assert "Stopped." in next(first)[3] and list(first) == []
    assert len(list(find_api_handler(demo, "text_to_image")(job, *KNOBS))) == 3
    find_handler(demo, "begin_drawing")(job)
    again = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    find_handler(demo, "begin_drawing")(job)
    next(again)
    list(again)
    late = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    next(late)
    press_stop(demo, job)
    assert "Stopped." in next(late)[3], "one that the browser sent in the last moment can be stopped too"


def test_a_stop_is_the_visitors_own():
    demo, mine, theirs = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob(), DrawingJob()
    for job in (mine, theirs):
        find_handler(demo, "begin_drawing")(job)
    press_stop(demo, mine)
    assert len(list(find_api_handler(demo, "text_to_image")(theirs, *KNOBS))) == 3
    assert "Stopped." in next(find_api_handler(demo, "text_to_image")(mine, *KNOBS))[3]


@pytest.fixture
def queue(monkeypatch):
    """The model's queue as a page would tell of it."""
    told = {"waiting": 0, "running": 0, "model_waiting": 0, "model_running": 0}
    monkeypatch.setattr(jobs.status, "queue_status", lambda _: told)
    page = LocalContext.blocks.set(object())
    yield told
    LocalContext.blocks.reset(page)


@pytest.mark.parametrize(("waiting", "running", "before"), [(19, 1, 20), (0, 1, 1), (3, 0, 3)])
def test_with_others_before_one_the_badge_says_how_many(queue, waiting, running, before):
    queue.update(model_waiting=waiting, model_running=running)
    said = jobs.begin_drawing(DrawingJob(), "pocket-diffusion", way="text_to_image")
    assert f"Waiting, with {before} before you" in said and "loaded" not in said


def test_when_the_turn_has_come_the_badge_says_no_more_that_others_are_before(queue):
    demo, job = build_tab_page(StepEngine(*STEPS, build_generated()), tab), DrawingJob()
    queue.update(model_waiting=2)
    assert "with 2 before you" in jobs.begin_drawing(job, "sd-turbo", way="text_to_image")
    first, second, *_ = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    assert "the model is loaded" in first[3] and "Step 1" in second[3]
    queue.update(model_waiting=0)
    jobs.begin_drawing(job, "sd-turbo", way="text_to_image")
    assert "Step 1" in next(iter(find_api_handler(demo, "text_to_image")(job, *KNOBS)))[3], "it is said already"


def test_loading_is_spoken_of_only_where_the_model_is_not_in_memory(queue, nothing_loaded):
    assert "the model is loaded" in jobs.begin_drawing(DrawingJob(), "concept-space", way="text_to_image")
    models.load("zeroshot", "concept-space")
    said = jobs.begin_drawing(DrawingJob(), "concept-space", way="text_to_image")
    assert "Starting" in said and "loaded" not in said
    assert "loaded" not in jobs.starting_line(None)
