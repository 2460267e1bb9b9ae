from __future__ import annotations

import json

import pytest

from demos.page import slimming

WORD = '__i18n__{"__type__": "translation_metadata", "key": "%s"}'


def make_page():
    components = [
        {"id": 1, "type": "image", "api_info": {"a": 1}, "api_info_as_input": {}, "api_info_as_output": {},
         "example_inputs": 0, "props": {"label": WORD % "ui.picture", "info": f"x {WORD % 'ui.quote'} y"}},
        {"id": 2, "type": "markdown", "props": {"value": WORD % "notes.edges"}},
    ]  # fmt: skip
    words = {
        "en": {"ui.picture": "Picture", "ui.quote": 'a "b" </script> \\', "notes.edges": "# Long\nnote"},
        "ko": {"ui.picture": "그림", "ui.quote": "나", "notes.edges": "긴 글"},
    }
    events = [
        {"id": 0, "targets": [[1, "change"]], "trigger_after": None},
        {"id": 1, "targets": [[0, "then"]], "trigger_after": 0},
    ]
    facts = {"components": components, "dependencies": events, "i18n_translations": words, "root": "http://x"}
    settings = json.dumps(facts)
    return (
        f"<head><script>window.gradio_config = {settings.replace('<', chr(92) + 'u003c')};</script>"
        '<script>window.gradio_api_info = {"named_endpoints": {"/x": {}}};</script></head>'
    ).encode()


def read_settings(page):
    return json.loads(page.decode().split("window.gradio_config = ")[1].split(";</script>")[0])


@pytest.mark.parametrize(
    ("language", "label", "info", "note"),
    [("en", "Picture", 'x a "b" </script> \\ y', "# Long\nnote"), ("ko", "그림", "x 나 y", "긴 글")],
)
def test_words_stand_in_their_places_in_one_language(language, label, info, note):
    page = slimming.slim_page(make_page(), language)
    settings = read_settings(page)
    picture, text = settings["components"]
    assert picture["props"] == {"label": label, "info": info} and text["props"]["value"] == note
    assert list(settings["i18n_translations"]) == [language]
    assert set(settings["i18n_translations"][language]) == {"ui.picture", "ui.quote"}
    # nothing of a sentence ends the script
    assert page.count(b"</script>") == 2


def test_what_only_the_description_of_the_api_reads_is_left_out():
    page = slimming.slim_page(make_page(), "en")
    assert set(read_settings(page)["components"][0]) == {"id", "type", "props"}
    assert b'gradio_api_info = {"named_endpoints": {}, "unnamed_endpoints": {}};' in page
    assert read_settings(page)["root"] == "http://x"


def test_only_events_that_a_component_sets_off_have_targets():
    events = read_settings(slimming.slim_page(make_page(), "en"))["dependencies"]
    assert [event["targets"] for event in events] == [[[1, "change"]], []]


def test_another_page_is_left_as_it_is():
    assert slimming.slim_page(b"<html>1</html>", "ko") == b"<html>1</html>"
