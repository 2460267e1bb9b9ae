from __future__ import annotations

import csv
from types import SimpleNamespace

import pytest

from core import models
from core.errors import InputError
from core.generate import prompts
from tests import ROOT

BENCHMARK = ROOT / "benchmarks" / "emoji_prompts.tsv"


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("고양이", "cat"),
        ("빨간 사과", "red apple"),
        ("강아지와 피자, 파란 배경", "puppy and pizza, blue background"),
        ("피자 왼쪽에 있는 고양이, 노란 배경", "cat left of pizza, yellow background"),
        ("사과 위에 고양이", "cat above apple"),
        ("눈 덮인 산", "snow-capped mountain"),
        ("고양이를", "cat"),
        ("a 고양이, noto style", "a cat, noto style"),
        ("a cat", "a cat"),
        ("", ""),
    ],
)
def test_korean_becomes_english(korean, english):
    assert prompts.translate_prompt(korean) == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("🐱", "cat face"),
        ("❤️", "red heart"),
        ("🐱🍕, noto style", "cat face pizza, noto style"),
        ("a 🚀 on a blue background", "a rocket on a blue background"),
        ("웃는 🐶", "웃는 dog face"),
        ("5 cats #1", "5 cats #1"),
    ],
)
def test_emoji_are_spelled_out(text, english):
    assert prompts.spell_emoji(text) == english


def test_the_emoji_of_a_prompt_are_encoded_as_their_names(tiny_sd_turbo):
    assert prompts.tokenize_prompt("🐱, 파란 배경", model="sd-turbo").english == "cat face, blue background"


def test_a_word_that_ends_like_a_particle_keeps_its_end():
    assert prompts.translate_prompt("사과") == "apple", "and not 사 with 'and'"


def test_every_prompt_of_the_benchmark_is_understood():
    with BENCHMARK.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 200
    for row in rows:
        assert prompts.translate_prompt(row["korean"]).isascii()


@pytest.mark.parametrize("word", ["꽯뛟", "고양이 꽯뛟", "ㅁㄴㅇㄹ"])
def test_an_unknown_word_gets_a_sentence(word):
    with pytest.raises(InputError, match="Words of the Korean dictionary") as caught:
        prompts.translate_prompt(word)
    assert "사전" in caught.value.message_in("ko")


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

    monkeypatch.setattr(prompts, "english_emoji_names", refuse)
    row = models.row("text_to_image", "pocket-diffusion")
    assert prompts.translate_for_row("a cat on a blue chair", row) == "a cat on a blue chair"
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
