"""Before the lecture: does each tab work on this machine, how fast, and without a network."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core import images, models, samples, texts
from core.errors import Cancelled, PlaygroundError
from core.models import Row, sources
from core.preflight import network
from core.preflight.probes import PROBES, Probe
from core.results import Stopwatch

GREEN, AMBER, RED = STATES = ("green", "amber", "red")
# bytes of the machine's memory below which it begins to swap, and seconds to wait until nobody else uses a model
LEAST_MEMORY, PATIENCE = 10**9, 30.0
# characters of a foreign error that are shown
LONGEST = 160
# no picture twice in a process: what a model remembers would be timed instead of the model
_shifts = itertools.count(1)


@dataclass(frozen=True)
class Finding:
    """What is not as it should be: "amber" or "red", and the sentence with its cure."""

    state: str
    sentence: PlaygroundError


@dataclass(frozen=True)
class Active:
    """A row that the tab begins with, or needs one press later.

    Attributes:
        row: of the catalogue.
        state: "loaded", "on disk" or "absent", after the calls.
        bytes: that it takes while loaded.
        device: where it computes: "cuda", "mps" or "cpu"; "" while it is not loaded.
        whole: whether its files, and those of rows it is built on, have the published bytes; None: not looked at.
    """

    row: Row
    state: str
    bytes: int
    device: str
    whole: bool | None


@dataclass(frozen=True)
class Memory:
    """Bytes free and in all, of the machine and of its GPU (0 without one)."""

    free: int
    total: int
    gpu_free: int = 0
    gpu_total: int = 0


@dataclass(frozen=True)
class Step:
    """What is being done: "verify", "wait", "first", "second" or "further"; `name` says to what."""

    tab: str
    stage: str
    name: str


@dataclass(frozen=True)
class Check:
    """How a tab fares.

    Attributes:
        tab: its id.
        active: the row that it begins with, then what one press more needs.
        warm: whether that first row was loaded before the check.
        first: seconds of the first call, loading included; None when there was none.
        second: seconds of the second one, on another picture.
        bound: seconds that the second may take.
        asked: hosts that the calls tried to reach and were refused.
        memory: after the calls.
        findings: what is wrong; none where all is well.
    """

    tab: str
    memory: Memory
    active: tuple[Active, ...] = ()
    warm: bool = False
    first: float | None = None
    second: float | None = None
    bound: float | None = None
    asked: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def state(self) -> str:
        """The worst of the findings; "green" without any."""
        return max((found.state for found in self.findings), key=STATES.index, default=GREEN)


OnStep = Callable[[Step], None]


def tabs() -> tuple[str, ...]:
    """Ids of all tabs, those with a probe first: whatever has a title among the texts."""
    titled = (key.partition(".")[0] for key in texts.catalogue("en") if key.endswith(".title"))
    return tuple(dict.fromkeys((*PROBES, *titled)))


def check(tab: str, *, verify: bool = True, everybody: bool = False, on_step: OnStep | None = None) -> Check:
    """Tries a tab: its weights, two real calls of its main function, and that they need no network.

    Nothing is ever downloaded. During the calls, connections that leave this computer are refused (`network.refused`);
    before them all weights that they need must be on disk.

    Args:
        tab: its id; one without a probe is "amber".
        verify: compare the files with their hashes, some tenths of a second, for full-size models some seconds.
        everybody: refuse the network to the whole process, not only to this call; for a process of its own.
        on_step: is told what is being done; what it raises stops the work.

    Raises:
        Cancelled: `on_step` raised it.
    """
    probe = PROBES.get(tab)
    if probe is None:
        return Check(tab, memory(), findings=(Finding(AMBER, PlaygroundError("preflight.no_probe", tab=tab)),))
    return _Trial(tab, probe, on_step).run(verify, everybody)


def settled(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks after the last of them: a model that was pushed out of memory by a later one is no longer ready."""
    states = {status.row.name: status for status in models.status()}
    return tuple(replace(c, active=active, findings=(*c.findings, *_cold(c.active, active)))
                 for c in checks for active in [tuple(_now(a, states[a.row.name]) for a in c.active)])  # fmt: skip


def memory() -> Memory:
    """What is free; asks the GPU only where torch is loaded already."""
    import psutil

    machine = psutil.virtual_memory()
    gpu = (0, 0)
    if "torch" in sys.modules and models.device() == "cuda":
        import torch

        gpu = torch.cuda.mem_get_info()
    return Memory(machine.available, machine.total, *gpu)


class _Trial:
    """One check under way: collects what it finds."""

    def __init__(self, tab: str, probe: Probe, on_step: OnStep | None) -> None:
        self.tab, self.probe, self._on_step = tab, probe, on_step
        self.row = models.row(*probe.begins)
        self.further = [models.row(*wanted) for wanted in probe.further]
        self.whole: dict[str, bool] = {}
        self.findings: list[Finding] = []

    def run(self, verify: bool, everybody: bool) -> Check:
        """All of it, in order; no call without its weights, for it would fetch them."""
        before = {status.row.name: status.state for status in models.status()}
        for row in (self.row, *self.further):
            self._weights(row, verify)
        first = second = None
        asked: list[str] = []
        if not self.red:
            with network.refused(everybody=everybody) as asked:
                first = self._call("first")
                second = self._call("second") if not self.red else None
                for row in self.further:
                    self._warm(row)
        active = self._active()
        self._judge(second, asked, active)
        return Check(self.tab, memory(), active, before[self.row.name] == "loaded", first, second, self.probe.bound,
                     tuple(dict.fromkeys(asked)), tuple(self.findings))  # fmt: skip

    @property
    def red(self) -> bool:
        """Whether the tab's default does not work."""
        return any(found.state == RED for found in self.findings)

    def _tell(self, stage: str, name: str = "") -> None:
        if self._on_step is not None:
            self._on_step(Step(self.tab, stage, name))

    def _find(self, state: str, sentence: PlaygroundError) -> None:
        self.findings.append(Finding(state, sentence))

    def _weights(self, row: Row, verify: bool) -> None:
        """Present, and with the right bytes, together with the rows that it is built on."""
        worst = RED if row is self.row else AMBER
        for part in models.built_on(row):
            if sources.locate(part) is None:
                self.whole[row.name] = False
                self._find(worst, sources.absent(part))
            elif verify:
                self._tell("verify", part.name)
                self._verify(row, part, worst)

    def _verify(self, row: Row, part: Row, worst: str) -> None:
        try:
            wrong = sources.verify(part)
        except PlaygroundError as unknown:
            self._find(AMBER, unknown)
            return
        self.whole[row.name] = self.whole.get(row.name, True) and not wrong
        if wrong:
            self._find(worst, sources.damaged(part, wrong))

    def _call(self, stage: str) -> float | None:
        """Seconds of one call; None, and a finding, when it failed."""
        self._quiet()
        self._tell(stage, self.row.name)
        picture = np.roll(images.to_rgb(samples.path(self.probe.sample)), next(_shifts), axis=1)
        watch = Stopwatch()
        try:
            self.probe.call(picture)
            return watch.seconds
        except Cancelled:
            raise
        except PlaygroundError as error:
            self._find(RED, error)
        # whatever stops it, the other tabs are checked too
        except Exception as error:
            self._find(RED, _broken(self.row, error))
        return None

    def _warm(self, row: Row) -> None:
        self._tell("further", row.name)
        try:
            models.preload(row.task, row.name)
        # said as a finding, for the tab works without it
        except Exception as error:
            self._find(AMBER, error if isinstance(error, PlaygroundError) else _broken(row, error))

    def _quiet(self) -> None:
        """Waits until nobody else uses a model, for both would be slower."""
        end = time.monotonic() + PATIENCE
        while models.busy():
            if time.monotonic() > end:
                self._find(AMBER, PlaygroundError("preflight.disturbed"))
                return
            self._tell("wait")
            time.sleep(0.1)

    def _active(self) -> tuple[Active, ...]:
        states = {status.row.name: status for status in models.status()}
        return tuple(_now(Active(row, "", 0, "", self.whole.get(row.name)), states[row.name])
                     for row in (self.row, *self.further))  # fmt: skip

    def _judge(self, second: float | None, asked: Sequence[str], active: Sequence[Active]) -> None:
        if second is not None and second > self.probe.bound:
            facts = {"seconds": f"{second:.1f}", "bound": f"{self.probe.bound:g}"}
            self._find(AMBER, PlaygroundError("preflight.slow", **facts))
        if asked:
            self._find(AMBER, PlaygroundError("preflight.asked", hosts=", ".join(dict.fromkeys(asked))))
        if not self.red:
            for found in active:
                if found.row.parameters and found.state == "on disk":
                    self._find(AMBER, PlaygroundError("preflight.not_warm", name=found.row.name))
        free = memory().free
        if free < LEAST_MEMORY:
            self._find(AMBER, PlaygroundError("preflight.memory", free=free // 10**6))


def _broken(row: Row, error: Exception) -> PlaygroundError:
    return PlaygroundError("preflight.broken", name=row.name, got=f"{type(error).__name__}: {error}"[:LONGEST])


def _now(active: Active, status: models.Status) -> Active:
    """The row as it is now."""
    # asking for the device needs torch, which may be what is broken
    device = "cpu" if active.row.source.startswith("builtin:") else models.device() if status.bytes else ""
    return replace(active, state=status.state, bytes=status.bytes, device=device)


def _cold(before: Sequence[Active], now: Sequence[Active]) -> Iterator[Finding]:
    for old, new in zip(before, now, strict=True):
        if old.state == "loaded" and new.state != "loaded":
            yield Finding(AMBER, PlaygroundError("preflight.pushed_out", name=new.row.name))
