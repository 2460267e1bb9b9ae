from __future__ import annotations

import unicodedata

import gradio as gr
import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image

from core import images, samples, segment
from core.segment import grounded
from demos import segment as tab
from tests.demos.segment.samples import fake_segment_engine
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

LARGE = np.full((200, 300, 3), 77, np.uint8)


def build_word_masks(**facts) -> grounded.WordMasks:
    found = np.zeros((2, 200, 300), bool)
    found[0, 50:150, 100:200] = found[1, :25, :25] = True
    defaults = {
        "masks": found,
        "boxes": np.array([[100, 50, 200, 150], [0, 0, 25, 25]], np.float32),
        "labels": ("<b>고양이</b>", "cup"),
        "scores": np.array([0.9, 0.4], np.float32),
        "detector": "word-clicks",
        "detect_seconds": 0.75,
        "read": ("cat", "cup"),
        "translated": True,
        "model": "grabcut",
        "seconds": 1.0,
    }
    return grounded.WordMasks(**defaults | facts)


def run_words_to_masks(engine, words="고양이, cup", model="auto", detector="auto", threshold=0, most=5, picture=LARGE):
    return find_api_handler(build_tab_page(engine, tab), "words_to_masks")(
        picture, words, model, detector, threshold, most
    )


def test_words_make_boxes_masks_and_a_list() -> None:
    engine = FakeEngine(build_word_masks(), np.zeros((20, 20, 4), np.uint8))
    shown, badge, chips, cuts, keep, _, things, code = run_words_to_masks(
        engine, model="grabcut", detector="owlv2", threshold=0.2
    )
    asked = engine.calls[0]
    assert asked.fn is grounded.from_words and asked.args[1] == "고양이, cup"
    assert asked.kwargs == {"top_k": 5, "threshold": 0.2, "model": "grabcut", "detector": "owlv2"}
    orange = np.array(images.COLOURS[0])
    assert (shown[50, 180] == orange).all() and (shown[149, 150] == orange).all(), "the box"
    assert abs(shown[140, 150].astype(int) - (0.5 * orange + 38.5)).max() <= 1, "the mask"
    assert (shown[180, 250] == 77).all()
    assert "1 · &lt;b&gt;고양이&lt;/b&gt; · 0.90 · 16.7%" in chips and "2 · cup · 0.40 · 1.0%" in chips
    assert "concept space" in badge and "0.75 s" in badge and "GrabCut" in badge and "0.25 s" in badge
    assert "read as “cat, cup”" in badge
    assert engine.calls[1].fn is segment.cutout and engine.calls[1].args[0].shape == (100, 100, 3)
    assert [label for _, label in cuts["value"]] == ["<b>고양이</b>", "cup"] and keep["visible"]
    assert [thing.name for thing in things] == ["<b>고양이</b>", "cup"] and things[0].mask.unpack(0).sum() == 10_000
    assert "segment.from_words(picture, '고양이, cup', top_k=5, threshold=0.2" in code


def test_the_defaults_of_both_models_are_theirs() -> None:
    engine = FakeEngine(build_word_masks(translated=False), np.zeros((20, 20, 4), np.uint8))
    _, badge, *_ = run_words_to_masks(engine)
    assert engine.calls[0].kwargs == {"top_k": 5} and "read as" not in badge


def test_words_without_a_picture_or_with_nothing_found_are_sentences() -> None:
    with pytest.raises(gr.Error, match="picture is needed"):
        run_words_to_masks(fake_segment_engine(), picture=None)


def test_nothing_found_is_an_empty_state_and_no_error() -> None:
    nothing = build_word_masks(
        masks=np.zeros((0, 200, 300), bool), boxes=np.zeros((0, 4), np.float32), labels=(),
        scores=np.zeros(0, np.float32), read=("person",), threshold=0.5, found_by=(("people", "ssdlite-people"),),
    )  # fmt: skip
    shown, badge, said, cuts, keep, _, things, code = run_words_to_masks(FakeEngine(nothing), words="<사람>")
    assert (shown == 77).all() and things == () and code == ""
    assert "Not found here: &lt;사람&gt;. Nothing reached the score 0.5" in said and "role=" in said
    assert "SSDLite" in badge and "read as “person”" in badge and "Pocket SAM" not in badge
    assert not cuts["visible"] and not keep["visible"]


def test_persons_name_the_models_that_found_and_cut_them() -> None:
    answer = build_word_masks(
        found_by=(("detect", "word-clicks"), ("people", "ssdlite-people")),
        cut_by=(("segment", "pocket-sam"), ("matting", "u2netp")),
    )
    badge = run_words_to_masks(FakeEngine(answer, np.zeros((20, 20, 4), np.uint8)))[1]
    titles = ("Words to clicks", "SSDLite", "Pocket SAM: Eff", "U2-Net-p")
    places = [badge.index(title) for title in titles]
    assert places == sorted(places)


def test_what_words_found_joins_the_kept_things() -> None:
    demo = build_tab_page(FakeEngine(build_word_masks(), np.zeros((20, 20, 4), np.uint8)), tab)
    things = find_api_handler(demo, "words_to_masks")(LARGE, "cat", "auto", "auto", 0, 5)[6]
    keep = find_api_handler(demo, "words_to_masks_keep")
    more, chips, widget, line = keep(things, ())
    assert [thing.name for thing in more] == ["<b>고양이</b>", "cup"] and "&lt;b&gt;" in chips
    assert widget.props["mask"].startswith("data:image/png") and "2 kept" in line
    with pytest.raises(gr.Error, match="write words"):
        keep((), ())
    with pytest.raises(gr.Error, match="At most 20"):
        keep(things, things * 10)


def test_the_code_of_words_runs(tmp_path, monkeypatch) -> None:
    from core.engine import Local

    picture = images.to_rgb(samples.sample_path("cat"))
    things, code = run_words_to_masks(Local(), "cat", picture=picture)[6:]
    Image.fromarray(picture).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    assert (names["found"].masks[0] == things[0].mask.unpack(0)).all()


def test_api_words_fill_the_page(client) -> None:
    shown, badge, listed, cut, kept, code = client.predict(
        handle_file(samples.sample_path("flower")), "flower", "grabcut", "auto", 0, 1, api_name="/words_to_masks"
    )
    assert Image.open(shown).size == Image.open(samples.sample_path("flower")).size
    assert "GrabCut" in badge and "1 · flower · " in listed and "from_words(picture, 'flower'" in code
    assert [found["caption"] for found in cut["value"]] == ["flower"] and kept == ""
    assert "1 kept" in client.predict(api_name="/words_to_masks_keep")[-1]


def test_what_is_kept_and_saved_has_its_name_in_one_form() -> None:
    found = build_word_masks(labels=(unicodedata.normalize("NFD", "고양이"), "ｃｕｐ"))
    *_, things, _ = run_words_to_masks(FakeEngine(found, np.zeros((20, 20, 4), np.uint8)))
    assert [thing.name for thing in things] == ["고양이", "cup"]


def test_the_detectors_badge_says_which_words_were_not_read() -> None:
    engine = FakeEngine(build_word_masks(left_out=("꿱꿱이",)), np.zeros((20, 20, 4), np.uint8))
    badge = str(run_words_to_masks(engine)[1])
    assert "read as “cat, cup”" in badge and badge.count("not read: 꿱꿱이") == 1


def test_the_detectors_badge_says_which_words_were_read_as_their_kind() -> None:
    engine = FakeEngine(build_word_masks(near=("심야버스 → bus",)), np.zeros((20, 20, 4), np.uint8))
    assert str(run_words_to_masks(engine)[1]).count("read as its kind of thing: 심야버스 → bus") == 1
