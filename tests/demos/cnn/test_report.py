from __future__ import annotations

import pytest

from demos.cnn import report
from tests.demos.cnn.samples import TWO, labelled_pictures


def test_confusion_adds_up_over_the_seeds() -> None:
    table = report.confusion_table(TWO)
    cells = [cell.split("<")[0] for cell in table.split("<b>")[1:]]
    assert cells == ["2", "2", "1", "3"]


def test_the_commonest_mistake_comes_first_with_its_count() -> None:
    found = report.wrong_pictures(TWO, labelled_pictures())
    assert [caption for _, caption in found] == [
        "said bees, is <b>ants</b> (2/2)",
        "said <b>ants</b>, is bees (1/2)",
    ]
    assert found[0][0][0, 0, 0] == 10 and found[1][0][0, 0, 0] == 20  # pictures 1 and 2


def test_curves_are_means_over_the_seeds() -> None:
    loss, accuracy = report.learning_curves(TWO)
    assert loss[loss.part == "train"].loss.tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0], abs=1e-3)
    assert accuracy[accuracy.part == "test"].accuracy.tolist() == pytest.approx([0.5, 2 / 3, 5 / 6, 1], abs=1e-3)
