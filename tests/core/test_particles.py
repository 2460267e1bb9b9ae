"""Particles by the sound that a word ends with when a Korean reads it aloud."""

from __future__ import annotations

import pytest

from core import texts
from core.particles import PAIRS, choose_particle

# words with how they are read, by their last sound: none, ㄹ, another consonant
VOWELS = [
    "사과",
    "2",  # 이
    "4",  # 사
    "0.05",  # 오
    "1e-05",
    "2.5",
    "512",
    "1000000000000",  # 조
    "55%",
    "2 × 2",
    "40 MB",
    "3초",
    "PNG",
    "WebP",
    "cat.png",
    "photo.jpg",
    "x.safetensors",
    "list",
    "float",
    "NumPy",
    "VAE",
    "LoRA",
    "dog",
    "test",
    "head",
    "cake",
    "고양이(cat)",
    "고양이 (tiger cat)",
    "(3, 4)",
    "EfficientNet-Lite0",
    "고양이🐱",
    "σ",
    "café",
    "/tmp/folder/",
    "猫",
    "🐱",
    "()",
    "",
]
LIQUIDS = [
    "파일",
    "1",
    "7",
    "8",
    "128",
    "0.1",
    "4 px",
    "24 dB",
    "pixel",
    "tile",
    "apple",
    "Sobel",
    "R",
    "HTML",
    "ㄹ",
    "‘분할’",
]
CONSONANTS = [
    "그림",
    "3",
    "6",
    "0",
    "10",
    "300",
    "1,000",
    "20000",
    "100000000",
    "3.0",
    "“한국”",
    "'사진'",
    "cat",
    "web",
    "tab",
    "back",
    "line",
    "frame",
    "string",
    "None",
    "NoneType",
    "a.zip",
    "CLIP",
    "SAM",
    "CNN",
    "ControlNet",
    "U-Net",
    "MiniLM",
    "3 kg",
    "[1, 2, 3]",
    "{'a': 10}",
    "사람…",
    "ㄱ",
    "ε",
]


@pytest.mark.parametrize("word", VOWELS)
def test_after_a_vowel(word):
    assert [choose_particle(word, particle) for particle in ("이", "을", "은", "과", "으로")] == [
        "가",
        "를",
        "는",
        "와",
        "로",
    ]


@pytest.mark.parametrize("word", LIQUIDS)
def test_after_a_liquid_only_the_way_is_as_after_a_vowel(word):
    assert [choose_particle(word, particle) for particle in ("이", "을", "은", "과", "으로")] == [
        "이",
        "을",
        "은",
        "과",
        "로",
    ]


@pytest.mark.parametrize("word", CONSONANTS)
def test_after_a_consonant(word):
    assert [choose_particle(word, particle) for particle in ("이", "을", "은", "과", "으로")] == [
        "이",
        "을",
        "은",
        "과",
        "으로",
    ]


def test_every_pair_has_two_forms_and_others_are_refused():
    assert all(len(short) <= len(long) and short != long for long, short in PAIRS.items())
    with pytest.raises(KeyError):
        choose_particle("사과", "를")


@pytest.mark.parametrize(
    ("fact", "said"),
    [("사과", "‘사과’라는 3개가 사과로"), ("그림", "‘그림’이라는 3개가 그림으로"), (8, "‘8’이라는 3개가 8로")],
)
def test_a_sentence_is_filled_with_facts_and_their_particles(fact, said, tmp_path, monkeypatch):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "tab.json").write_text(
        '{"all": {"ko": "‘{got|’이라는} {count:d}개가 {got|으로}", "en": "{got}"}}', encoding="utf-8"
    )
    monkeypatch.setattr(texts, "ASSETS", tmp_path)
    monkeypatch.setattr(texts, "load_sentences", texts.load_sentences.__wrapped__)
    assert texts.format_sentence("tab.all", "ko", got=fact, count=3) == said
    assert texts.format_sentence("tab.all", "en", got=fact, count=3) == str(fact)
