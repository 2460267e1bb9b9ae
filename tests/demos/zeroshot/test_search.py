from __future__ import annotations

import numpy as np
import pytest
from gradio_client import handle_file

from core import samples, zeroshot
from demos import ui
from demos import zeroshot as tab
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_api_search(client) -> None:
    files = [{"image": handle_file(samples.sample_path(name)), "caption": None} for name in ("rocket", "cat")]
    found, said, *_ = client.predict("고양이", files, "", api_name="/zeroshot_search")
    assert len(found) == 2 and float(found[0]["caption"]) > float(found[1]["caption"])
    assert "cat" in said


@pytest.mark.parametrize(
    ("query", "said"), [("ｃａｔ\ud800", "ｃａｔ"), ("cat\u202e", "cat"), (" \u200b", "Write what to look for")]
)
def test_what_was_looked_for_is_shown_without_what_cannot_be_sent(query, said) -> None:
    found = zeroshot.SearchResult(
        order=np.zeros(1, int), scores=np.ones(1, np.float32), encoded="cat", model="concept-space", seconds=0.1
    )
    look = find_api_handler(build_tab_page(FakeEngine(found), tab), "zeroshot_search")
    shown = str(look(query, [ui.SentPicture("a.png", np.zeros((9, 9, 3), np.uint8))], "")[1])
    assert said in shown and "read as" not in shown and shown.encode()


@pytest.mark.parametrize(("left_out", "chip"), [((), None), (("꿱꿱이", "<b>"), "not read: 꿱꿱이, &lt;b&gt;")])
def test_the_badge_says_which_words_were_not_read(left_out, chip) -> None:
    facts = {"order": np.zeros(1, int), "scores": np.ones(1, np.float32), "encoded": "cat", "left_out": left_out}
    found = zeroshot.SearchResult(**facts, model="concept-space", seconds=0.1)
    look = find_api_handler(build_tab_page(FakeEngine(found), tab), "zeroshot_search")
    _, said, badge, _ = look("고양이 꿱꿱이", [ui.SentPicture("a.png", np.zeros((9, 9, 3), np.uint8))], "")
    assert 'read as "cat"' in str(said).replace("&#34;", '"')
    assert (chip in str(badge)) if chip else ("not read" not in str(badge))
