from __future__ import annotations

import unicodedata

import numpy as np

from core import zeroshot
from demos.zeroshot import drawing
from tests.demos.zeroshot.samples import PICTURE, build_similarity, build_zero_shot

EVIL = "<img src=x onerror=alert(1)>"


def test_nothing_a_viewer_writes_becomes_markup() -> None:
    found = build_similarity(1, 1, (EVIL,))
    plane = zeroshot.project(np.eye(2))
    for drawn in (
        drawing.label_bars(build_zero_shot(EVIL), None),
        drawing.matrix_table(found, [EVIL], [PICTURE]),
        drawing.matrix_table(build_similarity(1, 1, (f"read {EVIL}",)), [EVIL], [PICTURE]),
        drawing.plane_chart(plane, [EVIL], [f"read {EVIL}"], [PICTURE]),
    ):
        assert "<img src=x" not in drawn and "&lt;img src=x" in drawn


def test_a_label_that_only_looks_otherwise_is_not_told_to_be_read_otherwise() -> None:
    mac = unicodedata.normalize("NFD", "고양이")
    for label, read in ((mac, "고양이"), ("ｃａｔ", "cat"), ("it’s", "it's")):
        assert drawing.label_html(label, read) == label
        assert f"({read})" not in drawing.plane_chart(zeroshot.project(np.eye(2)), [label], [read], [PICTURE])
    assert "read as" in drawing.label_html(mac, "cat")
