from __future__ import annotations

import pytest

from core.translation import to_english


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("한복 입은 여자", "woman wearing hanbok"),
        ("빨간 모자를 쓴 곰", "bear wearing red hat"),
        ("소파에 누워서 티비 보는 강아지", "puppy looking at television and lying on sofa"),
        ("의자에 앉아서 책 읽는 할아버지", "grandfather reading book and sitting on chair"),
        ("창문 밖을 보는 고양이", "cat looking outside window"),
        ("고양이가 침대 밑을 본다", "cat looking below bed"),
        ("창밖을 바라보는 여자", "woman looking outside the window"),
        ("비행기 창문에서 본 구름", "cloud seen from airplane window"),
        ("엄마가 그린 그림", "painting drawn by mother"),
        ("산타 할아버지가 굴뚝으로 들어가는 장면", "santa claus entering chimney"),
        ("고양이가 자는 모습을 그려줘", "cat sleeping"),
        ("로봇 강아지 세 마리", "three robot puppies"),
        ("개 고양이 두 마리", "dog two cats"),
        ("장미꽃 한 다발", "a bunch of roses"),
        ("집에 들어온 강아지", "puppy entering house"),
        ("초록색 눈을 가진 검은 고양이", "black cat with green eye"),
        ("김이 모락모락 나는 만두", "dumpling with steam"),
        ("빨간 사과가 주렁주렁 열린 나무", "tree with red apple"),
        ("하늘을 나는 새", "bird flying sky"),
        ("빨간 페인트로 칠한 문", "door painted with red paint"),
        ("과일로 꾸민 접시", "plate decorated with fruit"),
        ("눈으로 덮인 마을", "village covered with snow"),
        ("연필로 그린 고양이", "cat drawn with pencil"),
        ("고흐 스타일로 그린 강아지", "puppy drawn in van gogh style"),
        ("손으로 만든 인형", "doll made by hand"),
        ("비 오는 날 우산을 쓴 고양이", "cat holding umbrella, rainy day"),
        ("하늘을 나는 빨간 풍선 세 개", "three red balloons flying sky"),
        ("의자에 앉은 개", "dog sitting on chair"),
        ("공원에서 뛰는 강아지", "puppy running in park"),
        ("치즈가 녹는 피자", "pizza with melting cheese"),
        ("목이 긴 기린", "giraffe with long neck"),
        ("자고 있는 아기", "sleeping baby"),
        ("춤추는 로봇", "dancing robot"),
        ("귀엽고 작은 강아지", "cute small puppy"),
        ("눈을 감고 자는 고양이", "cat sleeping and closed eye"),
        ("뿔이 달린 사슴", "deer with horn"),
        ("입에 생선을 문 고양이", "cat biting fish in mouth"),
        ("왕관을 머리에 쓴 왕", "king wearing crown in head"),
        ("버스에서 내리는 할머니", "grandmother getting off bus"),
        ("할머니가 만든 케이크", "cake made by grandmother"),
        ("엄마가 구운 빵", "bread baked by mother"),
        ("문이 열린 집", "house with open door"),
        ("꽃이 가득한 들판", "field full of flower"),
        ("빨리 달리는 치타", "fast running cheetah"),
        ("귀여운 춤추는 로봇", "cute dancing robot"),
        ("사람처럼 걷는 강아지", "puppy walking like person"),
    ],
)
def test_what_a_phrase_is_about_stands_first(korean, english):
    found = to_english(korean)
    assert found.text == english and found.unread == ()


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("달 위의 강아지", "puppy above moon"),
        ("나무 아래 고양이", "cat below tree"),
        ("침대 밑에 있는 개", "dog below bed"),
        ("상자 안의 강아지", "puppy inside box"),
        ("의자와 책상 사이의 고양이", "cat between chair and desk"),
        ("집 앞에 서 있는 나무", "standing tree in front of house"),
        ("꽃밭에 있는 벌", "bee in flower garden"),
        ("등대가 있는 해변", "beach with lighthouse"),
        ("고양이가 없는 방", "room without cat"),
        ("고양이가 상자 안에 있어요", "cat inside box"),
        ("귀여운 고양이가 상자 안에서 자고 있다", "cute cat sleeping inside box"),
        ("집 옆의 나무 아래의 개", "dog below tree next to house"),
        ("상자 안에", "inside box"),
        ("우산 없이 비를 맞는 남자", "man caught in rain without umbrella"),
    ],
)
def test_places(korean, english):
    found = to_english(korean)
    assert found.text == english and found.unread == ()


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("강아지가 뛴다", "puppy running"),
        ("다람쥐가 도토리를 먹고 있어요", "squirrel eating acorn"),
        ("뚱뚱한 고양이가 소파에서 잔다", "fat cat sleeping in sofa"),
        ("로봇이 춤을 춘다", "robot dancing"),
        ("아이가 공원에서 자전거를 탄다", "child riding bicycle in park"),
        ("강아지가 사람처럼 웃는다", "puppy laughing like person"),
    ],
)
def test_sentences(korean, english):
    assert to_english(korean).text == english


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("사과를 먹는 원숭이와 바나나를 든 코끼리", "monkey eating apple and elephant holding banana"),
        ("바다 위의 배와 산 위의 달", "boat above sea and moon above mountain"),
        ("강아지와 고양이를 안은 소녀", "girl holding puppy and cat"),
        ("고래랑 상어", "whale and shark"),
    ],
)
def test_two_things_that_each_have_something(korean, english):
    assert to_english(korean).text == english
