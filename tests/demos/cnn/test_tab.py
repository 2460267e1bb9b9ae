from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from core import images, samples, transfer
from demos import cnn as tab
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


@pytest.mark.parametrize(
    ("name", "inputs", "outputs"),
    [
        ("classify", ("auto",), 5),
        ("grad_cam", ("", "", "gradcam", 0.6, "auto"), 4),
        ("feature_maps", ("", 32, "each", "auto"), 4),
        ("feature_map", ("", 1, "auto"), 3),
        ("pool", (4,), 3),
        ("invariance", ("shift", -4, 4, 5, "", "auto"), 5),
    ],
)
def test_without_a_picture_nothing_runs(name, inputs, outputs) -> None:
    engine = FakeEngine(None)
    assert len(find_api_handler(build_tab_page(engine, tab), name)(None, *inputs)) == outputs
    assert not engine.calls


def test_building_the_tab_runs_nothing() -> None:
    engine = FakeEngine(None)
    build_tab_page(engine, tab)
    assert not engine.calls


def test_api_classify(client) -> None:
    lion, person = (handle_file(samples.sample_path(name)) for name in ("lion", "astronaut"))
    label, _, badge, code, verdict = client.predict(lion, "auto", api_name="/classify")
    assert label["label"] == "lion" and len(label["confidences"]) == 5 and verdict == ""
    assert "EfficientNet-Lite2" in badge and "classify.predict" in code
    *_, verdict = client.predict(person, "auto", api_name="/classify")
    assert "None of the network's 1,000 classes fits" in verdict


def test_api_explain(client) -> None:
    lion = handle_file(samples.sample_path("lion"))
    both, sentence, _, _ = client.predict(lion, "lion", "", "hirescam", 0.5, "auto", api_name="/grad_cam")
    assert len(both) == 2 and "**lion**" in sentence
    with pytest.raises(AppError, match="0 to 999"):
        client.predict(lion, "no such thing", "", "gradcam", 0.5, "auto", api_name="/grad_cam")
    with pytest.raises(AppError, match="must be one of"):
        client.predict(lion, "", "nowhere", "gradcam", 0.5, "auto", api_name="/grad_cam")


def test_api_says_what_an_absent_model_needs(client) -> None:
    with pytest.raises(AppError, match="prefetch convnext-tiny"):
        client.predict(handle_file(samples.sample_path("lion")), "convnext-tiny", api_name="/classify")


def test_api_filters_and_maps(client) -> None:
    lion = handle_file(samples.sample_path("lion"))
    _, beside, sentence, _, _ = client.predict(lion, "auto", api_name="/first_filters")
    assert len(beside) == 8 and "cosine -0.41" in sentence
    _, sentence, _, code = client.predict(lion, "blocks.4", 8, "layer", "auto", api_name="/feature_maps")
    assert "120 maps of 18 × 18" in sentence and "count=8" in code
    _, about = client.predict(lion, "blocks.4", 3, "auto", api_name="/feature_map")
    assert "`blocks.4`" in about
    with pytest.raises(AppError, match="from 1 to 256"):
        client.predict(lion, "blocks.4", 0.5, "each", "auto", api_name="/feature_maps")


def test_api_invariance(client) -> None:
    lion = handle_file(samples.sample_path("lion"))
    drawing, sentence, pictures, badge, _ = client.predict(
        lion, "rotate", -180, 180, 3, "lion", "auto", api_name="/invariance"
    )
    assert drawing.count("<circle") == 3 and len(pictures) == 3 and "lion" in sentence and "M" in badge
    with pytest.raises(AppError, match="from must be"):
        client.predict(lion, "scale", 0, 2, 5, "", "auto", api_name="/invariance")


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
    assert "5 seeds" in verdict and "cat" in table and "EfficientNet-Lite2" in badge and "archive(" in code
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
