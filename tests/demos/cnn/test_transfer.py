from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image

from core import images, samples, transfer
from core.errors import InputError
from core.transfer import Head, Heads, datasets
from core.transfer.datasets import LabelledImages
from core.transfer.features import FeatureProgress
from core.transfer.softmax_regression import History
from demos import cnn
from demos.cnn import gather, report
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

NAMES = ("<b>ants</b>", "bees")


def build_head(said: list[int], seed: int = 0) -> Head:
    ramp = np.linspace(1, 0, 4, dtype=np.float32)
    return Head(
        names=NAMES,
        weights=np.zeros((5, 2), np.float32),
        bias=np.zeros(2, np.float32),
        history=History(train_loss=ramp, train_accuracy=1 - ramp, test_loss=ramp + 1, test_accuracy=1 - ramp / 2),
        held_out=np.arange(4),
        truth=np.array([0, 0, 1, 1]),
        predictions=np.array(said),
        trained_on=6,
        seed=seed,
        model="efficientnet-lite0",
        seconds=0.5,
    )


def labelled_pictures(test: bool = False) -> LabelledImages:
    found = LabelledImages(
        images=[np.full((20, 30, 3), 10 * i, np.uint8) for i in range(4)], labels=[NAMES[0]] * 2 + ["bees"] * 2
    )
    return (
        LabelledImages(**{**vars(found), "test_images": found.images, "test_labels": found.labels}) if test else found
    )


TWO = Heads(heads=(build_head([0, 1, 1, 1]), build_head([0, 1, 0, 1], 1)), model="efficientnet-lite0", seconds=0.6)


@pytest.fixture
def cnn_demo() -> Any:
    return build_tab_page(FakeEngine(TWO), cnn)


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


def test_trying_without_a_head_says_what_to_do(cnn_demo, picture) -> None:
    with pytest.raises(Exception, match="trained head"):
        find_api_handler(cnn_demo, "transfer_predict")(picture("cat"), None)
    assert find_api_handler(cnn_demo, "transfer_predict")(None, None)[0] is None


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


def zip_patches(path: Path) -> str:
    """Patches of two textured photos, three each, one folder per class."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("cat", "coffee"):
            photo = images.to_rgb(samples.sample_path(name))
            for i in range(3):
                out = io.BytesIO()
                Image.fromarray(photo[40 * i : 40 * i + 160, 100:260]).save(out, "PNG")
                archive.writestr(f"{name}/{i}.png", out.getvalue())
    return str(path)


def test_api_from_a_zip_to_a_guess_and_back_from_the_file(client, tmp_path: Path) -> None:
    stock, *_ = client.predict("zip", handle_file(zip_patches(tmp_path / "set.zip")), api_name="/transfer_pictures")
    assert "cat: 3" in stock and "coffee: 3" in stock
    verdict, _, _, table, _, head_file, badge, code = client.predict(
        10, 0.34, 0, 0, True, "auto", api_name="/transfer_train"
    )
    assert "5 seeds" in verdict and "cat" in table and "EfficientNet-Lite0" in badge and "archive(" in code
    found, _ = client.predict(handle_file(samples.sample_path("coffee")), api_name="/transfer_predict")
    assert found["label"] in ("cat", "coffee")
    assert transfer.load_head(head_file).names == ("cat", "coffee")
    _, said = client.predict(handle_file(head_file), api_name="/transfer_load")
    assert "cat, coffee" in said


def test_api_own_pictures(client) -> None:
    cat = handle_file(samples.sample_path("cat"))
    stock, *_ = client.predict("cup", cat, [cat, cat], api_name="/transfer_add")
    assert "cup: 3" in stock
    with pytest.raises(Exception, match="2 to 20 classes"):
        client.predict(10, 0.25, 0, 0, False, "auto", api_name="/transfer_train")
    stock, *_ = client.predict(api_name="/transfer_clear")
    assert "No pictures yet" in stock


@pytest.mark.parametrize(
    ("api", "values", "message"),
    [
        ("/transfer_pictures", ["/etc", None], "one of"),
        ("/transfer_add", ["", None, None], "empty"),
        ("/transfer_add", ["x" * 5000, None, None], "characters"),
        ("/transfer_train", [10, 0.25, 0, 0, False, "auto"], "pick a set"),
    ],
)
def test_api_refuses_with_a_sentence(client, api, values, message) -> None:
    with pytest.raises(Exception, match=message):
        client.predict(*values, api_name=api)


def test_api_refuses_foreign_files(client, tmp_path: Path) -> None:
    for name, api, extra in (("x.zip", "/transfer_pictures", ["zip"]), ("x.safetensors", "/transfer_load", [])):
        (tmp_path / name).write_bytes(b"not what it says")
        with pytest.raises(Exception, match="was expected"):
            client.predict(*extra, handle_file(tmp_path / name), api_name=api)
