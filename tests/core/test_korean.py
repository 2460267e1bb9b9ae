"""Korean as a Korean writes it: one tone, one word for a thing, and the particles that belong there."""

from __future__ import annotations

import json
import re
import string

import pytest

from core import texts
from core.errors import InputError, ModelUnavailable
from core.particles import PAIRS

SENTENCES = [
    pytest.param(by_language["ko"], id=f"{section.stem}.{name}")
    for section in sorted((texts.ASSETS / "texts").glob("*.json"))
    for name, by_language in json.loads(section.read_text(encoding="utf-8")).items()
]
NOTES = [
    pytest.param(path.read_text(encoding="utf-8"), id=path.stem)
    for path in sorted((texts.ASSETS / "notes" / "ko").glob("*.md"))
]
# both forms at once, as machines write them
BOTH_FORMS = re.compile(r"[이가은는을를와과]\([이가은는을를와과]\)|\((?:으|이)\)")
# a particle that cannot know what it follows; behind brackets it belongs to the word before them
BARE_PARTICLE = re.compile(r"(?<!\})\}[’”]*(?:이|가|은|는|을|를|과|와|으로|로|이라는|라는)(?![가-힣])")
# one word for a thing: what we do not call it
OTHER_WORDS = (
    "문턱값",
    "레이블",
    "노이즈",
    "에지 ",
    "컨볼루션",
    "부정 프롬프트",
    "다운로드",
    "업로드",
    "네거티브프롬프트",
    "당신",
    "되어집니다",
    "에 의해",
    "머신",
)
# 합니다체: -니다. or -세요.; questions in -나요? and -까요?
SENTENCE_ENDS = re.compile(r"(?<=[가-힣])(?:(?<!니)다\.|(?<!세)요\.|(?<![나까가])요\?|[냐까]\?)")


@pytest.mark.parametrize("sentence", [*SENTENCES, *NOTES])
def test_particles_fit(sentence):
    assert not BOTH_FORMS.search(sentence)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_fact_brings_its_particle(sentence):
    found = BARE_PARTICLE.search(sentence)
    assert not found, f"write {{name|이}} and the like: {sentence[max(0, found.start() - 20) : found.end()]}"
    for _, name, _, _ in string.Formatter().parse(sentence):
        ending = (name or "").partition("|")[2].lstrip("’”)")
        assert not ending or ending in PAIRS


@pytest.mark.parametrize("sentence", [*SENTENCES, *NOTES])
def test_one_tone_and_one_word_for_a_thing(sentence):
    assert not SENTENCE_ENDS.search(sentence)
    assert [word for word in OTHER_WORDS if word in sentence] == []


@pytest.mark.parametrize("sentence", SENTENCES)
def test_signs(sentence):
    assert "  " not in sentence and sentence == sentence.strip()
    assert not re.search(r"[0-9}] x [0-9{]", sentence), "× between sizes"
    assert not re.search(r"\.\.\.(?![\])])", sentence), "…"
    assert not re.search(r"[가-힣]\.[가-힣]| [,?]| \.(?![a-z.])|\d px\b|\} s\b", sentence)


@pytest.mark.parametrize(
    ("key", "facts", "said"),
    [
        (
            "errors.number",
            {"name": "low", "low": "0", "high": "255", "got": "300"},
            "‘낮은 임계값’은 0에서 255 사이의 수여야 합니다(지금 값: 300). 값을 고쳐 주세요.",
        ),
        (
            "errors.integer",
            {"name": "seed", "low": 0, "high": 9, "got": "-1"},
            "‘시드’는 0에서 9 사이의 정수여야 합니다(지금 값: -1). 값을 고쳐 주세요.",
        ),
        ("errors.text_empty", {"name": "prompt"}, "‘프롬프트’가 비어 있습니다. 한두 낱말이라도 써 주세요."),
        ("errors.text_empty", {"name": "라벨"}, "‘라벨’이 비어 있습니다. 한두 낱말이라도 써 주세요."),
        (
            "edges.thresholds",
            {"low": "200", "high": "100"},
            "낮은 임계값은 높은 임계값보다 클 수 없습니다(지금 200과 100). 서로 바꾸거나 낮은 쪽을 더 줄여 주세요.",
        ),
        (
            "text_to_image.add_lora",
            {"got": "cat.safetensors"},
            "이 그림은 LoRA cat.safetensors로 그렸습니다. 똑같이 그리려면 그 파일도 넣어 주세요.",
        ),
        (
            "text_to_image.size_step",
            {"step": 16, "got": 130, "near": 128},
            "크기는 16의 배수여야 합니다(지금 130). 128로 바꿔 주세요.",
        ),
        (
            "text_to_image.strength_low",
            {"strength": "0.1", "need": 10, "got": 4},
            "세기가 0.1이면 한 단계라도 실행되도록 10단계 이상이어야 합니다(지금 4단계). 단계 수나 세기를 올려 주세요.",
        ),
        (
            "start.port_busy",
            {"port": 7860},
            "포트 7860은 다른 프로그램이 쓰고 있습니다. 다른 창에서 이 앱이 이미 실행 중일 수도 있습니다. "
            "그 창을 닫거나 --port로 다른 포트를 골라 주세요(--port를 빼면 비어 있는 첫 포트를 씁니다).",
        ),
        (
            "start.port_busy",
            {"port": 7862},
            "포트 7862는 다른 프로그램이 쓰고 있습니다. 다른 창에서 이 앱이 이미 실행 중일 수도 있습니다. "
            "그 창을 닫거나 --port로 다른 포트를 골라 주세요(--port를 빼면 비어 있는 첫 포트를 씁니다).",
        ),
        (
            "zeroshot.double",
            {"got": "'고양이'"},
            "라벨은 모두 달라야 하는데 '고양이'가 두 번 있습니다. 하나를 지워 주세요.",
        ),
        (
            "zeroshot.double",
            {"got": "'cat'"},
            "라벨은 모두 달라야 하는데 'cat'이 두 번 있습니다. 하나를 지워 주세요.",
        ),
        (
            "segment.words_nothing",
            {"words": "'우산'", "threshold": "0.2"},
            "이 그림에서 '우산'을 찾지 못했습니다. 점수 0.2 이상인 것이 없습니다. 더 쉬운 낱말로 바꾸거나 "
            "점수 하한을 낮추거나, 직접 클릭해 보세요.",
        ),
    ],
)
def test_filled_sentences_read_right(key, facts, said):
    assert InputError(key, **facts).message_in("ko") == said


def test_models_keep_their_names():
    error = ModelUnavailable("errors.model_missing", name="sd-turbo", megabytes=2580, command="x")
    assert error.message_in("ko").startswith("sd-turbo 모델(2580 MB)이 이 컴퓨터에 없습니다.")


@pytest.mark.parametrize(("section", "name", "said"), [("segment", "dog", "‘dog’로"), ("zeroshot", "cat", "‘cat’으로")])
def test_what_was_read_is_quoted(section, name, said):
    assert texts.format_sentence(f"{section}.read_as", "ko", english=name) == f"{said} 읽음"


def test_parameters_are_called_as_on_the_page():
    assert texts.name_parameter("guidance", "ko") == "가이던스" and texts.name_parameter("guidance", "en") == "guidance"
    assert texts.name_parameter("--port", "ko") == "--port"
