from __future__ import annotations

import numpy as np
import pytest

from core.autoencoder import denoising as denoiser
from core.autoencoder.mlp import MLP
from core.errors import Cancelled, InputError

EPOCHS = 25


@pytest.fixture(scope="module")
def epoch_reports():
    return []


@pytest.fixture(scope="module")
def trained_denoiser(epoch_reports):
    return denoiser.train_denoiser(epochs=EPOCHS, on_step=epoch_reports.append)


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    return load_digits().images / 16


def test_it_beats_doing_nothing_the_best_filter_and_the_best_linear_map(trained_denoiser) -> None:
    reached = trained_denoiser.last.psnr
    assert reached["noisy"] + 4 < reached["network"]
    assert reached["filter"] + 2 < reached["network"]
    assert reached["linear"] < reached["network"]
    assert (trained_denoiser.trained_on, trained_denoiser.held_out) == (1437, 360)
    assert trained_denoiser.parameters == 64 * 128 + 128 * 32 + 32 * 128 + 128 * 64 + 128 + 32 + 128 + 64


def test_every_epoch_is_told(trained_denoiser, epoch_reports) -> None:
    assert [step.index for step in epoch_reports] == list(range(EPOCHS + 1))
    assert all(step.total == EPOCHS and step.strip.shape == (3, 12, 8, 8) for step in epoch_reports)
    first, last = epoch_reports[0], epoch_reports[-1]
    assert last is trained_denoiser.last
    np.testing.assert_array_equal(last.losses[:1], first.losses)
    assert (last.losses[-1] < 0.3 * last.losses[0]).all()
    # the same digits with the same noise, every time
    np.testing.assert_array_equal(first.strip[[0, 2]], last.strip[[0, 2]])


def test_the_strip_is_what_it_says(trained_denoiser) -> None:
    noisy, denoised, clean = trained_denoiser.last.strip
    np.testing.assert_allclose(trained_denoiser.denoise(noisy), denoised, atol=1e-6)
    assert np.square(denoised - clean).mean() < 0.5 * np.square(noisy - clean).mean()
    assert noisy.min() >= 0 and noisy.max() <= 1
    assert noisy.std() > clean.std() * 0.8


def test_held_out_digits_are_not_learned_from(trained_denoiser, digits, monkeypatch) -> None:
    clean = trained_denoiser.last.strip[2]
    for digit in clean:
        assert np.abs(digits - digit).max(axis=(1, 2)).min() < 1e-6
    learned: list[np.ndarray] = []
    monkeypatch.setattr(MLP, "adam_step", lambda self, x, target, rate: learned.append(target))
    denoiser.train_denoiser(epochs=1)
    seen = np.concatenate(learned)
    assert len(seen) == 1437
    for digit in clean:
        assert np.abs(seen - digit.reshape(64)).max(axis=1).min() > 0.01


def test_a_narrow_bottleneck_costs_quality(trained_denoiser) -> None:
    narrow = denoiser.train_denoiser(code=1, epochs=EPOCHS)
    assert narrow.last.psnr["network"] < trained_denoiser.last.psnr["network"] - 1


@pytest.mark.parametrize("kind", denoiser.NOISE_KINDS)
def test_every_kind_of_noise_is_taken_off(kind) -> None:
    found = denoiser.train_denoiser(kind=kind, noise=0.4, epochs=10).last.psnr
    assert found["network"] > max(found["noisy"], found["filter"]) + 1


def test_the_kinds_of_noise() -> None:
    rng, clean = np.random.default_rng(0), np.full((500, 64), 0.5, np.float32)
    gaussian, salt, masking = (denoiser.NOISE_KINDS[kind](clean, 0.1, rng) for kind in ("gaussian", "salt", "masking"))
    assert (gaussian - clean).std() == pytest.approx(0.1, rel=0.02) and gaussian.dtype == np.float32
    for noisy, values in ((salt, {0, 1}), (masking, {0})):
        hit = noisy != 0.5
        assert hit.mean() == pytest.approx(0.1, abs=0.01) and set(noisy[hit].tolist()) == values
    assert (salt == 1).mean() == pytest.approx(0.05, abs=0.01)


def test_a_seed_trains_the_same_network_and_another_does_not() -> None:
    first, same, other = (denoiser.train_denoiser(epochs=1, seed=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.last.losses, same.last.losses)
    np.testing.assert_array_equal(first.from_noise, same.from_noise)
    assert (first.last.strip[2] != other.last.strip[2]).any()


def test_pure_noise_becomes_more_like_a_digit_with_every_pass(trained_denoiser, digits) -> None:
    def distance(pictures):
        return np.mean([np.square(digits - picture).mean(axis=(1, 2)).min() for picture in pictures])

    assert trained_denoiser.from_noise.shape == (5, 12, 8, 8)
    away = [distance(pictures) for pictures in trained_denoiser.from_noise]
    assert away[-1] < 0.6 * away[0]
    np.testing.assert_allclose(
        trained_denoiser.denoise(trained_denoiser.from_noise[0], passes=8), trained_denoiser.from_noise[4], atol=1e-5
    )
    np.testing.assert_array_equal(
        trained_denoiser.denoise(trained_denoiser.from_noise[0], passes=0), trained_denoiser.from_noise[0]
    )


def test_what_on_step_raises_stops_the_training() -> None:
    told = []

    def stop(step):
        told.append(step)
        if step.index == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        denoiser.train_denoiser(epochs=500, on_step=stop)
    assert len(told) == 3


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("kind", "pink", "gaussian, salt, masking"),
        ("kind", ["gaussian"], "kind must be one of"),
        ("noise", 0, "noise must be a number from 0.05 to 0.9"),
        ("noise", float("nan"), "noise"),
        ("code", 0, "code must be a whole number from 1 to 64"),
        ("code", 65, "code"),
        ("code", "32", "code"),
        ("epochs", 501, "epochs must be a whole number from 1 to 500"),
        ("epochs", 2.5, "epochs"),
        ("seed", -1, "seed"),
    ],
)
def test_values_out_of_range(name, value, words) -> None:
    with pytest.raises(InputError, match=words):
        denoiser.train_denoiser(**{name: value})


@pytest.mark.parametrize(
    "pictures",
    [None, "digits", np.zeros((8, 8)), np.zeros((2, 9, 8)), np.full((1, 8, 8), 16), np.full((1, 8, 8), np.nan)],
)
def test_pictures_that_are_no_digits(trained_denoiser, pictures) -> None:
    with pytest.raises(InputError, match=r"shape \(n, 8, 8\)"):
        trained_denoiser.denoise(pictures)
