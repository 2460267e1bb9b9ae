"""A denoising autoencoder, trained while you watch: noisy digits in, clean digits out (Vincent et al. 2008)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from core import checks
from core.autoencoder.mlp import MLP
from core.checks import choice, integer, number
from core.errors import InputError
from core.results import Result, Stopwatch

Floats = npt.NDArray[np.float32]

NAME = "denoising-autoencoder"
SIDE, PIXELS = 8, 64
HELD_OUT = 360  # of 1797 digits
# batches and layers so small that NumPy multiplies them in one thread, whatever else the machine does
HIDDEN_UNITS, BATCH_SIZE = 128, 32
LEARNING_RATE, WARM_UP_SHARE = 5e-3, 0.1
LEAST_NOISE, MOST_NOISE = 0.05, 0.9
MAX_CODE, MAX_EPOCHS = 64, 500
STRIP_LENGTH = 12
PASS_COUNTS = (0, 1, 2, 4, 8)
BLUR_SIGMAS = (0.4, 0.6, 0.8, 1.0, 1.3)


@dataclass(frozen=True, kw_only=True, eq=False)
class Epoch:
    """The network has seen every training digit once more.

    Attributes:
        index: how often, 0 to `total`.
        total: how often it will have at the end.
        losses: mean squared errors, float32 (index + 1, 2): on training digits and on held-out ones; row 0 is before
            training. Pixels are 0 to 1.
        marks: what others reach on the held-out digits: "noisy", doing nothing; "filter", the best of five Gaussian
            blurs and a median; "linear", the best linear map (ridge regression). All were fitted to training digits.
        filter: which one is best: "median", or the blur's deviation in pixels.
        strip: held-out digits, float32 (3, 12, 8, 8) in [0, 1]: noisy, denoised, clean.
    """

    index: int
    total: int
    losses: Floats
    marks: Mapping[str, float]
    filter: str
    strip: Floats

    def __post_init__(self) -> None:
        assert self.losses.shape == (self.index + 1, 2)

    @property
    def psnr(self) -> dict[str, float]:
        """In dB on the held-out digits: `marks` and the "network"."""
        return {name: psnr(error) for name, error in (*self.marks.items(), ("network", float(self.losses[-1, 1])))}


@dataclass(frozen=True, kw_only=True, eq=False)
class Denoiser(Result):
    """A trained network and how its training went.

    Attributes:
        last: the last epoch.
        network: 64 pixels to 64 pixels.
        from_noise: nothing but noise, float32 (5, 12, 8, 8) in [0, 1], after as many passes as PASS_COUNTS says.
        trained_on: number of digits.
        held_out: number of digits.
        parameters: numbers that were learned.
    """

    last: Epoch
    network: MLP
    from_noise: Floats
    trained_on: int
    held_out: int
    parameters: int

    def denoise(self, pictures: object, *, passes: int = 1) -> Floats:
        """What the network takes for the clean pictures, float32 (n, 8, 8) in [0, 1].

        Args:
            pictures: floats (n, 8, 8) in [0, 1].
            passes: how often, each time what came out goes in, 0 to 100.

        Raises:
            InputError: `pictures` has another shape or other values, or `passes` is out of range.
        """
        given = np.asarray(pictures)
        if given.ndim != 3 or given.shape[1:] != (SIDE, SIDE) or given.dtype.kind not in "fiub":
            raise InputError("autoencoder.digits", got=f"{given.dtype} {given.shape}")
        if not (np.isfinite(given).all() and given.min(initial=0) >= 0 and given.max(initial=0) <= 1):
            raise InputError("autoencoder.digits", got=f"{given.min():g} ... {given.max():g}")
        flat = given.reshape(-1, PIXELS).astype(np.float32)
        for _ in range(integer("passes", passes, 0, 100)):
            flat = self.network(flat).clip(0, 1)
        return flat.reshape(-1, SIDE, SIDE)


OnStep = Callable[[Epoch], None]


def train_denoiser(
    *,
    kind: str = "gaussian",
    noise: float = 0.5,
    code: int = 32,
    epochs: int = 120,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Denoiser:
    """Teaches a small network to take noise off scikit-learn's digits (1797 pictures of 8 x 8, UCI).

    Args:
        kind: a name in NOISE_KINDS: "gaussian"; "salt", pixels that turn black or white; "masking", pixels that turn
            black.
        noise: 0.05 to 0.9: the standard deviation of Gaussian noise, or the share of pixels that the others hit.
        code: bottleneck: how many numbers the middle layer has, 1 to 64; a picture has 64.
        epochs: passes over the training digits, 1 to 500.
        seed: of the split, the first weights and the noise.
        on_step: called before training and after every epoch; what it raises stops the training.

    Raises:
        InputError: a value is of the wrong type or out of range.
    """
    watch = Stopwatch()
    add_noise = NOISE_KINDS[choice("kind", kind, NOISE_KINDS)]
    noise, code = number("noise", noise, LEAST_NOISE, MOST_NOISE), integer("code", code, 1, MAX_CODE)
    epochs, rng = integer("epochs", epochs, 1, MAX_EPOCHS), np.random.default_rng(checks.seed_number(seed))
    training = _Training(lambda clean: add_noise(clean, noise, rng), code, epochs, rng)
    report = on_step or (lambda _: None)
    last = training.measure_epoch()
    report(last)
    for index in range(epochs):
        training.train_epoch(index)
        last = training.measure_epoch()
        report(last)
    return Denoiser(
        last=last,
        network=training.network,
        from_noise=_denoise_pure_noise(training.network, rng),
        trained_on=len(training.clean),
        held_out=len(training.unseen),
        parameters=sum(each.size for each in training.network.parameters),
        model=NAME,
        seconds=watch.seconds,
    )


class _Training:
    """A network, the digits that it learns from and those that it never sees, and its losses so far."""

    def __init__(self, spoil: Callable[[Floats], Floats], code: int, epochs: int, rng: np.random.Generator) -> None:
        digits = rng.permutation(_load_digits())
        self.clean, self.unseen = digits[HELD_OUT:], digits[:HELD_OUT]
        # spoiled once: what is measured must not change from epoch to epoch
        self._tests = (spoil(self.clean), self.clean), (spoil(self.unseen), self.unseen)
        self._marks, self._best_filter = _baseline_errors(*self._tests)
        self.network = MLP((PIXELS, HIDDEN_UNITS, code, HIDDEN_UNITS, PIXELS), linear=(1, 3), rng=rng)
        self._spoil, self._epochs, self._rng = spoil, epochs, rng
        self._losses: list[list[float]] = []

    def measure_epoch(self) -> Epoch:
        """The losses now, beside all earlier ones."""
        self._losses.append([_mean_squared_error(self.network(spoiled), truth) for spoiled, truth in self._tests])
        spoiled = self._tests[1][0][:STRIP_LENGTH]
        rows = np.stack([spoiled, self.network(spoiled).clip(0, 1), self.unseen[:STRIP_LENGTH]])
        return Epoch(
            index=len(self._losses) - 1,
            total=self._epochs,
            losses=np.array(self._losses, np.float32),
            marks=self._marks,
            filter=self._best_filter,
            strip=rows.reshape(3, STRIP_LENGTH, SIDE, SIDE),
        )

    def train_epoch(self, index: int) -> None:
        """One step of gradient descent for each batch; `index` counts the epochs from 0."""
        shuffled = self._rng.permutation(len(self.clean))
        batches = np.array_split(shuffled, math.ceil(len(self.clean) / BATCH_SIZE))
        for i, batch in enumerate(batches):
            rate = _learning_rate((index + i / len(batches)) / self._epochs)
            # noise anew each time: the network never sees the same picture twice
            self.network.adam_step(self._spoil(self.clean[batch]), self.clean[batch], rate)


def psnr(error: float) -> float:
    """Decibels of a mean squared error of pixels from 0 to 1.

    >>> psnr(0.01)
    20.0
    """
    return -10 * math.log10(error) if error else math.inf


def _load_digits() -> Floats:
    """All of them, float32 (1797, 64) in [0, 1]."""
    from sklearn.datasets import load_digits

    return np.asarray(load_digits().data / 16, np.float32)


def _learning_rate(share: float) -> float:
    """The step's length where `share` of the training is done: a short rise, then half a cosine down to zero."""
    return LEARNING_RATE * min(1, share / WARM_UP_SHARE + 0.01) * 0.5 * (1 + math.cos(math.pi * share))


def _baseline_errors(train: tuple[Floats, Floats], test: tuple[Floats, Floats]) -> tuple[Mapping[str, float], str]:
    """The errors of "noisy", "filter" and "linear" on `test`, and which filter it is."""
    filters = _classical_filters()
    best = min(filters, key=lambda name: _mean_squared_error(filters[name](train[0]), train[1]))
    mean = train[1].mean(axis=0)
    spoiled = train[0] - train[0].mean(axis=0)
    # a little ridge, or pixels that are black in every digit make the matrix singular
    solved = np.linalg.solve(spoiled.T @ spoiled + np.eye(PIXELS, dtype=np.float32), spoiled.T @ (train[1] - mean))
    linear = (test[0] - train[0].mean(axis=0)) @ solved + mean
    marks = {
        "noisy": _mean_squared_error(test[0], test[1]),
        "filter": _mean_squared_error(filters[best](test[0]), test[1]),
        "linear": _mean_squared_error(linear, test[1]),
    }
    return marks, best


def _classical_filters() -> dict[str, Callable[[Floats], Floats]]:
    """Filters that nobody trained, by name; each takes and gives rows of 64 pixels."""
    from scipy import ndimage

    def blur(deviation: float) -> Callable[[Floats], Floats]:
        return lambda rows: _flatten_squares(ndimage.gaussian_filter(_unflatten_rows(rows), (0, deviation, deviation)))

    found = {f"{deviation:g}": blur(deviation) for deviation in BLUR_SIGMAS}
    return found | {"median": lambda rows: _flatten_squares(ndimage.median_filter(_unflatten_rows(rows), (1, 3, 3)))}


def _denoise_pure_noise(network: MLP, rng: np.random.Generator) -> Floats:
    """Pure noise after as many passes as PASS_COUNTS says, float32 (5, 12, 8, 8)."""
    rows, kept = rng.random((STRIP_LENGTH, PIXELS), np.float32), []
    for done in range(PASS_COUNTS[-1] + 1):
        if done in PASS_COUNTS:
            kept.append(_unflatten_rows(rows))
        rows = network(rows).clip(0, 1)
    return np.stack(kept)


def _mean_squared_error(rows: Floats, truth: Floats) -> float:
    return float(np.square(rows.clip(0, 1) - truth).mean())


def _unflatten_rows(rows: Floats) -> Floats:
    return rows.reshape(-1, SIDE, SIDE)


def _flatten_squares(squares: Floats) -> Floats:
    return squares.reshape(-1, PIXELS)


def _add_gaussian_noise(clean: Floats, amount: float, rng: np.random.Generator) -> Floats:
    return (clean + amount * rng.standard_normal(clean.shape, np.float32)).clip(0, 1)


def _add_salt_and_pepper(clean: Floats, amount: float, rng: np.random.Generator) -> Floats:
    grains = (rng.random(clean.shape) < 0.5).astype(np.float32)
    return np.where(rng.random(clean.shape) < amount, grains, clean)


def _mask_pixels(clean: Floats, amount: float, rng: np.random.Generator) -> Floats:
    return np.where(rng.random(clean.shape) < amount, np.float32(0), clean)


NOISE_KINDS: Mapping[str, Callable[[Floats, float, np.random.Generator], Floats]] = MappingProxyType(
    {"gaussian": _add_gaussian_noise, "salt": _add_salt_and_pepper, "masking": _mask_pixels}
)
