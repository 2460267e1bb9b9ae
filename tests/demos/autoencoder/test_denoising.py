from __future__ import annotations

from core.autoencoder import denoising as denoising_autoencoder
from core.engine import Local
from demos import autoencoder as tab
from demos.autoencoder import denoising
from tests.stand_ins.fakes import build_tab_page, find_api_handler


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
    assert "denoising.train_denoiser(kind='salt', noise=0.3, code=16, epochs=4, seed=7)" in code


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
