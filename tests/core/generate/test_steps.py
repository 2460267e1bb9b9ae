from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler

from core.generate import steps

LATENTS, OUTPUT = torch.full((1, 4, 2, 2), 3.0), torch.full((1, 4, 2, 2), 0.5)


class BlockMeanAutoencoder:
    """An autoencoder whose latents are the colours of 8 x 8 blocks, in [-1, 1], and half of them."""

    device, dtype, config = torch.device("cpu"), torch.float32, type("Config", (), {"scaling_factor": 0.5})

    def encode(self, pixels):
        return type("Code", (), {"latents": torch.nn.functional.avg_pool2d(pixels, 8)})

    def decode(self, latents):
        return type("Picture", (), {"sample": latents.repeat_interleave(8, 2).repeat_interleave(8, 3)})


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("scheduler", [DDIMScheduler, EulerDiscreteScheduler], ids=lambda c: c.__name__)
def test_an_estimate_is_the_schedulers_own(scheduler, kind):
    made = scheduler(prediction_type=kind, **({"clip_sample": False} if scheduler is DDIMScheduler else {}))
    made.set_timesteps(4)
    with steps.record_steps(made) as now:
        at = made.timesteps[1]
        made.step(OUTPUT, made.timesteps[0], LATENTS)
        expected = made.step(OUTPUT, at, LATENTS, return_dict=True).pred_original_sample
    assert torch.allclose(now["clean"], expected, rtol=1e-3)
    level = float((1 - made.alphas_cumprod[round(float(at))]).sqrt())
    assert now["level"] == pytest.approx(level, abs=1e-3)
    assert "step" not in vars(made), "the scheduler is as it was"


def test_what_a_step_began_with_is_shown_with_variance_one():
    scheduler = EulerDiscreteScheduler()
    scheduler.set_timesteps(4)
    sigma = float(scheduler.sigmas[0])
    with steps.record_steps(scheduler) as now:
        scheduler.step(OUTPUT, scheduler.timesteps[0], LATENTS * sigma)
    assert torch.allclose(now["noisy"], LATENTS * sigma / (sigma**2 + 1) ** 0.5)


def test_latents_that_are_colours_are_previewed_exactly():
    to_rgb = steps._fit_latents_to_rgb(BlockMeanAutoencoder())
    # a colour is 127.5 more than 255 times the latent
    assert np.allclose(to_rgb, [[255, 0, 0], [0, 255, 0], [0, 0, 255], [127.5] * 3], atol=1.5)
    red = torch.tensor([0.5, -0.5, -0.5]).reshape(1, 3, 1, 1).expand(1, 3, 8, 8)
    for develop, side in ((steps._make_linear_map(to_rgb), 8), (steps._make_decoder(BlockMeanAutoencoder()), 64)):
        for pictures, colour in zip(develop(-red, red), ([0, 255, 255], [255, 0, 0]), strict=True):
            (picture,) = pictures
            assert picture.shape == (side, side, 3)
            assert np.abs(picture.astype(int) - colour).max() <= 2


def test_without_a_listener_nothing_is_watched():
    with steps.step_callback(object(), None, sharp=True) as callback:
        assert callback is None
