from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import transfer
from core.transfer import Head, datasets
from core.transfer.features import FeatureProgress
from demos import cnn
from demos.cnn import gather
from tests.demos.cnn.samples import NAMES, TWO, labelled_pictures
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_the_knobs_reach_core_and_the_report_is_complete() -> None:
    engine = FakeEngine(TWO)
    train = find_api_handler(build_tab_page(engine, cnn), "transfer_train")
    data = labelled_pictures()
    *_, shown = train(data, "data = datasets.load_builtin('faces')", 12, 0.4, 3, 7, True, "auto")
    called = engine.calls[0]
    assert called.fn is transfer.train_heads and called.args == (data.images, data.labels)
    assert called.kwargs == {"seed": 7, "seeds": 5, "epochs": 12, "held_out": 0.4, "shots": 3}
    verdict, loss, _, table, wrong, download, kept, badge, code = shown
    assert "62.5% ± 17.7%" in verdict and kept is TWO.heads[0] and "EfficientNet-Lite0" in badge
    assert loss.constructor_args["value"].shape == (8, 3)
    assert "<b>ants</b>" not in table and "&lt;b&gt;ants" in table
    assert len(wrong.constructor_args["value"]) == 2 and wrong.constructor_args["visible"]
    assert (
        "data = datasets.load_builtin('faces')" in code and "seed=7, seeds=5, epochs=12, held_out=0.4, shots=3" in code
    )
    compile(code, "shown", "exec")
    saved = transfer.load_head(download)
    assert saved.names == NAMES


@pytest.mark.parametrize("source", gather.SOURCES)
def test_the_code_shown_runs(source, monkeypatch, tmp_path: Path) -> None:
    data = labelled_pictures()
    train = find_api_handler(build_tab_page(FakeEngine(TWO), cnn), "transfer_train")
    *_, shown = train(data, gather.dataset_code(source), 12, 0.4, 3, 7, True, "auto")
    for name in ("load_builtin", "load_folder", "load_archive"):
        monkeypatch.setattr(datasets, name, lambda *_: data)
    monkeypatch.setattr(transfer, "train_heads", lambda *_, **__: TWO)
    monkeypatch.setattr(
        Head,
        "predict",
        lambda self, _: transfer.HeadPrediction(
            labels=self.names, probabilities=np.array([0.6, 0.4], np.float32), model=self.model, seconds=0.1
        ),
    )
    monkeypatch.chdir(tmp_path)
    exec(compile(shown[-1], "shown", "exec"), {})
    assert transfer.load_head("head.safetensors").names == NAMES


def test_a_set_with_its_own_held_out_part_is_measured_on_that() -> None:
    engine = FakeEngine(TWO)
    data = labelled_pictures(test=True)
    *_, shown = find_api_handler(build_tab_page(engine, cnn), "transfer_train")(
        data, "data = ...", 12, 0.4, 0, 7, False, "resnet50"
    )
    assert engine.calls[0].kwargs == {"seed": 7, "seeds": 1, "epochs": 12, "test": data.test, "model": "resnet50"}
    assert "test=data.test" in shown[-1]


def test_progress_is_shown_while_features_are_made() -> None:
    class Stepping(FakeEngine):
        def stream(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            yield FeatureProgress(16, 40)
            yield from super().stream(fn, *args, **kwargs)

    first, last = find_api_handler(build_tab_page(Stepping(TWO), cnn), "transfer_train")(
        labelled_pictures(), "", 5, 0.25, 0, 0, False, "auto"
    )
    assert "16 of 40" in first[0] and "max='40' value='16'" in first[0] and len(first) == len(last)


def test_training_without_pictures_says_what_to_do(cnn_demo) -> None:
    with pytest.raises(Exception, match="pick a set"):
        list(find_api_handler(cnn_demo, "transfer_train")(None, "", 5, 0.25, 0, 0, False, "auto"))
