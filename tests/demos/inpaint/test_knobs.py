from __future__ import annotations

import pytest
from gradio.exceptions import Error

from demos import inpaint as tab
from tests.demos.inpaint.samples import PICTURE, build_filled, square
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_only_diffusion_gets_the_prompt() -> None:
    engine = FakeEngine(build_filled())
    find_api_handler(build_tab_page(engine, tab), "inpaint")(PICTURE, square(), "diffusion", "a cat", 5)
    assert engine.calls[0].kwargs == {"method": "diffusion", "seed": 5, "prompt": "a cat"}


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
