from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from core import classify, models
from core.classify.names import find_classes, korean_class_names
from core.errors import InputError


@pytest.fixture(scope="module")
def classifier():
    return models.load("classify", "efficientnet-lite0")


def test_each_of_the_thousand_classes_has_korean_names_of_its_own(classifier) -> None:
    names = korean_class_names()
    assert list(names) == classifier.labels
    counts = Counter(name.replace(" ", "") for korean in names.values() for name in korean)
    assert [name for name, count in counts.items() if count > 1] == []
    # two are written with a letter or a digit of ours
    assert [name for name in counts if not re.fullmatch("[가-힣A-Z0-9]*[가-힣][가-힣A-Z0-9]*", name)] == ["PDA"]


@pytest.mark.parametrize(
    ("wnid", "shown"),
    [
        ("n02123159", "호랑이고양이 (tiger cat)"),
        ("n02110185", "시베리아허스키 (Siberian husky)"),
        ("n02099601", "골든레트리버 (golden retriever)"),
        ("n01614925", "흰머리수리 (bald eagle)"),
        ("n07920052", "에스프레소 (espresso)"),
        ("n02012849", "두루미 (crane)"),
        ("n03126707", "기중기 (crane)"),
        ("n03710637", "타이츠 (maillot)"),
        ("n03710721", "원피스 수영복 (maillot)"),
        ("n02988304", "시디플레이어 (CD player)"),
        ("n02974003", "자동차 바퀴 (car wheel)"),
        ("n03793489", "마우스 (mouse)"),
        ("n02096294", "오스트레일리언테리어 (Australian terrier)"),
        ("n13052670", "잎새버섯 (hen-of-the-woods)"),
    ],
)
def test_a_korean_page_shows_both_names(wnid, shown, classifier) -> None:
    label = classifier.labels[classifier.wnids.index(wnid)]
    assert classify.shown_class_name(label, "ko") == shown
    assert classify.shown_class_name(label, "en") == label
    assert classify.find_label(shown) == label


def test_what_is_none_of_the_classes_stays_as_it_is() -> None:
    assert classify.shown_class_name("<b>ants</b>", "ko") == "<b>ants</b>"
    assert classify.find_label("개미들") == "개미들"


def test_every_name_finds_its_class_and_no_other(classifier) -> None:
    wrong = [
        name
        for i, label in enumerate(classifier.labels)
        for name in (label, classify.shown_class_name(label, "ko"), *korean_class_names()[label])
        if find_classes(name, classifier.names) != [i]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("호랑이 고양이", ["tiger cat"]),
        ("TIGER CAT", ["tiger cat"]),
        ("호랑이", ["tiger"]),
        ("고양이", ["tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat"]),
        ("골든 리트리버", ["golden retriever"]),
        ("시베리안 허스키", ["Siberian husky"]),
        ("husky", ["Eskimo dog", "Siberian husky"]),
        ("puma", ["cougar"]),
        ("golden ret", ["golden retriever"]),
        ("flat-coated", ["flat-coated retriever"]),
        ("시베리아", ["Siberian husky"]),
        ("거북이", ["loggerhead", "leatherback turtle", "mud turtle", "terrapin", "box turtle"]),
        ("닭", ["cock", "hen"]),
        ("앵무새", ["African grey", "macaw", "sulphur-crested cockatoo", "lorikeet"]),
        ("소", ["ox", "water buffalo", "bison"]),
        ("산", ["alp", "volcano"]),
        ("오토바이", ["moped", "motor scooter"]),
        ("비행기", ["airliner", "warplane"]),
        ("안경", ["sunglass", "sunglasses"]),
        ("휴대폰", ["cellular telephone"]),
        ("솔개", ["kite"]),
        ("ant", ["ant"]),
        ("crane", ["crane (bird)", "crane (machine)"]),
        ("크레인", ["crane (machine)"]),
        ("zebra crossing", []),
        ("꿱꿱이", []),
        ("-", []),
    ],
)
def test_a_name_or_a_part_of_one_finds_classes(typed, labels, classifier) -> None:
    assert [classifier.labels[i] for i in find_classes(typed, classifier.names)] == labels


@pytest.mark.parametrize("typed", ["개", "강아지"])
def test_a_kind_is_all_of_its_classes(typed, classifier) -> None:
    found = [classifier.labels[i] for i in find_classes(typed, classifier.names)]
    assert len(found) == 118 and found[0] == "Chihuahua" and found[-1] == "Mexican hairless"


def test_of_several_classes_the_likeliest_is_meant(classifier) -> None:
    shares = np.zeros(1000, np.float32)
    shares[284] = 0.5
    assert classifier.class_index("고양이") == 281
    assert classifier.class_index("고양이", shares) == 284
    assert classifier.class_index("N02123045") == 281
    with pytest.raises(InputError) as caught:
        classifier.class_index("꿱꿱이", shares)
    assert "ImageNet의 클래스 1000개 중에 '꿱꿱이'와 맞는 이름이 없습니다." in caught.value.message_in("ko")


def test_functions_take_korean_names(picture) -> None:
    asked = [classify.explain(picture("cat"), target=name) for name in ("호랑이고양이", "tiger cat", "고양이")]
    assert [found.label for found in asked] == ["tiger cat", "tiger cat", classify.predict(picture("cat")).labels[0]]
    np.testing.assert_array_equal(asked[0].heatmap, asked[1].heatmap)
    assert classify.invariance(picture("lion"), "shift", [0, 4], target="사자").label == "lion"
