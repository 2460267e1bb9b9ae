from __future__ import annotations

import pytest
from gradio.exceptions import Error

from core import inpaint
from core.errors import InputError, ModelUnavailable
from demos import inpaint as tab
from demos.inpaint import hole
from tests.demos.inpaint.samples import PICTURE, build_filled, square
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


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


@pytest.mark.parametrize("error", [ModelUnavailable("inpaint.no_network"), InputError("inpaint.mask_full")])
def test_errors_are_toasts(error) -> None:
    with pytest.raises(Error, match=str(error)[:30]):
        find_api_handler(build_tab_page(FakeEngine(error), tab), "inpaint")(PICTURE, square(), "diffusion", "", 0)


def test_the_mask_is_grown_and_feathered_by_core() -> None:
    engine = FakeEngine(build_filled())
    *_, code = find_api_handler(build_tab_page(engine, tab), "inpaint")(PICTURE, square(), "telea", "", 0, 3, 2)
    assert engine.calls[0].kwargs == {"method": "telea", "seed": 0, "grow": 3, "feather": 2}
    assert "grow=3, feather=2" in code


@pytest.mark.parametrize("name", tab.EXAMPLES)
def test_every_example_has_a_mask_that_fits(name, picture) -> None:
    assert 0.02 < hole.example_mask(name, picture(name).shape[:2]).mean() < 0.3


@pytest.mark.parametrize("name", ["../temple", "/etc/hostname", "no such", "temple\x00", "../../../docs/edges"])
def test_a_name_is_no_path_to_other_files(name) -> None:
    with pytest.raises(InputError, match="example must be one of astronaut, cheetah"):
        hole.example_mask(name, (40, 50))
