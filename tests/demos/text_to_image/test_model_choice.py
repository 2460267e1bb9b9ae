from __future__ import annotations

import dataclasses

from core import models
from core.models.catalog import ROWS
from demos import text_to_image as tab
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_handler


def test_a_model_brings_its_own_settings():
    row = models.row("text_to_image", "sd-turbo")
    found = tuple(models.Status(row, "on disk", 0) for row in ROWS)
    chosen = find_handler(build_tab_page(FakeEngine(found), tab), "choose_model")("sd-turbo")
    assert chosen[:2] == (row.spec.steps, row.spec.guidance)
    assert (chosen[2]["value"], chosen[2]["step"]) == (512, 8)
    other = dataclasses.replace(row, name="other")
    arrived = find_handler(build_tab_page(FakeEngine(other, found), tab), "choose_default_model")()
    assert arrived[:4] == ("other", *chosen[:3])


def test_arriving_late_leaves_what_a_quick_visitor_has_set():
    row = models.rows("text_to_image")[0]
    arrived = find_handler(build_tab_page(FakeEngine(row, ()), tab), "choose_default_model")()
    assert all(set(kept) == {"__type__"} for kept in arrived[:4]), (
        "nothing changes where the first model is the default"
    )
