from __future__ import annotations

import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from core import samples, zeroshot
from demos import zeroshot as tab
from demos.zeroshot import drawing
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

PICTURE = np.zeros((8, 6, 3), np.uint8)
EVIL = "<img src=x onerror=alert(1)>"


def build_zero_shot(*labels: str) -> zeroshot.ZeroShotPrediction:
    n = len(labels)
    return zeroshot.ZeroShotPrediction(
        labels=labels,
        probabilities=np.full(n, 1 / n, np.float32),
        similarities=np.linspace(0.5, 0.1, n).astype(np.float32),
        encoded=labels,
        temperature=0.04,
        model="concept-space",
        seconds=0.1,
    )


def build_similarity(n: int, m: int, encoded: tuple[str, ...]) -> zeroshot.Similarity:
    pictures, texts = np.eye(n, 4, dtype=np.float32), np.eye(m, 4, dtype=np.float32)
    facts = {"image_vectors": pictures, "text_vectors": texts, "matrix": pictures @ texts.T, "encoded": encoded}
    return zeroshot.Similarity(**facts, new=(0, 1), model="concept-space", seconds=0.1)


def test_what_the_controls_say_reaches_core() -> None:
    engine = FakeEngine(build_zero_shot("cat", "dog"))
    show = find_api_handler(build_tab_page(engine, tab), "zeroshot_classify")
    result, badge, code = show(PICTURE, ["cat", "dog"], "a {}\n\nthe {} ", 0.1, True, "clip-vit-b32")
    settings = {"temperature": 0.1, "none_of_these": True, "model": "clip-vit-b32"}
    assert engine.calls[0].args[1] == ["cat", "dog"]
    assert engine.calls[0].kwargs == {"template": ["a {}", "the {}"], **settings}
    assert engine.calls[1].kwargs == {"template": "{}", **settings}
    assert "50.0%" in result and "0.500" in result and "0.04" in result
    assert "Concept space" in badge and "zeroshot.classify(picture, ['cat', 'dog']" in code


def test_without_a_sentence_there_is_nothing_to_compare() -> None:
    engine = FakeEngine(build_zero_shot("cat"))
    find_api_handler(build_tab_page(engine, tab), "zeroshot_classify")(PICTURE, ["cat"], "{}", 0, False, "")
    assert len(engine.calls) == 1
    assert engine.calls[0].kwargs == {"template": ["{}"], "temperature": None, "none_of_these": False}


@pytest.mark.parametrize(("picture", "labels"), [(None, ["cat"]), (PICTURE, [])])
def test_a_missing_half_asks_for_it(picture, labels) -> None:
    engine = FakeEngine(build_zero_shot("cat"))
    result, *_ = find_api_handler(build_tab_page(engine, tab), "zeroshot_classify")(picture, labels, "{}", 0, False, "")
    assert "picture and at least one label" in result and not engine.calls


def test_captions_are_lines_and_pictures_are_read() -> None:
    engine = FakeEngine(build_similarity(1, 2, ("a cat", "a dog")))
    result, _, code = find_api_handler(build_tab_page(engine, tab), "zeroshot_matrix")(
        [(str(samples.sample_path("cat")), None)], "a cat\n\n a dog ", ""
    )
    pictures, captions = engine.calls[0].args
    assert pictures[0].shape == (300, 451, 3) and captions == ["a cat", "a dog"]
    assert "class='best' style='--strength:100%'>1.00" in result and "--strength:0%'>0.00" in result
    assert "1 of 2 captions" in result and "images.to_rgb(f) for f in" in code


def test_the_map_places_every_picture_and_caption() -> None:
    engine = FakeEngine(build_similarity(1, 2, ("a cat", "a dog")), zeroshot.project(np.eye(3)))
    drawn, *_ = find_api_handler(build_tab_page(engine, tab), "zeroshot_map")(
        [str(samples.sample_path("cat"))], "a cat\na dog", True, ""
    )
    assert engine.calls[1].kwargs == {"groups": [0, 1, 1]}
    assert drawn.count("<image ") == 1 and drawn.count("<circle ") == 2 and ">a dog</text>" in drawn


def test_nothing_a_viewer_writes_becomes_markup() -> None:
    found = build_similarity(1, 1, (EVIL,))
    plane = zeroshot.project(np.eye(2))
    for drawn in (
        drawing.label_bars(build_zero_shot(EVIL), None),
        drawing.matrix_table(found, [EVIL], [PICTURE]),
        drawing.matrix_table(build_similarity(1, 1, (f"read {EVIL}",)), [EVIL], [PICTURE]),
        drawing.plane_chart(plane, [EVIL], [f"read {EVIL}"], [PICTURE]),
    ):
        assert "<img src=x" not in drawn and "&lt;img src=x" in drawn


def test_too_many_captions_are_refused() -> None:
    from core.errors import InputError
    from demos.zeroshot.shared import read_captions

    with pytest.raises(InputError, match="1 to 24, but 25"):
        read_captions("\n".join(f"caption {i}" for i in range(25)))


def test_api_classify(client) -> None:
    result, badge, code = client.predict(
        handle_file(samples.sample_path("cat")),
        ["개", "고양이"],
        "a photo of a {}",
        0,
        True,
        "",
        api_name="/zeroshot_classify",
    )
    assert result.index("<th scope='row'>고양이") < result.index("<th scope='row'>개")
    assert "cat" in result and "Concept space" in badge and "none_of_these=True" in code


def test_api_matrix_and_map(client) -> None:
    files = [{"image": handle_file(samples.sample_path(name)), "caption": None} for name in ("cat", "rocket")]
    table, *_ = client.predict(files, "a cat\na rocket", "", api_name="/zeroshot_matrix")
    assert table.count("<tr>") == 3 and table.count("class='best'") == 2
    drawn, *_ = client.predict(files, "a cat\na rocket", False, "", api_name="/zeroshot_map")
    assert drawn.count("<image ") == 2


def test_api_search(client) -> None:
    files = [{"image": handle_file(samples.sample_path(name)), "caption": None} for name in ("rocket", "cat")]
    found, said, *_ = client.predict("고양이", files, "", api_name="/zeroshot_search")
    assert len(found) == 2 and float(found[0]["caption"]) > float(found[1]["caption"])
    assert "cat" in said


def test_api_errors_are_sentences(client) -> None:
    with pytest.raises(AppError, match="different"):
        client.predict(
            handle_file(samples.sample_path("cat")), ["cat", "CAT"], "{}", 0, False, "", api_name="/zeroshot_classify"
        )
    with pytest.raises(AppError, match="exactly once"):
        client.predict(
            handle_file(samples.sample_path("cat")), ["cat"], "a photo", 0, False, "", api_name="/zeroshot_classify"
        )
