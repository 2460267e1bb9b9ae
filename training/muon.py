"""Muon (Jordan et al. 2024): momentum made orthogonal, for networks whose weights are matrices; AdamW for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

ITERATIONS = 5
LEAST = 8  # rows and columns of what counts as a matrix: below, there is nothing to make orthogonal


class Muon(torch.optim.Optimizer):
    """Convolutions count as matrices of (out, in x kernel); first and last layers, norms and biases learn by AdamW.

    Args:
        parameters: of the network.
        lr: AdamW's rate.
        times: Muon's rate over AdamW's.
        betas: AdamW's momenta; Muon's is 0.95.
        weight_decay: of both, as a share of the rate.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        times: float = 10,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.01,
    ) -> None:
        every = list(parameters)
        matrices = [p for p in every if is_matrix(p)]
        others = [p for p in every if not is_matrix(p)]
        groups = [{"params": matrices, "times": times}, {"params": others, "times": 1.0}]
        super().__init__([g for g in groups if g["params"]], {"lr": lr, "betas": betas, "decay": weight_decay})

    @torch.no_grad()
    def step(self, _closure: None = None) -> None:  # type: ignore[override]
        """One update of every parameter that has a gradient."""
        for group in self.param_groups:
            rate = group["lr"] * group["times"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.mul_(1 - rate * group["decay"])
                change = self._orthogonal(p) if is_matrix(p) else self._adam(p, group["betas"])
                p.add_(change, alpha=-rate)

    def _orthogonal(self, p: Tensor) -> Tensor:
        state: dict[str, Any] = self.state[p]
        assert p.grad is not None
        if not state:
            state["momentum"] = torch.zeros_like(p)
        state["momentum"].lerp_(p.grad, 0.05)
        step = torch.lerp(p.grad, state["momentum"], 0.95).reshape(len(p), -1)
        tall = max(1.0, step.shape[0] / step.shape[1]) ** 0.5
        change: Tensor = orthogonalise_matrix(step).reshape(p.shape) * tall
        return change

    def _adam(self, p: Tensor, betas: tuple[float, float]) -> Tensor:
        state: dict[str, Any] = self.state[p]
        assert p.grad is not None
        if not state:
            state.update(mean=torch.zeros_like(p), square=torch.zeros_like(p), steps=0)
        state["steps"] += 1
        state["mean"].lerp_(p.grad, 1 - betas[0])
        state["square"].lerp_(p.grad.square(), 1 - betas[1])
        mean, square = (state[n] / (1 - b ** state["steps"]) for n, b in zip(("mean", "square"), betas, strict=True))
        change: Tensor = mean / (square.sqrt() + 1e-8)
        return change


def is_matrix(p: Tensor) -> bool:
    """Whether Muon takes it."""
    return p.ndim >= 2 and len(p) >= LEAST and p[0].numel() >= LEAST and p.shape[1] >= LEAST


def orthogonalise_matrix(matrix: Tensor) -> Tensor:
    """The matrix with all singular values near 1: Newton and Schulz' iteration, of fifth degree."""
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    found: Tensor = x.T if tall else x
    return found
