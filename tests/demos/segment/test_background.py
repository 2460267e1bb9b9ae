from __future__ import annotations

import numpy as np
import pytest

from core import segment
from core.engine import Local
from core.errors import ModelUnavailable
from demos import segment as tab
from demos.segment.kept import SegmentAnswer
from tests.demos.segment.samples import LOOK, PICTURE, build_masks
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def build_matte(level: float = 0.5) -> segment.Matte:
    alpha = np.zeros((40, 60), np.float32)
    alpha[10:30, 10:30], alpha[30, 10:30] = 1, level
    return segment.Matte(alpha=alpha, cutout=np.zeros((40, 60, 4), np.uint8), model="u2netp", seconds=0.25)


def press(engine, picture=PICTURE, things=(), look=LOOK):
    """Each of what the page shows after the press: result, mask, candidates, badge, code, answer, canvas."""
    return list(find_api_handler(build_tab_page(engine, tab), "remove_background")(picture, things, *look))


def test_one_press_gives_the_cut_out_its_opacity_and_the_code() -> None:
    engine = FakeEngine(build_matte(), np.full((40, 60, 4), 9, np.uint8))
    begun, shown = press(engine)
    assert "Removing the background" in begun[3] and set(begun[0]) == {"__type__"}
    cutout, opacity, candidates, badge, code, answer, canvas = shown
    assert engine.calls[0].fn is segment.remove_background and engine.calls[1].fn is segment.paint_alpha
    assert (
        (cutout == 9).all() and opacity[20, 20, 0] == 255 and opacity[30, 20, 0] in (127, 128) and opacity[0, 0, 0] == 0
    )
    assert "U2-Net-p" in badge and "0.25 s" in badge and not candidates.visible
    assert "found = segment.remove_background(picture)" in code and "cutout = found.cutout" in code
    assert answer.candidate_mask(0).sum() == 400 and canvas.props["mask"].startswith("data:image/png")
    assert canvas.value == {"points": [], "box": None}, "clicks of before are gone"


def test_nothing_that_stands_out_is_an_empty_state() -> None:
    empty = build_matte()
    empty.alpha[:] = 0
    shown = press(FakeEngine(empty))[-1]
    assert shown[0] is None and shown[5] is None and "Nothing stands out" in shown[3]


def test_without_a_picture_the_badge_says_what_to_do() -> None:
    (shown,) = press(FakeEngine(), picture=None)
    assert "Add a picture" in shown[3] or "picture" in shown[3]


def test_a_missing_package_is_a_sentence() -> None:
    import gradio as gr

    missing = FakeEngine(ModelUnavailable("errors.lone_package_absent", name="u2netp", package="x", command="pip y"))
    with pytest.raises(gr.Error, match="pip y"):
        press(missing)


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ((0, 2, "transparent", 8, "#ffffff"), "alpha = cv2.GaussianBlur(found.alpha, (0, 0), 2)"),
        ((0, 0, "colour", 8, "#00ff00"), "replace_background(picture, found.alpha, 'colour', colour='#00ff00')"),
        ((2, 0, "transparent", 8, "#ffffff"), "mask = masks.grow_mask(found.mask, 2)"),
    ],
)
def test_the_finish_works_on_the_opacity_and_its_code_runs(look, said, tmp_path, monkeypatch) -> None:
    from PIL import Image

    picture = np.full((40, 60, 3), 230, np.uint8)
    picture[10:30, 15:40] = (200, 30, 30)
    shown = press(Local(), picture=picture, look=look)[-1]
    code = shown[4]
    assert said in code
    Image.fromarray(picture).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    made = names.get("cutout", names.get("shown"))
    assert made.shape == shown[0].shape and np.abs(made.astype(int) - shown[0]).mean() < 1


def test_the_files_hold_the_opacity() -> None:
    from PIL import Image

    known = SegmentAnswer.from_matte(build_matte())
    demo = build_tab_page(Local(), tab)
    opacity = np.asarray(Image.open(find_api_handler(demo, "segment_mask")(known, None, 0)).convert("L"))
    assert opacity[20, 20] == 255 and opacity[30, 20] in (127, 128) and opacity[5, 5] == 0
    whole = np.asarray(Image.open(find_api_handler(demo, "segment_cutout")(PICTURE, known, None, *LOOK)))
    assert whole.shape == (40, 60, 4) and whole[30, 20, 3] in (127, 128) and (whole[20, 20] == (77, 77, 77, 255)).all()
    grown = np.asarray(Image.open(find_api_handler(demo, "segment_mask")(known, None, 3)))
    assert set(np.unique(grown)) == {0, 255}


def test_the_first_click_of_a_picture_does_not_undo_a_removed_background() -> None:
    from demos.segment.point import PointHandlers

    engine = FakeEngine(build_masks(10))
    handlers = PointHandlers(engine, None)  # type: ignore[arg-type]
    known = SegmentAnswer.from_matte(build_matte())
    for answered, prompt in ((known, {"points": [[3, 4, 1]]}), (None, {"points": []})):
        (skipped,) = handlers.segment_first_prompt(answered, PICTURE, prompt, "", (), None, *LOOK)
        assert set(skipped) == {"__type__"} and not engine.calls
