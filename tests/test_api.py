"""Whatever comes over the network, every endpoint answers, or refuses with a sentence of ours; private ones, too."""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import httpx
import pytest
from gradio_client.exceptions import AppError

from core import images, samples, texts
from core.errors import InputError
from demos.page import endpoints
from demos.ui import language
from tests import ROOT

if TYPE_CHECKING:
    from gradio.block_function import BlockFunction

HOSTILE = {
    "nothing": None,
    "huge": -1e300,
    "not a number": float("nan"),
    "markup": "<script>alert(1)</script>",
    "a list": [1, "<b>x</b>"],
}
# for what takes files
OUTSIDE = {
    "a path outside": "../../../../etc/passwd",
    "a file outside": {"path": "/etc/passwd", "orig_name": "passwd", "meta": {"_type": "gradio.FileData"}},
}
FILES = {"Image", "Imageeditor", "File", "Gallery"}
# as little work as the control allows; the default is for people who look at the result
FRUGAL = {"steps", "size", "count", "epochs", "side"}
WORDS = {"prompt": "a cat", "second": "a dog", "words": "cat", "word": "a cat", "name": "cat"}


# what no component sends, a few for each input in turn: all of them for each would take minutes
STRANGE: list[Any] = [
    None, {}, [], [{"a": [1]}], True, 10**30, -1, float("nan"), float("inf"), "false", "3", "x" * 50_000, "half \ud83d",
    "\x00\x1b[31mred\r\nforged line of a log", {"path": None}, OUTSIDE["a file outside"],
    {"url": "http://127.0.0.1:9/x.png", "meta": {"_type": "gradio.FileData"}}, [[1, 2, 3]], 10**400,
]  # fmt: skip
EVENTS: list[Any] = [None, {}, {"value": 1}, {"index": None, "value": None}, {"index": -5, "value": {}},
                     {"index": [1e308, float("nan")], "value": []}, {"index": "a", "value": "\x1b[31m"}, 5]  # fmt: skip
TRIED = 4


class RefusingEngine:
    """Computes nothing: what is refused before the engine, and what is not, shows without a model."""

    def run(self, *_: Any, **__: Any) -> Any:
        raise InputError("errors.picture_missing")

    def stream(self, *_: Any, **__: Any) -> Iterator[Any]:
        raise InputError("errors.picture_missing")
        yield


@functools.lru_cache(maxsize=1)
def build_page() -> gr.Blocks:
    """The whole page, which computes nothing."""
    import app
    from demos import page
    from demos.page.links import ServerAddresses

    return page.build_page(RefusingEngine(), app.TABS, ServerAddresses())


@functools.lru_cache(maxsize=1)
def read_endpoints() -> dict[str, Any]:
    """What the page says of itself at /gradio_api/info, without a server; of what it keeps for itself, too."""
    own = [event for event in build_page().fns.values() if event.api_name in endpoints.WIRING]
    try:
        for event in own:
            event.api_visibility = "public"
        found: dict[str, Any] = build_page().get_api_info()["named_endpoints"]
    finally:
        endpoints.hide_wiring(build_page())
    return found


def list_events() -> list[int]:
    """The number of one event for each handler and kind of inputs, private ones too."""
    found = {}
    for number, event in build_page().fns.items():
        if event.fn is not None:
            handler = getattr(event.fn, "__qualname__", "")
            found.setdefault((handler, tuple(type(component) for component in event.inputs)), number)
    return list(found.values())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each endpoint that has parameters, whichever tab it comes from, and for each event of the page."""
    if "endpoint" in metafunc.fixturenames:
        metafunc.parametrize("endpoint", [name for name, facts in read_endpoints().items() if facts["parameters"]])
    if "event" in metafunc.fixturenames:
        metafunc.parametrize("event", list_events(), ids=lambda number: build_page().fns[number].api_name)


def choose_value(parameter: dict[str, Any], uploaded: dict[str, Any]) -> Any:
    """A valid value that costs little to answer."""
    component, name = parameter["component"], parameter["parameter_name"]
    if component == "Image":
        return uploaded
    if component == "Slider" and name in FRUGAL:
        return parameter["example_input"]  # its lowest
    if component == "Textbox" and not parameter.get("parameter_default"):
        return WORDS.get(name, "")
    if component in ("Gallery", "Imageeditor"):
        return None
    return parameter.get("parameter_default")


def call_endpoint(http: httpx.Client, session: str, name: str, data: list[Any]) -> tuple[str, Any]:
    """("complete", outputs) or ("error", what the visitor is told) of a call over plain HTTP."""
    # not httpx's own encoder, which refuses what is not a number
    body = json.dumps({"data": data, "session_hash": session})
    asked = http.post(f"gradio_api/call{name}", content=body, headers={"content-type": "application/json"})
    asked.raise_for_status()
    answer = http.get(f"gradio_api/call{name}/{asked.json()['event_id']}").text
    event, told = re.findall(r"event: (\w+)\ndata: (.*)\n\n", answer)[-1]
    return event, json.loads(told)


@functools.lru_cache(maxsize=2)
def known_sentences(language: str = "en") -> re.Pattern[str]:
    """Any sentence of the catalogue in that language that says something without its facts."""
    said = [sentence for key, sentence in texts.load_sentences(language).items() if not key.startswith("notes.")]
    parts = [re.split(r"\{[^}]*\}", sentence) for sentence in said]
    # Korean says the same in half as many letters
    shortest = 20 if language == "en" else 10
    patterns = [".*".join(map(re.escape, fixed)) for fixed in parts if len("".join(fixed)) >= shortest]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.DOTALL)


def find_fault(event: str, told: Any, printed: str) -> str:
    """What is wrong with an answer; outputs, sentences of ours and what Gradio itself cannot read are right."""
    if event == "complete":
        return "a file outside was handed out" if "root:x:" in json.dumps(told) else ""
    sentence = told.get("error") if isinstance(told, dict) else told
    if sentence:
        return "" if known_sentences().fullmatch(sentence) else f"unknown words: {sentence[:120]}"
    ours = [line for line in printed.splitlines() if re.search(rf'File "{ROOT}/(core|demos)/', line)]
    return f"nobody handles {printed.splitlines()[-1][:120]} from{ours[-1]}" if ours else ""


@pytest.fixture(scope="module")
def http(url: str) -> Iterator[httpx.Client]:
    """A client of the page that keeps its connection."""
    with httpx.Client(base_url=url, timeout=120) as opened:
        yield opened


@pytest.fixture(scope="module")
def uploaded(http: httpx.Client) -> dict[str, Any]:
    """A small picture on the server, as a client that uploaded it names it."""
    file = samples.sample_path("face")
    (path,) = http.post("gradio_api/upload", files={"files": (file.name, file.read_bytes())}).json()
    return {"path": path, "orig_name": file.name, "meta": {"_type": "gradio.FileData"}}


def test_names_read_well(client):
    names = list(client.view_api(return_format="dict")["named_endpoints"])
    assert len(names) > 25
    assert not [name for name in names if name[-1].isdigit() or "lambda" in name or "__" in name]


def test_hostile_values_get_a_sentence_or_an_answer(http, endpoint, uploaded, capfd):
    parameters = read_endpoints()[endpoint]["parameters"]
    good, faults = [choose_value(parameter, uploaded) for parameter in parameters], []
    # one visitor: a new one costs more than most answers
    session = uuid.uuid4().hex
    for i, parameter in enumerate(parameters):
        sent = HOSTILE | OUTSIDE if parameter["component"] in FILES else HOSTILE
        for kind, value in sent.items():
            capfd.readouterr()
            event, told = call_endpoint(http, session, endpoint, [*good[:i], value, *good[i + 1 :]])
            fault = find_fault(event, told, capfd.readouterr().err.strip())
            if fault:
                faults.append(f"{parameter['parameter_name']} ({parameter['component']}), {kind}: {fault}")
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="module")
def quiet(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A Korean visitor of the page that computes nothing."""
    from tests.stand_ins import servers

    korean = {"accept-language": "ko-KR,ko;q=0.9", "content-type": "application/json"}
    with (
        servers.serve_blocks(build_page) as address,
        httpx.Client(base_url=address, timeout=60, headers=korean) as opened,
    ):
        yield opened


def list_hostile_calls(event: BlockFunction) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is sent, and the call: wrong values one by one, too few, too many, and what no click says."""
    good = [component.postprocess(component.value) if _is_plain(component) else None for component in event.inputs]
    for place, component in enumerate(event.inputs):
        # each input gets others, and so does the same one of another event; a state is the server's own
        first = (place + event._id) * TRIED
        tried = [] if component.stateful else [STRANGE[i % len(STRANGE)] for i in range(first, first + TRIED)]
        for value in tried:
            name = component.elem_id or type(component).__name__
            yield f"{name}: {value!r:.40}", {"data": [*good[:place], value, *good[place + 1 :]]}
    yield "none", {"data": []}
    yield "one more", {"data": [*good, {}]}
    for told in EVENTS if event.collects_event_data else EVENTS[-1:]:
        yield f"event {told!r:.40}", {"data": good, "event_data": told, "trigger_id": 10**6}


def _is_plain(component: Any) -> bool:
    """Whether the component's first value is sent as it is."""
    return isinstance(component, (gr.Slider, gr.Number, gr.Dropdown, gr.Radio, gr.Checkbox, gr.Textbox, gr.ColorPicker))


def test_no_event_prints_a_traceback_for_what_a_visitor_sent(quiet, event, capfd):
    session, faults = f"hostile {event}", []
    for sent, call in list_hostile_calls(build_page().fns[event]):
        capfd.readouterr()
        body = json.dumps(call | {"fn_index": event, "session_hash": session})
        answer = quiet.post("gradio_api/run/hostile", content=body)
        printed = "".join(capfd.readouterr())
        if answer.status_code >= 500 or "Traceback" in printed:
            faults.append(f"{sent}: {answer.status_code} {printed[-200:]}")
        elif answer.status_code >= 400 and not known_sentences("ko").fullmatch(answer.json()["error"] or ""):
            faults.append(f"{sent}: {answer.text[:120]}")
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]|forged", printed):
            faults.append(f"{sent}: the log repeats it")
    assert not faults, "\n".join(faults)
    kernel = next(number for number, known in build_page().fns.items() if known.api_name == "kernel")
    good = {"data": ["blur", 3], "fn_index": kernel, "session_hash": session}
    assert quiet.post("gradio_api/run/kernel", content=json.dumps(good)).status_code == 200, "the visitor goes on"


def test_every_handler_reports_errors_and_has_a_name_of_its_own():
    handlers = [event.fn for event in build_page().fns.values() if event.fn is not None]
    assert len(handlers) > 100 and all(map(language.is_reporting, handlers))
    names = {getattr(getattr(handler, "func", handler), "__qualname__", "") for handler in handlers}
    assert not [name for name in names if not name or "lambda" in name or name.startswith("dict.")]
    once = [handler for handler in handlers if hasattr(handler, "__wrapped__")]
    assert not [handler for handler in once if language.is_reporting(handler.__wrapped__)]


def test_prompts_of_ten_thousand_characters(client):
    for model in ("pocket-diffusion", "sd-turbo"):
        with pytest.raises(AppError, match="prompt may have at most 2000 characters, but 10000 came"):
            client.predict("x" * 10_000, "", model, 1, 0, 64, 0, 1, api_name="/text_to_image")


def test_a_prompt_of_nothing_is_drawn_without_one(client):
    for prompt in ("", "\x00"):
        _, picture, _, badge, *_ = client.predict(
            prompt, "", "pocket-diffusion", 1, 0, 64, 0, 1, api_name="/text_to_image"
        )
        assert images.to_rgb(Path(picture["value"]).read_bytes()).shape == (64, 64, 3)
        assert "unconditionally" in badge
