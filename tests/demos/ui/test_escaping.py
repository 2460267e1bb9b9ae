"""Whatever somebody wrote is shown as it was written, once escaped, wherever the page builds HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace as Fake

import numpy as np
import pytest
from markupsafe import Markup

from core.results import Result
from demos import ui
from demos.autoencoder import chart as loss
from demos.cnn import chart, gather, pooling, report
from demos.segment import objects
from demos.text_to_image import inside, results
from demos.ui import charts
from tests.demos.cnn.samples import TWO, labelled_pictures

EVIL = "<img src=x onerror='alert(1)'> & \"q\" {x} %s &lt;"


class Reader(HTMLParser):
    """What a browser makes of HTML: its tags, and its text and attributes with nothing escaped any more."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.read: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.read += [value for _, value in attrs if value]

    def handle_data(self, data):
        self.read.append(data)


def build_heads():
    head = Fake(names=[EVIL, "b"])
    return Fake(heads=[head], confusion_matrix=np.array([[3, 1], [0, 2]]))


WRITERS = {
    "status": lambda: ui.status_line(EVIL),
    "progress": lambda: ui.progress_bar(EVIL, 3, 7),
    "chips": lambda: ui.fact_chips(EVIL, "b"),
    "table": lambda: charts.table(ui.column_heads([EVIL]), [charts.bar_cell(0.5, EVIL, "share")]),
    "curve": lambda: chart.probability_curve([1, 2], [0, 1], kept=[True] * 2, tips=[EVIL] * 2, x_label="", title=EVIL),
    "loss": lambda: loss.loss_chart([0.2, 0.1], [0.2, 0.1], 4, {EVIL: 0.1}, EVIL, EVIL),
    "confusion": lambda: report.confusion_table(build_heads()),
    "classes": lambda: gather.class_counts_html(Fake(class_counts={EVIL: (1, 2)}, test=None, unread=[EVIL])),
    "pooling": lambda: pooling._example_html(
        Fake(values=np.eye(4), corner=(0, 0), results={"max": np.eye(2)}, sums={"max": [EVIL]})
    ),
    "legend": lambda: objects.colour_legend([EVIL, "b"]),
    "words left out": lambda: ui.model_badge("zeroshot", Result(model="concept-space", seconds=0, left_out=(EVIL,))),
    "words read roughly": lambda: ui.model_badge("zeroshot", Result(model="concept-space", seconds=0, near=(EVIL,))),
    "tokens": lambda: inside._token_chips(
        Fake(tokens=[EVIL, "b"], read=1, english=EVIL, left_out=(EVIL,), near=(EVIL,))
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_somebody_wrote_stays_text(name) -> None:
    html = WRITERS[name]()
    reader = Reader(html)
    assert isinstance(html, Markup) and "img" not in reader.tags
    assert any(EVIL in text for text in reader.read)


def test_the_badge_of_a_drawing_is_not_escaped_twice(monkeypatch) -> None:
    monkeypatch.setattr(ui, "model_badge", lambda *_: ui.fact_chips("model"))
    monkeypatch.setattr(results, "_prompt_notes", lambda _: [EVIL])
    reader = Reader(results.drawing_badge(Fake(task="text_to_image", encoded="", parameters={}), ui.Call.of(print)))
    assert reader.tags == ["div", "span", "p"] and EVIL in reader.read


def test_the_verdict_of_a_training_has_the_colours_of_its_curves() -> None:
    reader = Reader(report.accuracy_summary(TWO, labelled_pictures()))
    assert reader.tags == ["p", "p", "p", "span", "i", "span", "i"]
    assert [f"background: {colour}" for colour in charts.TRAIN_TEST_COLOURS.values()] == [
        text for text in reader.read if text.startswith("background")
    ]


def test_each_value_takes_the_place_in_the_template() -> None:
    assert ui.format_each(Markup("<li>{}</li>"), ["a", "<b>", Markup("<b>c</b>")]) == (
        "<li>a</li><li>&lt;b&gt;</li><li><b>c</b></li>"
    )


def test_a_progress_bar_says_how_far_it_is() -> None:
    assert ui.progress_bar("a", 3, 7) == (
        "<p class='said' role='status'>a</p><progress max='7' value='3' aria-label='a'></progress>"
    )
