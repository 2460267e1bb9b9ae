"""What programs can call: few parameters are needed, each has a name, and so has each output, in both languages."""

from __future__ import annotations

import functools
import inspect
import re

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from core import samples, texts
from core.errors import Cancelled
from demos import page, ui
from demos.page import endpoints
from demos.page.links import ServerAddresses
from tests import ROOT
from tests.stand_ins import servers
from tests.test_api import build_page, known_sentences

# what cannot be left out, by name; everything else has a default
NEEDED = {
    "picture", "drawn", "mask", "source", "words", "word", "prompt", "second", "pictures", "edges",
}  # fmt: skip
# they train or draw a dozen pictures: that the engine is asked as its function wants is enough
LONG = {
    "/prompt_gallery", "/sweep", "/interpolate", "/strength_strip", "/segment_everything", "/teach", "/text_to_image",
    "/image_to_image", "/edges_to_image", "/autoencoder_denoising",
}  # fmt: skip
# what must come before them was not called
AFTER_OTHERS = {
    "/transfer_predict", "/transfer_train", "/segment_cutout", "/segment_mask", "/segment_overlay", "/segment_json",
    "/outpaint",
}  # fmt: skip


@functools.cache
def read_info():
    return build_page().get_api_info()["named_endpoints"]


def needed_parameters(name):
    return [p["parameter_name"] for p in read_info()[name]["parameters"] if not p["parameter_has_default"]]


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """What is sent for a parameter that is needed."""
    mask = np.zeros((300, 451), np.uint8)
    mask[50:100, 50:100] = 255
    file = tmp_path_factory.mktemp("api") / "mask.png"
    Image.fromarray(mask).save(file)
    cat = handle_file(samples.sample_path("cat"))
    drawn = dict.fromkeys(("drawn", "mask", "edges"), handle_file(file))
    said = {"prompt": "a cat", "second": "a dog", "words": "cat", "word": "a cat", "source": "textures"}
    return {"picture": cat, "pictures": [cat, cat], **drawn, **said}


def test_only_what_a_call_is_about_is_needed():
    for endpoint, facts in read_info().items():
        assert set(needed_parameters(endpoint)) <= NEEDED, endpoint
        names = [p["parameter_name"] for p in facts["parameters"]]
        assert len(set(names)) == len(names), endpoint
        assert all(re.fullmatch("[a-z][a-z0-9_]*", name) and not name.startswith("param") for name in names), endpoint


def test_the_picture_alone_is_enough_for_edges(client, values):
    # Gradio's own rule stays: what a page shows at first is what a program takes
    picture, badge, code = client.predict(values["picture"], api_name="/edges")
    assert set(np.unique(np.asarray(Image.open(picture)))) == {0, 255}
    assert "Canny" in badge and "edges.detect(picture, method='canny', low=60, high=150" in code


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_value_has_a_label_in_both_languages(language, monkeypatch):
    monkeypatch.setattr(ui.Language, "forced", language)
    for name, facts in build_page().get_api_info()["named_endpoints"].items():
        for value in (*facts["parameters"], *facts["returns"]):
            label = value["label"]
            assert label and "i18n" not in label and not re.search(r"value_|parameter_|[*{}]", label), (name, label)
            # files go by names that both languages have, and Gradio's button by its own
            latin = {"JPEG", "WebP", "Download", "x", "y", "LoRA"}
            assert language == "en" or label in latin or re.search("[가-힣]", label), (name, label)


def test_what_the_page_does_for_itself_is_not_listed():
    names = {event.api_name: event.api_visibility for event in build_page().fns.values()}
    assert names.keys() >= endpoints.WIRING, "there is no such event any more"
    assert {names[name] for name in endpoints.WIRING} == {"private"}
    listed = {name[1:] for name in read_info()}
    assert not listed & endpoints.WIRING and len(listed) < 50
    assert listed >= {"edges", "classify", "segment", "words_to_masks", "text_to_image", "inpaint", "zeroshot_classify"}


class CheckingEngine:
    """Computes nothing; a call must be one that its function takes."""

    def run(self, fn, /, *args, **kwargs):
        inspect.signature(fn).bind(*args, **kwargs)
        raise Cancelled

    def stream(self, fn, /, *args, **kwargs):
        self.run(fn, *args, **kwargs)
        yield


@pytest.fixture(scope="module")
def quiet():
    """A program on a page that computes nothing."""
    import app

    with servers.serve_blocks(lambda: page.build_page(CheckingEngine(), app.TABS, ServerAddresses())) as address:
        yield Client(address, verbose=False)


def call_with_what_is_needed(client, endpoint, values):
    """The outputs as a list, or the sentence."""
    try:
        outputs = client.predict(api_name=endpoint, **{name: values[name] for name in needed_parameters(endpoint)})
    except AppError as error:
        return str(error)
    return list(outputs) if isinstance(outputs, tuple) and len(read_info()[endpoint]["returns"]) > 1 else [outputs]


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", sorted(read_info().keys() - LONG))
def test_a_call_with_only_what_is_needed_answers(client, endpoint, values):
    found = call_with_what_is_needed(client, endpoint, values)
    if endpoint == "/word_maps":
        assert "Draw a picture from noise first" in found[1]
    elif endpoint in AFTER_OTHERS:
        assert known_sentences().fullmatch(found), found
    else:
        assert len(found) == len(read_info()[endpoint]["returns"]), found
        assert {"__type__": "update"} not in found, "the last answer lacks what an earlier one had"


def test_pictures_of_a_sweep_are_in_its_last_answer(client):
    pictures, badge, _ = client.predict("a cat", across="1, 3", steps=1, size=64, api_name="/sweep")
    assert [each["caption"] for each in pictures["value"]] == ["Guidance 1", "Guidance 3"]
    assert "Pocket" in badge


def test_a_python_default_is_a_default():
    import gradio as gr

    def double(amount: float, times: float = 2) -> float:
        return amount * times

    with page_blocks() as demo:
        given, times, shown = gr.Number(), gr.Number(elem_id="some-times"), gr.HTML(elem_id="some-badge")
        given.change(double, [given, times], shown, api_name="double")
    facts = demo.get_api_info()["named_endpoints"]["/double"]
    told = [(p["parameter_name"], p["parameter_has_default"], p["parameter_default"]) for p in facts["parameters"]]
    assert told == [("amount", False, None), ("times", True, 2)]
    assert [output["label"] for output in facts["returns"]] == ["Model and facts"]


def test_a_handler_that_tells_nobody_what_it_takes_is_listed_too():
    import gradio as gr

    with page_blocks() as demo:
        given, shown = gr.Textbox(label="Given"), gr.Textbox(label="Shown")
        given.change(str, given, shown, api_name="spell")
    (parameter,) = demo.get_api_info()["named_endpoints"]["/spell"]["parameters"]
    assert parameter["label"] == "Given" and not parameter["parameter_has_default"]


def page_blocks():
    from demos.page.checked_blocks import CheckedBlocks

    return CheckedBlocks()


def test_the_block_of_the_docs_runs_as_printed(client, url):
    told = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", told, re.DOTALL)[1].replace("http://127.0.0.1:7860/", url)
    names = {}
    exec(compile(block, "docs/api.md", "exec"), names)
    assert "Canny" in names["badge"] and "edges.detect" in names["code"]
    assert np.asarray(Image.open(names["picture"])).shape[:2] == (300, 451)
    assert "cat" in names["answer"]["label"]


def test_the_table_of_the_docs_is_what_the_page_offers():
    told = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert endpoints.format_endpoints(build_page()) in told, ".venv/bin/python app.py --api prints it"


# after all that ask the other page, whose uploads would go where this one keeps its own
@pytest.mark.parametrize("endpoint", sorted(LONG))
def test_a_long_call_with_only_what_is_needed_is_one_that_core_takes(quiet, endpoint, values):
    assert "Stopped." in str(call_with_what_is_needed(quiet, endpoint, values))
