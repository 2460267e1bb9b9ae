from __future__ import annotations

import html
import re

import numpy as np
import pytest
from gradio.exceptions import Error
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from core import autoencoder, images, samples
from core.autoencoder import CompressedFile, Interpolation, Reconstruction, RoundTrip
from core.autoencoder import denoising as denoising_autoencoder
from core.engine import Local
from core.errors import InputError, ModelUnavailable
from demos import autoencoder as tab
from demos.autoencoder import chart, denoising
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

PICTURE = np.full((40, 50, 3), 80, np.uint8)
GREY = np.full((128, 128, 3), 100, np.uint8)


def build_round_trip(size=1024, jpeg=1000):
    file = {"picture": GREY, "quality": 30, "whole": jpeg + 625, "psnr": 29.96, "ssim": 0.876}
    return RoundTrip(
        image=GREY,
        code=np.zeros((4, 16, 16), np.float32),
        copy=Reconstruction(picture=GREY + 1, bytes=size, psnr=float("inf"), ssim=0.5),
        error=np.full((128, 128), 0.25, np.float32),
        files={
            "JPEG": CompressedFile(format="JPEG", bytes=jpeg, **file),
            "WebP": CompressedFile(format="WebP", bytes=900, **file),
        },
        model="pocket-vae",
        seconds=0.1,
    )


def table_cells(table):
    rows = re.findall("<tr.*?</tr>", table)
    return [[html.unescape(re.sub("<.*?>", "", cell)) for cell in re.findall("<t[hd].*?</t[hd]>", row)] for row in rows]


def test_the_knobs_reach_core() -> None:
    engine = FakeEngine(build_round_trip())
    show = find_api_handler(build_tab_page(engine, tab), "autoencoder")
    show(PICTURE, 16, 0, 5)
    *_, code = show(PICTURE, 3, 0.5, 5)
    assert [call.fn for call in engine.calls] == [autoencoder.round_trip] * 2
    assert engine.calls[0].kwargs == {}
    assert engine.calls[1].kwargs == {"keep": 3, "noise": 0.5, "seed": 5}
    assert "autoencoder.round_trip(picture, keep=3, noise=0.5, seed=5)" in code


def test_what_is_shown_is_what_was_found() -> None:
    shown = find_api_handler(build_tab_page(FakeEngine(build_round_trip()), tab), "autoencoder")(PICTURE, 16, 0, 0)
    seen, latent, again, error, copy, jpeg, webp, sentence, table, badge, _ = shown
    # each pixel three times as wide, so that the page shows it large
    assert seen.shape == again.shape == copy.shape == jpeg.shape == webp.shape == error.shape == (384, 384, 3)
    assert (again == 101).all() and (seen == 100).all()
    assert (latent == 255).all()
    assert error[0, 0].tolist() == images.false_colour(np.ones((1, 1), np.float32))[0, 0].tolist()
    assert "49,152" in sentence and "**1,024** (16 × 16 × 4), 48 times" in sentence and "∞ dB" in sentence
    assert table_cells(table)[1:] == [
        ["code", "", "1,024", "", "∞", "0.50"],
        ["JPEG", "30", "1,000", "1,625", "30.0", "0.88"],
        ["WebP", "30", "900", "1,625", "30.0", "0.88"],
    ]
    assert "Pocket autoencoder" in badge


def test_a_file_that_is_larger_than_the_code_says_so() -> None:
    shown = find_api_handler(build_tab_page(FakeEngine(build_round_trip(size=80, jpeg=300)), tab), "autoencoder")(
        PICTURE, 1, 0, 0
    )
    assert table_cells(shown[8])[2][0] == "JPEG, at its smallest"
    assert "lowest frequencies" in shown[7] and "614 times" in shown[7]


def test_nothing_to_show_is_a_hint() -> None:
    engine = FakeEngine(build_round_trip())
    demo = build_tab_page(engine, tab)
    shown = find_api_handler(demo, "autoencoder")(None, 16, 0, 0)
    assert shown[:7] == (None,) * 7 and "Add a picture" in shown[9]
    assert "Add two pictures" in find_api_handler(demo, "autoencoder_between")(PICTURE, None, 5)[2]
    assert engine.calls == []


def test_the_way_is_a_strip() -> None:
    pictures = tuple(np.full((128, 128, 3), value, np.uint8) for value in (0, 50, 100))
    found = Interpolation(
        shares=np.linspace(0, 1, 3, dtype=np.float32), pictures=pictures, fades=pictures[::-1], model="pocket-vae",
        seconds=0.1,
    )  # fmt: skip
    engine = FakeEngine(found)
    codes, fades, badge, code = find_api_handler(build_tab_page(engine, tab), "autoencoder_between")(
        PICTURE, PICTURE, 3
    )
    assert engine.calls[0].fn is autoencoder.interpolate and engine.calls[0].kwargs == {"count": 3}
    assert codes.shape == (256, 3 * 256 + 2 * 6, 3)
    assert (codes[:, -256:] == 100).all() and (fades[:, -256:] == 0).all()
    assert "Pocket autoencoder" in badge and "count=3" in code


def test_training_is_watched(monkeypatch) -> None:
    monkeypatch.setattr("demos.autoencoder.denoising.FRAME", 0)
    demo = build_tab_page(Local(), tab)
    steps = list(find_api_handler(demo, "autoencoder_denoising")("salt", 0.3, 16, 4, 7, denoising.TrainingJob()))
    assert len(steps) == 4 + 2
    said, losses, strip, *rest = steps[3]
    assert "Epoch 3 of 4" in said and "value='3'" in said
    assert losses.count("<polyline") == 2 and "best linear map" in losses
    assert strip.shape == (3 * 64 + 2 * 4, 12 * 64 + 11 * 4, 3)
    assert all(value["__type__"] == "update" for value in rest)
    said, losses, strip, from_noise, badge, code = steps[-1]
    expected = denoising_autoencoder.train_denoiser(kind="salt", noise=0.3, code=16, epochs=4, seed=7).last.psnr
    assert all(f"{value:.1f} dB" in said for value in expected.values())
    assert from_noise.shape[1] == strip.shape[1] and "just now" in badge
    assert "train_denoiser(kind='salt', noise=0.3, code=16, epochs=4, seed=7)" in code


def test_fast_epochs_are_not_all_drawn(monkeypatch) -> None:
    monkeypatch.setattr("demos.autoencoder.denoising.FRAME", 60)
    steps = list(
        find_api_handler(build_tab_page(Local(), tab), "autoencoder_denoising")(
            "gaussian", 0.5, 4, 3, 0, denoising.TrainingJob()
        )
    )
    assert len(steps) == 2
    assert "Epoch 0 of 3" in steps[0][0] and "never seen" in steps[-1][0]


def test_a_training_that_is_stopped_says_so_and_ends(monkeypatch) -> None:
    monkeypatch.setattr("demos.autoencoder.denoising.FRAME", 0)
    job = denoising.TrainingJob()
    steps = find_api_handler(build_tab_page(Local(), tab), "autoencoder_denoising")("gaussian", 0.5, 4, 500, 0, job)
    assert "Epoch 0" in next(steps)[0]
    job.stopped = True
    said, *rest = next(steps)
    assert "Stopped" in said and all(value["__type__"] == "update" for value in rest)
    assert list(steps) == []


def test_the_chart_keeps_its_marks_and_names_apart() -> None:
    drawing = chart.loss_chart([0.2, 0.05], [0.2, 0.06], 10, {"<a>": 0.1, "b": 0.099, "c": 0.03}, "epoch", "loss")
    assert drawing.count("stroke-dasharray") == 3 and "<a>" not in drawing
    names = re.findall(r"y='([\d.]+)' text-anchor='end'>(&lt;a&gt;|b|c)<", drawing)
    heights = {name: float(y) for y, name in names}
    assert heights["b"] - heights["&lt;a&gt;"] >= chart.LEAST_GAP
    points = [tuple(map(float, p.split(","))) for p in re.findall("points='(.*?)'", drawing)[1].split()]
    # the first of two epochs is at the left end and at the top, the second a tenth of the way on
    assert points[0] == (chart.LEFT, chart.TOP)
    assert points[1][0] == pytest.approx(chart.LEFT + (chart.WIDTH - chart.LEFT - chart.RIGHT) / 10, abs=0.1)


@pytest.mark.parametrize(
    "error", [ModelUnavailable("errors.picture_unknown"), InputError("errors.picture_missing")], ids=["model", "input"]
)
def test_errors_are_toasts(error) -> None:
    with pytest.raises(Error, match=re.escape(str(error)[:30])):
        find_api_handler(build_tab_page(FakeEngine(error), tab), "autoencoder")(PICTURE, 16, 0, 0)


def test_api_round_trip(client) -> None:
    shown = client.predict(handle_file(samples.sample_path("face")), 16, 0, 0, api_name="/autoencoder")
    found = autoencoder.round_trip(samples.sample_path("face"))
    again = images.to_rgb(shown[2])
    np.testing.assert_array_equal(again[1::3, 1::3], found.decoded_picture)
    assert f"PSNR {found.copy.psnr:.1f} dB" in shown[7] and "Pocket autoencoder" in shown[9]
    noisy = client.predict(handle_file(samples.sample_path("face")), 4, 1, 3, api_name="/autoencoder")
    assert "keep=4, noise=1, seed=3" in noisy[10]


def test_api_between(client) -> None:
    files = [handle_file(samples.sample_path(name)) for name in ("face", "heart")]
    codes, fades, *_ = client.predict(*files, 4, api_name="/autoencoder_between")
    assert images.to_rgb(codes).shape == images.to_rgb(fades).shape == (256, 4 * 256 + 3 * 6, 3)


def test_api_denoising(client) -> None:
    said, *_ = client.predict("gaussian", 0.5, 16, 2, 0, api_name="/autoencoder_denoising")
    assert "360 digits" in said


def test_api_refuses_with_a_sentence(client) -> None:
    face = handle_file(samples.sample_path("face"))
    with pytest.raises(AppError, match="keep must be a whole number from 1 to 16"):
        client.predict(face, 0, 0, 0, api_name="/autoencoder")
    with pytest.raises(AppError, match="noise must be a number from 0 to 3"):
        client.predict(face, 16, 9, 0, api_name="/autoencoder")
    with pytest.raises(AppError, match="count must be a whole number from 2 to 15"):
        client.predict(face, face, 99, api_name="/autoencoder_between")
    with pytest.raises(AppError, match="kind must be one of gaussian"):
        client.predict("pink", 0.5, 16, 2, 0, api_name="/autoencoder_denoising")
