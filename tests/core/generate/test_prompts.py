from __future__ import annotations

import csv
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core import emoji, english, models
from core.errors import InputError
from core.generate import prompts
from tests import ROOT


def translate_for_drawing(text):
    return prompts.translate_for_row(text, models.row("text_to_image", "pocket-diffusion"))


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("피자 왼쪽에 고양이", "cat left of pizza"),
        ("고양이, 개", "cat, dog"),
        ("a 고양이, noto style", "a cat, noto style"),
        ("새끼 고양이", "cat face"),
        ("피자 한 조각", "pizza"),
        ("🐱 옆에 개", "dog next to cat face"),
        ("", ""),
    ],
)
def test_a_prompt_is_said_in_the_names_of_the_captions(text, english):
    assert translate_for_drawing(text) == english


def test_a_model_that_reads_korean_gets_the_prompt_as_it_came():
    row = models.row("text_to_image", "pocket-diffusion")
    row = replace(row, spec=replace(row.spec, language=""))
    assert prompts.translate_for_row("고양이 꽯뛟 🐱", row) == "고양이 꽯뛟 🐱"


@pytest.mark.parametrize(("text", "english"), [("큰 새", "big bird"), ("새끼 고양이", "kitten")])
@pytest.mark.parametrize("name", ["sd-turbo", "sd15"])
def test_a_model_that_learnt_from_the_web_gets_everyday_words(name, text, english):
    assert prompts.translate_for_row(text, models.row("text_to_image", name)) == english


def test_the_emoji_of_a_prompt_are_encoded_as_their_names(tiny_sd_turbo):
    assert prompts.tokenize_prompt("🐱, 파란 배경", model="sd-turbo").english == "cat face, blue background"


def test_every_prompt_of_the_benchmark_is_understood():
    with (ROOT / "benchmarks" / "emoji_prompts.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 200
    for row in rows:
        assert translate_for_drawing(row["korean"]).isascii()


@pytest.mark.parametrize("word", ["꽯뛟", "뛟뛟 꽯뛟", "ㅁㄴㅇㄹ"])
def test_an_unknown_word_gets_a_sentence(word):
    with pytest.raises(InputError, match="reads English, and Korean through a dictionary") as caught:
        translate_for_drawing(word)
    assert "사전" in caught.value.message_in("ko")


@pytest.mark.parametrize(
    ("prompt", "english", "left_out"),
    [
        ("고양이 꽯뛟", "cat", ("꽯뛟",)),
        ("꿱꿱이를 탄 곰 그려줘", "riding bear", ("꿱꿱이를",)),
        ("a cat and a 猫!", "a cat and a", ("猫",)),
        ("고양이를 그려!", "cat!", ()),
    ],
)
def test_a_prompt_is_read_as_far_as_it_is_understood(tiny_sd_turbo, prompt, english, left_out):
    found = prompts.tokenize_prompt(prompt, model="sd-turbo")
    assert (found.english, found.left_out) == (english, left_out)


def test_a_word_that_is_read_as_its_kind_of_thing_is_told(tiny_sd_turbo):
    found = prompts.tokenize_prompt("심야버스를 탄 곰, 고양이", model="sd-turbo")
    assert (found.english, found.near, found.left_out) == ("bear riding bus, cat", ("심야버스를 → bus",), ())


def test_a_model_that_reads_korean_leaves_nothing_out():
    row = models.row("text_to_image", "pocket-diffusion")
    row = replace(row, spec=replace(row.spec, language=""))
    assert prompts.find_left_out(row, "고양이 꽯뛟") == ()
    assert prompts.find_near(row, "심야버스") == ()


def test_tokens_are_the_tokenizers_and_the_end_that_is_not_read_is_told(tiny_sd_turbo):
    found = prompts.tokenize_prompt("cat dog", model="sd-turbo")
    assert found.tokens == ("cat</w>", "dog</w>") and found.read == 2 and found.english == "cat dog"
    long = prompts.tokenize_prompt("cat " * 80, model="sd-turbo")
    assert (len(long.tokens), long.read) == (80, 75)
    assert prompts.tokenize_prompt("고양이", model="sd-turbo").english == "cat"
    assert prompts.tokenize_prompt("", model="sd-turbo").tokens == ()


@pytest.mark.parametrize(("prompt", "sentence"), [("x" * 10_000, "at most 2000"), (5, "must be text"), (None, "text")])
def test_wrong_prompts_get_a_sentence(tiny_sd_turbo, prompt, sentence):
    with pytest.raises(InputError, match=sentence):
        prompts.tokenize_prompt(prompt, model="sd-turbo")


def test_a_short_english_prompt_is_not_looked_through(monkeypatch) -> None:
    def refuse(*_, **__):
        pytest.fail("it was looked through")

    class Tokenizer:
        model_max_length, num_special_tokens_to_add, __call__ = 77, staticmethod(lambda: 2), refuse

    monkeypatch.setattr(emoji, "english_emoji_names", refuse)
    monkeypatch.setattr(english, "is_foreign", refuse)
    assert translate_for_drawing("a cat on a blue chair") == "a cat on a blue chair"
    assert prompts.find_truncated_text(SimpleNamespace(tokenizer=Tokenizer()), "a" * 74) == ""


def test_of_a_chat_the_words_before_the_prompt_take_room(hub) -> None:
    hub("flux2-klein")
    with models.borrow("text_to_image", "flux2-klein") as (_, pipeline):
        around = pipeline.tokenizer.apply_chat_template([{"role": "user", "content": "cat"}], tokenize=False)
        before = len(pipeline.tokenizer(around.partition("cat")[0]).input_ids)
        assert 0 < before < 20 and pipeline.tokenizer.model_max_length > 600
        words = ["고"] * 600
        taken = len(pipeline.tokenizer("".join(words)).input_ids) / 600
        read = (512 - before) / taken
        assert len(prompts.find_truncated_text(pipeline, "".join(words))) == pytest.approx(600 - read, abs=1)
        assert prompts.find_truncated_text(pipeline, "고" * int(read)) == ""


@pytest.mark.parametrize("prompt", ["猫", "кошка на столе", "con mèo", "고양이 꽯뛟", "🐱", "قطة"])
def test_the_large_language_model_of_flux_reads_every_language(prompt):
    row = models.row("text_to_image", "flux2-klein")
    assert prompts.translate_for_row(prompt, row) == prompt


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("👩🏽\u200d🚀 on the moon", "woman astronaut on the moon"),
        ("🇰🇷 깃발", "flag of South Korea flag"),
        ("a café in São Paulo", "a café in São Paulo"),
        ("a Lego™ ★", "a Lego star"),
        ("ＡＢＣ", "ABC"),
    ],
)
def test_emoji_and_loan_words_of_a_prompt_are_read(text, english):
    assert translate_for_drawing(text) == english
