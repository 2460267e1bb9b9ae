from __future__ import annotations

import numpy as np

from core.errors import InputError
from core.transfer import datasets
from core.transfer.datasets import LabelledImages
from demos import cnn
from demos.cnn import gather
from tests.demos.cnn.samples import labelled_pictures
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_the_stock_counts_and_escapes() -> None:
    shown = gather.class_counts_html(LabelledImages(**{**vars(labelled_pictures()), "unread": ("<i>.txt",)}))
    assert "&lt;b&gt;ants&lt;/b&gt;: 2" in shown and "<b>ants" not in shown and "&lt;i&gt;.txt" in shown
    assert gather.fit_thumbnail(np.zeros((25, 25, 3), np.uint8)).shape == (150, 150, 3)


def test_what_the_camera_records_joins_the_class_until_it_is_full(cnn_demo, picture) -> None:
    engine = FakeEngine(datasets.add_images(LabelledImages(), "cup", [picture("cat")]))
    record = find_api_handler(build_tab_page(engine, cnn), "transfer_record")
    own, chosen, *_ = record(picture("cat"), "cup", None)
    assert engine.calls[0].fn is datasets.add_images and own.class_counts == {"cup": (1, 0)} and chosen is own
    full = FakeEngine(InputError("transfer.own_pictures", limit=60, got=61))
    own, _, _, line, _ = find_api_handler(build_tab_page(full, cnn), "transfer_record")(picture("cat"), "cup", own)
    assert "60" in line and own.class_counts == {"cup": (1, 0)}


def test_the_class_that_is_chosen_next_has_the_name_that_was_read(cnn_demo, picture) -> None:
    for name in ("cup", "ｃｕｐ", "CUP\ud800"):
        mine = datasets.add_images(LabelledImages(), "cup", [picture("cat")])
        add = find_api_handler(
            build_tab_page(FakeEngine(datasets.add_images(mine, name, [picture("cat")])), cnn), "transfer_add"
        )
        own, *_, label, _, _ = add(name, picture("cat"), None, mine)
        assert own.class_counts == {"cup": (2, 0)} and label.value == "cup"
