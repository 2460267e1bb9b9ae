"""Before the lecture: python -m core.preflight [TAB ...] [--models auto|pocket|full] [--quick] [--json]

Tries every tab, or those that are named, with the models that app.py would start with, and nothing of the network.
green: ready. amber: works, but see the sentence. red: does not work; the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from core import console, models, preflight, texts
from core.engine import threads
from core.preflight import Check, CheckStep
from core.results import format_seconds

MEGABYTE = 10**6
COLUMNS = ("state", "tab", "where", "weights", "first s", "next s", "fits", "MB", "network", "models")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status, 1 when a tab does not work."""
    options = parser().parse_args(arguments)
    threads.limit_openmp_spin()
    models.prefer(options.models)
    models.stay_offline()
    tell = _print_step if sys.stderr.isatty() else None
    tabs = options.tabs or preflight.list_tabs()
    checks = [preflight.check_tab(tab, verify=not options.quick, everybody=True, on_step=tell) for tab in tabs]
    found = preflight.update_checks(checks)
    if sys.stderr.isatty():
        print("\r" + " " * 60, end="\r", file=sys.stderr)
    print(dump_json(checks_to_dict(found)) if options.json else format_checks_table(found, options.lang))
    return int(any(check.state == preflight.RED for check in found))


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    formatter = argparse.RawDescriptionHelpFormatter
    flags = argparse.ArgumentParser(prog="python -m core.preflight", description=__doc__, formatter_class=formatter)
    flags.add_argument("tabs", nargs="*", metavar="TAB", type=_parse_tab, help=f"of {', '.join(preflight.list_tabs())}")
    flags.add_argument("--models", choices=models.TIERS, default="auto", help="as for app.py")
    flags.add_argument("--quick", action="store_true", help="do not compare the files with their hashes")
    flags.add_argument("--json", action="store_true", help="print all of it for a program")
    spoken = texts.console_language()
    flags.add_argument("--lang", choices=texts.LANGUAGES, default=spoken, help="language of the sentences")
    return flags


def format_checks_table(checks: Sequence[Check], language: str) -> str:
    """One line a tab, then a sentence for each finding, then the memory."""
    lines = [COLUMNS, *(_format_cells(check) for check in checks)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    rows = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    said = [
        f"{found.state.upper()} {c.tab}: {found.sentence.message_in(language)}" for c in checks for found in c.findings
    ]
    return "\n".join([*rows, "", *said, *([""] if said else []), _format_memory(preflight.memory_info())])


def checks_to_dict(checks: Sequence[Check]) -> dict[str, Any]:
    """The checks as JSON has them; seconds, bytes."""
    return {"memory": vars(preflight.memory_info()), "tabs": [_check_to_dict(check) for check in checks]}


def dump_json(told: dict[str, Any]) -> str:
    """As JSON in the console's own letters; where it lacks some, in JSON's numbers for them."""
    text = json.dumps(told, ensure_ascii=False, indent=1)
    return text if console.can_print(text) else json.dumps(told, indent=1)


def _parse_tab(word: str) -> str:
    if word not in preflight.list_tabs():
        raise argparse.ArgumentTypeError(f"there is no tab {word!r}; there are {', '.join(preflight.list_tabs())}")
    return word


def _format_cells(check: Check) -> tuple[str, ...]:
    first = check.active[0] if check.active else None
    asked = ", ".join(check.asked)
    return (
        check.state.upper(),
        check.tab,
        first.device if first and first.device else "-",
        check.weights if first else "-",
        *("-" if seconds is None else format_seconds(seconds) for seconds in (check.first, check.second)),
        ("yes" if check.fits else "no") if first else "-",
        f"{sum(active.bytes for active in check.active) / MEGABYTE:.0f}",
        asked or ("-" if check.second is None else "not needed"),
        ", ".join(active.row.name for active in check.active) or "-",
    )


def _format_memory(memory: preflight.MemoryInfo) -> str:
    gpu = f"; GPU: {memory.gpu_free / 1e9:.1f} of {memory.gpu_total / 1e9:.1f} GB" if memory.gpu_total else ""
    return f"memory free: {memory.free / 1e9:.1f} of {memory.total / 1e9:.1f} GB{gpu}"


def _check_to_dict(check: Check) -> dict[str, Any]:
    active = [
        {"task": a.row.task, "name": a.row.name, "title": a.row.title, "tier": a.row.tier, "state": a.state,
         "device": a.device, "bytes": a.bytes, "whole": a.whole}
        for a in check.active
    ]  # fmt: skip
    said = [
        {"state": f.state, **{lang: f.sentence.message_in(lang) for lang in texts.LANGUAGES}} for f in check.findings
    ]
    return {
        "tab": check.tab,
        "state": check.state,
        "active": active,
        "warm_before": check.warm,
        "fits": check.fits,
        "weights": check.weights,
        "first": check.first,
        "second": check.second,
        "bound": check.bound,
        "asked": list(check.asked),
        "memory": vars(check.memory),
        "findings": said,
    }


def _print_step(step: CheckStep) -> None:
    print(f"\r{f'{step.tab}: {step.stage} {step.name}':60.60}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    console.run_command(main)
