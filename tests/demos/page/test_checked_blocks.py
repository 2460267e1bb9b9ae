"""A small page: what is refused, in which words, and what stays as loud as it was."""

from __future__ import annotations

from typing import Any

import gradio as gr
import httpx
import pytest

from core.errors import InputError
from demos import ui
from demos.page import checked_blocks
from demos.page.checked_blocks import CheckedBlocks

KOREAN = {"accept-language": "ko-KR,ko;q=0.9"}


def divide(by: float) -> float:
    return 1 / by


@ui.report_errors
def pick(event: gr.SelectData) -> str:
    return f"{ui.chosen_index(event, 3)}"


def build() -> gr.Blocks:
    with CheckedBlocks() as demo:
        number, said = ui.Number(1, label="Divisor"), gr.Textbox(label="Said")
        gallery, file = gr.Gallery(label="Shelf"), gr.File(label="Paper")
        number.change(divide, number, number, api_name="divide")
        gallery.select(pick, None, said, api_name="pick")
        gallery.change(len, gallery, number, api_name="count")
        file.change(str, file, said, api_name="name")
        said.change(None, said, said, js="x => x", api_name="browser")
    return demo


@pytest.fixture
def call(serve_page):
    url = serve_page(build)

    def send(name: str, data: Any, headers: Any = None, **more: Any) -> tuple[int, Any]:
        answer = httpx.post(f"{url}gradio_api/run/{name}", json={"data": data, **more}, headers=headers)
        return answer.status_code, answer.json()

    return send


def test_refusals_are_one_sentence_and_print_nothing_that_was_sent(call, capfd):
    outside = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    for name, data, said in [
        ("divide", [{}], "Divisor cannot be read"),
        ("divide", [], "1 values are needed, but 0 came"),
        ("count", ["\x1b[31m"], "Shelf cannot be read from what came, '\\x1b[31m'"),
        ("count", [[{"image": outside}]], "Shelf cannot be read"),
        ("name", [outside], "Paper cannot be read"),
        ("name", [{"path": None}], "Paper cannot be read"),
        ("browser", ["x"], "does not exist on this server"),
    ]:
        status, answer = call(name, data)
        assert status == 400 and said in answer["error"], (name, data)
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed and "\x1b" not in printed and "passwd" not in printed
    assert call("divide", [4])[1]["data"] == [0.25], "the next call is answered"


def test_refusals_are_in_the_visitors_language(call):
    assert call("divide", [], KOREAN)[1]["error"].startswith("값은 1개여야 합니다(지금 0개).")
    assert "화면에 보이는 것을 눌러야" in call("pick", [], KOREAN, event_data={})[1]["error"]


@pytest.mark.parametrize("sent", [None, {}, {"value": 1}, {"index": 0}, {"index": 5, "value": 1}, "x", [], 5])
def test_event_data_that_says_nothing_is_refused(call, capfd, sent):
    status, answer = call("pick", [], event_data=sent)
    assert status == 400 and "A click on something that is shown was expected" in answer["error"]
    assert "Traceback" not in "".join(capfd.readouterr())


def test_event_data_of_a_click_is_taken(call):
    assert call("pick", [], event_data={"index": 2, "value": None})[1]["data"] == ["2"]


def test_a_fault_of_ours_stays_loud(call, capfd):
    status, answer = call("divide", [0])
    assert status == 500 and answer["error"] is None
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_what_a_library_raises_over_what_was_sent_is_no_fault_of_ours():
    with pytest.raises(AttributeError) as ours:
        checked_blocks.check_event_data(None, None)
    with pytest.raises(InputError):
        checked_blocks.check_event_data(build().fns[1], gr.EventData(None, {}))
    with pytest.raises(ValueError, match="x") as theirs:
        int("x")
    assert checked_blocks.is_ours(ours.value) and not checked_blocks.is_ours(theirs.value)
