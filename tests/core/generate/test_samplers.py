"""Every sampler begins with nothing but noise and takes as many steps as it was asked for, on the rows' schedules."""

from __future__ import annotations

import itertools

import diffusers
import numpy as np
import pytest
import torch

from core import generate, models
from core.generate import samplers, steps

pytestmark = pytest.mark.usefixtures("load_tiny")  # whose rows are drawn with
NOISE = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "steps_offset": 1}


def list_steps(name, sampler, count, **changes):
    """What a drawing of so many steps shows."""
    seen = []
    asked = {"steps": count, "size": 64, "model": name, "sampler": sampler, "on_step": seen.append} | changes
    generate.text_to_image("a cat", **asked)
    return seen


def assert_runs_from_noise(seen, count):
    assert [(step.index, step.total) for step in seen] == [(i + 1, count) for i in range(count)]
    levels = [step.level for step in seen]
    assert levels[0] > 0.99, "it begins where nearly all is noise"
    assert all(before > after for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("sampler", [None, *steps.SAMPLERS])
@pytest.mark.parametrize("name", ["sd15", "pocket-diffusion"])
def test_every_sampler_shows_its_steps_from_noise_on(name, sampler, count) -> None:
    assert_runs_from_noise(list_steps(name, sampler, count), count)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["sd-turbo", "sdxl-turbo", "flux2-klein"])
def test_so_do_the_own_samplers_of_the_others(name, count) -> None:
    assert_runs_from_noise(list_steps(name, None, count), count)


@pytest.mark.parametrize("sampler", [None, *steps.SAMPLERS])
def test_from_a_picture_as_many_steps_run_as_the_strength_says(sampler) -> None:
    seen = []
    photo = np.full((64, 64, 3), 200, np.uint8)
    asked = {"steps": 6, "strength": 0.5, "size": 64, "model": "sd15", "sampler": sampler, "on_step": seen.append}
    generate.image_to_image(photo, "a cat", **asked)
    assert [step.index for step in seen] == [1, 2, 3]
    assert all(before.level > after.level for before, after in itertools.pairwise(seen))


@pytest.mark.parametrize("sampler", [None, "ddim", "euler", "dpm++", "unipc"])
def test_the_last_preview_is_the_picture(sampler) -> None:
    """Whoever adds no noise at the end shows there what it draws; the pocket model shows each step sharp."""
    seen = []
    asked = {"steps": 4, "size": 64, "model": "pocket-diffusion", "sampler": sampler, "on_step": seen.append}
    drawn = generate.text_to_image("a cat", **asked).images[0]
    shown = seen[-1].preview.astype(int)
    assert shown.shape == drawn.shape and np.abs(shown - drawn).mean() < 12


def test_the_doubles_write_the_keys_of_the_real_file() -> None:
    """And no spacing: of what is not written, a derived scheduler takes its own default."""
    config = models.load("text_to_image", "sd15").scheduler.config
    meant = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "steps_offset": 1}
    meant |= {"set_alpha_to_one": False, "skip_prk_steps": True, "trained_betas": None, "timestep_spacing": "trailing"}
    assert {name: config[name] for name in meant} == meant
    with steps.use_scheduler(pipeline := models.load("text_to_image", "sd15"), "ddim"):
        assert pipeline.scheduler.config.clip_sample is False


class Straight:
    """A network that is right: its picture is one number, and so is its noise."""

    def __init__(self, scheduler) -> None:
        self.scheduler = scheduler

    def denoise(self, count, first=0):
        """From the level of step `first` on; how far the end is from the picture."""
        self.scheduler.set_timesteps(count)
        timesteps = self.scheduler.timesteps[first:]
        alpha = self.scheduler.alphas_cumprod[int(timesteps[0])]
        clean, noise = torch.full((1, 1, 2, 2), 0.7), torch.full((1, 1, 2, 2), -1.3)
        now = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
        for timestep in timesteps:
            now = self.scheduler.step(noise, timestep, now).prev_sample
        alpha = self.scheduler.final_alpha_cumprod
        return float((now - (alpha.sqrt() * clean + (1 - alpha).sqrt() * noise)).abs().max())


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 30, 150])
def test_pndm_without_its_repeated_step_ends_at_the_picture(count) -> None:
    scheduler = samplers.space_scheduler(diffusers.PNDMScheduler(skip_prk_steps=True, **NOISE))
    net = Straight(scheduler)
    assert net.denoise(count) < 1e-3 and len(scheduler.timesteps) == count
    assert net.denoise(count, first=count // 2) < 1e-3, "from the middle on, too"


def test_the_librarys_own_takes_one_step_more() -> None:
    """And leaves out a level where it begins in the middle: the reason why it is not used as it is."""
    own = diffusers.PNDMScheduler(skip_prk_steps=True, **NOISE)
    assert Straight(own).denoise(4, first=2) > 0.01 and len(own.timesteps) == 5


def test_a_flow_keeps_its_scheduler() -> None:
    own = diffusers.FlowMatchEulerDiscreteScheduler()
    assert samplers.space_scheduler(own) is own and samplers.is_flow(own)


def test_a_pndm_that_is_told_to_warm_up_does_not() -> None:
    scheduler = samplers.space_scheduler(diffusers.PNDMScheduler(prediction_type="v_prediction", **NOISE))
    scheduler.set_timesteps(5)
    assert scheduler.timesteps.tolist() == [999, 799, 599, 399, 199]
    assert scheduler.config.prediction_type == "v_prediction"
