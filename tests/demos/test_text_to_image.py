from __future__ import annotations

import dataclasses

import gradio as gr
import numpy as np
import pytest
from gradio_client.exceptions import AppError

from core import generate, images, models
from core.errors import InputError, ModelUnavailable
from core.models.catalog import ROWS, Row
from demos import text_to_image as tab
from tests.fakes import Called, FakeEngine, build, handler

KNOBS = ("a cat", "a dog", "sd-turbo", 4, 0.0, 64, 7, 2)
PICTURES = tuple(np.full((64, 64, 3), level, np.uint8) for level in (10, 200))
STEPS = [generate.Step(index=i, total=2, preview=np.full((512, 512, 3), i, np.uint8)) for i in (1, 2)]


def drawn(**changes):
    parameters = {"prompt": "a cat", "seed": 7}
    facts = {"images": PICTURES, "seed": 7, "parameters": parameters, "model": "sd-turbo", "seconds": 1.5}
    return generate.Generated(**(facts | changes))


class StepEngine(FakeEngine):
    """Streams its answers one after the other."""

    def stream(self, fn, /, *args, **kwargs):
        self.calls.append(Called(fn, args, kwargs))
        for answer in self._answers:
            if isinstance(answer, BaseException):
                raise answer
            yield answer


def draw(engine, job=None):
    return list(handler(build(engine, tab), "text_to_image")(*KNOBS, job or tab.Job()))


def private(demo, name):
    """The function of an event that has no api_name."""
    return next(fn.fn for fn in demo.fns.values() if getattr(fn.fn, "__name__", "") == name)


def test_what_the_visitor_chose_reaches_core():
    engine = StepEngine(drawn())
    draw(engine)
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
    first, second, last = draw(StepEngine(*STEPS, drawn()))
    for step, (preview, result, _, line, _) in zip(STEPS, (first, second), strict=True):
        assert preview["visible"] and not result["visible"]
        assert preview["value"] is step.preview
        assert f"Step {step.index} of 2" in line
        assert f"value='{step.index}'" in line and "max='2'" in line
    preview, result, gallery, badge, code = last
    assert not preview["visible"] and result["visible"] and gallery["visible"]
    assert result["value"] is PICTURES[0] and gallery["value"] == list(PICTURES)
    for fact in ("SD-Turbo", "1290.0 M", "Stability AI Community License Agreement", "1.50 s"):
        assert fact in badge
    assert code.splitlines()[0] == "from core import generate"
    assert "found = generate.text_to_image('a cat', negative='a dog', steps=4" in code


def test_one_picture_needs_no_gallery():
    *_, last = draw(StepEngine(drawn(images=PICTURES[:1])))
    assert not last[2]["visible"]


def test_the_code_draws_the_same(hub):
    hub("sd-turbo")
    engine = StepEngine(drawn())
    *_, (_, _, _, _, code) = draw(engine)
    names = {}
    exec(code, names)  # the page's own line, with the values of this test
    again = generate.text_to_image(**names["found"].parameters)
    assert np.array_equal(again.images[1], names["found"].images[1])


def test_the_unread_end_of_a_prompt_is_shown_as_text():
    *_, last = draw(StepEngine(drawn(unread="<b>and more</b>")))
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
        told.extend(handler(build(StepEngine(*steps, error), tab), "text_to_image")(*KNOBS, tab.Job()))
    assert caught.value.message == str(error)


def test_an_error_leaves_what_was_there_and_says_why():
    shown = handler(
        build(StepEngine(STEPS[0], ModelUnavailable("errors.model_offline", **FACTS)), tab), "text_to_image"
    )
    told = shown(*KNOBS, tab.Job())
    next(told)
    preview, result, _, line, _ = next(told)
    assert not preview["visible"] and result["visible"]
    assert "python -m core.models prefetch sd-turbo" in line
    with pytest.raises(gr.Error):
        next(told)


def test_stop_ends_the_drawing_with_the_step_under_way():
    demo, job = build(StepEngine(*STEPS, drawn()), tab), tab.Job()
    assert "Starting" in private(demo, "begin")(job)
    told = handler(demo, "text_to_image")(*KNOBS, job)
    assert "Step 1" in next(told)[3]
    assert "Stopping" in private(demo, "stop_it")(job)
    preview, result, _, line, _ = next(told)
    assert not preview["visible"] and result["visible"] and "Stopped." in line
    assert list(told) == []
    assert private(demo, "stop_it")(job) == gr.skip(), "there is nothing to stop any more"


def test_stop_before_the_turn_has_come_draws_nothing():
    demo, job = build(StepEngine(*STEPS, drawn()), tab), tab.Job()
    private(demo, "begin")(job)
    private(demo, "stop_it")(job)
    ((_, _, _, line, _),) = handler(demo, "text_to_image")(*KNOBS, job)
    assert "Stopped." in line
    private(demo, "begin")(job)
    assert len(list(handler(demo, "text_to_image")(*KNOBS, job))) == 3, "the next drawing is not stopped"


FACTS = {"name": "sd-turbo", "megabytes": 2580, "command": "python -m core.models prefetch sd-turbo"}


def panel(state, name="sd-turbo"):
    found = tuple(models.Status(row, state, 0) for row in ROWS)
    return private(build(FakeEngine(found), tab), "needs")(name)


def test_the_panel_says_what_each_absent_model_needs():
    shown = panel("absent")
    assert shown["visible"]
    for row in models.rows("text_to_image"):
        for fact in (row.title, row.licence, f"{row.download // 10**6:,} MB", models.command(row)):
            assert fact in shown["value"]
    assert "not on this computer" in shown["value"]
    assert "canny" not in shown["value"], "models of other tabs are not its matter"


@pytest.mark.parametrize("state", ["on disk", "loaded"])
def test_there_is_no_panel_when_the_model_is_here(state):
    assert not panel(state)["visible"]


def test_a_model_brings_its_own_settings():
    row = models.row("text_to_image", "sd-turbo")
    found = tuple(models.Status(row, "on disk", 0) for row in ROWS)
    chosen = private(build(FakeEngine(found), tab), "choose")("sd-turbo")
    assert chosen[:3] == (row.options["steps"], row.options["guidance"], row.options["size"])
    assert isinstance(row, Row)
    other = dataclasses.replace(row, name="other")
    arrived = private(build(FakeEngine(other, found), tab), "arrive")()
    assert arrived[:4] == ("other", *chosen[:3])


def test_arriving_late_leaves_what_a_quick_visitor_has_set():
    row = models.rows("text_to_image")[0]
    arrived = private(build(FakeEngine(row, ()), tab), "arrive")()
    assert all(set(kept) == {"__type__"} for kept in arrived[:4]), (
        "nothing changes where the first model is the default"
    )


def test_api_draws_what_core_draws(hub, client):
    hub("sd-turbo")
    preview, result, gallery, badge, code = client.predict(*KNOBS, api_name="/text_to_image")
    expected = generate.text_to_image("a cat", negative="a dog", steps=4, guidance=0, size=64, seed=7, count=2)
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
        (0, "", "prompt must not be empty"),
        (0, "x" * 10_000, "at most 2000 characters, but 10000 came"),
        (1, "x" * 10_000, "negative may have at most 2000 characters"),
        (0, None, "prompt must be text, but None came"),
        (2, "nope", "no text_to_image model named 'nope'; there are sd-turbo"),
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
