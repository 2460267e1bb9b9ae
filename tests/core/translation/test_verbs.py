from __future__ import annotations

import pytest

from core.translation import to_english
from core.translation.verbs import adjectives, verb_forms


@pytest.mark.parametrize(
    ("forms", "english"),
    [
        ("입은 입는 입고 입었다 입어요 입습니다 입으며 입고있는", "wearing"),
        ("걷는 걸은 걷고 걸어요 걸었다 걷습니다 걸으면서", "walking"),
        ("나는 날고 난 난다 날아요 납니다 날며", "flying"),
        ("부르는 부른 불러 부르고 불렀다 부릅니다", "calling"),
        ("짓는 지은 지어 짓고 지었어요", "making"),
        ("춤추는 춤춘 춤춰요 춤추고 춤춘다 춤춥니다", "dancing"),
        ("춥다 추운 추워 추워요 춥고 춥습니다", "cold"),
        ("빨갛다 빨간 빨개 빨갛고", "red"),
        ("푸르다 푸른 푸르고 푸르러", "blue"),
        ("예쁜 예쁘고 예뻐 예뻐요 예쁩니다", "pretty"),
        ("큰 크고 커 커요 크다", "big"),
        ("맛있는 맛있고 맛있어요", "delicious"),
        ("귀여운 귀엽고 귀여워", "cute"),
    ],
)
def test_every_form_of_a_verb_says_the_same(forms, english):
    assert {form: verb_forms()[form].english for form in forms.split()} == dict.fromkeys(forms.split(), english)


@pytest.mark.parametrize("wrong", ["걷은", "춥은", "날는", "빨갛은", "부르어", "입운"])
def test_forms_that_korean_lacks_are_not_known(wrong):
    assert wrong not in verb_forms()


def test_the_form_of_the_future_is_no_verb_as_it_is_a_noun_with_its_particle():
    assert to_english("집을 짓는 새").text == "bird making house"
    assert to_english("달을 보는 늑대").text == "wolf looking at moon"


def test_what_is_what_is_known():
    assert verb_forms()["큰"].kind == "adjective" and verb_forms()["뛰는"].kind == "verb"
    assert verb_forms()["뛰고"].is_connective and not verb_forms()["뛰는"].is_connective
    assert {"big", "green"} <= adjectives() and "wearing" not in adjectives()


@pytest.mark.parametrize(
    ("form", "english"),
    [
        ("들어가는", "entering"),  # and no form of 들다, to hold, with 가는
        ("내려가는", "going down"),
        ("돌아보는", "looking back"),
        ("들어주는", "holding"),
        ("울부짖는다", "howling"),
        ("가느다란", "thin"),
        ("북적이는", "crowded"),
    ],
)
def test_two_verbs_that_became_one_have_a_meaning_of_their_own(form, english):
    assert verb_forms()[form].english == english
