"""Before the lecture: does each tab work on this machine, how fast, and without a network."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from core import images, models, samples, texts
from core.errors import Cancelled, PlaygroundError
from core.models import Row
from core.models.files import sources
from core.preflight import network
from core.preflight.probes import PROBES, Probe
from core.preflight.report import AMBER, GREEN, RED, STATES, Active, Check, Finding, Memory, Step, worst
from core.results import Stopwatch

__all__ = ["AMBER", "GREEN", "RED", "STATES", "Active", "Check", "Finding", "Memory", "Step",
           "check", "memory", "settled", "tabs"]  # fmt: skip

# bytes of the machine's memory below which it begins to swap, and seconds to wait until nobody else uses a model
LEAST_MEMORY, PATIENCE = 10**9, 30.0
# characters of a foreign error that are shown
LONGEST = 160
# no picture twice in a process: what a model remembers would be timed instead of the model
_shifts = itertools.count(1)

T = TypeVar("T")
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
        # whether each row's own files are whole, by its name; several models are built on the same one
        self.parts: dict[str, bool | None] = {}
        self.findings: list[Finding] = []
        self.disturbed = False

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

    def _tried(self, state: str, row: Row, work: Callable[[], T]) -> T | None:
        """What it returns; None, and a finding, when it failed: whatever stops it, the other tabs are checked too."""
        try:
            return work()
        except Cancelled:
            raise
        except PlaygroundError as error:
            self._find(state, error)
        except Exception as error:
            got = f"{type(error).__name__}: {error}"[:LONGEST]
            self._find(state, PlaygroundError("preflight.broken", name=row.name, got=got))
        return None

    def _weights(self, row: Row, verify: bool) -> None:
        """Present, and with the right bytes, together with the rows that it is built on."""
        wrong = RED if row is self.row else AMBER
        for part in models.built_on(row):
            if part.name not in self.parts:
                self.parts[part.name] = self._part(part, wrong, verify)

    def _part(self, part: Row, state: str, verify: bool) -> bool | None:
        """Whether a row's own files are whole; None: not known."""
        if sources.locate(part) is None:
            self._find(state, sources.absent(part))
            return False
        if not verify:
            return None
        self._tell("verify", part.name)
        wrong = self._tried(AMBER, part, lambda: sources.verify(part))
        if wrong:
            self._find(state, sources.damaged(part, wrong))
        return None if wrong is None else not wrong

    def _call(self, stage: str) -> float | None:
        """Seconds of one call; None, and a finding, when it failed."""
        self._quiet()
        self._tell(stage, self.row.name)

        def timed() -> float:
            picture = np.roll(images.to_rgb(samples.path(self.probe.sample)), next(_shifts), axis=1)
            watch = Stopwatch()
            self.probe.call(picture)
            return watch.seconds

        return self._tried(RED, self.row, timed)

    def _warm(self, row: Row) -> None:
        self._tell("further", row.name)
        self._tried(AMBER, row, lambda: models.preload(row.task, row.name))

    def _quiet(self) -> None:
        """Waits until nobody else uses a model, for both would be slower."""
        end = time.monotonic() + PATIENCE
        while models.busy():
            if time.monotonic() > end:
                self.disturbed = True
                return
            self._tell("wait")
            time.sleep(0.1)

    def _active(self) -> tuple[Active, ...]:
        states = {status.row.name: status for status in models.status()}
        return tuple(_now(Active(row, "", 0, "", self._whole(row)), states[row.name])
                     for row in (self.row, *self.further))  # fmt: skip

    def _whole(self, row: Row) -> bool | None:
        return worst([self.parts[part.name] for part in models.built_on(row)])

    def _judge(self, second: float | None, asked: Sequence[str], active: Sequence[Active]) -> None:
        if self.disturbed:
            self._find(AMBER, PlaygroundError("preflight.disturbed"))
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
            least = LEAST_MEMORY // 10**6
            self._find(AMBER, PlaygroundError("preflight.memory", free=free // 10**6, least=least))


def _now(active: Active, status: models.Status) -> Active:
    """The row as it is now."""
    # asking for the device needs torch, which may be what is broken
    device = "cpu" if active.row.source.startswith("builtin:") else models.device() if status.bytes else ""
    return replace(active, state=status.state, bytes=status.bytes, device=device)


def _cold(before: Sequence[Active], now: Sequence[Active]) -> Iterator[Finding]:
    for old, new in zip(before, now, strict=True):
        if old.state == "loaded" and new.state != "loaded":
            yield Finding(AMBER, PlaygroundError("preflight.pushed_out", name=new.row.name))
