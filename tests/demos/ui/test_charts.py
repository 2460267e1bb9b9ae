from __future__ import annotations

import re

import pytest

from demos import ui
from demos.ui import charts

PLOT = charts.Plot(width=200, height=100, left=20, right=10, top=5, bottom=15)


def test_shares_become_places_inside_the_margins() -> None:
    assert (PLOT.x(0), PLOT.x(1), PLOT.y(0), PLOT.y(1)) == (20, 190, 85, 5)
    assert PLOT.x(0.5) == 105 and PLOT.y(0.5) == 45
    assert PLOT.polyline([(0, 0), (0.5, 1)]) == "<polyline points='20.0,85.0 105.0,5.0'/>"


def test_labels_stand_beside_and_below_the_diagram() -> None:
    y = PLOT.y_axis([("half", 0.5)])
    assert "y1='45.0' y2='45.0'" in y and "x='14' y='49.0' text-anchor='end'>half<" in y
    x = PLOT.x_axis([("left", 0), ("right", 1)], "epoch")
    assert re.findall(r"x='([\d.]+)' y='(\d+)' text-anchor='middle'>(\w+)<", x) == [
        ("20.0", "103", "left"),
        ("190.0", "103", "right"),
        ("105.0", "92", "epoch"),
    ]


def test_a_drawing_says_what_it_is() -> None:
    drawn = PLOT.draw("accuracy", [PLOT.horizontal_line(5, "opacity: 0.5")])
    assert drawn.startswith("<svg class='curve' viewBox='0 0 200 100' role='img' aria-label='accuracy'>")
    assert "<line x1='20' x2='190' y1='5.0' y2='5.0' style='opacity: 0.5'/></svg>" in drawn


@pytest.mark.parametrize(("share", "width"), [(-0.2, "0.0"), (0.256, "25.6"), (1.7, "100.0")])
def test_a_bar_is_as_long_as_its_share(share, width) -> None:
    assert charts.bar_cell(share, "x", "share") == (
        f"<td><div class='share'><i style='width:{width}%'></i><span>x</span></div></td>"
    )


def test_a_table_has_a_first_row_and_others() -> None:
    rows = [charts.bar_cell(0, "a", "k"), charts.bar_cell(1, "b", "k")]
    body = f"<tbody><tr>{rows[0]}</tr><tr>{rows[1]}</tr></tbody>"
    head = "<thead><tr><th scope='col'>n</th></tr></thead>"
    assert charts.table(ui.column_heads(["n"]), rows) == f"<table>{head}{body}</table>"
    styled = charts.table(ui.column_heads([]), rows[:1], classes="bars", row_style="border: 0")
    assert styled.startswith(
        "<table class='bars'><thead><tr style='border: 0'></tr></thead><tbody><tr style='border: 0'>"
    )


def test_training_and_held_out_have_one_colour_each(monkeypatch) -> None:
    monkeypatch.setattr(ui.Language, "forced", "en")
    keys = charts.colour_keys()
    assert re.findall("background: (#[0-9a-f]{6})", keys) == list(charts.TRAIN_TEST_COLOURS.values())
