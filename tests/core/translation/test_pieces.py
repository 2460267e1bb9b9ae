from __future__ import annotations

import pytest

from core.translation import to_english
from core.translation.pieces import read_phrase


@pytest.mark.parametrize(
    "asking",
    [
        "그려!", "그려줘", "그려 줘", "그려주세요", "그려 주세요!", "좀 그려줄래?", "그려봐",
        "보여줘", "보여 주세요", "만들어 줘", "사진 보여줘", "그림을 그려줄 수 있어?", "그림 부탁해요",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("thing", "english"), [("고양이", "cat"), ("빨간 모자를 쓴 곰을", "bear wearing red hat")])
def test_asking_says_nothing_of_the_picture(asking, thing, english):
    found = to_english(f"{thing} {asking}")
    assert found.text.strip("!?") == english and found.unread == ()


@pytest.mark.parametrize(("text", "english"), [("고양이를 그리고 싶어요", "cat"), ("개를 보고 싶어", "dog")])
def test_wishing_says_nothing_of_the_picture(text, english):
    assert to_english(text).text == english


def test_who_draws_and_what_is_seen_are_said():
    assert to_english("그림 그리는 화가").text == "drawing artist"
    assert to_english("고양이를 보고 있는 개").text == "dog looking at cat"


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("밤하늘", "night sky"),
        ("별이 빛나는 밤", "starry night"),
        ("군밤 한 봉지", "a bag of chestnut"),
        ("밤을 까는 다람쥐", "squirrel peeling chestnut"),
        ("바다 위의 배", "boat above sea"),
        ("배를 먹는 아이", "child eating pear"),
        ("배가 볼록한 곰", "bear with round belly"),
        ("눈이 큰 올빼미", "owl with big eye"),
        ("눈이 내리는 밤", "snowy night"),
        ("눈을 치우는 사람", "person cleaning snow"),
        ("말을 타는 소녀", "girl riding horse"),
        ("강을 건너는 다리", "bridge crossing river"),
        ("다리가 긴 새", "bird with long leg"),
        ("빨간 차", "red car"),
        ("차를 마시는 할머니", "grandmother drinking tea"),
        ("편지를 쓴 아이", "child writing letter"),
        ("왕관을 쓴 사자", "lion wearing crown"),
        ("공을 차는 소년", "boy kicking ball"),
        ("새 자동차", "new car"),
        ("큰 새", "big bird"),
        ("차 한 대", "a car"),
        ("차 한 잔", "a cup of tea"),
        ("벌을 받는 학생", "student receiving punishment"),
        ("소방관이 불을 끈다", "firefighter putting out fire"),
        ("썰매 끄는 개", "dog pulling sled"),
        ("머리를 감는 남자", "man washing hair"),
        ("눈 위의 발자국", "footprints above snow"),
        ("칼을 찬 장군", "general wearing knife"),
        ("창을 든 병사", "soldier holding spear"),
        ("감기 걸린 곰", "sick bear"),
        ("파란 눈의 하얀 고양이", "blue eye white cat"),
        ("땅을 파는 강아지", "puppy digging soil"),
        ("불이 켜진 집", "house with lit lights"),
        ("불을 끄는 소방관", "firefighter putting out fire"),
        ("이를 닦는 아이", "child brushing teeth"),
        ("장난감을 가지고 노는 아기", "baby playing toy"),
        ("공을 가지고 있는 곰", "bear with ball"),
        ("화가가 그림을 그리고 있다", "artist drawing painting"),
        ("고양이 그리고 강아지", "cat and puppy"),
    ],
)
def test_neighbours_tell_what_a_homograph_means(text, english):
    found = to_english(text)
    assert found.text == english and found.unread == ()


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("일기를 썼다", "writing diary"),
        ("노래를 부르며 걷는 소녀", "girl walking and singing song"),
        ("공을 차고 있는 소년", "boy kicking ball"),
        ("불을 켜고 공부하는 학생", "student studying and lighting lights"),
        ("바이올린을 켜고 있는 여자", "woman playing violin"),
        ("나무를 감고 있는 뱀", "snake wrapping around tree"),
    ],
)
def test_a_verb_of_several_meanings_has_them_in_all_of_its_forms(text, english):
    assert to_english(text).text == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("안경 쓴 올빼미가 책을 읽고 있다", "owl reading book wearing glasses"),
        ("모자를 쓴 소년이 편지를 쓰고 있다", "boy writing letter wearing hat"),
        ("우산 쓴 사람이 일기를 쓴다", "person writing diary holding umbrella"),
    ],
)
def test_only_its_own_clause_tells_what_a_verb_means(text, english):
    assert to_english(text).text == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("고양이가 자고 있는 모습", "cat sleeping"),
        ("강아지가 물을 마시고 있는 사진", "puppy drinking water"),
        ("아이가 눈사람을 만들고 있는 그림", "child making snowman"),
        ("할머니가 케이크를 만드는 모습", "grandmother making cake"),
        ("벽에 걸려 있는 그림", "painting hanging on wall"),
        ("화가가 그린 그림", "painting drawn by artist"),
    ],
)
def test_a_picture_of_what_goes_on_is_what_goes_on(text, english):
    assert to_english(text).text == english


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("냄새", "smell"),
        ("전쟁", "war"),
        ("바이러스", "virus"),
        ("수갑", "handcuffs"),
        ("행진", "parade"),
        ("다섯", "five"),
        ("남쪽", "south"),
        ("말린 오징어", "dried squid"),
        ("순대", "blood sausage"),
    ],
)
@pytest.mark.parametrize("vocabulary", ["everyday", "emoji"])
def test_a_word_is_not_the_emoji_that_it_is_a_keyword_of(word, english, vocabulary):
    assert to_english(word, vocabulary=vocabulary).text == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("분홍색 돼지", "pink pig"),
        ("빨간색의 사과", "red apple"),
        ("보랏빛 하늘", "purple sky"),
        ("딸기색 가방", "strawberry colored bag"),
        ("하늘빛 우산", "sky blue umbrella"),
    ],
)
def test_colours(text, english):
    assert to_english(text).text == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("빨간사과", "red apple"),
        ("귀여운고양이", "cute cat"),
        ("토끼모자", "rabbit hat"),
        ("오리다리", "duck leg"),
        ("장미꽃밭", "rose flower garden"),
        ("밤바다", "night sea"),
    ],
)
def test_names_without_a_space_between_them(text, english):
    assert to_english(text).text == english


@pytest.mark.parametrize("text", ["차이", "강도", "화가", "파도", "무한", "신나는 날", "아이리스"])
def test_a_word_is_not_read_as_a_shorter_one_with_an_ending(text):
    assert to_english(text).text not in (
        "car",
        "river",
        "anger",
        "young",
        "digging",
        "radish",
        "god flying day",
        "child",
    )


def test_korean_endings_of_english_words_go():
    assert to_english("UFO를 탄 alien이").text == "alien riding UFO"


def test_pieces_keep_their_words_and_say_what_their_endings_say():
    cat, *_, eats = read_phrase(["고양이가", "큰", "생선을", "먹는다"], "everyday")
    assert (cat.words, cat.english, cat.role) == (["고양이가"], "cat", "subject")
    assert (eats.english, eats.kind) == ("eating", "verb")


@pytest.mark.parametrize(
    ("spaced", "english"), [("우주 비행사", "astronaut"), ("아이스 크림을", "ice cream"), ("큰 새", "big bird")]
)
def test_a_name_with_a_space_too_many_is_read_whole(spaced, english):
    assert to_english(spaced).text == english
