from __future__ import annotations

import pytest

from core import models
from core.models.catalog import ROWS
from demos import text_to_image as tab
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_handler


def missing_panel(state, name="sd-turbo"):
    found = tuple(models.Status(row, state, 0) for row in ROWS)
    return find_handler(build_tab_page(FakeEngine(found), tab), "show_needs")(name)


def test_the_panel_says_what_each_absent_model_needs():
    shown = missing_panel("absent")
    assert shown["visible"]
    for row in models.rows("text_to_image")[1:]:
        for fact in (row.title, row.licence, f"{row.download // 10**6:,} MB", models.prefetch_command(row)):
            assert fact in shown["value"]
    assert "not on this computer" in shown["value"]
    assert "canny" not in shown["value"], "models of other tabs are not its matter"


@pytest.mark.parametrize("state", ["on disk", "loaded"])
def test_there_is_no_panel_when_the_model_is_here(state):
    assert not missing_panel(state)["visible"]
