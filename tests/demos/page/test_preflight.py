"""The lecturer's page: who may use it, and what stands in its table."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from core import models, preflight
from core.errors import PlaygroundError
from core.preflight import ActiveModel, Check, CheckStep, Finding, MemoryInfo
from demos import cnn, edges, page
from demos.page import links
from demos.page import preflight as lecturer
from demos.page.links import ServerAddresses
from tests.stand_ins.fakes import FakeEngine, StepEngine, find_handler

ROOM = MemoryInfo(8 * 10**9, 16 * 10**9)
HERE = {"host": "127.0.0.1:7860"}


def fake_request(client="127.0.0.1", **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(client=SimpleNamespace(host=client), headers=sent)


@pytest.mark.parametrize(
    ("visitor", "here"),
    [
        (fake_request(**HERE), True),
        (fake_request(host="localhost:7860"), True),
        (fake_request("::1", host="[::1]:7860"), True),
        (fake_request("10.0.0.7", host="10.0.0.5:7860"), False),
        (fake_request("10.0.0.7", **HERE), False),
        (fake_request(host="abc.gradio.live"), False),
        (fake_request(host="evil.example:7860"), False),
        (fake_request(**HERE, x_forwarded_for="203.0.113.9"), False),
        (fake_request(**HERE, forwarded="for=203.0.113.9"), False),
        (fake_request(**HERE, origin="http://127.0.0.1:7860"), True),
        (fake_request(**HERE, origin="https://class.example"), False),
        (fake_request(**HERE, origin="null"), False),
        (fake_request(host="[::1"), False),
        (fake_request(), False),
    ],
)
def test_who_sits_at_this_computer(visitor, here):
    assert links.is_local_visitor(visitor) is here


def build_check(tab="cnn", state=None, **facts):
    row = models.row("classify", "efficientnet-lite0")
    active = (ActiveModel(row, "loaded", 19 * 10**6, "cpu", True),)
    found = () if state is None else (Finding(state, PlaygroundError("preflight.memory", free="<b>7</b>", least=9)),)
    return Check(tab, ROOM, **{"active": active, "first": 1.5, "second": 0.034, "findings": found, **facts})


def run_preflight(engine, visitor):
    demo = page.build_page(engine, [edges.TAB, cnn.TAB], ServerAddresses())
    return list(find_handler(demo, "check_all_tabs")(visitor))


def test_somebody_elsewhere_gets_a_sentence_and_nothing_runs():
    engine = FakeEngine(())
    ((said, table),) = run_preflight(engine, fake_request("10.0.0.7", host="10.0.0.5:7860"))
    assert "Only the computer that serves this page" in said and table == ""
    assert engine.calls == []


def test_a_row_comes_as_soon_as_its_tab_is_checked():
    engine = StepEngine(CheckStep("edges", "first", "canny"), build_check("edges"))
    engine.run = lambda fn, checks: checks
    steps = run_preflight(engine, fake_request(**HERE))
    assert [call.fn for call in engine.calls] == [preflight.check_tab] * 2
    assert [(call.args, call.kwargs) for call in engine.calls] == [
        (("edges",), {"probe": "edges"}),
        (("cnn",), {"probe": "cnn"}),
    ]
    states = [re.findall(r"<tr class='(\w+)' data-tab='(\w+)'", table) for _, table in steps]
    assert states == [
        [("checking", "edges"), ("waiting", "cnn")],
        [("green", "edges"), ("checking", "cnn")],
        [("green", "edges"), ("green", "edges")],
    ]
    assert "first call of canny" in steps[0][0] and "value='0'" in steps[0][0] and "value='1'" in steps[1][0]
    assert "2 tabs: 2 green, 0 amber, 0 red." in steps[-1][0] and "8.0 of 16.0 GB" in steps[-1][1]


def test_what_was_pushed_out_at_the_end_is_said():
    engine = StepEngine(build_check("edges"))
    engine.run = lambda fn, checks: [build_check("edges", "amber"), *checks[1:]]
    said, table = run_preflight(engine, fake_request(**HERE))[-1]
    assert "1 green, 1 amber" in said and "<tr class='amber' data-tab='edges'>" in table


@pytest.mark.parametrize(("state", "sign"), [(None, "✓ ready"), ("amber", "▲ works, but"), ("red", "✗ does not work")])
def test_a_state_is_a_word_and_a_sign_and_not_only_a_colour(state, sign):
    shown = lecturer.check_table([build_check(state=state)], ["cnn"])
    assert f">{sign}</span>" in shown
    for fact in ("EfficientNet-Lite0 · pocket · CPU", "here, verified", "1.50 s", "0.034 s", "19 MB", "not needed"):
        assert f"<div>{fact}</div>" in shown


def test_sentences_are_text_and_never_markup():
    shown = lecturer.check_table([build_check(state="amber")], ["cnn"])
    assert "&lt;b&gt;7&lt;/b&gt; MB" in shown and "<b>" not in shown


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ({"asked": ("huggingface.co",)}, "huggingface.co"),
        ({"active": (ActiveModel(models.describe("edges", "canny"), "loaded", 0, "cpu", True),)}, "no weights"),
        ({"warm": True}, "was warm"),
        ({"warm": False}, "was cold"),
        ({"first": None, "second": None}, "–"),
    ],
)
def test_what_is_not_as_usual_is_shown(facts, fact):
    assert f"<div>{fact}</div>" in lecturer.check_table([build_check(**facts)], ["cnn"])


def test_of_a_tab_that_was_not_tried_nothing_is_claimed():
    shown = lecturer.check_table([Check("cnn", ROOM)], ["cnn"])
    assert "verified" not in shown and "no weights" not in shown and shown.count("<div>–</div>") == 5


@pytest.mark.parametrize(("whole", "word"), [(False, "missing or changed"), (None, "here, not verified")])
def test_the_worst_of_the_weights_is_shown(whole, word):
    row = models.row("classify", "efficientnet-lite0")
    active = tuple(ActiveModel(row, "on disk", 0, "", w) for w in (True, whole))
    assert word in lecturer.check_table([build_check(active=active)], ["cnn"])
