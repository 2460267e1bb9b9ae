from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from gradio.exceptions import Error
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from core import images, inpaint, samples
from core.errors import InputError, ModelUnavailable
from demos import inpaint as tab
from demos.inpaint import frame, mask
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

PICTURE = np.full((40, 50, 3), 80, np.uint8)


def build_filled(h=40, w=50):
    hole = np.zeros((h, w), bool)
    hole[0, 0] = True
    return inpaint.FillResult(image=np.zeros((h, w, 3), np.uint8), mask=hole, model="telea", seconds=0.5)


def square(h=40, w=50):
    found = np.zeros((h, w), bool)
    found[10:20, 10:20] = True
    return found


def editor_strokes(h, w, where):
    layer = np.zeros((h, w, 4), np.uint8)
    layer[where] = (255, 45, 85, 153)
    return {"background": np.zeros((h, w, 4), np.uint8), "layers": [layer], "composite": None}


def test_a_mask_file_reaches_core() -> None:
    engine = FakeEngine(build_filled())
    picture, badge, code = find_api_handler(build_tab_page(engine, tab), "inpaint")(
        PICTURE, square(), "telea", "ignored", 5
    )
    called = engine.calls[0]
    assert called.fn is inpaint.fill
    assert (called.args[1] == square()).all()
    assert called.kwargs == {"method": "telea", "seed": 5}
    assert picture.shape == (40, 50, 3)
    assert "Telea 2004" in badge
    assert "inpaint.fill(picture, mask, method='telea', seed=5)" in code


def test_only_diffusion_gets_the_prompt() -> None:
    engine = FakeEngine(build_filled())
    find_api_handler(build_tab_page(engine, tab), "inpaint")(PICTURE, square(), "diffusion", "a cat", 5)
    assert engine.calls[0].kwargs == {"method": "diffusion", "seed": 5, "prompt": "a cat"}


def test_margins_reach_core() -> None:
    engine = FakeEngine(build_filled())
    shown = list(find_api_handler(build_tab_page(engine, tab), "outpaint")(PICTURE, 1, 2, 3, 4, "ns", "", 0))[-1]
    assert engine.calls[0].fn is inpaint.outpaint
    assert engine.calls[0].kwargs == {"left": 1, "right": 2, "top": 3, "bottom": 4, "method": "ns", "seed": 0}
    assert shown[0].shape == (40, 50, 3)


@pytest.mark.parametrize(("pieces", "said"), [("tiles", "overlapping tiles"), ("smaller", "at 1024 pixels")])
def test_how_scarce_memory_was_got_by_with_is_said(pieces, said) -> None:
    engine = FakeEngine(dataclasses.replace(build_filled(), pieces=pieces))
    _, badge, _ = find_api_handler(build_tab_page(engine, tab), "inpaint")(PICTURE, square(), "telea", "", 5)
    assert said in badge


@pytest.mark.parametrize("error", [ModelUnavailable("inpaint.no_network"), InputError("inpaint.mask_full")])
def test_errors_are_toasts(error) -> None:
    with pytest.raises(Error, match=str(error)[:30]):
        find_api_handler(build_tab_page(FakeEngine(error), tab), "inpaint")(PICTURE, square(), "diffusion", "", 0)


def test_strokes_and_upload_count_together() -> None:
    uploaded = square()
    painted = editor_strokes(40, 50, (slice(30, 35), slice(5, 9)))
    found = mask.read_mask(PICTURE, painted, uploaded)
    assert found.sum() == 100 + 20
    assert found[30:35, 5:9].all()


def test_strokes_on_a_small_view_cover_the_large_picture() -> None:
    picture = np.zeros((1500, 2048, 3), np.uint8)
    found = mask.read_mask(picture, editor_strokes(750, 1024, (slice(100, 110), slice(200, 210))), None)
    assert found.shape == (1500, 2048)
    assert found[200:220, 400:420].all()
    assert found.sum() == 400


def test_an_upload_keeps_its_full_resolution() -> None:
    picture = np.zeros((1500, 2048, 3), np.uint8)
    uploaded = np.zeros((1500, 2048), bool)
    uploaded[701, 803] = True
    assert (mask.read_mask(picture, editor_strokes(750, 1024, (slice(0), slice(0))), uploaded) == uploaded).all()


def test_nothing_painted_is_an_empty_mask() -> None:
    empty = {"background": None, "layers": [], "composite": None}
    assert not mask.read_mask(PICTURE, empty, None).any()
    assert not mask.read_mask(PICTURE, None, None).any()


def test_strokes_on_another_picture_are_refused() -> None:
    with pytest.raises(InputError, match="50 x 40, but 60 x 40"):
        mask.read_mask(PICTURE, editor_strokes(40, 60, (slice(5), slice(5))), None)
    with pytest.raises(InputError, match="picture is needed"):
        mask.read_mask(None, None, square())


def test_the_editor_shows_the_mask_and_keeps_the_strokes() -> None:
    painted = editor_strokes(40, 50, (slice(5), slice(5)))
    value = mask.editor_value(PICTURE, square(), painted)
    assert (value["background"][0, 0] == 80).all()
    assert value["background"][15, 15, 0] > value["background"][15, 15, 1]
    assert value["layers"] == painted["layers"]


def test_the_frame_has_the_proportions_of_the_result() -> None:
    shown = frame.draw_frame(PICTURE, (80, 100), (20, 0, 0, 40))
    assert shown.shape == (60, 60, 3)
    assert (shown[:40, 10:] == 80).all()
    assert not (shown[40:] == 80).any()


@pytest.mark.parametrize("name", tab.EXAMPLES)
def test_every_example_has_a_mask_that_fits(name, picture) -> None:
    from demos.inpaint.hole import EXAMPLE_MASKS

    found = images.to_mask(EXAMPLE_MASKS / f"{name}.png", picture(name).shape[:2])
    assert 0.02 < found.mean() < 0.3


@pytest.fixture
def upload_files(tmp_path):
    found = np.zeros((300, 451), bool)
    found[100:120, 200:230] = True
    path = tmp_path / "mask.png"
    Image.fromarray(found).save(path)
    return handle_file(samples.sample_path("cat")), handle_file(path), found


def test_api_inpaint(client, upload_files, picture) -> None:
    cat, path, hole = upload_files
    result, badge, code = client.predict(cat, path, "telea", "", 0, api_name="/inpaint")
    filled = images.to_rgb(result)
    assert (filled[~hole] == picture("cat")[~hole]).all()
    assert (filled[hole] != picture("cat")[hole]).any()
    assert "Telea" in badge
    assert "method='telea'" in code


def test_api_outpaint(client, picture) -> None:
    cat = handle_file(samples.sample_path("cat"))
    result, badge, *_ = client.predict(cat, 10, 0, 5, 0, "ns", "", 0, api_name="/outpaint")
    larger = images.to_rgb(result)
    assert larger.shape == (305, 461, 3)
    assert (larger[5:, 10:] == picture("cat")).all()
    assert "Navier" in badge and "colours flow in" in badge


def test_api_refuses_with_a_sentence(client, upload_files, tmp_path) -> None:
    cat, path, _ = upload_files
    with pytest.raises(AppError, match="paint over what should go"):
        client.predict(cat, None, "telea", "", 0, api_name="/inpaint")
    Image.new("L", (9, 9), 255).save(tmp_path / "small.png")
    with pytest.raises(AppError, match="451 x 300, but 9 x 9"):
        client.predict(cat, handle_file(tmp_path / "small.png"), "telea", "", 0, api_name="/inpaint")
    with pytest.raises(AppError, match="prefetch sd-inpainting"):
        client.predict(cat, path, "diffusion", "a hat", 0, api_name="/inpaint")
    with pytest.raises(AppError, match="At least one side"):
        client.predict(cat, 0, 0, 0, 0, "telea", "", 0, api_name="/outpaint")


def test_several_answers_have_several_seeds() -> None:
    engine = FakeEngine(build_filled())
    steps = list(
        find_api_handler(build_tab_page(engine, tab), "outpaint")(PICTURE, 1, 0, 0, 0, "patchmatch", "", 2**32 - 2, 3)
    )
    assert [call.kwargs["seed"] for call in engine.calls] == [2**32 - 2, 2**32 - 1, 0]
    gallery, told = steps[-1][6:8]
    assert gallery.visible and len(told) == 3
    assert "seed=0" in told[2][1] and "seed=4294967294" in told[0][1]


def test_methods_without_chance_answer_once() -> None:
    engine = FakeEngine(build_filled())
    list(find_api_handler(build_tab_page(engine, tab), "outpaint")(PICTURE, 1, 0, 0, 0, "telea", "", 0, 4))
    assert len(engine.calls) == 1
    with pytest.raises(Error, match="count"):
        list(find_api_handler(build_tab_page(engine, tab), "outpaint")(PICTURE, 1, 0, 0, 0, "patchmatch", "", 0, 5))


def test_the_mask_is_grown_and_feathered_by_core() -> None:
    engine = FakeEngine(build_filled())
    *_, code = find_api_handler(build_tab_page(engine, tab), "inpaint")(PICTURE, square(), "telea", "", 0, 3, 2)
    assert engine.calls[0].kwargs == {"method": "telea", "seed": 0, "grow": 3, "feather": 2}
    assert "grow=3, feather=2" in code


def test_another_method_s_answer_to_the_same_hole_lies_beside_the_first() -> None:
    engine = FakeEngine(build_filled())
    beside = find_api_handler(build_tab_page(engine, tab), "inpaint_beside")
    used = square().astype(np.uint8)[..., None].repeat(3, axis=2) * 255
    left, right = beside(PICTURE, used, PICTURE + 1, "ns", "", 7)
    assert engine.calls[0].fn is inpaint.fill and engine.calls[0].kwargs == {"method": "ns", "seed": 7}
    assert (engine.calls[0].args[1] == square()).all()
    assert (left == 0).all() and (right == 81).all()
    left, _ = beside(PICTURE, used, PICTURE + 1, "before", "", 7)
    assert (left == PICTURE).all() and len(engine.calls) == 1


def test_beside_a_grown_picture_the_borders_grow_again() -> None:
    engine = FakeEngine(build_filled(45, 60))
    new = np.ones((45, 60), bool)
    new[5:, 10:] = False
    used = new.astype(np.uint8)[..., None].repeat(3, axis=2) * 255
    result = np.zeros((45, 60, 3), np.uint8)
    find_api_handler(build_tab_page(engine, tab), "inpaint_beside")(PICTURE, used, result, "telea", "", 0)
    assert engine.calls[0].fn is inpaint.outpaint
    assert {side: engine.calls[0].kwargs[side] for side in frame.SIDES} == {
        "left": 10,
        "right": 0,
        "top": 5,
        "bottom": 0,
    }


def test_a_mask_is_kept_for_a_picture_of_its_size_only() -> None:
    assert (mask.keep_mask(PICTURE, None, square()) == square()).all()
    assert mask.keep_mask(np.zeros((41, 50, 3), np.uint8), None, square()) is None
    assert mask.keep_mask(PICTURE, None, np.zeros((40, 50), bool)) is None
