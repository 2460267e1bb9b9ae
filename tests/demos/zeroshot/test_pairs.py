from __future__ import annotations

import numpy as np

from core import images, samples, zeroshot
from core.errors import InputError
from demos import ui
from demos import zeroshot as tab
from tests.demos.zeroshot.samples import build_similarity
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

CAT = ui.SentPicture("cat.jpg", images.to_rgb(samples.sample_path("cat")))


def test_captions_are_lines_and_pictures_are_read() -> None:
    engine = FakeEngine(build_similarity(1, 2, ("a cat", "a dog")))
    result, _, code = find_api_handler(build_tab_page(engine, tab), "zeroshot_matrix")([CAT], "a cat\n\n a dog ", "")
    pictures, captions = engine.calls[0].args
    assert pictures[0].shape == (300, 451, 3) and captions == ["a cat", "a dog"]
    assert "class='best' style='--strength:100%'>1.00" in result and "--strength:0%'>0.00" in result
    assert "1 of 2 captions" in result and "images.to_rgb(f) for f in" in code


def test_the_map_places_every_picture_and_caption() -> None:
    engine = FakeEngine(build_similarity(1, 2, ("a cat", "a dog")), zeroshot.project(np.eye(3)))
    drawn, *_ = find_api_handler(build_tab_page(engine, tab), "zeroshot_map")([CAT], "a cat\na dog", True, "")
    assert engine.calls[1].kwargs == {"groups": [0, 1, 1]}
    assert drawn.count("<image ") == 1 and drawn.count("<circle ") == 2 and ">a dog</text>" in drawn


def test_what_is_left_out_is_named_beside_both_results() -> None:
    sent = [CAT, ui.SentPicture("notes.jpg", error=InputError("errors.picture_unknown"))]
    found = build_similarity(1, 2, ("a cat", "a dog"))
    engine = FakeEngine(found, found, zeroshot.project(np.eye(3)))
    page = build_tab_page(engine, tab)
    for name, more in (("zeroshot_matrix", ()), ("zeroshot_map", (True,))):
        shown, *_ = find_api_handler(page, name)(sent, "a cat\na dog", *more, "")
        assert "1 of the files could not be read and were left out: notes.jpg." in shown
    assert all(len(call.args[0]) == 1 for call in engine.calls[:2])
