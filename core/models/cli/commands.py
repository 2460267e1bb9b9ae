"""The models of this machine: python -m core.models [list [NAME...] | table | prefetch NAME... | verify [NAME...]]

python -m core.models list sd-turbo                         all that is known of one: licence, sizes, revision, figures
python -m core.models prefetch all                          everything from the Hub, into this machine's cache
python -m core.models prefetch segment --to /media/stick    one task's models, into a folder to carry
python -m core.models verify --in /media/stick              whether all bytes of such a folder are right
python -m core.models prefetch all --from /media/stick      what is there into this machine's cache, without a network
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelUnavailable, PlaygroundError
from core.models import manager, registry
from core.models.catalog import Row
from core.models.cli import text
from core.models.files import bundle, sources, weights_errors

if TYPE_CHECKING:
    from core.models.files.hub_files import DownloadProgress


def main() -> None:
    """The command line."""
    arguments = parser().parse_args()
    try:
        failed = arguments.run(arguments)
    except PlaygroundError as error:
        raise SystemExit(str(error)) from error
    except KeyboardInterrupt:
        raise SystemExit("\nstopped; what has arrived is kept, the same command goes on with it") from None
    if failed:
        raise SystemExit("\n".join(failed))


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    formatter = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog="python -m core.models", description=__doc__, formatter_class=formatter)
    found.set_defaults(run=_list_models, names=[])
    actions = found.add_subparsers(dest="action", metavar="{list,table,prefetch,verify}")
    everything = actions.add_parser("list", help="every model with its state (what happens without an action)")
    everything.add_argument("names", nargs="*", metavar="NAME", help="rows or tasks, to read all that is known of them")
    actions.add_parser("table", help="the table of docs/models.md").set_defaults(run=_print_table)
    prefetch = actions.add_parser("prefetch", help="fetch the weights of some models, once, with internet")
    prefetch.add_argument("names", nargs="+", metavar="NAME", help='rows or tasks of the list, or "all"')
    prefetch.add_argument("--again", action="store_true", help="also what is here already, because it is damaged")
    place = prefetch.add_mutually_exclusive_group()
    place.add_argument("--to", type=Path, metavar="DIR", help="into this folder, for example of a USB stick")
    place.add_argument("--from", type=Path, metavar="DIR", dest="source", help="from such a folder, without a network")
    prefetch.set_defaults(run=_prefetch_rows)
    verify = actions.add_parser("verify", help="compare the files on disk with their hashes")
    verify.add_argument("names", nargs="*", metavar="NAME", help="rows or tasks; without any, all that is on disk")
    verify.add_argument("--in", type=Path, metavar="DIR", dest="folder", help="of this folder, not of this machine")
    verify.set_defaults(run=_verify_rows)
    return found


def _list_models(arguments: argparse.Namespace) -> list[str]:
    chosen = _find_rows(arguments.names)
    if chosen:
        print("\n\n".join(text.format_details(status) for status in manager.status() if status.row in chosen))
    else:
        print("\n".join(text.format_status(status) for status in manager.status()))
    return []


def _print_table(arguments: argparse.Namespace) -> list[str]:
    print(text.format_models_table())
    return []


def _prefetch_rows(arguments: argparse.Namespace) -> list[str]:
    """Fetches what it can; returns a sentence for each row that it cannot, so that one does not keep the rest away."""
    stick, again = arguments.source, arguments.again
    named, refused = (
        bundle.rows_in_bundle(arguments.names, stick, needed=again) if stick else (_find_rows(arguments.names), {})
    )
    failed = _unique_sentences(refused)
    wanted = {part.name: part for chosen in named for part in registry.required_rows(chosen)}
    coming = [row for row in wanted.values() if not stick or sources.locate_weights(row, stick)]
    sources.check_disk_space(coming, arguments.to)
    for row in wanted.values():
        try:
            before = sources.locate_weights(row, arguments.to)
            after = _fetch_row(row, arguments)
            moved = f", moved from {before.name[:8]} to {after.name[:8]}" if before and before != after else ""
            print(f"{row.name}: {_describe_place(row, arguments.to)}{moved}", flush=True)
        except ModelUnavailable as error:
            failed.append(str(error))
    meant = _find_rows([word for word in arguments.names if word not in refused])
    nowhere = bundle.missing_rows(meant, list(wanted.values())) if stick else []
    if nowhere:
        print(f"neither here nor in {stick}: {', '.join(row.name for row in nowhere)}", flush=True)
    return failed


def _describe_place(row: Row, folder: Path | None) -> str:
    if folder and not row.is_from_hub:
        return f"comes with the app, not needed in {folder}"
    return f"in {folder}" if folder else "on disk"


def _fetch_row(row: Row, arguments: argparse.Namespace) -> Path:
    on_step = _progress_printer(row.name)
    if arguments.source:
        return sources.copy_weights(row, arguments.source, again=arguments.again, on_step=on_step)
    return sources.download_weights(row, again=arguments.again, on_step=on_step, cache=arguments.to)


def _verify_rows(arguments: argparse.Namespace) -> list[str]:
    """Prints one line a row; returns a sentence for each that is damaged."""
    chosen, failed = _rows_to_verify(arguments)
    if not chosen and not arguments.folder:
        print("nothing of the Hub is on this machine", flush=True)
    for row in chosen:
        try:
            wrong = sources.verify_weights(row, arguments.folder)
        except PlaygroundError as error:
            failed.append(str(error))
            continue
        if wrong:
            failed.append(str(weights_errors.damaged_weights_error(row, wrong, arguments.folder)))
        else:
            print(f"{row.name}: whole", flush=True)
    return failed


def _rows_to_verify(arguments: argparse.Namespace) -> tuple[list[Row], list[str]]:
    """The rows, and a sentence for each word of which the folder has nothing."""
    if not arguments.folder:
        everything = [
            row for row in registry.find_rows("all") if sources.locate_weights(row) or bundle.is_unreadable(row)
        ]
        return _find_rows(arguments.names) if arguments.names else everything, []
    found, refused = bundle.rows_in_bundle(arguments.names or ["all"], arguments.folder)
    for row in found:
        if not row.is_from_hub:
            print(f"{row.name}: comes with the app, not from {arguments.folder}", flush=True)
    return [row for row in found if row.is_from_hub], _unique_sentences(refused)


def _unique_sentences(refused: Mapping[str, PlaygroundError]) -> list[str]:
    return list(dict.fromkeys(map(str, refused.values())))


def _find_rows(words: list[str]) -> list[Row]:
    """What the words mean, each row once, in their order; all words are understood before anything is fetched."""
    return list({row.name: row for word in words for row in registry.find_rows(word)}.values())


def _progress_printer(name: str) -> Callable[[DownloadProgress], None]:
    """A line that rewrites itself on a terminal; elsewhere one line for each file."""
    said = ""

    def print_progress(now: DownloadProgress) -> None:
        nonlocal said
        line = f"{name}: {now.done / 1e6:,.0f} of {now.total / 1e6:,.0f} MB, {now.file}"
        terminal = sys.stderr.isatty()
        shown = f"\r{line:100.100}" + ("\n" if now.done == now.total else "") if terminal else f"{line}\n"
        # it comes in smaller pieces than a line tells apart
        news = shown if terminal else now.file
        if news != said:
            said = news
            print(shown, end="", file=sys.stderr, flush=True)

    return print_progress
