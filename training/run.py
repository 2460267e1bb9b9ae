"""What every training here shares: one loop with its learning rate, averaged weights, checkpoint, log and export."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from core import models
from core.models import weights
from training import muon

Figures = dict[str, float]
Step = Callable[[np.random.Generator], tuple[Tensor | None, Figures]]

WARM_UP = 100  # steps


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast: `minutes` in all, `every` so many a line in the log, AdamW's rate and momenta, or Muon."""

    minutes: float
    rate: float
    every: float = 2
    betas: tuple[float, float] = (0.9, 0.999)
    keep: float = 0.998
    seed: int = 0
    muon: bool = False


def training_parser(about: str | None, *, minutes: float, rate: float, pictures: int) -> argparse.ArgumentParser:
    """What every training here is asked for, with these defaults; `about` is its module's docstring."""
    asked = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--work", type=Path, required=True, help="folder of checkpoints, log and caches")
    asked.add_argument("--minutes", type=float, default=minutes)
    asked.add_argument("--pictures", type=int, default=pictures, help="in a step")
    asked.add_argument("--rate", type=float, default=rate, help="of learning, at its highest")
    asked.add_argument("--start", type=Path, help="weights to go on from, where there is no checkpoint")
    asked.add_argument("--seed", type=int, default=0)
    return asked


class Run:
    """Modules that learn together until their time is over, and what lets them go on after a kill.

    The rate rises for 100 steps and then falls with the cosine of the time that is spent (Loshchilov and Hutter 2017);
    what is exported is the moving average of the weights (Polyak and Juditsky 1992).

    Args:
        modules: by name; the first one is what `weights` will hold. Whatever lies under `load_backbone` stays out.
        weights: the file to export to; `checkpoint.pt` and `log.jsonl` stand beside it.
        plan: how long and how fast.
    """

    def __init__(self, modules: Mapping[str, torch.nn.Module], weights: Path, plan: TrainingPlan) -> None:
        self.modules, self.weights, self.plan = modules, weights, plan
        self.parameters: list[Tensor] = [
            p for module in modules.values() for p in module.parameters() if p.requires_grad
        ]
        kind: Callable[..., torch.optim.Optimizer] = muon.Muon if plan.muon else torch.optim.AdamW
        self.optimizer = kind(self.parameters, lr=plan.rate, weight_decay=0.01, betas=plan.betas)
        self.average = [p.detach().clone() for p in self.parameters]
        self.steps, self.seconds = 0, 0.0
        self.file = weights.with_name("checkpoint.pt")
        if self.file.is_file():
            self._resume()

    def go(self, step: Step) -> None:
        """Takes steps until the minutes are over; one without a loss teaches nothing."""
        whole, shown, recent = 60 * self.plan.minutes, self.seconds, list[Figures]()
        rng = np.random.default_rng([self.plan.seed, self.steps])
        while self.seconds < whole:
            start = time.perf_counter()
            loss, figures = step(rng)
            if loss is not None:
                self._learn(loss, self.seconds / whole)
            self.steps += 1
            recent.append(figures)
            self.seconds += time.perf_counter() - start
            if self.seconds - shown > 60 * self.plan.every or self.seconds >= whole:
                shown = self.seconds
                self.save()
                self.export()
                self._log(mean_of_each(recent))
                recent = []

    def _learn(self, loss: Tensor, spent: float) -> None:
        rate = self.plan.rate * min(1, self.steps / WARM_UP) * (0.02 + 0.49 * (1 + math.cos(math.pi * spent)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        keep = min(self.plan.keep, (2 + self.steps) / (11 + self.steps))
        torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], 1 - keep)

    def save(self) -> None:
        """The checkpoint, whole or not at all."""
        state: dict[str, Any] = {name: weights.trained_tensors(module) for name, module in self.modules.items()}
        state |= {"optimizer": self.optimizer.state_dict(), "average": self.average}
        state |= {"step": self.steps, "seconds": self.seconds}
        torch.save(state, self.file.with_suffix(".new"))
        self.file.with_suffix(".new").replace(self.file)

    def _resume(self) -> None:
        device = self.parameters[0].device
        kept = torch.load(self.file, map_location=device, weights_only=True)
        for name, module in self.modules.items():
            module.load_state_dict(kept[name], strict=False)
        self.optimizer.load_state_dict(kept["optimizer"])
        self.average, self.steps, self.seconds = kept["average"], kept["step"], kept["seconds"]

    def export(self) -> None:
        """The averaged weights of the first module, as fp16 safetensors."""
        now = [p.detach().clone() for p in self.parameters]
        first = next(iter(self.modules.values()))
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.average)
            tensors = {name: t.half().contiguous().cpu() for name, t in weights.trained_tensors(first).items()}
            torch._foreach_copy_(self.parameters, now)
        save_file(tensors, self.weights)

    def _log(self, figures: Figures) -> None:
        line = json.dumps({"step": self.steps, "minutes": round(self.seconds / 60, 1)} | figures)
        print(line, flush=True)
        with self.weights.with_name("log.jsonl").open("a") as log:
            log.write(line + "\n")


def load_backbone() -> torch.nn.Module:
    """EfficientNet-Lite0 as the classifier of the playground has it, batch norms folded."""
    with models.borrow("classify", "efficientnet-lite0") as (_, classifier):
        net: torch.nn.Module = classifier.net
    return net


def training_device() -> str:
    """CUDA where there is a GPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def mean_of_each(measured: list[Figures]) -> Figures:
    """The mean of every figure, over those that have it."""
    names = sorted({name for figures in measured for name in figures})
    return {name: round(float(np.mean([f[name] for f in measured if name in f])), 4) for name in names}
