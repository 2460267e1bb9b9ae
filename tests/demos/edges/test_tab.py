from __future__ import annotations

import base64
import io
import json
import re

import gradio as gr
import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image

from core import edges, samples
from core.edges import canny, convolution
from core.edges.evaluation import EdgeComparison, compare_edges
from core.engine import Local
from demos import edges as tab
from demos.edges import grid, kernel, knobs, live
from demos.edges.common import enlarge_if_small
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

BLANK = np.zeros((4, 5, 3), np.uint8)
EDGES = edges.Edges(edges=np.full((4, 5), 0.5, np.float32), model="canny", seconds=0.1)


@pytest.fixture
def demo() -> gr.Blocks:
    return build_tab_page(Local(), tab)


@pytest.fixture
def webcam_widget(demo):
    return next(block for block in demo.blocks.values() if block.elem_id == "edges-live")


def test_the_settings_reach_core() -> None:
    engine = FakeEngine(EDGES)
    settings = {"method": "canny", "low": 50, "high": 90}
    shown, badge, code = find_api_handler(build_tab_page(engine, tab), "edges")(BLANK, settings)
    assert engine.calls[0].fn is edges.detect
    assert engine.calls[0].kwargs == settings
    assert shown.shape == (4, 5) and (shown == 128).all()
    assert "Canny" in badge and "edges.detect(picture, method='canny', low=50, high=90)" in code


def test_direction_as_colour_asks_for_the_gradient() -> None:
    right = edges.Gradient(dx=np.ones((4, 5), np.float32), dy=np.zeros((4, 5), np.float32), model="sobel", seconds=0.1)
    engine = FakeEngine(right)
    settings = {"method": "sobel", "sigma": 2.0, "gain": 1.0, "axis": "both"}
    shown, _, code = find_api_handler(build_tab_page(engine, tab), "edges")(BLANK, settings, True)
    assert engine.calls[0].fn is edges.image_gradient
    assert engine.calls[0].kwargs == {"method": "sobel", "sigma": 2.0, "size": 3}
    assert shown[2, 2].tolist() == [255, 0, 0]
    assert "edges.gradient_picture(found, gain=1.0)" in code


@pytest.mark.parametrize(
    "settings", [None, [], "canny", 7, {"method": "dexined"}, {"method": ["canny"]}, {"image": 1}, {"low": "x"}]
)
@pytest.mark.parametrize("colour", [False, True])
def test_forged_settings_get_a_sentence(demo, settings, colour) -> None:
    with pytest.raises(gr.Error):
        find_api_handler(demo, "edges")(BLANK, settings, colour)


def test_without_a_picture_every_result_is_empty() -> None:
    engine = FakeEngine(EDGES)
    demo = build_tab_page(engine, tab)
    assert "Add a picture" in find_api_handler(demo, "edges")(None, {"method": "canny"})[1]
    assert find_api_handler(demo, "edges_beside")(None, None) == (None, "")
    assert find_api_handler(demo, "convolve")(None, [[1]], 1, "zero", False, "clip")[0] is None
    assert find_api_handler(demo, "arithmetic")(None, [[1]], 0, 0, 1, "zero", False) == ""
    assert find_api_handler(demo, "canny_stages")(None, 1, 2, 0, 3, False)[:6] == (None,) * 6
    assert engine.calls == []


def test_every_method_has_its_own_knobs_and_the_page_starts_with_valid_ones(demo) -> None:
    for method in edges.METHODS:
        settings = knobs.start_settings(method)
        assert settings.pop("method") == method
        assert edges.check_parameters(method, settings) == settings
    ids = {block.elem_id for block in demo.blocks.values() if block.elem_id}
    for method, known in edges.METHODS.items():
        assert {f"{side}-{method}-{p}" for side in ("edges", "edges-other") for p in known.parameters} <= ids


def test_a_preset_fills_the_grid() -> None:
    rows, normalise, view = kernel.pick_preset("gaussian", 5)
    assert np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]).tolist() == rows
    assert normalise is True and view == "clip"
    assert kernel.pick_preset("sobel_top", 3)[2] == "signed"
    with pytest.raises(gr.Error, match="identity, blur"):
        kernel.pick_preset("magic", 3)
    with pytest.raises(gr.Error, match="from 3 to 7"):
        kernel.pick_preset("blur", 300)


def test_the_kernel_and_its_formula() -> None:
    response = np.float32([[-255, 0], [0, 255]])
    found = convolution.ConvolutionResult(
        response=response, weights=np.ones((3, 3), np.float32), model="convolution", seconds=0.1
    )
    engine = FakeEngine(found)
    shown, formula, badge, code = find_api_handler(build_tab_page(engine, tab), "convolve")(
        BLANK, [[1, 1, 1]] * 3, 2, "zero", False, "clip"
    )
    assert engine.calls[0].kwargs == {"stride": 2, "padding": "zero", "normalise": False}
    assert shown.shape == (400, 400) and shown[0, 0] == 0 and shown[-1, -1] == 255
    assert "⌊(4 + 2·1 − 3) / 2⌋ + 1 = <b>2</b>" in formula and "⌊(5 + 2·1 − 3) / 2⌋ + 1 = <b>3</b>" in formula
    assert "Convolution" in badge and "stride=2" in code


def test_the_arithmetic_is_spelled_out(demo) -> None:
    grey = np.arange(1, 10, dtype=np.uint8).reshape(3, 3)
    shown = find_api_handler(demo, "arithmetic")(grey, [[-1, 0, 1]] * 3, 1, 1, 1, "zero", False)
    numbers = [int(n.replace("−", "-")) for n in re.findall(r"<td[^>]*>([^<]*)</td>", shown)]
    assert numbers[:9] == list(range(1, 10))
    assert numbers[9:18] == [-1, 0, 1] * 3
    assert numbers[18:] == [-1, 0, 3, -4, 0, 6, -7, 0, 9]
    assert "1·(−1) + 3·1 + 4·(−1) + 6·1 + 7·(−1) + 9·1 = <b>6</b>" in shown
    assert "(1, 1)" in shown and "padding" not in shown
    corner = find_api_handler(demo, "arithmetic")(grey, [[-1, 0, 1]] * 3, 0, 0, 1, "zero", False)
    assert "come from the padding" in corner and "<b>7</b>" in corner


@pytest.mark.parametrize("padding", convolution.PADDINGS)
@pytest.mark.parametrize(("height", "width"), [(37, 53), (300, 451)])
@pytest.mark.parametrize("stride", [1, 2, 5])
def test_a_click_on_the_response_finds_its_own_pixel(padding, height, width, stride) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (height, width), dtype=np.uint8)
    weights = np.random.default_rng(4).normal(size=(5, 3)).round(2).tolist()
    response = convolution.convolve(noise, weights, stride=stride, padding=padding).response
    shown = enlarge_if_small(response)
    for fx, fy in [(0, 0), (0.5, 0.3), (0.999, 0.999)]:
        click = (int(fx * shown.shape[1]), int(fy * shown.shape[0]))
        x, y = kernel.pixel_under_click(click, (height, width), weights, stride, padding)
        found = convolution.convolve_pixel(noise, weights, x, y, stride=stride, padding=padding)
        assert found.total == pytest.approx(float(shown[click[1], click[0]]), abs=2e-3)


def test_the_stages_are_drawn_from_the_result() -> None:
    photo = np.zeros((20, 30, 3), np.uint8)
    photo[:, 15:] = 200
    found = canny.canny_stages(photo, 50, 100)
    *pictures, badge, code = find_api_handler(build_tab_page(FakeEngine(found), tab), "canny_stages")(
        photo, 50, 100, 0, 3, False
    )
    assert len(pictures) == 6 and "step by step" in badge
    assert np.array_equal(pictures[0], found.blurred)
    assert np.array_equal(pictures[5] > 0, found.final) and found.final.any()
    assert pictures[2][10, 14].tolist() == [255, 0, 0]
    assert (pictures[4][found.strong] == 255).all()
    assert "canny.canny_stages(picture, 50, 100, 0, size=3, l2=False)" in code


def test_a_detector_is_compared_with_the_people() -> None:
    found = EdgeComparison(picture=BLANK, precision=0.5, recall=0.25, f_score=1 / 3, model="canny", seconds=0.1)
    engine = FakeEngine(found)
    demo = build_tab_page(engine, tab)
    shown, figures, badge, code = find_api_handler(demo, "edges_people")(BLANK, BLANK, "canny", 0.15)
    assert engine.calls[0].fn is compare_edges and engine.calls[0].kwargs == {"method": "canny", "threshold": 0.15}
    assert shown is BLANK and re.findall(r"<b>([^<]*)</b>", figures) == ["0.50", "0.25", "0.33"] and "Canny" in badge
    assert eval(code.splitlines()[-1], {"found": found})[:3] == (0.5, 0.25, 1 / 3)
    other = find_api_handler(demo, "edges_people_other")
    assert other(BLANK, None, "canny", 0.15)[:2] == (None, "") and other(None, BLANK, "canny", 0.15)[3] == ""
    assert "4 x 9" in other(BLANK, np.zeros((9, 4, 3), np.uint8), "canny", 0.15)[2]
    assert len(engine.calls) == 1


def encode_frame(picture: np.ndarray) -> str:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=95)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize("way", live.WAYS)
def test_a_webcam_frame_comes_back_as_jpeg(way) -> None:
    photo = np.zeros((48, 64, 3), np.uint8)
    photo[:, 32:] = 255
    sent = {"frame": encode_frame(photo), "way": way, "low": 60, "high": 150, "kernel": [[-1, 0, 1]], "rate": 20}
    answer = live.answer_frame(Local(), sent)
    back = live.read_frame(answer["picture"])
    assert back.shape == photo.shape
    far, near = back[:, 5:20].astype(int), back[:, 30:34].astype(int)
    assert abs(near - int(far.mean())).max() > 60 and np.ptp(far) < 40
    assert "20 frames/s" in answer["badge"]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"frame": 3},
        {"frame": "data:image/jpeg;base64,@@@", "way": "canny"},
        {"frame": "data:image/jpeg;base64,aGVsbG8=", "way": "canny"},
        {"frame": "data:image/jpeg;base64," + "A" * 5_000_000, "way": "canny"},
        {"frame": encode_frame(BLANK), "way": "<b>"},
        {"frame": encode_frame(BLANK), "way": "canny", "low": 9, "high": 2},
        {"frame": encode_frame(BLANK), "way": "kernel", "kernel": [[1, "x"]]},
        {"frame": encode_frame(BLANK), "way": "canny", "rate": "fast"},
    ],
)
def test_forged_frames_get_a_sentence(webcam_widget, sent) -> None:
    answer = webcam_widget.process_frame([sent])
    assert answer["picture"] is None
    assert answer["badge"].startswith("<div class='badge'><span>") and "<b>" not in answer["badge"]


def test_why_there_is_no_camera(webcam_widget) -> None:
    assert "localhost or over https" in webcam_widget.explain_trouble(["insecure"])
    assert "&lt;script&gt;" in webcam_widget.explain_trouble(["<script>"])


def test_the_grid_starts_with_its_preset() -> None:
    assert grid.preset_rows(grid.START, 3) == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert [grid.format_number(n, 3) for n in (0.11111, -3.0, -0.0, 1e6)] == ["0.111", "−3", "0", "1000000"]


def test_api_edges(client) -> None:
    cat = handle_file(samples.sample_path("cat"))
    path, badge, code = client.predict(cat, {"method": "canny", "low": 40, "high": 120}, api_name="/edges")
    with Image.open(path) as shown:
        found = np.asarray(shown) > 127
    expected = edges.detect(samples.sample_path("cat"), "canny", low=40, high=120).edges > 0
    assert np.array_equal(found if found.ndim == 2 else found[..., 0], expected)
    assert "Canny" in badge and "low=40" in code
    beside, badge = client.predict(cat, {"method": "log", "sigma": 3}, api_name="/edges_beside")
    assert "Laplacian of Gaussian" in badge and beside
    with pytest.raises(Exception, match="swap them"):
        client.predict(cat, {"method": "canny", "low": 9, "high": 2}, api_name="/edges")


def test_api_kernel(client) -> None:
    cat = handle_file(samples.sample_path("cat"))
    rows, normalise, view = client.predict("sharpen", 3, api_name="/kernel")
    rows = json.loads(rows) if isinstance(rows, str) else rows
    assert rows == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]] and normalise is False and view == "clip"
    path, formula, badge, code = client.predict(cat, rows, 2, "valid", False, "clip", api_name="/convolve")
    with Image.open(path) as shown:
        assert shown.size == (225, 149)
    assert "<b>149</b>" in formula and "<b>225</b>" in formula and "Convolution" in badge and "stride=2" in code
    sums = client.predict(cat, rows, 100, 90, 1, "reflect", False, api_name="/arithmetic")
    total = convolution.convolve_pixel(samples.sample_path("cat"), rows, 100, 90).total
    assert f"<b>{grid.format_number(total)}</b>" in sums


def test_api_canny_stages(client) -> None:
    *paths, badge, code = client.predict(
        handle_file(samples.sample_path("cat")), 40, 120, 1.4, 3, False, api_name="/canny_stages"
    )
    assert len(paths) == 6 and all(paths) and "step by step" in badge and "1.4" in code
