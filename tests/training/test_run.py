"""A training goes on after a kill where it stopped, and what it writes is what it learnt."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from training.run import Run, TrainingPlan, mean_of_each


class LineModel(torch.nn.Module):
    """y = a x + b on a frozen backbone."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.backbone = torch.nn.Linear(1, 1).requires_grad_(False)
        self.head = torch.nn.Linear(1, 1)


def build_step(line: LineModel, wanted: float = 3.0):
    def step(rng: np.random.Generator):
        x = torch.from_numpy(rng.normal(size=(8, 1)).astype(np.float32))
        loss = (line.head(x) - wanted * x).square().mean()
        return loss, {"loss": float(loss.detach())}

    return step


def run_until(run: Run, number: int, step):
    """Stops the run, as a kill would, at that step."""

    def stop_at_number(rng: np.random.Generator):
        if run.steps >= number:
            raise KeyboardInterrupt
        return step(rng)

    with pytest.raises(KeyboardInterrupt):
        run.go(stop_at_number)


def test_it_learns_and_writes_only_what_was_trained(tmp_path) -> None:
    line = LineModel()
    run = Run({"model": line}, tmp_path / "line.safetensors", TrainingPlan(minutes=0.04, rate=0.05, keep=0.9))
    before = line.backbone.weight.clone()
    run.go(build_step(line))
    kept = load_file(tmp_path / "line.safetensors")
    assert set(kept) == {"head.weight", "head.bias"} and kept["head.weight"].dtype == torch.float16
    assert abs(float(kept["head.weight"]) - 3) < 0.1
    assert torch.equal(line.backbone.weight, before)
    told = [json.loads(text) for text in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert told[-1]["step"] == run.steps and told[-1]["loss"] >= 0


def test_it_goes_on_where_it_was_saved(tmp_path) -> None:
    plan = TrainingPlan(minutes=10, rate=0.05)
    first = Run({"model": (line := LineModel())}, tmp_path / "line.safetensors", plan)
    run_until(first, 20, build_step(line))
    first.save()
    again = Run({"model": (other := LineModel())}, tmp_path / "line.safetensors", plan)
    assert again.steps == 20 and again.seconds == first.seconds > 0
    assert torch.equal(other.head.weight, line.head.weight)
    for mine, theirs in zip(again.average, first.average, strict=True):
        assert torch.equal(mine, theirs)
    moments = [run.optimizer.state[run.parameters[0]]["exp_avg"] for run in (first, again)]
    assert torch.equal(*moments)
    run_until(again, 30, build_step(other))
    assert again.steps == 30


def test_what_is_exported_is_the_average_and_the_training_keeps_its_own(tmp_path) -> None:
    run = Run({"model": (line := LineModel())}, tmp_path / "line.safetensors", TrainingPlan(minutes=10, rate=0.05))
    run_until(run, 15, build_step(line))
    now = line.head.weight.detach().clone()
    run.export()
    assert torch.equal(line.head.weight, now)
    kept = load_file(tmp_path / "line.safetensors")["head.weight"]
    assert torch.equal(kept, run.average[0].half()) and not torch.equal(kept, now.half())


def test_a_step_without_a_loss_teaches_nothing(tmp_path) -> None:
    run = Run({"model": (line := LineModel())}, tmp_path / "line.safetensors", TrainingPlan(minutes=10, rate=0.05))
    before = line.head.weight.detach().clone()
    run_until(run, 3, lambda _: (None, {}))
    assert run.steps == 3 and torch.equal(line.head.weight, before)


def test_a_figure_counts_where_it_was_measured() -> None:
    assert mean_of_each([{"a": 1.0, "b": 4.0}, {"a": 2.0}]) == {"a": 1.5, "b": 4.0}
