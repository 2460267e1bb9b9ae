"""The lecturer's page: who may use it, and what stands in its table."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from core import models, preflight
from core.errors import PlaygroundError
from core.preflight import Active, Check, Finding, Memory, Step
from demos import cnn, edges, page
from demos.page import links
from demos.page import preflight as lecturer
from demos.page.links import Links
from tests.fakes import FakeEngine, StepEngine, private

ROOM = Memory(8 * 10**9, 16 * 10**9)
HERE = {"host": "127.0.0.1:7860"}


def request(client="127.0.0.1", **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(client=SimpleNamespace(host=client), headers=sent)


@pytest.mark.parametrize(
    ("visitor", "here"),
    [
        (request(**HERE), True),
        (request(host="localhost:7860"), True),
        (request("::1", host="[::1]:7860"), True),
        (request("10.0.0.7", host="10.0.0.5:7860"), False),
        (request("10.0.0.7", **HERE), False),
        (request(host="abc.gradio.live"), False),
        (request(host="evil.example:7860"), False),
        (request(**HERE, x_forwarded_for="203.0.113.9"), False),
        (request(**HERE, forwarded="for=203.0.113.9"), False),
        (request(**HERE, origin="http://127.0.0.1:7860"), True),
        (request(**HERE, origin="https://class.example"), False),
        (request(**HERE, origin="null"), False),
        (request(host="[::1"), False),
        (request(), False),
    ],
)
def test_who_sits_at_this_computer(visitor, here):
    assert links.is_here(visitor) is here


def checked(tab="cnn", state=None, **facts):
    row = models.row("classify", "efficientnet-lite0")
    active = (Active(row, "loaded", 19 * 10**6, "cpu", True),)
    found = () if state is None else (Finding(state, PlaygroundError("preflight.memory", free="<b>7</b>", least=9)),)
    return Check(tab, ROOM, **{"active": active, "first": 1.5, "second": 0.034, "findings": found, **facts})


def run(engine, visitor):
    demo = page.build(engine, [edges, cnn], Links())
    return list(private(demo, "everything")(visitor))


def test_somebody_elsewhere_gets_a_sentence_and_nothing_runs():
    engine = FakeEngine(())
    ((said, table),) = run(engine, request("10.0.0.7", host="10.0.0.5:7860"))
    assert "Only the computer that serves this page" in said and table == ""
    assert engine.calls == []


def test_a_row_comes_as_soon_as_its_tab_is_checked():
    engine = StepEngine(Step("edges", "first", "canny"), checked("edges"))
    engine.run = lambda fn, checks: checks
    steps = run(engine, request(**HERE))
    assert [call.fn for call in engine.calls] == [preflight.check] * 2
    assert [call.args for call in engine.calls] == [("edges",), ("cnn",)]
    states = [re.findall(r"<tr class='(\w+)' data-tab='(\w+)'", table) for _, table in steps]
    assert states == [
        [("checking", "edges"), ("waiting", "cnn")],
        [("green", "edges"), ("checking", "cnn")],
        [("green", "edges"), ("green", "edges")],
    ]
    assert "first call of canny" in steps[0][0] and "value='0'" in steps[0][0] and "value='1'" in steps[1][0]
    assert "2 tabs: 2 green, 0 amber, 0 red." in steps[-1][0] and "8.0 of 16.0 GB" in steps[-1][1]


def test_what_was_pushed_out_at_the_end_is_said():
    engine = StepEngine(checked("edges"))
    engine.run = lambda fn, checks: [checked("edges", "amber"), *checks[1:]]
    said, table = run(engine, request(**HERE))[-1]
    assert "1 green, 1 amber" in said and "<tr class='amber' data-tab='edges'>" in table


@pytest.mark.parametrize(("state", "sign"), [(None, "✓ ready"), ("amber", "▲ works, but"), ("red", "✗ does not work")])
def test_a_state_is_a_word_and_a_sign_and_not_only_a_colour(state, sign):
    shown = lecturer.table([checked(state=state)], ["cnn"])
    assert f">{sign}</span>" in shown
    for fact in ("EfficientNet-Lite0 · pocket · CPU", "here, verified", "1.50 s", "0.034 s", "19 MB", "not needed"):
        assert f"<div>{fact}</div>" in shown


def test_sentences_are_text_and_never_markup():
    shown = lecturer.table([checked(state="amber")], ["cnn"])
    assert "&lt;b&gt;7&lt;/b&gt; MB" in shown and "<b>" not in shown


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ({"asked": ("huggingface.co",)}, "huggingface.co"),
        ({"active": (Active(models.row("edges", "canny"), "loaded", 0, "cpu", True),)}, "no weights"),
        ({"warm": True}, "was warm"),
        ({"warm": False}, "was cold"),
        ({"first": None, "second": None}, "–"),
    ],
)
def test_what_is_not_as_usual_is_shown(facts, fact):
    assert f"<div>{fact}</div>" in lecturer.table([checked(**facts)], ["cnn"])


def test_of_a_tab_that_was_not_tried_nothing_is_claimed():
    shown = lecturer.table([Check("cnn", ROOM)], ["cnn"])
    assert "verified" not in shown and "no weights" not in shown and shown.count("<div>–</div>") == 5


@pytest.mark.parametrize(("whole", "word"), [(False, "missing or changed"), (None, "here, not verified")])
def test_the_worst_of_the_weights_is_shown(whole, word):
    row = models.row("classify", "efficientnet-lite0")
    active = tuple(Active(row, "on disk", 0, "", w) for w in (True, whole))
    assert word in lecturer.table([checked(active=active)], ["cnn"])
