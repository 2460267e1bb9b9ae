from __future__ import annotations

from demos.ui import html

HOSTILE = "<b>'x'</b> & \"y\""
ESCAPED = "&lt;b&gt;"


def test_a_sentence_is_read_out_and_stays_text() -> None:
    assert str(html.status_line("Ready.")) == "<p class='said' role='status'>Ready.</p>"
    shown = str(html.status_line(HOSTILE))
    assert ESCAPED in shown and "<b>" not in shown and shown.count("'") == 4


def test_the_bar_says_how_far_it_is() -> None:
    shown = str(html.progress_bar("Drawing", 3, 20))
    assert "max='20' value='3'" in shown and "aria-label='Drawing'" in shown
    assert shown.startswith(str(html.status_line("Drawing")))
    assert "<b>" not in str(html.progress_bar(HOSTILE, 0, 1)), "a label cannot end its attribute"


def test_facts_stand_beside_each_other() -> None:
    assert str(html.fact_chips("Canny", "1 ms")) == "<div class='badge'><span>Canny</span><span>1 ms</span></div>"
    assert str(html.fact_chips()) == "<div class='badge'></div>"
    assert ESCAPED in str(html.fact_chips(HOSTILE))
