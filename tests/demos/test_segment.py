from __future__ import annotations

import gradio as gr
import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image

from core import images, samples, segment
from demos import segment as tab
from tests.fakes import FakeEngine, build, handler

PICTURE = np.full((40, 60, 3), 77, np.uint8)


def masks(*areas: int) -> segment.Masks:
    found = np.zeros((len(areas), 40, 60), bool)
    for i, area in enumerate(areas):
        found[i, :area] = True
    scores = np.linspace(0.9, 0.5, len(areas)).astype(np.float32)
    return segment.Masks(masks=found, scores=scores, model="grabcut", seconds=0.25)


def fake(found=None) -> FakeEngine:
    return FakeEngine(found or masks(10, 20), np.zeros((40, 60, 4), np.uint8))


def test_clicks_reach_core_in_pixels_of_the_original() -> None:
    engine = fake()
    prompt = {"points": [[10, 20, 1], [5, 5, 0]], "box": [1, 2, 30, 40], "size": [60, 40]}
    handler(build(engine, tab), "segment")(PICTURE, prompt, "", 0)
    assert engine.calls[0].fn is segment.from_prompts
    assert engine.calls[0].kwargs == {"points": [[10, 20], [5, 5]], "labels": [1, 0], "box": [1, 2, 30, 40]}


def test_the_model_that_was_picked_is_asked() -> None:
    engine = fake()
    handler(build(engine, tab), "segment")(PICTURE, {"points": [[1, 1, 1]]}, "sam-vit-b", 0)
    assert engine.calls[0].kwargs["model"] == "sam-vit-b"


def test_candidates_with_their_scores_best_first() -> None:
    shown = handler(build(fake(), tab), "segment")(PICTURE, {"points": [[1, 1, 1]]}, "", 0)
    radio = shown[2]
    assert radio.visible and radio.value == 0
    assert [label for label, _ in radio.choices] == [
        "1: 25.0% of the picture, score 0.90",
        "2: 50.0% of the picture, score 0.50",
    ]


def test_one_candidate_is_no_choice() -> None:
    shown = handler(build(fake(masks(10)), tab), "segment")(PICTURE, {"points": [[1, 1, 1]]}, "", 0)
    assert not shown[2].visible


def test_the_mask_is_shown_in_black_and_white_and_the_code_has_the_clicks() -> None:
    shown = handler(build(fake(), tab), "segment")(PICTURE, {"points": [[3, 4, 1]]}, "", 2)
    assert (shown[1][:10] == 255).all() and (shown[1][10:] == 0).all()
    assert "points=[[3, 4]], labels=[1]" in shown[4] and "feather=2" in shown[4]
    assert "GrabCut" in shown[3] and "0.25 s" in shown[3]


def test_no_picture_and_no_click_are_hints_not_errors() -> None:
    engine = fake()
    answer = handler(build(engine, tab), "segment")
    assert "example" in answer(None, {}, "", 0)[3]
    assert "click" in answer(PICTURE, {"points": []}, "", 0)[3]
    assert engine.calls == []


def test_choosing_another_candidate_cuts_that_one() -> None:
    engine = FakeEngine(np.zeros((40, 60, 4), np.uint8))
    kept = tab.Kept.of(masks(10, 20), {"points": [[1, 2]]})
    _, mask, code, _ = handler(build(engine, tab), "segment_choose")(PICTURE, kept, 1, 3)
    assert (mask > 0).sum() == 20 * 60
    assert engine.calls[0].fn is segment.cutout and engine.calls[0].kwargs == {"feather": 3}
    assert "points=[[1, 2]]" in code and "masks[1], feather=3)" in code


def test_masks_are_kept_bit_by_bit() -> None:
    found = masks(10, 20, 33)
    found.masks[:] = np.random.default_rng(0).random(found.masks.shape) < 0.5
    kept = tab.Kept.of(found, {})
    assert kept.bits.nbytes == found.masks.nbytes / 8
    assert all((kept.mask(i) == found.masks[i]).all() for i in range(3))


@pytest.mark.parametrize(("candidate", "feather"), [(2, 0), (-1, 0), ("x", 0), (float("nan"), 0), (0, "x"), (0, 1e9)])
def test_a_candidate_or_a_feather_that_cannot_be(candidate, feather) -> None:
    with pytest.raises(gr.Error, match=r"candidate|feather"):
        handler(build(fake(), tab), "segment_choose")(PICTURE, tab.Kept.of(masks(10, 20), {}), candidate, feather)


def test_code_runs(tmp_path, monkeypatch) -> None:
    """The code that is shown makes the cut-out that is shown."""
    from core.engine import Local

    image = np.zeros((40, 60, 3), np.uint8)
    image[10:30, 20:40] = 220
    shown = handler(build(Local(), tab), "segment")(image, {"points": [[30, 20, 1]]}, "grabcut", 1.5)
    Image.fromarray(image).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(shown[4], names)
    assert (names["cutout"] == shown[0]).all()


# --- end to end


def test_api_one_click_on_the_flower(client) -> None:
    file = handle_file(samples.path("flower"))
    cut, mask, candidates, badge, code, _ = client.predict(
        file, {"points": [[300, 200, 1]]}, "grabcut", 0, api_name="/segment"
    )
    alpha = np.asarray(Image.open(cut))[..., 3]
    assert alpha.shape == images.to_rgb(samples.path("flower")).shape[:2]
    assert ((alpha > 0) == (np.asarray(Image.open(mask).convert("L")) > 127)).all()
    assert alpha[200, 300] == 255 and alpha[10, 10] == 0
    assert "GrabCut" in badge and "points=[[300, 200]]" in code
    assert candidates["choices"][0][0].startswith("1: ")

    chosen, *_ = client.predict(file, 0, 2, api_name="/segment_choose")
    soft = np.asarray(Image.open(chosen))[..., 3]
    assert ((soft > 0) & (soft < 255)).sum() > 0, "feathering leaves alpha between"

    saved = client.predict(file, 0, 0, api_name="/segment_cutout")
    assert (np.asarray(Image.open(saved))[..., 3] == alpha).all()
    saved = client.predict(None, api_name="/segment_mask")
    assert ((np.asarray(Image.open(saved)) > 0) == (alpha > 0)).all()


def test_api_a_box_as_text(client) -> None:
    cut, *_ = client.predict(
        handle_file(samples.path("flower")), '{"box": [150, 50, 450, 350]}', "", 0, api_name="/segment"
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
        client.predict(handle_file(samples.path("cat")), prompt, "grabcut", 0, api_name="/segment")


def test_api_full_size_of_a_large_photo(client, tmp_path) -> None:
    file = tmp_path / "large.png"
    large = np.zeros((1500, 2000, 3), np.uint8)
    large[500:1000, 600:1400] = (230, 180, 20)
    Image.fromarray(large).save(file)
    cut, *_ = client.predict(handle_file(file), {"points": [[1000, 750, 1]]}, "grabcut", 0, api_name="/segment")
    assert Image.open(cut).size == (1024, 768)
    full = Image.open(client.predict(handle_file(file), 0, 0, api_name="/segment_cutout"))
    assert full.size == (2000, 1500)
    alpha = np.asarray(full)[..., 3] > 0
    assert (alpha == (large[..., 0] > 0)).mean() > 0.995


def test_api_a_model_that_is_not_here_says_how_to_get_it(client) -> None:
    from core import models

    if not any(s.row.name == "sam-vit-b" and s.state == "absent" for s in models.status()):
        pytest.skip("Segment Anything is on this machine")
    with pytest.raises(Exception, match="prefetch sam-vit-b"):
        client.predict(handle_file(samples.path("cat")), {"points": [[5, 5, 1]]}, "sam-vit-b", 0, api_name="/segment")


def test_api_saving_before_there_is_a_mask(client) -> None:
    with pytest.raises(Exception, match="click"):
        client.predict(None, api_name="/segment_mask")
