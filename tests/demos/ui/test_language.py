from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext

from core.errors import InputError, ModelUnavailable
from demos import ui
from demos.ui import language as words

ABSENT = ModelUnavailable("errors.model_missing", name="sd-turbo", megabytes=2580, command="python -m core.models ...")


@pytest.mark.parametrize(("error", "seconds"), [(ABSENT, 60), (InputError("errors.mask_missing"), 10)])
def test_a_sentence_with_a_command_to_type_stays_longer(error, seconds):
    assert words.error_toast(error).duration == seconds


@pytest.mark.parametrize(("language", "title"), [("en", "Note"), ("ko", "알림")])
def test_what_is_told_in_passing_has_a_title_in_the_visitors_language(language, title, monkeypatch):
    told = []
    monkeypatch.setattr(ui.Language, "forced", language)
    monkeypatch.setattr(gr, "Info", lambda said, **settings: told.append((said, settings)))
    ui.show_toast("text_to_image.add_lora", got="mine.safetensors")
    ((said, settings),) = told
    assert "mine.safetensors" in said and settings == {"duration": 10, "title": title}


def test_a_text_that_is_in_no_catalogue_stops_the_page_from_being_built():
    assert ui.t("ui.picture").key == "ui.picture"
    with pytest.raises(KeyError, match=r"There is no text 'ui\.pictrue' .* add it to assets/texts/ui\.json"):
        ui.t("ui.pictrue")
    with pytest.raises(KeyError, match=r"assets/notes/en/nobody\.md"), gr.Blocks():
        ui.add_note("nobody")


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "fr, ko;q=0.5"}, "ko"),
        ({"accept-language": "ko", "x-page-language": "en"}, "en"),
        ({"accept-language": "en", "x-page-language": "ko"}, "ko"),
        # chosen in the settings: the page shows English where there is no French
        ({"accept-language": "ko", "x-page-language": "fr"}, "en"),
        ({"accept-language": "ko", "x-page-language": ""}, "ko"),
        ({"accept-language": "en", "cookie": "page-language=ko"}, "ko"),
        # another window of the same browser is in the other language
        ({"accept-language": "en", "cookie": "page-language=ko", "x-page-language": "en"}, "en"),
    ],
)
def test_badges_are_in_the_language_of_the_page(headers, language):
    token = LocalContext.request.set(SimpleNamespace(headers=headers))
    try:
        assert ui.visitor_language() == language
    finally:
        LocalContext.request.reset(token)
