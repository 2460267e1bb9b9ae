from __future__ import annotations

import numpy as np

from core import images, samples, segment
from demos import segment as tab
from demos.segment.kept import SegmentAnswer
from tests.demos.segment.samples import LOOK, PICTURE, build_masks, fake_segment_engine, run_segment
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


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
