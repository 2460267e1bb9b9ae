"""What a check tells: data only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.errors import PlaygroundError
from core.models import Method, Row

GREEN, AMBER, RED = STATES = ("green", "amber", "red")
# what `ActiveModel.whole` says of a tab, the worst first
INTEGRITY = {False: "wrong", None: "unverified", True: "whole"}


@dataclass(frozen=True)
class Finding:
    """What is not as it should be: "amber" or "red", and the sentence with its cure."""

    state: str
    sentence: PlaygroundError


@dataclass(frozen=True)
class ActiveModel:
    """What the tab begins with, or needs one press later.

    Attributes:
        row: of the catalogue, or a method without weights.
        state: "loaded", "on disk" or "absent", after the calls.
        bytes: that it takes while loaded.
        device: where it computes: "cuda", "mps" or "cpu"; "" while it is not loaded.
        whole: whether its files, and those of rows it is built on, have the published bytes; None: not looked at.
    """

    row: Row | Method
    state: str
    bytes: int
    device: str
    whole: bool | None


@dataclass(frozen=True)
class MemoryInfo:
    """Bytes free and in all, of the machine and of its GPU (0 without one)."""

    free: int
    total: int
    gpu_free: int = 0
    gpu_total: int = 0


@dataclass(frozen=True)
class CheckStep:
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
    memory: MemoryInfo
    active: tuple[ActiveModel, ...] = ()
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

    @property
    def weights(self) -> str:
        """Of all its models together, the worst: "whole", "unverified", "wrong" or "absent"; "none" without any."""
        if any(active.state == "absent" for active in self.active):
            return "absent"
        known = [active.whole for active in self.active if active.row.parameters]
        return INTEGRITY[worst_integrity(known)] if known else "none"

    @property
    def fits(self) -> bool:
        """Whether all that has weights was loaded together at the end; of a running app: ready for its next use."""
        return all(active.state == "loaded" for active in self.active if active.row.parameters)


def worst_integrity(known: Collection[bool | None]) -> bool | None:
    """The worst of several `ActiveModel.whole`; True of none, for nothing can be wrong."""
    return next((whole for whole in INTEGRITY if whole in known), True)
