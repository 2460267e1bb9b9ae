from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from core import classify, samples
from core.classify import activations, pooling, robustness
from demos import cnn as tab
from demos.cnn import chart
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

GREY = np.full((8, 10, 3), 100, np.uint8)
ABOUT: dict[str, Any] = {"model": "efficientnet-lite0", "seconds": 0.1}
PREDICTION = classify.Prediction(
    labels=("tabby", "lynx"),
    probabilities=np.array([0.7, 0.2], np.float32),
    indices=np.array([281, 287]),
    wnids=("a", "b"),
    glosses=("c", "d"),
    **ABOUT,
)


def build_explanation(method: str = "gradcam") -> classify.Explanation:
    heatmap = np.zeros((8, 10), np.float32)
    heatmap[0, 0] = 1
    return classify.Explanation(
        heatmap=heatmap, label="tabby", target=281, probability=0.7, layer="bn2", method=method, **ABOUT
    )


def build_invariance() -> robustness.Invariance:
    return robustness.Invariance(
        values=np.array([-1, 0, 1], np.float32),
        probabilities=np.array([0.1, 0.5, 0.4], np.float32),
        label="tabby",
        target=281,
        top=("lynx", "tabby", "tabby"),
        unchanged="tabby",
        consistency=2 / 3,
        pictures=np.zeros((3, 4, 4, 3), np.uint8),
        **ABOUT,
    )


def test_the_top_five_are_shown_and_the_first_is_aimed_at() -> None:
    engine = FakeEngine(PREDICTION)
    shares, target, badge, code = find_api_handler(build_tab_page(engine, tab), "classify")(GREY, "auto")
    assert shares == pytest.approx({"tabby": 0.7, "lynx": 0.2})
    assert target.value == "tabby" and [value for _, value in target.choices] == ["tabby", "lynx"]
    assert "EfficientNet-Lite0" in badge
    assert "classify.predict(picture, top_k=5)" in code
    assert engine.calls[0].fn is classify.predict and engine.calls[0].kwargs == {"top_k": 5}


def test_a_chosen_model_reaches_core() -> None:
    engine = FakeEngine(PREDICTION)
    code = find_api_handler(build_tab_page(engine, tab), "classify")(GREY, "resnet50")[-1]
    assert engine.calls[0].kwargs["model"] == "resnet50" and "model='resnet50'" in code


def test_the_heat_map_lies_over_the_picture() -> None:
    engine = FakeEngine(build_explanation())
    explain = find_api_handler(build_tab_page(engine, tab), "grad_cam")
    (before, after), sentence, _, code = explain(GREY, "tabby", "blocks.6", "gradcam", 1, "auto")
    assert (before == GREY).all() and (after[1:] == GREY[1:]).all() and (after[0, 0] != GREY[0, 0]).any()
    assert "**tabby** (70.0%)" in sentence
    assert engine.calls[0].kwargs == {"target": "tabby", "layer": "blocks.6", "method": "gradcam"}
    assert "target='tabby', layer='blocks.6', method='gradcam'" in code


def test_eigencam_is_not_said_to_be_about_the_class() -> None:
    explain = find_api_handler(build_tab_page(FakeEngine(build_explanation("eigencam")), tab), "grad_cam")
    assert "whatever the class" in explain(GREY, "", "", "eigencam", 0.5, "auto")[1]


@pytest.mark.parametrize(
    ("name", "inputs", "outputs"),
    [
        ("classify", ("auto",), 4),
        ("grad_cam", ("", "", "gradcam", 0.6, "auto"), 4),
        ("feature_maps", ("", 32, "each", "auto"), 4),
        ("feature_map", ("", 1, "auto"), 2),
        ("pool", (4,), 3),
        ("invariance", ("shift", -4, 4, 5, "", "auto"), 5),
    ],
)
def test_without_a_picture_nothing_runs(name, inputs, outputs) -> None:
    engine = FakeEngine(None)
    assert len(find_api_handler(build_tab_page(engine, tab), name)(None, *inputs)) == outputs
    assert not engine.calls


def test_the_shifts_are_whole_pixels_and_the_curve_is_drawn() -> None:
    engine = FakeEngine(build_invariance())
    show = find_api_handler(build_tab_page(engine, tab), "invariance")
    drawing, sentence, pictures, _, code = show(GREY, "shift", -1, 1, 5, "tabby", "auto")
    assert engine.calls[0].args[1:] == ("shift", [-1.0, 0.0, 1.0])
    assert drawing.count("class='kept'") == 2 and drawing.count("class='lost'") == 1
    assert "67%" in sentence and "2 of 3" in sentence and "tabby" in sentence
    assert [caption for _, caption in pictures] == ["-1 · lynx", "0 · tabby", "1 · tabby"]
    assert "'shift', [-1.0, 0.0, 1.0], target='tabby'" in code


def test_feature_maps_take_the_first_layer_until_one_is_picked() -> None:
    layers = classify.Layers(names=("stem", "head"), shapes=((1, 4, 4), (1, 2, 2)), **ABOUT)
    maps = activations.FeatureMaps(
        maps=np.zeros((2, 3, 4), np.float32), channels=np.array([5, 1]), total=9, layer="stem", **ABOUT
    )
    engine = FakeEngine(layers, maps)
    sheet, sentence, _, code = find_api_handler(build_tab_page(engine, tab), "feature_maps")(
        GREY, "", 2, "each", "auto"
    )
    assert engine.calls[1].args[1] == "stem" and "9 maps of 3 × 4" in sentence
    assert sheet.shape == (90, 8 * 120 + 7 * 4, 3) and "'stem', count=2" in code
    assert np.array_equal(eval(code.splitlines()[-1], {"found": maps}), sheet), "the code shown makes the same picture"


def test_the_chart_puts_values_where_they_belong() -> None:
    drawing = chart.probability_curve(
        [0, 1], [0, 1], kept=[True, False], tips=["<a>", "b"], x_label="x & y", title="T'"
    )
    low, high = (
        f"{chart.PLOT.left}.0,{chart.PLOT.height - chart.PLOT.bottom}.0",
        f"{chart.PLOT.width - chart.PLOT.right}.0,{chart.PLOT.top}.0",
    )
    assert f"points='{low} {high}'" in drawing
    assert "&lt;a&gt;" in drawing and "<a>" not in drawing and "x &amp; y" in drawing
    assert "cx='255.0'" in chart.probability_curve([3], [0.5], kept=[True], tips=[""], x_label="", title="")


def test_building_the_tab_runs_nothing() -> None:
    engine = FakeEngine(None)
    build_tab_page(engine, tab)
    assert not engine.calls


def test_api_classify(client) -> None:
    label, _, badge, code = client.predict(handle_file(samples.sample_path("lion")), "auto", api_name="/classify")
    assert label["label"] == "lion" and len(label["confidences"]) == 5
    assert "EfficientNet-Lite0" in badge and "classify.predict" in code


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
    assert len(beside) == 8 and "cosine -0.55" in sentence
    _, sentence, _, code = client.predict(lion, "blocks.4", 8, "layer", "auto", api_name="/feature_maps")
    assert "112 maps of 16 × 16" in sentence and "count=8" in code
    _, about = client.predict(lion, "blocks.4", 3, "auto", api_name="/feature_map")
    assert "`blocks.4`" in about
    with pytest.raises(AppError, match="from 1 to 256"):
        client.predict(lion, "blocks.4", 0.5, "each", "auto", api_name="/feature_maps")


def test_api_pooling(client) -> None:
    lion = handle_file(samples.sample_path("lion"))
    shown, sentence, code = client.predict(lion, 2, api_name="/pool")
    assert len(shown) == len(pooling.KINDS) and "25.0%" in sentence and "images.fit" in code
    table = client.predict(lion, 100, 50, api_name="/pool_example")
    assert table.count("<td") == 16 + 3 * 4 and "max(" in table
    with pytest.raises(AppError, match="x must be"):
        client.predict(lion, 999, 0, api_name="/pool_example")


def test_api_invariance(client) -> None:
    lion = handle_file(samples.sample_path("lion"))
    drawing, sentence, pictures, badge, _ = client.predict(
        lion, "rotate", -180, 180, 3, "lion", "auto", api_name="/invariance"
    )
    assert drawing.count("<circle") == 3 and len(pictures) == 3 and "lion" in sentence and "M" in badge
    with pytest.raises(AppError, match="from must be"):
        client.predict(lion, "scale", 0, 2, 5, "", "auto", api_name="/invariance")
