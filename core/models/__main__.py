"""Lists every model with its state, or fetches some: python -m core.models [--markdown] [prefetch NAME ...]"""

from __future__ import annotations

import argparse

from core import models
from core.errors import PlaygroundError


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m core.models", description=__doc__)
    parser.add_argument("action", nargs="?", choices=["list", "prefetch"], default="list")
    parser.add_argument("names", nargs="*", help="rows to fetch, by name")
    parser.add_argument("--markdown", action="store_true", help="list as the table of the README")
    arguments = parser.parse_args()
    if arguments.action == "list":
        print(markdown() if arguments.markdown else "\n".join(_line(s) for s in models.status()))
        return
    try:
        for name in arguments.names:
            models.prefetch(name)
            print(f"{name}: on disk")
    except PlaygroundError as error:
        raise SystemExit(str(error)) from error


def markdown() -> str:
    """The catalogue as a Markdown table, without the state on this machine."""
    head = "| task | model | tier | source | parameters | licence | quality |\n|---|---|---|---|---|---|---|\n"
    return head + "\n".join(_cells(r) for r in models.rows() if r.task != "edges")


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
