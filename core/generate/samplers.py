"""How schedulers walk down a model's noise: from the most noise on, and with as many steps as were asked for."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

# every drawing begins with nothing but noise, so its first step has to be that of the most noise (Lin et al. 2024,
# table 2): the other spacings take the only step of one where hardly any noise is left, and show it as it came in
SPACING = {"timestep_spacing": "trailing"}


def space_scheduler(own: Any) -> Any:
    """The scheduler with its first step at the most noise, and no step more than it is asked for.

    Args:
        own: of diffusers; one that follows a flow begins there anyway, and is returned as it is.
    """
    if is_flow(own):
        return own
    import diffusers

    # all that is written stays, though this kind may not know it: another one that is made of it will
    if isinstance(own, diffusers.PNDMScheduler):
        return _plms_scheduler().from_config(own.config, **SPACING, skip_prk_steps=True)
    return type(own).from_config(own.config, **SPACING)


def derive_scheduler(kind: Any, own: Any, **settings: Any) -> Any:
    """A scheduler of that kind on the noise schedule of another, with its first step at the most noise.

    `from_config` inherits only the keys that were written in the model's file, not what its own scheduler had for the
    others: of what a file leaves unsaid, such as the spacing of SD 1.5's steps, each kind would take its own default.

    Args:
        kind: a class of diffusers.
        own: the model's own scheduler.
        settings: what else is not as the file says.
    """
    known = inspect.signature(kind.__init__).parameters
    # the others are of no use to it, and diffusers would say so in the terminal at every drawing
    told = {name: value for name, value in own.config.items() if name in known or name.startswith("_")}
    return kind.from_config(told, **SPACING, **settings)


def is_flow(scheduler: Any) -> bool:
    """Whether it follows a flow from noise to picture instead of a schedule of noise."""
    return not hasattr(scheduler, "alphas_cumprod")


@functools.cache
def _plms_scheduler() -> type[Any]:
    """PNDM's linear multistep method (Liu et al. 2022), begun with one plain step instead of one that is taken twice.

    diffusers takes the first step again with what the second finds: n + 1 steps for n, and, where a picture begins in
    the middle of the schedule, one level of noise that is never left.
    """
    import torch
    from diffusers import PNDMScheduler

    class PLMSScheduler(PNDMScheduler):  # type: ignore[misc]  # mypy does not follow diffusers
        def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
            super().set_timesteps(num_inference_steps, device)
            self.timesteps = torch.from_numpy(self._timesteps[::-1].copy()).to(device)

        def step_plms(self, model_output: torch.Tensor, timestep: int, sample: torch.Tensor, **settings: Any) -> Any:
            self.counter += self.counter == 1  # 1 means: again
            return super().step_plms(model_output, timestep, sample, **settings)

        def _get_prev_sample(self, sample: Any, timestep: Any, prev_timestep: Any, model_output: Any) -> Any:
            # the schedule's next level; the one given is rounded
            later = self.timesteps[self.timesteps < timestep]
            return super()._get_prev_sample(sample, timestep, int(later[0]) if len(later) else -1, model_output)

    return PLMSScheduler
