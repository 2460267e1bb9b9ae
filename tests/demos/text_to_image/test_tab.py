from __future__ import annotations

import dataclasses
import html
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio_client.exceptions import AppError

from core import generate, images, models
from core.engine import Local
from core.errors import InputError, ModelUnavailable
from core.generate import png_metadata
from core.models.catalog import ROWS
from demos import text_to_image as tab
from demos.text_to_image import job as jobs
from demos.text_to_image.job import DrawingJob
from tests.stand_ins.fakes import FakeEngine, StepEngine, build_tab_page, find_api_handler, find_handler

KNOBS = ("a cat", "a dog", "sd-turbo", 4, 0.0, 64, 7, 2, "own", None, 1.0)
PICTURES = tuple(np.full((64, 64, 3), level, np.uint8) for level in (10, 200))
SMALL = [np.full((8, 8, 3), 60 * level, np.uint8) for level in range(4)]
STEPS = [
    generate.DenoisingStep(index=i, total=2, level=1 - i / 4, noisy=SMALL[i], preview=SMALL[i + 1]) for i in (1, 2)
]


def build_generated(**changes):
    parameters = {"prompt": "a cat", "seed": 7}
    facts = {"images": PICTURES, "seed": 7, "parameters": parameters, "model": "sd-turbo", "seconds": 1.5}
    return generate.GeneratedImages(**(facts | changes))


def run_text_to_image(engine, job=None):
    return list(find_api_handler(build_tab_page(engine, tab), "text_to_image")(job or DrawingJob(), *KNOBS))


def test_what_the_visitor_chose_reaches_core():
    engine = StepEngine(build_generated())
    run_text_to_image(engine)
    (called,) = engine.calls
    assert called.fn is generate.text_to_image
    assert called.args == ("a cat",)
    assert called.kwargs == {
        "negative": "a dog",
        "steps": 4,
        "guidance": 0.0,
        "seed": 7,
        "size": 64,
        "count": 2,
        "model": "sd-turbo",
    }


def test_every_step_is_shown_and_then_the_pictures():
    first, second, last = run_text_to_image(StepEngine(*STEPS, build_generated()))
    for step, (preview, result, _, line, *_) in zip(STEPS, (first, second), strict=True):
        assert preview["visible"] and not result["visible"]
        assert preview["value"] is step.preview
        assert f"Step {step.index} of 2" in line
        assert f"value='{step.index}'" in line and "max='2'" in line
    preview, result, gallery, badge, code, *_ = last
    assert not preview["visible"] and result["visible"] and gallery["visible"]
    shown = [images.to_rgb(path) for path in gallery["value"]]
    assert all(np.array_equal(a, b) for a, b in zip(shown, PICTURES, strict=True))
    assert result["value"] == gallery["value"][0]
    for fact in ("SD-Turbo", "1290.0 M", "Stability AI Community License Agreement", "1.50 s"):
        assert fact in badge
    assert code.splitlines()[0] == "from core import generate"
    assert "found = generate.text_to_image('a cat', negative='a dog', model='sd-turbo', steps=4" in code


def test_each_picture_tells_how_it_was_made():
    *_, last = run_text_to_image(StepEngine(build_generated()))
    notes = [png_metadata.read_parameters(Path(path)) for path in last[2]["value"]]
    assert [note["seed"] for note in notes] == [7, 8] and notes[0]["prompt"] == "a cat"
    assert all(note["count"] == 1 for note in notes)


def is_close(a, b):
    return a.shape == b.shape and np.abs(a.astype(int) - b).max() <= 2


def test_a_long_drawing_keeps_fifty_steps():
    steps = [
        generate.DenoisingStep(index=i, total=120, level=0.5, noisy=SMALL[1], preview=SMALL[2]) for i in range(1, 121)
    ]
    *_, last = run_text_to_image(StepEngine(*steps, build_generated()))
    assert len(last[5]) <= 50 and last[5][-1].number == 120


def test_the_slider_shows_what_each_step_began_with():
    demo = build_tab_page(StepEngine(*STEPS, build_generated()), tab)
    *_, last = find_api_handler(demo, "text_to_image")(DrawingJob(), *KNOBS)
    moments, slider, noisy, clean, level = last[5:10]
    assert [m.number for m in moments] == [1, 2] and slider.maximum == slider.value == 2
    assert (
        is_close(noisy, STEPS[1].noisy) and is_close(clean, STEPS[1].preview) and "Step 2 of 2: noise σ = 0.50" in level
    )
    scrub = find_handler(demo, "show_moment")
    noisy, clean, level = scrub(moments, 1)
    assert is_close(noisy, STEPS[0].noisy) and is_close(clean, STEPS[0].preview) and "σ = 0.75" in level
    assert is_close(scrub(moments, 99)[0], STEPS[1].noisy) and is_close(scrub(moments, -5)[0], STEPS[0].noisy)
    assert scrub((), 1) == scrub(moments, "x") == (gr.skip(),) * 3, "what is shown stays"


@pytest.mark.parametrize(("pieces", "said"), [("turns", "one after the other"), ("tiles", "overlapping tiles")])
def test_how_scarce_memory_was_got_by_with_is_said(pieces, said):
    assert said in run_text_to_image(StepEngine(*STEPS, build_generated(pieces=pieces)))[-1][3]
    assert said not in run_text_to_image(StepEngine(*STEPS, build_generated()))[-1][3]


def test_the_steps_of_a_try_that_ran_out_of_memory_are_forgotten():
    *_, seen, steps, _, _, _, _ = run_text_to_image(StepEngine(STEPS[0], *STEPS, build_generated()))[-1]
    assert [moment.number for moment in seen] == [1, 2] and steps.maximum == 2


def test_korean_and_nothing_are_said():
    *_, korean = run_text_to_image(
        StepEngine(build_generated(encoded="cat", parameters={"prompt": "고양이", "seed": 7}))
    )
    assert "Encoded in English: cat" in korean[3]
    *_, empty = run_text_to_image(StepEngine(build_generated(encoded="", parameters={"prompt": "", "seed": 7})))
    assert "Without a prompt the model draws anything" in empty[3]


CANVAS = {"background": PICTURES[0], "layers": [], "composite": None}
POCKET = ("a cat", "a dog", "pocket-diffusion", 20, 2.0, 128, 7, 1, "own", None, 1.0)


@pytest.mark.parametrize(("name", "begin"), [("image_to_image", PICTURES[0]), ("edges_to_image", CANVAS)])
def test_the_other_ways_to_begin_reach_core(name, begin):
    engine = StepEngine(build_generated())
    list(find_api_handler(build_tab_page(engine, tab), name)(DrawingJob(), begin, 0.4, *POCKET))
    (called,) = engine.calls
    assert called.fn is getattr(generate, name)
    assert np.array_equal(called.args[0], PICTURES[0]) and called.args[1] == "a cat"
    assert called.kwargs["strength"] == 0.4 and called.kwargs["seed"] == 7
    assert called.kwargs["model"] == {"image_to_image": "pocket-diffusion"}.get(name, "pocket-controlnet")


@pytest.mark.parametrize(("steps", "asked"), [(1, None), (4, 4)])
def test_a_models_own_number_of_steps_may_grow_for_a_picture(steps, asked):
    engine = StepEngine(build_generated())
    knobs = (*KNOBS[:3], steps, *KNOBS[4:])
    list(find_api_handler(build_tab_page(engine, tab), "image_to_image")(DrawingJob(), PICTURES[0], 0.4, *knobs))
    assert engine.calls[0].kwargs["steps"] == asked, "SD-Turbo takes 1 by itself"


def test_a_model_without_a_guide_along_edges_says_which_has_one():
    with pytest.raises(gr.Error, match=r"draw along edges expected \(Pocket Stable Diffusion.*\), but 'sd-turbo' came"):
        list(
            find_api_handler(build_tab_page(StepEngine(build_generated()), tab), "edges_to_image")(
                DrawingJob(), CANVAS, 1, *KNOBS
            )
        )
    with pytest.raises(gr.Error, match="draw along edges expected"):
        list(
            find_api_handler(build_tab_page(StepEngine(build_generated()), tab), "edges_to_image")(
                DrawingJob(), CANVAS, 1, "a cat", "", [1], *KNOBS[3:]
            )
        )


def test_strokes_on_an_emptied_canvas_are_white_on_black():
    strokes = np.zeros((64, 64, 4), np.uint8)
    strokes[10:20, 10:20] = 255
    engine = StepEngine(build_generated())
    canvas = {"background": None, "layers": [], "composite": strokes}
    list(find_api_handler(build_tab_page(engine, tab), "edges_to_image")(DrawingJob(), canvas, 1, *POCKET))
    seen = engine.calls[0].args[0]
    assert seen.shape == (64, 64, 3) and (seen[10:20, 10:20] == 255).all() and seen.sum() == 3 * 100 * 255


def test_the_edges_of_an_uploaded_picture_lie_on_the_canvas():
    demo = build_tab_page(Local(), tab)
    canvas = find_handler(demo, "outline_picture")(PICTURES[0])
    assert canvas["background"].shape == (512, 512, 3) and not canvas["background"].any(), "a plain picture has none"
    square = np.full((300, 300, 3), 255, np.uint8)
    square[100:200, 100:200] = 0
    edges = find_handler(demo, "outline_picture")(square)["background"]
    assert edges.any() and edges[256, 256].tolist() == [0, 0, 0]
    assert not find_handler(demo, "outline_picture")(None)["background"].any()


def test_a_lora_and_a_sampler_reach_core():
    engine = StepEngine(build_generated())
    list(
        find_api_handler(build_tab_page(engine, tab), "text_to_image")(
            DrawingJob(), *KNOBS[:-3], "euler", "/x/mine.safetensors", 0.5
        )
    )
    (called,) = engine.calls
    assert called.kwargs["sampler"] == "euler"
    assert called.kwargs["adapter"] == "/x/mine.safetensors" and called.kwargs["weight"] == 0.5


def test_one_picture_needs_no_gallery():
    *_, last = run_text_to_image(StepEngine(build_generated(images=PICTURES[:1])))
    assert not last[2]["visible"]


def test_the_code_draws_the_same(hub):
    hub("sd-turbo")
    engine = StepEngine(build_generated())
    *_, (_, _, _, _, code, *_) = run_text_to_image(engine)
    names = {}
    exec(code, names)  # the page's own line, with the values of this test
    again = generate.text_to_image(**names["found"].parameters)
    assert np.array_equal(again.images[1], names["found"].images[1])


def test_the_unread_end_of_a_prompt_is_shown_as_text():
    *_, last = run_text_to_image(StepEngine(build_generated(unread="<b>and more</b>")))
    assert "Not read: &lt;b&gt;and more&lt;/b&gt;" in last[3]


@pytest.mark.parametrize(
    "error",
    [
        InputError("errors.text_empty", name="prompt"),
        ModelUnavailable("errors.model_offline", name="sd-turbo", megabytes=2580, command="python -m <x>"),
    ],
)
@pytest.mark.parametrize("steps", [[], STEPS])
def test_an_error_is_a_toast_and_stays_on_the_page(error, steps):
    told = []
    with pytest.raises(gr.Error) as caught:
        told.extend(
            find_api_handler(build_tab_page(StepEngine(*steps, error), tab), "text_to_image")(DrawingJob(), *KNOBS)
        )
    assert caught.value.message == str(error)
    preview, result, _, line, *_ = told[-1]
    assert not preview["visible"] and result["visible"] and html.escape(str(error)) in line


def test_where_no_drawing_began_the_badge_of_the_last_one_comes_back():
    demo, job = build_tab_page(StepEngine(build_generated()), tab), DrawingJob()
    list(find_api_handler(demo, "text_to_image")(job, *KNOBS))
    jobs.begin_drawing(job, way="image_to_image")
    with pytest.raises(gr.Error, match="of another kind"):
        list(find_api_handler(demo, "image_to_image")(job, InputError("errors.picture_unknown"), 0.4, *KNOBS))
    assert "SD-Turbo" in jobs.report_failure(job, way="image_to_image") and not job.pending
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


def test_an_error_that_came_before_stop_is_not_written_over():
    demo, job = build_tab_page(StepEngine(*STEPS, ModelUnavailable("inpaint.no_network")), tab), DrawingJob()
    find_handler(demo, "begin_drawing")(job)
    told = find_api_handler(demo, "text_to_image")(job, *KNOBS)
    next(told)
    find_handler(demo, "request_stop")(job)
    with pytest.raises(gr.Error):
        list(told)
    assert html.escape(str(ModelUnavailable("inpaint.no_network"))) in find_handler(demo, "stop_drawings")(job)


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


FACTS = {"name": "sd-turbo", "megabytes": 2580, "command": "python -m core.models prefetch sd-turbo"}


def missing_panel(state, name="sd-turbo"):
    found = tuple(models.Status(row, state, 0) for row in ROWS)
    return find_handler(build_tab_page(FakeEngine(found), tab), "show_needs")(name)


def test_the_panel_says_what_each_absent_model_needs():
    shown = missing_panel("absent")
    assert shown["visible"]
    for row in models.rows("text_to_image")[1:]:
        for fact in (row.title, row.licence, f"{row.download // 10**6:,} MB", models.prefetch_command(row)):
            assert fact in shown["value"]
    assert "not on this computer" in shown["value"]
    assert "canny" not in shown["value"], "models of other tabs are not its matter"


@pytest.mark.parametrize("state", ["on disk", "loaded"])
def test_there_is_no_panel_when_the_model_is_here(state):
    assert not missing_panel(state)["visible"]


def test_a_model_brings_its_own_settings():
    row = models.row("text_to_image", "sd-turbo")
    found = tuple(models.Status(row, "on disk", 0) for row in ROWS)
    chosen = find_handler(build_tab_page(FakeEngine(found), tab), "choose_model")("sd-turbo")
    assert chosen[:2] == (row.spec.steps, row.spec.guidance)
    assert (chosen[2]["value"], chosen[2]["step"]) == (512, 8)
    other = dataclasses.replace(row, name="other")
    arrived = find_handler(build_tab_page(FakeEngine(other, found), tab), "choose_default_model")()
    assert arrived[:4] == ("other", *chosen[:3])


def test_arriving_late_leaves_what_a_quick_visitor_has_set():
    row = models.rows("text_to_image")[0]
    arrived = find_handler(build_tab_page(FakeEngine(row, ()), tab), "choose_default_model")()
    assert all(set(kept) == {"__type__"} for kept in arrived[:4]), (
        "nothing changes where the first model is the default"
    )


def test_api_draws_what_core_draws(hub, client):
    hub("sd-turbo")
    preview, result, gallery, badge, code, *_ = client.predict(*KNOBS, api_name="/text_to_image")
    same = {"negative": "a dog", "steps": 4, "guidance": 0, "size": 64, "seed": 7, "count": 2, "model": "sd-turbo"}
    expected = generate.text_to_image("a cat", **same)
    assert not preview["visible"]
    assert np.array_equal(images.to_rgb(result["value"]), expected.images[0]), "lossless"
    assert np.array_equal(images.to_rgb(gallery["value"][1]["image"]), expected.images[1])
    assert "SD-Turbo" in badge and "seed=7" in code


def test_api_tells_each_step(hub, client):
    hub("sd-turbo")
    job = client.submit(*KNOBS, api_name="/text_to_image")
    job.result()
    told = [str(outputs[3]) for outputs in job.outputs()]
    assert "Step 1 of 4" in told[0]
    assert "Step 4 of 4" in told[-2]
    assert "SD-Turbo" in told[-1]


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (0, "x" * 10_000, "at most 2000 characters, but 10000 came"),
        (1, "x" * 10_000, "negative may have at most 2000 characters"),
        (0, None, "prompt must be text, but None came"),
        (2, "nope", "no text_to_image model named 'nope'; there are pocket-diffusion, sd-turbo"),
        (2, [5], "no text_to_image model named"),
        (3, 2.5, "steps must be a whole number"),
        (3, 1000, "from 1 to 150, but 1000 came"),
        (3, "abc", "steps must be a whole number from 1 to 150, but 'abc' came"),
        (4, [1], "guidance must be a number from 0 to 30"),
        (5, 8, "size must be a whole number from 64 to 1024, but 8 came"),
        (6, -1, "but -1 came"),
        (6, 2**40, "but 1099511627776 came"),
        (7, True, "count must be a whole number from 1 to 8, but True came"),
        (5, 100, "multiple of 8, but 100 came: take 96"),
        (8, "magic", "sampler must be one of ddim"),
        (8, [1], "sampler must be one of ddim"),
        (6, None, "seed must be a whole number from 0 to 4294967295, but None came"),
    ],
)
def test_api_refuses_bad_values_with_a_sentence(hub, client, place, value, sentence):
    knobs = [value if i == place else knob for i, knob in enumerate(KNOBS)]
    with pytest.raises(AppError, match=sentence):
        client.predict(*knobs, api_name="/text_to_image")


def test_api_names_the_command_when_the_model_is_absent(hub, client):
    with pytest.raises(AppError, match=r"python -m core\.models prefetch sd-turbo"):
        client.predict(*KNOBS, api_name="/text_to_image")
