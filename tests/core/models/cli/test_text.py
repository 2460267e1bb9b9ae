from __future__ import annotations

from core import models
from core.models.cli import text
from core.models.manager import Status

ROW = models.row("classify", "resnet50")


def test_a_model_is_one_line() -> None:
    line = text.format_status(Status(ROW, "absent", 0))
    task, name, state, size, unit, *use = line.split()
    assert [task, name, state, size, unit] == ["classify", "resnet50", "absent", "102", "MB"]
    assert " ".join(use) == ROW.use
    pocket = models.row("classify", "efficientnet-lite0")
    assert " MB " not in text.format_status(Status(pocket, "on disk", 0)), "nothing is to be fetched"


def test_facts_that_are_not_known_are_left_out() -> None:
    facts = text.format_details(Status(ROW, "on disk", 0)).splitlines()
    assert facts[0] == f"resnet50: {ROW.title}"
    assert not any("built on" in fact for fact in facts)
    assert "  state       on disk" in facts and "  parameters  25.6 M" in facts


def test_the_table_has_a_row_for_every_network() -> None:
    head, rule, *lines = text.format_models_table().splitlines()
    assert head.count("|") == rule.count("|") == 8
    assert all(line.count("|") == 8 for line in lines)
    (line,) = (line for line in lines if "`resnet50`" in line)
    assert [cell.strip() for cell in line.split("|")[1:7]] == [
        "classify", f"{ROW.title} (`resnet50`)", "full", ROW.source.partition(":")[2], "25.6 M", ROW.licence,
    ]  # fmt: skip
    assert not any(line.startswith("| convolve") for line in lines), "a formula is no network"


def test_beside_the_licence_stand_the_data_that_matter() -> None:
    table = text.format_models_table()
    assert " | Apache-2.0, trained on research data (BSDS500) | " in table
    assert " | CC BY-SA 4.0, trained on Noto, Fluent, Twemoji, OpenMoji | " in table
    facts = text.format_details(Status(models.row("segment", "pocket-sam"), "on disk", 0)).splitlines()
    assert "  licence     Apache-2.0, trained on research data (BSDS500)" in facts
