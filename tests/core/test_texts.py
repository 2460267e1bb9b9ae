from __future__ import annotations

import json
import re
import string

import pytest

from core import texts
from core.errors import InputError
from tests import ROOT

SENTENCES = [
    pytest.param(by_language, id=f"{section.stem}.{name}")
    for section in sorted((texts.ASSETS / "texts").glob("*.json"))
    for name, by_language in json.loads(section.read_text(encoding="utf-8")).items()
]


def fields(sentence):
    """The facts, without the particles that Korean ones carry."""
    return {name.partition("|")[0] for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("by_language", SENTENCES)
def test_every_sentence_has_both_languages_with_the_same_facts(by_language):
    assert sorted(by_language) == ["en", "ko"]
    assert all(sentence.strip() for sentence in by_language.values())
    assert fields(by_language["en"]) == fields(by_language["ko"])


def test_every_note_has_both_languages():
    english, korean = ({p.name for p in (texts.ASSETS / "notes" / language).glob("*.md")} for language in ("en", "ko"))
    assert english == korean
    for name in korean:
        note = (texts.ASSETS / "notes" / "ko" / name).read_text(encoding="utf-8")
        assert re.search("[가-힣]", note), f"{name} is not in Korean"


def test_every_key_in_the_code_is_in_the_catalogue():
    sections = {p.stem for p in (texts.ASSETS / "texts").glob("*.json")}
    key = re.compile(rf'"((?:{"|".join(sections)})\.(?!json")[a-z][a-z0-9_]*)"')
    known = set(texts.load_sentences("en"))
    sources = [ROOT / "app.py", *(ROOT / "core").rglob("*.py"), *(ROOT / "demos").rglob("*.py")]
    # there, names of loaders look like keys
    sources = [path for path in sources if path.parent.name != "catalog"]
    used = {found for source in sources for found in key.findall(source.read_text(encoding="utf-8"))}
    assert len(used) > 50
    assert used - known == set()


def test_facts_are_filled_in():
    error = InputError("errors.number", name="low", low="0", high="255", got="300")
    assert str(error) == "low must be a number from 0 to 255, but 300 came: change it."
    assert "300" in error.message_in("ko")
    assert re.search("[가-힣]", error.message_in("ko"))


@pytest.mark.parametrize(
    ("header", "language"),
    [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("en-GB", "en"), ("fr-FR, ko", "ko"), ("fr", "en"), ("", "en"), (None, "en")],
)
def test_language_of_the_browser(header, language):
    assert texts.preferred_language(header) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ko;q=0.1, en;q=0.9", "en"),
        ("en;q=0.5,ko", "ko"),
        ("en;q=0, ko", "ko"),
        # ties in their order, whatever the spaces and the case
        ("ko;q=0.5 , en;q=0.5", "ko"),
        ("EN ; Q=0.5,KO;q=0.500", "en"),
        # a dialect counts as its language, the best of several
        ("en;q=0.4, en-GB;q=0.8, ko-KR;q=0.6", "en"),
        ("kor", "ko"),
        ("ko_KR", "ko"),
        ("korean, en;q=0.1", "en"),
        # `*` is what is not named
        ("*", "en"),
        ("fr, *;q=0.5, en;q=0.4", "ko"),
        ("en;q=0, *;q=0.1", "ko"),
        ("*;q=0, ko;q=0.1", "ko"),
        # what is excluded is not given where the other one will do
        ("en;q=0", "ko"),
        ("ko;q=0", "en"),
        ("en;q=0, ko;q=0", "en"),
        # what is malformed is as if it were not there
        ("ko;q=abc, en;q=0.1", "en"),
        ("ko;q=2, en", "en"),
        ("ko;q=-1, en;q=0.2", "en"),
        ("ko;q=nan, en;q=0.2", "en"),
        (";;, ,q=1, ko;q=0.2", "ko"),
        ("\0" * 5000, "en"),
    ],
)
def test_weights_decide_as_the_rfc_says(header, language):
    assert texts.preferred_language(header) == language


def test_languages_that_are_not_wanted_are_left_out():
    assert texts.rank_languages("zh-CN, ko;q=0.8, en;q=0.7") == ["ko", "en"]
    assert texts.rank_languages("fr, en;q=0") == texts.rank_languages(None) == []


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "ko_KR@x"}, "ko"),
        ({"LC_ALL": "", "LANG": "ko"}, "ko"),
        ({}, "en"),
    ],
)
def test_language_of_the_console(variables, language, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert texts.console_language() == language


def test_a_key_must_be_there_in_every_language(tmp_path, monkeypatch):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "tab.json").write_text('{"both": {"en": "b", "ko": "ㅂ"}, "half": {"en": "h"}}')
    for language in ("en", "ko"):
        (tmp_path / "notes" / language).mkdir(parents=True)
    (tmp_path / "notes" / "ko" / "tab.md").write_text("ㄴ")
    monkeypatch.setattr(texts, "ASSETS", tmp_path)
    monkeypatch.setattr(texts, "load_sentences", texts.load_sentences.__wrapped__)
    texts.check_key("tab.both")
    with pytest.raises(KeyError, match=r"'tab\.half' in language 'ko': add it to assets/texts/tab\.json"):
        texts.check_key("tab.half")
    with pytest.raises(KeyError, match=r"'notes\.tab' in language 'en': add it to assets/notes/en/tab\.md"):
        texts.check_key("notes.tab")
    with pytest.raises(KeyError, match=r"'none\.such'"):
        texts.format_sentence("none.such")
