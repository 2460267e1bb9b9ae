from __future__ import annotations

import json
import unicodedata

import pytest

from core import translation
from core.errors import InputError
from core.texts import ASSETS
from core.translation import Translation, to_english

UNKNOWN = "zeroshot.unknown_word"


@pytest.mark.parametrize("vocabulary", ["everyday", "emoji"])
@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("고양이", "cat"),
        ("고양이를", "cat"),
        ("사과", "apple"),
        ("빨간 사과", "red apple"),
        ("고양이의 집", "cat house"),
        ("고양이, 개", "cat, dog"),
        ("고양이,개", "cat, dog"),
        ("고양이와 개", "cat and dog"),
        ("강아지와 피자, 파란 배경", "puppy and pizza, blue background"),
        ("피자 왼쪽에 고양이", "cat left of pizza"),
        ("피자 왼쪽에 있는 고양이, 노란 배경", "cat left of pizza, yellow background"),
        ("사과 위에 고양이", "cat above apple"),
        ("집 오른쪽에 개와 고양이", "dog and cat right of house"),
        ("나무 아래에 개. 집 옆에 나무", "dog below tree. tree next to house"),
        ("눈 덮인 산", "snow-capped mountain"),
        ("정원이 있는 집", "house with garden"),
        ("a 고양이, noto style", "a cat, noto style"),
        ("웃는 🐶", "laughing dog face"),
        ("🐱🍕", "cat face pizza"),
        ("a cat", "a cat"),
        ("3-1  cats,dogs", "3-1  cats,dogs"),
        ("", ""),
    ],
)
def test_korean_and_emoji_become_english(text, english, vocabulary):
    found = to_english(text, vocabulary=vocabulary)
    assert found.text == english and found.unread == ()


@pytest.mark.parametrize(
    ("text", "everyday", "emoji"),
    [
        ("큰 새", "big bird", "dodo"),
        ("새끼 고양이", "kitten", "cat face"),
        ("서 있는 나무", "standing tree", "standing tree"),
        ("집 옆에 큰 새", "big bird next to house", "dodo next to house"),
        ("큰 고양이과 동물", "big cat animal", "tiger"),
    ],
)
def test_the_vocabulary_says_whose_words_go_first(text, everyday, emoji):
    assert to_english(text).text == everyday
    assert to_english(text, vocabulary="emoji").text == emoji


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("고양이 (검은)", "cat (black)"),
        ("((고양이))!", "((cat))!"),
        ("고양이 3.5, U.S. 개", "cat 3.5, U.S. dog"),
        ("고양이 , 개", "cat, dog"),
        ("고양이... 개", "cat... dog"),
    ],
)
def test_punctuation_stands_as_english_has_it(text, english):
    assert to_english(text).text == english


@pytest.mark.parametrize("text", ["고양이와", "고양이하고 있는", "고양이랑, "])
def test_an_and_that_joins_nothing_goes(text):
    assert to_english(text).text.strip(",") == "cat"


@pytest.mark.parametrize(
    ("text", "english", "read", "unread"),
    [
        ("a cat 🐱", "a cat cat face", (), ()),
        ("강아지와 피자", "puppy and pizza", ("강아지와", "피자"), ()),
        ("눈 덮인 산, noto", "snow-capped mountain, noto", ("눈", "덮인", "산"), ()),
        ("피자 왼쪽에 있는 꿱꿱이", "꿱꿱이 left of pizza", ("피자", "왼쪽에", "있는"), ("꿱꿱이",)),
        ("꽯, 개 (뛟)", "꽯, dog (뛟)", ("개",), ("꽯", "뛟")),
        ("위에 고양이", "위에 cat", ("고양이",), ("위에",)),
        ("있는", "", ("있는",), ()),
    ],
)
def test_what_was_read_and_what_was_not_is_told_in_the_order_of_the_text(text, english, read, unread):
    assert to_english(text) == Translation(text=english, read=read, unread=unread)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (unicodedata.normalize("NFD", "강아지와 피자, 파란 배경"), "puppy and pizza, blue background"),
        ("고양이，개", "cat, dog"),
        ("고양이、개。", "cat, dog."),
        ("고양이\u00a0옆에\u200b\u3000개", "dog next to cat"),
        ("ｃａｔ", "cat"),
        ("ㅋㅋㅋ", "grinning squinting face"),
        ("웃는 👩🏽‍🚀 🇰🇷", "laughing woman astronaut flag of South Korea"),
        ("멕시코", "mexico"),
    ],
)
def test_what_looks_alike_is_read_alike(text, english):
    found = to_english(text)
    assert found.text == english and found.unread == ()


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("猫", ("猫",)),
        ("a 猫, a собака", ("猫", "собака")),
        ("con mèo", ("mèo",)),
        ("고양이 (猫)", ("猫",)),
        ("고양이와 кошка", ("кошка",)),
        ("한猫", ("한猫",)),
        ("고양이 🇽🇽", ("🇽🇽",)),
        ("?!", ("?!",)),
        ("a café in São Paulo", ()),
        ("고양이와 café", ()),
        ("axolotl, gato", ()),
    ],
)
def test_words_of_other_languages_are_unread_and_stay(text, unread):
    found = to_english(text)
    assert found.unread == unread and all(word in found.text for word in unread)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("🐱와 🐶", "cat face and dog face"),
        ("🐱랑 강아지", "cat face and puppy"),
        ("고양이🐱하고 🐶", "cat cat face and dog face"),
        ("🍕를 🐱가", "pizza cat face"),
        ("🍎의 배경", "red apple background"),
        ("cat과 강아지", "cat and puppy"),
        ("NASA의 로켓", "NASA rocket"),
        ("iPhone은, 사과 와 고양이", "iPhone, apple and cat"),
        ("dog 위에 🐱가", "cat face above dog"),
    ],
)
def test_korean_endings_stand_behind_emoji_and_english_too(text, english):
    found = to_english(text)
    assert found.text == english and found.unread == ()


@pytest.mark.parametrize(("text", "unread"), [("꿱 을 cat", ("꿱", "을")), ("猫와 cat", ("猫와",))])
def test_an_ending_behind_nothing_that_is_understood_is_not_understood(text, unread):
    assert to_english(text).unread == unread


def test_a_translation_is_for_keeps():
    with pytest.raises(AttributeError):
        to_english("고양이").text = "dog"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("꽯뛟,", "꽯뛟"),
        ("꿱꿱이가 뛟뛟을, 꽯", "꿱꿱이가"),
        ("그려줘", "그려줘"),
        ("con mèo", "mèo"),
        ("ㅁㄴㅇㄹ", "ㅁㄴㅇㄹ"),
        ("있는", "있는"),
        ("a (кошка)", "кошка"),
        ("ネコ", "ネコ"),
    ],
)
def test_the_first_word_that_is_not_understood_is_named_in_the_refusal(text, word):
    with pytest.raises(InputError, match=f"'{word}'") as caught:
        translation.translate_or_refuse(text, unknown=UNKNOWN)
    assert str(len(translation.korean_dictionary())) in caught.value.message_in("ko")


@pytest.mark.parametrize("text", ["", "a cat", "고양이, 개"])
def test_what_is_understood_is_not_refused(text):
    assert translation.translate_or_refuse(text, unknown=UNKNOWN) == to_english(text).text


@pytest.mark.parametrize(
    ("text", "english", "unread"),
    [
        ("고양이 꿱꿱이, 꽯", "cat", ("꿱꿱이", "꽯")),
        ("꽯, 개 (뛟)", "dog", ("꽯", "뛟")),
        ("꿱꿱이 옆의 고양이", "cat", ("꿱꿱이",)),
        ("고양이와 кошка", "cat", ("кошка",)),
        ("a big 猫 on a sofa", "a big on a sofa", ("猫",)),
        ("собака, dog!", "dog!", ("собака",)),
        ("gatto 🐱 鳥", "gatto cat face", ("鳥",)),
    ],
)
def test_one_word_is_enough_and_the_others_are_left_out(text, english, unread):
    assert translation.translate_or_refuse(text, unknown=UNKNOWN) == english
    assert translation.find_unread_words(text, text) == unread


def test_everyday_words_are_read_as_the_everyday_dictionary_says():
    everyday = json.loads((ASSETS / "dictionary" / "ko_en.json").read_text(encoding="utf-8"))
    assert len(everyday) > 500
    assert all(to_english(word).text == english for word, english in everyday.items())
    assert translation.korean_dictionary().items() >= everyday.items()


@pytest.mark.parametrize("word", ["우아미", "차익", "뿌꿉", "무지한", "꿱는", "고양잇"])
def test_a_word_that_only_looks_like_a_known_one_is_unread(word):
    assert to_english(word).unread == (word,)


def test_no_name_is_longer_than_what_is_looked_up():
    assert max(len(name.split()) for name in translation.korean_dictionary()) == translation.MAX_NAME_WORDS


def test_everyday_nouns_are_spread_over_the_alphabet():
    nouns = translation.everyday_nouns(160)
    assert len(nouns) == len(set(nouns)) == 160 and list(nouns) == sorted(nouns)
    assert nouns == translation.everyday_nouns(160)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("흰머리수리가 물고기를 먹는다", "bald eagle eating fish"),
        ("코뿔새와 가시두더지", "hornbill and echidna"),
        ("골든레트리버를 안은 아이", "child holding golden retriever"),
        ("말 타는 아이", "child riding horse"),
    ],
)
def test_classes_of_imagenet_are_read_where_no_everyday_word_is(text, english):
    assert to_english(text).text == english
