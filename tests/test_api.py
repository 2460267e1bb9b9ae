"""Whatever comes over the network, every public endpoint answers, or refuses with a sentence of ours."""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client.exceptions import AppError

from core import images, samples, texts
from tests import ROOT

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


@functools.lru_cache(maxsize=1)
def read_endpoints() -> dict[str, Any]:
    """What the page says of itself at /gradio_api/info, without a server."""
    import app
    from core.engine import Local
    from demos import page
    from demos.page.links import ServerAddresses

    return page.build_page(Local(), app.TABS, ServerAddresses()).get_api_info()["named_endpoints"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each endpoint that has parameters, whichever tab it comes from."""
    if "endpoint" in metafunc.fixturenames:
        metafunc.parametrize("endpoint", [name for name, facts in read_endpoints().items() if facts["parameters"]])


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


@functools.lru_cache(maxsize=1)
def known_sentences() -> re.Pattern[str]:
    """Any English sentence of the catalogue that says something without its facts."""
    said = [sentence for key, sentence in texts.load_sentences("en").items() if not key.startswith("notes.")]
    parts = [re.split(r"\{[^}]*\}", sentence) for sentence in said]
    patterns = [".*".join(map(re.escape, fixed)) for fixed in parts if len("".join(fixed)) >= 20]
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
