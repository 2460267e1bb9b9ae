"""Requests that no page of ours sends: a sentence, a status below 500, and no traceback."""

from __future__ import annotations

import json
import threading

import gradio as gr
import httpx
import pytest

JSON = {"content-type": "application/json", "accept-language": "ko"}
UNKNOWN, UNREADABLE = "이 서버에 없습니다", "이 요청을 읽을 수 없습니다"
CALL = {"data": [None], "fn_index": 2, "session_hash": "bad requests"}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("run/edges", "{", UNREADABLE),
        ("run/edges", "", UNREADABLE),
        ("run/edges", '{"data": [NaN], "fn_index": 1e400}', UNREADABLE),
        ("run/edges", json.dumps(CALL | {"fn_index": 10**6}), UNKNOWN),
        ("run/edges", json.dumps(CALL | {"fn_index": "\x1b[31m"}), UNREADABLE),
        ("run/nothing", '{"data": []}', UNKNOWN),
        ("queue/join", json.dumps(CALL | {"fn_index": -1}), UNKNOWN),
        ("queue/join", json.dumps(CALL | {"fn_index": None}), UNREADABLE),
        ("queue/join", json.dumps(CALL | {"session_hash": ""}), UNREADABLE),
        ("queue/join", json.dumps(CALL | {"session_hash": {}}), UNREADABLE),
        ("queue/join", '{"data": ' + "[" * 3000 + "]" * 3000 + "}", UNREADABLE),
        ("call/nothing", '{"data": []}', UNKNOWN),
        ("call/v2/nothing", "{}", UNREADABLE),
        ("call/v2/edges", '{"\\u001b[31m": 1}', UNREADABLE),
        ("call/%1b%5b31m", '{"data": []}', UNREADABLE),
        ("component_server", "[]", UNREADABLE),
        ("component_server", '{"data": 1, "component_id": 1000000, "session_hash": "s", "fn_name": "x"}', UNREADABLE),
        ("cancel", "{}", UNREADABLE),
    ],
)
def test_a_request_that_cannot_be_read_gets_a_sentence(url, capfd, path, body, said):
    answer = httpx.post(f"{url}gradio_api/{path}", content=body, headers=JSON)
    assert 400 <= answer.status_code < 500
    assert said in answer.json()["detail"] and answer.json()["error"] == answer.json()["detail"]
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed and "\x1b" not in printed


def test_of_a_component_only_what_it_serves_can_be_called(url):
    live = next(each["id"] for each in httpx.get(f"{url}config").json()["components"] if "elem_id" in each["props"])
    asked = {"data": 1, "component_id": live, "session_hash": "s", "fn_name": "__class__"}
    answer = httpx.post(f"{url}gradio_api/component_server", json=asked, headers=JSON)
    assert answer.status_code == 404 and UNKNOWN in answer.json()["detail"]


def test_the_sentence_is_english_for_whoever_reads_no_korean(url):
    answer = httpx.post(f"{url}gradio_api/run/edges", content="{", headers={"content-type": "application/json"})
    assert answer.json()["error"].startswith("The server could not read this request")


@pytest.mark.parametrize("path", ["queue/data?session_hash=nobody", "call/edges/nobody", "heartbeat/%1b%5b31m"])
def test_a_stream_of_a_session_that_is_not_there_ends_quietly(url, capfd, path):
    answer = httpx.get(f"{url}gradio_api/{path}", timeout=20)
    assert answer.status_code < 500
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed and "\x1b" not in printed


def test_addresses_with_control_characters_are_not_printed(url, capfd):
    assert httpx.get(f"{url}gradio_api/custom_component/a/client/b/%1b%5b31m").status_code == 400
    assert "\x1b" not in "".join(capfd.readouterr())


def test_good_requests_are_answered_as_before(url):
    data = {"data": ["blur", 3], "session_hash": "good requests"}
    answer = httpx.post(f"{url}gradio_api/run/kernel", json=data)
    assert answer.status_code == 200 and answer.json()["data"][1] is True, "blur is normalised"
    asked = httpx.post(f"{url}gradio_api/call/kernel", json={"data": ["blur", 3]}).json()
    told = httpx.get(f"{url}gradio_api/call/kernel/{asked['event_id']}").text
    assert told.startswith("event: complete")


def test_a_full_queue_says_so_in_the_language_of_the_page(serve_page):
    done = threading.Event()

    def build():
        with gr.Blocks() as demo:
            demo.queue(max_size=1)
            gr.Button().click(lambda: done.wait(60) and None, None, None, concurrency_limit=1)
        return demo

    address = serve_page(build)
    call = {"data": [], "fn_index": 0, "session_hash": "many"}
    answers = [httpx.post(f"{address}gradio_api/queue/join", json=call, headers=JSON, timeout=60) for _ in range(6)]
    done.set()
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.json()["error"].startswith("기다리는 사람이 너무 많습니다.")
