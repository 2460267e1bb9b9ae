"""The page for the lecturer, at /preflight: one button that tries every tab and says what is not ready."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from core import preflight
from core.engine import Engine
from core.preflight import Active, Check, Memory, Step
from core.results import rounded
from demos import ui
from demos.page import links
from demos.ui import say, t

PATH = "preflight"
COLUMNS = ("state", "tab", "model", "weights", "first", "second", "memory", "network")
# what is still to come
WAITING, CHECKING = "waiting", "checking"
# never a colour alone
SIGNS = {"green": "✓", "amber": "▲", "red": "✗", WAITING: "·", CHECKING: "…"}
MEGABYTE, GIGABYTE = 10**6, 10**9


def build(engine: Engine, demo: gr.Blocks, tabs: Sequence[str]) -> None:
    """Lays out the page; to be called when the main one is closed."""

    def everything(request: gr.Request) -> Iterator[tuple[Any, str]]:
        if not links.is_here(request):
            yield ui.line(say("preflight.elsewhere")), ""
            return
        yield from _checked(engine, tabs)

    with demo.route("Preflight", f"/{PATH}", show_in_navbar=False):
        gr.Markdown(t("preflight.heading"), elem_id="headline")
        gr.Markdown(t("preflight.intro"), elem_id="preflight-intro")
        with gr.Row():
            run = gr.Button(t("preflight.run"), variant="primary", elem_id="preflight-run", scale=0)
        said = gr.HTML(elem_id="preflight-said")
        found = gr.HTML(elem_id="preflight-found")
        gr.Markdown(t("preflight.note"), elem_id="preflight-note")
        # at once, for visitors who draw may be in the queue before it
        pressed = run.click(lambda: (ui.line(say("preflight.stage_wait")), ""), None, [said, found], **ui.QUIET)
        pressed.then(
            everything, None, [said, found], api_visibility="private", show_progress="hidden", **ui.MODEL_QUEUE
        )  # fmt: skip


def _checked(engine: Engine, tabs: Sequence[str]) -> Iterator[tuple[Any, str]]:
    """What is being done and the table, as the tabs are checked one after the other."""
    checks: list[Check] = []
    for done, tab in enumerate(tabs):
        for told in engine.stream(preflight.check, tab):
            if isinstance(told, Step):
                yield ui.progress(_doing(told), done, len(tabs)), table(checks, tabs)
            else:
                checks.append(told)
    checks = list(engine.run(preflight.settled, checks))
    yield ui.line(_summary(checks)), table(checks, tabs) + _free(checks[-1].memory)


def table(checks: Sequence[Check], tabs: Sequence[str]) -> str:
    """A row for each tab, those that are not yet checked too; sentences under the row that they are about."""
    head = "".join(f"<th scope='col'>{html.escape(say(f'preflight.column_{name}'))}</th>" for name in COLUMNS)
    pending = tabs[len(checks) :]
    rows = [*(_rows(check) for check in checks), *(_pending(tab, tab == pending[0]) for tab in pending)]
    return f"<table class='preflight'><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _rows(check: Check) -> str:
    cells = (
        [_title(active) for active in check.active],
        [say(f"preflight.weights_{check.weights}")] if check.active else [],
        [_seconds(check.first), *_warmth(check)],
        [_seconds(check.second)],
        [f"{sum(active.bytes for active in check.active) / MEGABYTE:,.0f} MB"],
        [_network(check)],
    )
    columns = zip(COLUMNS[2:], cells, strict=True)
    row = _first(check.tab, check.state) + "".join(_cell(name, lines) for name, lines in columns)
    said = "".join(f"<p>{html.escape(found.sentence.say(ui.language()))}</p>" for found in check.findings)
    more = f"<tr class='sentences'><td colspan='{len(COLUMNS)}'>{said}</td></tr>" if said else ""
    return f"<tr class='{check.state}' data-tab='{check.tab}'>{row}</tr>{more}"


def _pending(tab: str, now: bool) -> str:
    state = CHECKING if now else WAITING
    return f"<tr class='{state}' data-tab='{tab}'>{_first(tab, state)}<td colspan='{len(COLUMNS) - 2}'></td></tr>"


def _first(tab: str, state: str) -> str:
    """The coloured word and the tab's name."""
    word = f"<span class='chip {state}'>{SIGNS[state]} {html.escape(say(f'preflight.{state}'))}</span>"
    return f"<td>{word}</td><th scope='row'>{html.escape(say(f'{tab}.title'))}</th>"


def _cell(name: str, lines: Sequence[str]) -> str:
    """A cell that, on a phone, stands under its own heading."""
    inside = "".join(f"<div>{html.escape(line)}</div>" for line in lines) or "<div>–</div>"
    return f"<td data-column='{html.escape(say(f'preflight.column_{name}'))}'>{inside}</td>"


def _title(active: Active) -> str:
    return " · ".join(filter(None, (active.row.title, say(f"ui.tier_{active.row.tier}"), active.device.upper())))


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{rounded(seconds)} s"


def _warmth(check: Check) -> list[str]:
    """Whether the model was loaded before the first call; nothing where there is nothing to load."""
    if check.first is None or not (check.active and check.active[0].row.parameters):
        return []
    return [say("preflight.was_warm" if check.warm else "preflight.was_cold")]


def _network(check: Check) -> str:
    if check.asked:
        return ", ".join(check.asked)
    return "–" if check.second is None else say("preflight.not_needed")


def _doing(step: Step) -> str:
    return f"{say(f'{step.tab}.title')}: {say(f'preflight.stage_{step.stage}', name=step.name)}"


def _summary(checks: Sequence[Check]) -> str:
    counts = {state: sum(check.state == state for check in checks) for state in preflight.STATES}
    return say("preflight.summary", total=len(checks), **counts)


def _free(memory: Memory) -> str:
    facts = {"free": f"{memory.free / GIGABYTE:.1f}", "total": f"{memory.total / GIGABYTE:.1f}"}
    gpu = {"free": f"{memory.gpu_free / GIGABYTE:.1f}", "total": f"{memory.gpu_total / GIGABYTE:.1f}"}
    said = [say("preflight.free", **facts), *([say("preflight.gpu_free", **gpu)] if memory.gpu_total else [])]
    return ui.line(" ".join(said))
