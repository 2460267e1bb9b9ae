from __future__ import annotations

import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from core import autoencoder, images, samples
from demos import autoencoder as tab
from tests.demos.autoencoder.samples import PICTURE, build_round_trip
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_nothing_to_show_is_a_hint() -> None:
    engine = FakeEngine(build_round_trip())
    demo = build_tab_page(engine, tab)
    shown = find_api_handler(demo, "autoencoder")(None, 16, 0, 0)
    assert shown[:7] == (None,) * 7 and "Add a picture" in shown[9]
    assert "Add two pictures" in find_api_handler(demo, "autoencoder_between")(PICTURE, None, 5)[2]
    assert engine.calls == []


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
