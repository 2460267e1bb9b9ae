"""Lists every model with its state, or fetches some: python -m core.models [prefetch NAME ...]"""

from __future__ import annotations

import argparse

from core import models
from core.errors import PlaygroundError


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m core.models", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="{list,table,prefetch}")
    actions.add_parser("list", help="every model with its state (what happens without an action)")
    actions.add_parser("table", help="the table of the README")
    prefetch = actions.add_parser("prefetch", help="fetch the weights of some models, once, with internet")
    prefetch.add_argument("names", nargs="+", metavar="NAME", help="rows of the list")
    prefetch.add_argument("--again", action="store_true", help="also what is here already, because it is damaged")
    arguments = parser.parse_args()
    if arguments.action == "table":
        print(table())
        return
    if arguments.action != "prefetch":
        print("\n".join(_line(s) for s in models.status()))
        return
    try:
        for name in arguments.names:
            models.prefetch(name, again=arguments.again)
            print(f"{name}: on disk")
    except PlaygroundError as error:
        raise SystemExit(str(error)) from error


def table() -> str:
    """The catalogue as a Markdown table, without the state on this machine; the edge detectors are left out."""
    head = "| task | model | tier | source | parameters | licence | quality |\n|---|---|---|---|---|---|---|\n"
    shown = [r for r in models.rows() if r.task not in ("edges", "convolve", "canny_stages")]
    return head + "\n".join(_cells(r) for r in shown)


def _cells(r: models.Row) -> str:
    parameters = f"{r.parameters / 1e6:.1f} M" if r.parameters else "-"
    place = r.source.partition(":")[2].split("/models/")[0] if r.tier == "pocket" else r.source.partition(":")[2]
    return f"| {r.task} | {r.title} (`{r.name}`) | {r.tier} | {place} | {parameters} | {r.licence} | {r.quality} |"


def _line(status: models.Status) -> str:
    r = status.row
    revision = f"@{r.revision}" if r.revision else ""
    size = f"{r.parameters / 1e6:.1f} M, {r.download // 10**6} MB to fetch, {r.memory // 10**6} MB in memory"
    return f"{r.task:14} {r.name:20} {status.state:8} {r.source}{revision} | {r.licence} | {size} | {r.quality}"


if __name__ == "__main__":
    main()
