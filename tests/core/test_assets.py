"""The app's own JSON files, whole and damaged."""

from __future__ import annotations

import json
import shutil

import pytest

from core import assets, emoji, samples
from core.classify import names
from core.errors import ModelUnavailable
from core.texts import ASSETS
from core.translation import dictionary, fillers, verbs
from core.zeroshot import concept_space

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 4006920\n"
DAMAGES = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
    "a pointer": lambda data: POINTER,
    "another kind": lambda data: b"5",
    "nothing in it": lambda data: b"{}",
    "no text": lambda data: b"\xff\xfe\x00" + data,
    "brackets": lambda data: b"[" * 100_000,
}


def forget_what_was_read():
    for name in (dictionary, emoji, fillers, names, samples, verbs):
        for read in vars(name).values():
            if hasattr(read, "cache_clear"):
                read.cache_clear()


@pytest.fixture
def damage_copy(tmp_path, monkeypatch):
    """Makes the app read a copy of a file under `assets`, damaged."""
    folder = tmp_path / "app" / "assets"
    for module in (assets, dictionary, emoji, fillers, names, samples, verbs):
        monkeypatch.setattr(module, "ASSETS", folder)
    monkeypatch.setattr(concept_space, "WORDNET", folder / "concepts" / "wordnet.json")

    def damage(place, how):
        file = folder / place
        file.parent.mkdir(parents=True)
        if how is not None:
            shutil.copyfile(ASSETS / place, file)
            file.write_bytes(how(file.read_bytes()))
        forget_what_was_read()

    yield damage
    forget_what_was_read()


READERS = {
    "dictionary/ko_en.json": lambda: dictionary.load_words("ko_en"),
    "dictionary/ko_more.json": lambda: dictionary.load_words("ko_more"),
    "dictionary/ko_homographs.json": dictionary.load_homographs,
    "dictionary/ko_verbs.json": verbs.load_stems,
    "dictionary/ko_fillers.json": fillers.load_fillers,
    "dictionary/ko_classes.json": names.korean_class_names,
    "dictionary/emoji.json": emoji.english_emoji_names,
    "samples/samples.json": samples.load_samples,
    "concepts/wordnet.json": concept_space.load_concepts,
}


@pytest.mark.parametrize("damage", [*DAMAGES, "missing"])
@pytest.mark.parametrize("place", READERS)
def test_a_damaged_file_gets_a_sentence_with_the_cure(place, damage, damage_copy) -> None:
    damage_copy(place, DAMAGES.get(damage))
    with pytest.raises(ModelUnavailable) as caught:
        READERS[place]()
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert f"assets/{place}" in said and "git checkout -- assets" in said


@pytest.mark.parametrize("place", READERS)
def test_a_whole_file_is_read(place, damage_copy) -> None:
    damage_copy(place, lambda data: data)
    assert len(READERS[place]()) == len(json.loads((ASSETS / place).read_text(encoding="utf-8")))


def test_another_folders_file_is_called_by_its_name_alone(tmp_path) -> None:
    with pytest.raises(ModelUnavailable, match=r"^some\.json comes with the app"):
        assets.read_json(tmp_path / "some.json", dict)
