from __future__ import annotations

import json
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image

from core import images, samples, segment
from core import masks as masks_
from core.errors import InputError
from core.segment import grounded
from demos import segment as tab
from demos.segment.kept import PackedMasks, SegmentAnswer
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

PICTURE = np.full((40, 60, 3), 77, np.uint8)
LOOK = (0, 0, "transparent", 8, "#ffffff")  # growth, feather, backdrop, strength, colour


def run_segment(engine, prompt, model="", *, picture=PICTURE, things=(), truth=None, look=LOOK):
    """What the page shows after this: result, mask, candidates, badge, code, answer, canvas."""
    *_, last = find_api_handler(build_tab_page(engine, tab), "segment")(picture, prompt, model, things, truth, *look)
    return last


def build_masks(*areas: int) -> segment.Masks:
    found = np.zeros((len(areas), 40, 60), bool)
    for i, area in enumerate(areas):
        found[i, :area] = True
    scores = np.linspace(0.9, 0.5, len(areas)).astype(np.float32)
    return segment.Masks(masks=found, scores=scores, model="grabcut", seconds=0.25)


def fake_segment_engine(found=None) -> FakeEngine:
    return FakeEngine(found or build_masks(10, 20), np.zeros((40, 60, 4), np.uint8))


def test_clicks_reach_core_in_pixels_of_the_original() -> None:
    engine = fake_segment_engine()
    prompt = {"points": [[10, 20, 1], [5, 5, 0]], "box": [1, 2, 30, 40], "size": [60, 40]}
    run_segment(engine, prompt)
    assert engine.calls[0].fn is segment.from_prompts
    assert engine.calls[0].kwargs == {"points": [[10, 20], [5, 5]], "labels": [1, 0], "box": [1, 2, 30, 40]}


def test_the_model_that_was_picked_is_asked() -> None:
    engine = fake_segment_engine()
    run_segment(engine, {"points": [[1, 1, 1]]}, "sam-vit-b")
    assert engine.calls[0].kwargs["model"] == "sam-vit-b"


def test_the_best_mask_is_on_the_canvas_before_anything_else_is_ready() -> None:
    from core.engine import Local

    steps = find_api_handler(build_tab_page(Local(), tab), "segment")(
        PICTURE, {"points": [[3, 4, 1]]}, "grabcut", (), None, *LOOK
    )
    *others, canvas = next(steps)
    assert all(set(other) == {"__type__"} for other in others)
    assert canvas.props["mask"].startswith("data:image/png") and canvas.props["outline"]
    last = next(steps)
    assert "GrabCut" in last[3] and set(last[-1]) == {"__type__"}
    assert list(steps) == []


def test_candidates_with_their_scores_best_first() -> None:
    shown = run_segment(fake_segment_engine(), {"points": [[1, 1, 1]]})
    radio = shown[2]
    assert radio.visible and radio.value == 0
    assert [label for label, _ in radio.choices] == [
        "1: 25.0% of the picture, score 0.90",
        "2: 50.0% of the picture, score 0.50",
    ]


def test_one_candidate_is_no_choice() -> None:
    shown = run_segment(fake_segment_engine(build_masks(10)), {"points": [[1, 1, 1]]})
    assert not shown[2].visible


def test_the_mask_is_shown_in_black_and_white_and_the_code_has_the_clicks() -> None:
    shown = run_segment(fake_segment_engine(), {"points": [[3, 4, 1]]}, look=(0, 2, *LOOK[2:]))
    assert (shown[1][:10] == 255).all() and (shown[1][10:] == 0).all()
    assert "points=[[3, 4]], labels=[1]" in shown[4] and "feather=2" in shown[4]
    assert "GrabCut" in shown[3] and "0.25 s" in shown[3]


def test_no_picture_and_no_click_are_hints_not_errors() -> None:
    engine = fake_segment_engine()
    assert "example" in run_segment(engine, {}, picture=None)[3]
    assert "click" in run_segment(engine, {"points": []})[3]
    assert engine.calls == []


def test_choosing_another_candidate_cuts_that_one() -> None:
    engine = FakeEngine(np.zeros((40, 60, 4), np.uint8))
    known = SegmentAnswer.from_result(build_masks(10, 20), {"points": [[1, 2]]})
    look = (0, 3, *LOOK[2:])
    _, mask, code, *_ = find_api_handler(build_tab_page(engine, tab), "segment_choose")(PICTURE, known, 1, (), *look)
    assert (mask > 0).sum() == 20 * 60
    assert engine.calls[0].fn is segment.cutout and engine.calls[0].kwargs == {"feather": 3}
    assert "points=[[1, 2]]" in code and "found.masks[1], 0)" in code and "feather=3)" in code


def test_the_outline_moves_before_the_cut() -> None:
    engine = FakeEngine(np.zeros((40, 60, 4), np.uint8))
    known = SegmentAnswer.from_result(build_masks(10), {"points": [[1, 2]]})
    _, mask, *_ = find_api_handler(build_tab_page(engine, tab), "segment_choose")(PICTURE, known, 0, (), 5, *LOOK[1:])
    assert (mask > 0).sum() == 15 * 60 and engine.calls[0].args[1].sum() == 15 * 60
    with pytest.raises(gr.Error, match="leaves nothing"):
        find_api_handler(build_tab_page(engine, tab), "segment_choose")(PICTURE, known, 0, (), -20, *LOOK[1:])


@pytest.mark.parametrize("backdrop", ["blur", "grey", "colour"])
def test_the_background_is_treated_by_core(backdrop) -> None:
    engine = FakeEngine(np.zeros((40, 60, 3), np.uint8))
    known = SegmentAnswer.from_result(build_masks(10), {"points": [[1, 2]]})
    look = (0, 0, backdrop, 4, "rgba(255, 0, 9.6, 1)")
    _, _, code, *_ = find_api_handler(build_tab_page(engine, tab), "segment_choose")(PICTURE, known, 0, (), *look)
    assert engine.calls[0].fn is masks_.edit_background and engine.calls[0].args[2] == backdrop
    assert engine.calls[0].kwargs == {"strength": 4, "colour": "#ff000a", "feather": 0}
    assert f"masks.edit_background(picture, mask, '{backdrop}'" in code


def test_masks_are_kept_bit_by_bit() -> None:
    found = build_masks(10, 20, 33)
    found.masks[:] = np.random.default_rng(0).random(found.masks.shape) < 0.5
    known = SegmentAnswer.from_result(found, {})
    assert known.masks.bits.nbytes == found.masks.nbytes / 8
    assert all((known.candidate_mask(i) == found.masks[i]).all() for i in range(3))


def test_the_truth_of_an_example_is_compared() -> None:
    truth = samples.ground_truth("collage")
    found = segment.Masks(masks=(truth == 3)[None], scores=np.ones(1, np.float32), model="grabcut", seconds=0.1)
    picture = images.to_rgb(samples.sample_path("collage"))
    engine = FakeEngine(found, np.zeros((*truth.shape, 4), np.uint8))
    shown = run_segment(engine, {"points": [[250, 270, 1]]}, picture=picture, truth="collage")
    assert "IoU with the truth 1.00" in shown[3]
    assert "IoU" not in run_segment(fake_segment_engine(), {"points": [[1, 1, 1]]}, truth="collage")[3], (
        "another picture"
    )


def test_another_candidate_is_compared_with_the_truth_too() -> None:
    truth = samples.ground_truth("collage")
    found = segment.Masks(
        masks=np.stack([truth == 3, truth == 0]), scores=np.ones(2, np.float32), model="grabcut", seconds=0.1
    )
    picture = images.to_rgb(samples.sample_path("collage"))
    choose = find_api_handler(build_tab_page(FakeEngine(np.zeros((*truth.shape, 4), np.uint8)), tab), "segment_choose")
    known = SegmentAnswer.from_result(found, {"points": [[1, 2]]})
    right, wrong = (choose(picture, known, candidate, (), *LOOK, "collage")[-1] for candidate in (0, 1))
    assert "GrabCut" in right and "IoU with the truth 1.00" in right and "0.10 s" in right
    assert "IoU with the truth 0.0" in wrong
    assert "IoU" not in choose(picture, known, 0, (), *LOOK)[-1], "nobody knows"


def test_things_are_kept_under_a_name_and_dropped_again() -> None:
    demo = build_tab_page(fake_segment_engine(), tab)
    keep, drop = find_api_handler(demo, "segment_keep"), find_api_handler(demo, "segment_drop")
    known = SegmentAnswer.from_result(build_masks(10, 20), {})
    things, name, legend, widget, *cleared = keep(known, 0, 0, "<b>cup</b>", ())
    assert name == "" and "&lt;b&gt;cup" in legend and "25.0%" in legend
    assert widget.value == {"points": [], "box": None} and widget.props["mask"].startswith("data:image/png")
    assert cleared[-1] is None
    things, _, legend, *_ = keep(known, 1, 2, "", things)
    assert [thing.name for thing in things] == ["<b>cup</b>", "thing 2"]
    assert things[1].mask.unpack(0).sum() == 22 * 60
    fewer, legend, _ = drop(things, None, None)
    assert len(fewer) == 1 and "thing 2" not in legend
    assert drop((), None, None)[0] == ()


def test_nothing_to_keep_and_too_many() -> None:
    keep = find_api_handler(build_tab_page(fake_segment_engine(), tab), "segment_keep")
    with pytest.raises(gr.Error, match="click"):
        keep(None, 0, 0, "cup", ())
    known = SegmentAnswer.from_result(build_masks(10), {})
    things = ()
    for _ in range(20):
        things = keep(known, 0, 0, "", things)[0]
    with pytest.raises(gr.Error, match="At most 20"):
        keep(known, 0, 0, "", things)
    with pytest.raises(gr.Error, match="40"):
        keep(known, 0, 0, "x" * 41, ())


def test_everything_says_how_far_it_is_and_words_pick_one() -> None:
    found = [build_masks(20).masks[0], build_masks(10).masks[0]]

    class Streaming(FakeEngine):
        def stream(self, fn, /, *args, **kwargs):
            yield segment.GridProgress(32, 64)
            yield found

    scores = np.array([0.1, 0.6], np.float32)
    demo = build_tab_page(Streaming(segment.MaskRanking(scores=scores, model="concept-space", seconds=0.2)), tab)
    steps = list(find_api_handler(demo, "segment_everything")(PICTURE, "", 8, 0.7, 0.8, 0))
    assert "32 of 64" in steps[0][2] and "2 masks" in steps[-1][2]
    shown, kept, _, code, _, by = steps[-1]
    assert "Pocket SAM" in by
    assert shown.shape == PICTURE.shape and len(kept) == 2 and "points_per_side=8" in code
    best, gallery, badge = find_api_handler(demo, "segment_find")(PICTURE, kept, "a cup")
    assert [caption for _, caption in gallery["value"]] == ["0.60", "0.10"]
    assert (best[:10] != 77).any() and (best[10:] == 77).all() and "MiniLM" in badge


@pytest.mark.parametrize(
    ("picture", "kept"), [(PICTURE, None), (PICTURE[:20], PackedMasks.from_masks(build_masks(10).masks))]
)
def test_words_need_the_masks_of_this_picture(picture, kept) -> None:
    with pytest.raises(gr.Error, match="Find everything"):
        find_api_handler(build_tab_page(fake_segment_engine(), tab), "segment_find")(picture, kept, "a cup")


@pytest.mark.parametrize(("candidate", "feather"), [(2, 0), (-1, 0), ("x", 0), (float("nan"), 0), (0, "x"), (0, 1e9)])
def test_a_candidate_or_a_feather_that_cannot_be(candidate, feather) -> None:
    with pytest.raises(gr.Error, match=r"candidate|feather"):
        find_api_handler(build_tab_page(fake_segment_engine(), tab), "segment_choose")(
            PICTURE, SegmentAnswer.from_result(build_masks(10, 20), {}), candidate, (), 0, feather, *LOOK[2:]
        )


def test_code_runs(tmp_path, monkeypatch) -> None:
    """The code that is shown makes the cut-out that is shown."""
    from core.engine import Local

    image = np.zeros((40, 60, 3), np.uint8)
    image[10:30, 20:40] = 220
    look = (2, 1.5, *LOOK[2:])
    shown = run_segment(Local(), {"points": [[30, 20, 1]]}, "grabcut", picture=image, look=look)
    Image.fromarray(image).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(shown[4], names)
    assert (names["cutout"] == shown[0]).all()


# --- by words

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
    with pytest.raises(gr.Error, match="nothing reached the score"):
        run_words_to_masks(FakeEngine(InputError("segment.words_nothing", words="'cat'", threshold="0.3")))


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


# --- end to end


def test_api_one_click_on_the_flower(client) -> None:
    file = handle_file(samples.sample_path("flower"))
    cut, mask, candidates, badge, code, _ = client.predict(
        file, {"points": [[300, 200, 1]]}, "grabcut", api_name="/segment"
    )
    alpha = np.asarray(Image.open(cut))[..., 3]
    assert alpha.shape == images.to_rgb(samples.sample_path("flower")).shape[:2]
    assert ((alpha > 0) == (np.asarray(Image.open(mask).convert("L")) > 127)).all()
    assert alpha[200, 300] == 255 and alpha[10, 10] == 0
    assert "GrabCut" in badge and "points=[[300, 200]]" in code
    assert candidates["choices"][0][0].startswith("1: ")

    chosen, *_ = client.predict(file, 0, feather=2, api_name="/segment_choose")
    soft = np.asarray(Image.open(chosen))[..., 3]
    assert ((soft > 0) & (soft < 255)).sum() > 0, "feathering leaves alpha between"

    saved = client.predict(file, 0, api_name="/segment_cutout")
    assert (np.asarray(Image.open(saved))[..., 3] == alpha).all()
    saved = client.predict(None, api_name="/segment_mask")
    assert ((np.asarray(Image.open(saved)) > 0) == (alpha > 0)).all()
    written = json.loads(Path(client.predict(None, api_name="/segment_json")).read_text())
    assert (masks_.from_rle(written["annotations"][0]["segmentation"]) == (alpha > 0)).all()
    tinted = np.asarray(Image.open(client.predict(file, None, 0.5, api_name="/segment_overlay")))
    changed = (tinted != images.to_rgb(samples.sample_path("flower"))).any(axis=2)
    assert (changed == (alpha > 0)).mean() > 0.99


def test_api_a_box_as_text(client) -> None:
    cut, *_ = client.predict(
        handle_file(samples.sample_path("flower")), '{"box": [150, 50, 450, 350]}', "", api_name="/segment"
    )
    alpha = np.asarray(Image.open(cut))[..., 3]
    assert alpha.any() and not alpha[:, 460:].any() and not alpha[360:].any()


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ({"points": [[9999, 5, 1]]}, "in the picture"),
        ({"points": [[5, 5, 0]]}, "removes?"),
        ({"points": [[5, 5, 1], [5, 5, 0]]}, "both"),
        ({"points": [[5, 5]]}, "points"),
        ({"points": [[5, 5, 1]] * 100}, "64"),
        ({"box": [5, 5, 5, 9]}, "area"),
        ("{" * 500, "points"),
        ([[1, 2]], "points"),
    ],
)
def test_api_says_what_is_wrong(client, prompt, says) -> None:
    with pytest.raises(Exception, match=says):
        client.predict(handle_file(samples.sample_path("cat")), prompt, "grabcut", api_name="/segment")


def test_api_full_size_of_a_large_photo(client, tmp_path) -> None:
    file = tmp_path / "large.png"
    large = np.zeros((1500, 2000, 3), np.uint8)
    large[500:1000, 600:1400] = (230, 180, 20)
    Image.fromarray(large).save(file)
    cut, *_ = client.predict(handle_file(file), {"points": [[1000, 750, 1]]}, "grabcut", api_name="/segment")
    assert Image.open(cut).size == (1024, 768)
    full = Image.open(client.predict(handle_file(file), 0, api_name="/segment_cutout"))
    assert full.size == (2000, 1500)
    alpha = np.asarray(full)[..., 3] > 0
    assert (alpha == (large[..., 0] > 0)).mean() > 0.995


def test_api_a_model_that_is_not_here_says_how_to_get_it(client) -> None:
    from core import models

    if not any(s.row.name == "sam-vit-b" and s.state == "absent" for s in models.status()):
        pytest.skip("Segment Anything is on this machine")
    with pytest.raises(Exception, match="prefetch sam-vit-b"):
        client.predict(
            handle_file(samples.sample_path("cat")), {"points": [[5, 5, 1]]}, "sam-vit-b", api_name="/segment"
        )


def test_api_words_fill_the_page(client) -> None:
    shown, badge, listed, cut, kept, code = client.predict(
        handle_file(samples.sample_path("flower")), "flower", "grabcut", "auto", 0, 1, api_name="/words_to_masks"
    )
    assert Image.open(shown).size == Image.open(samples.sample_path("flower")).size
    assert "GrabCut" in badge and "1 · flower · " in listed and "from_words(picture, 'flower'" in code
    assert [found["caption"] for found in cut["value"]] == ["flower"] and kept == ""
    assert "1 kept" in client.predict(api_name="/words_to_masks_keep")[-1]


def test_api_saving_before_there_is_a_mask(client) -> None:
    with pytest.raises(Exception, match="click"):
        client.predict(None, api_name="/segment_mask")
