"""Lists every model with its state, or fetches some: python -m core.models [prefetch NAME ...]"""

from __future__ import annotations

import argparse

from core import models
from core.errors import PlaygroundError


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m core.models", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="{list,prefetch}")
    actions.add_parser("list", help="every model with its state (what happens without an action)")
    prefetch = actions.add_parser("prefetch", help="fetch the weights of some models, once, with internet")
    prefetch.add_argument("names", nargs="+", metavar="NAME", help="rows of the list")
    prefetch.add_argument("--again", action="store_true", help="also what is here already, because it is damaged")
    arguments = parser.parse_args()
    if arguments.action != "prefetch":
        print("\n".join(_line(s) for s in models.status()))
        return
    try:
        for name in arguments.names:
            models.prefetch(name, again=arguments.again)
            print(f"{name}: on disk")
    except PlaygroundError as error:
        raise SystemExit(str(error)) from error


def _line(status: models.Status) -> str:
    r = status.row
    revision = f"@{r.revision}" if r.revision else ""
    size = f"{r.parameters / 1e6:.1f} M, {r.download // 10**6} MB to fetch, {r.memory // 10**6} MB in memory"
    return f"{r.task:14} {r.name:20} {status.state:8} {r.source}{revision} | {r.licence} | {size} | {r.quality}"


if __name__ == "__main__":
    main()
