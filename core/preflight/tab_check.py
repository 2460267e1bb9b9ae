"""How a tab is checked: its weights, then two timed calls of its main function without a network."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from core import images, models, samples, texts
from core.errors import Cancelled, PlaygroundError
from core.models import Method, Row
from core.models.files import sources, weights_errors
from core.preflight import network
from core.preflight.probes import PROBES, Probe
from core.preflight.report import (
    AMBER,
    RED,
    ActiveModel,
    Check,
    CheckStep,
    Finding,
    MemoryInfo,
    worst_integrity,
)
from core.results import Stopwatch

# bytes of the machine's memory below which it begins to swap, and seconds to wait until nobody else uses a model
MIN_FREE_MEMORY, MAX_WAIT = 10**9, 30.0
# characters of a foreign error that are shown
MAX_ERROR_LENGTH = 160
# no picture twice in a process: what a model remembers would be timed instead of the model
_shifts = itertools.count(1)

T = TypeVar("T")
OnStep = Callable[[CheckStep], None]


def list_tabs() -> tuple[str, ...]:
    """Ids of all tabs, those with a probe first: whatever has a title among the texts."""
    titled = (key.partition(".")[0] for key in texts.load_sentences("en") if key.endswith(".title"))
    return tuple(dict.fromkeys((*PROBES, *titled)))


def check_tab(
    tab: str,
    *,
    probe: str | None = None,
    verify: bool = True,
    everybody: bool = False,
    on_step: OnStep | None = None,
) -> Check:
    """Tries a tab: its weights, two real calls of its main function, and that they need no network.

    Nothing is ever downloaded. During the calls, connections that leave this computer are refused
    (`network.block_network`); before them all weights that they need must be on disk.

    Args:
        tab: its id; one without a probe is "amber".
        probe: the name of its probe in `PROBES`; None takes the tab's id.
        verify: compare the files with their hashes, some tenths of a second, for full-size models some seconds.
        everybody: refuse the network to the whole process, not only to this call; for a process of its own.
        on_step: is told what is being done; what it raises stops the work.

    Raises:
        Cancelled: `on_step` raised it.
    """
    found = PROBES.get(probe or tab)
    if found is None:
        return Check(tab, memory_info(), findings=(Finding(AMBER, PlaygroundError("preflight.no_probe", tab=tab)),))
    return _TabCheck(tab, found, on_step).run(verify, everybody)


def update_checks(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks after the last of them: a model that was pushed out of memory by a later one is no longer ready."""
    states = {status.row.name: status for status in models.status()}
    found = []
    for check in checks:
        active = tuple(_update_state(each, states) for each in check.active)
        evicted = _find_evicted(check.active, active)
        found.append(replace(check, active=active, findings=(*check.findings, *evicted)))
    return tuple(found)


def memory_info() -> MemoryInfo:
    """What is free; asks the GPU only where torch is loaded already."""
    import psutil

    machine = psutil.virtual_memory()
    gpu = (0, 0)
    if "torch" in sys.modules and models.device() == "cuda":
        import torch

        gpu = torch.cuda.mem_get_info()
    return MemoryInfo(machine.available, machine.total, *gpu)


class _TabCheck:
    """One check under way: collects what it finds."""

    def __init__(self, tab: str, probe: Probe, on_step: OnStep | None) -> None:
        self.tab, self.probe, self._on_step = tab, probe, on_step
        self.row = models.describe(*probe.default_model)
        self.further = [models.row(*wanted) for wanted in probe.further]
        # whether each row's own files are whole, by its name; several models are built on the same one
        self.parts: dict[str, bool | None] = {}
        self.findings: list[Finding] = []
        self.disturbed = False

    def run(self, verify: bool, everybody: bool) -> Check:
        """All of it, in order; no call without its weights, for it would fetch them."""
        before = {status.row.name: status.state for status in models.status()}
        for row in (self.row, *self.further):
            self._check_weights(row, verify)
        first = second = None
        asked: list[str] = []
        if not self.is_broken:
            with network.block_network(everybody=everybody) as asked:
                first = self._time_call("first")
                second = self._time_call("second") if not self.is_broken else None
                for row in self.further:
                    self._preload_model(row)
        active = self._active_models()
        self._add_verdicts(second, asked, active)
        return Check(
            tab=self.tab,
            memory=memory_info(),
            active=active,
            warm=before.get(self.row.name) == "loaded",
            first=first,
            second=second,
            bound=self.probe.bound,
            asked=tuple(dict.fromkeys(asked)),
            findings=tuple(self.findings),
        )

    @property
    def is_broken(self) -> bool:
        """Whether the tab's default does not work."""
        return any(found.state == RED for found in self.findings)

    def _report_step(self, stage: str, name: str = "") -> None:
        if self._on_step is not None:
            self._on_step(CheckStep(self.tab, stage, name))

    def _add_finding(self, state: str, sentence: PlaygroundError) -> None:
        self.findings.append(Finding(state, sentence))

    def _attempt(self, state: str, row: Row | Method, work: Callable[[], T]) -> T | None:
        """What it returns; None, and a finding, when it failed: whatever stops it, the other tabs are checked too."""
        try:
            return work()
        except Cancelled:
            raise
        except PlaygroundError as error:
            self._add_finding(state, error)
        except Exception as error:
            got = f"{type(error).__name__}: {error}"[:MAX_ERROR_LENGTH]
            self._add_finding(state, PlaygroundError("preflight.broken", name=row.name, got=got))
        return None

    def _check_weights(self, row: Row | Method, verify: bool) -> None:
        """Present, and with the right bytes, together with the rows that it is built on; a method has none."""
        wrong = RED if row is self.row else AMBER
        for part in _required_rows(row):
            if part.name not in self.parts:
                self.parts[part.name] = self._check_files(part, wrong, verify)

    def _check_files(self, part: Row, state: str, verify: bool) -> bool | None:
        """Whether a row's own files are whole; None: not known."""
        if sources.locate_weights(part) is None:
            self._add_finding(state, weights_errors.missing_weights_error(part))
            return False
        if not verify:
            return None
        self._report_step("verify", part.name)
        wrong = self._attempt(AMBER, part, lambda: sources.verify_weights(part))
        if wrong:
            self._add_finding(state, weights_errors.damaged_weights_error(part, wrong))
        return None if wrong is None else not wrong

    def _time_call(self, stage: str) -> float | None:
        """Seconds of one call; None, and a finding, when it failed."""
        self._wait_until_idle()
        self._report_step(stage, self.row.name)

        def run_probe() -> float:
            picture = np.roll(images.to_rgb(samples.sample_path(self.probe.sample)), next(_shifts), axis=1)
            watch = Stopwatch()
            self.probe.call(picture)
            return watch.seconds

        return self._attempt(RED, self.row, run_probe)

    def _preload_model(self, row: Row) -> None:
        self._report_step("further", row.name)
        self._attempt(AMBER, row, lambda: models.preload(row.task, row.name))

    def _wait_until_idle(self) -> None:
        """Waits until nobody else uses a model, for both would be slower."""
        end = time.monotonic() + MAX_WAIT
        while models.is_busy():
            if time.monotonic() > end:
                self.disturbed = True
                return
            self._report_step("wait")
            time.sleep(0.1)

    def _active_models(self) -> tuple[ActiveModel, ...]:
        states = {status.row.name: status for status in models.status()}
        return tuple(
            _update_state(ActiveModel(row, "", 0, "", self._is_intact(row)), states)
            for row in (self.row, *self.further)
        )

    def _is_intact(self, row: Row | Method) -> bool | None:
        return worst_integrity([self.parts[part.name] for part in _required_rows(row)])

    def _add_verdicts(self, second: float | None, asked: Sequence[str], active: Sequence[ActiveModel]) -> None:
        if self.disturbed:
            self._add_finding(AMBER, PlaygroundError("preflight.disturbed"))
        if second is not None and second > self.probe.bound:
            facts = {"seconds": f"{second:.1f}", "bound": f"{self.probe.bound:g}"}
            self._add_finding(AMBER, PlaygroundError("preflight.slow", **facts))
        if asked:
            self._add_finding(AMBER, PlaygroundError("preflight.asked", hosts=", ".join(dict.fromkeys(asked))))
        if not self.is_broken:
            for found in active:
                if found.row.parameters and found.state == "on disk":
                    self._add_finding(AMBER, PlaygroundError("preflight.not_warm", name=found.row.name))
        free = memory_info().free
        if free < MIN_FREE_MEMORY:
            least = MIN_FREE_MEMORY // 10**6
            self._add_finding(AMBER, PlaygroundError("preflight.memory", free=free // 10**6, least=least))


def _required_rows(row: Row | Method) -> Iterator[Row]:
    """The row and those that it is built on; a method without weights needs none."""
    return iter(()) if isinstance(row, Method) else models.required_rows(row)


def _update_state(active: ActiveModel, states: Mapping[str, models.Status]) -> ActiveModel:
    """The row as it is now; a method is always here."""
    status = states.get(active.row.name)
    state, size = (status.state, status.bytes) if status else ("on disk", 0)
    # asking for the device needs torch, which may be what is broken
    device = "cpu" if not active.row.parameters else models.device() if size else ""
    return replace(active, state=state, bytes=size, device=device)


def _find_evicted(before: Sequence[ActiveModel], now: Sequence[ActiveModel]) -> Iterator[Finding]:
    for old, new in zip(before, now, strict=True):
        if old.state == "loaded" and new.state != "loaded":
            yield Finding(AMBER, PlaygroundError("preflight.pushed_out", name=new.row.name))
