"""The page for the lecturer, at /preflight: one button that tries every tab and says what is not ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import preflight
from core.engine import Engine
from core.preflight import ActiveModel, Check, CheckStep, MemoryInfo
from core.results import format_seconds
from demos import ui
from demos.page import links
from demos.ui import localise, t

PATH = "preflight"
COLUMNS = ("state", "tab", "model", "weights", "first", "second", "memory", "network")
# what is still to come
WAITING, CHECKING = "waiting", "checking"
# never a colour alone
SIGNS = {"green": "✓", "amber": "▲", "red": "✗", WAITING: "·", CHECKING: "…"}
MEGABYTE, GIGABYTE = 10**6, 10**9


def build_preflight(engine: Engine, demo: gr.Blocks, probes: Mapping[str, str | None]) -> None:
    """Lays out the page; to be called when the main one is closed. `probes`: what each tab is tried by, by its id."""
    with demo.route("Preflight", f"/{PATH}", show_in_navbar=False):
        gr.Markdown(t("preflight.heading"), elem_id="headline")
        gr.Markdown(t("preflight.intro"), elem_id="preflight-intro")
        with gr.Row():
            run = gr.Button(t("preflight.run"), variant="primary", elem_id="preflight-run", scale=0)
        outputs = [gr.HTML(elem_id="preflight-said"), gr.HTML(elem_id="preflight-found")]
        gr.Markdown(t("preflight.note"), elem_id="preflight-note")
        wire_preflight(PreflightHandlers(engine, probes), run, outputs)


@dataclass(frozen=True)
class PreflightHandlers:
    """What happens when the lecturer presses the button."""

    engine: Engine
    probes: Mapping[str, str | None]

    def announce_checks(self) -> tuple[str, str]:
        """That the checks wait for their turn, and no table yet."""
        return ui.status_line(localise("preflight.stage_wait")), ""

    def check_all_tabs(self, request: gr.Request) -> Iterator[tuple[str, str]]:
        """What is being done and the table, as the tabs are checked one after the other; only at this computer."""
        if links.is_local_visitor(request):
            yield from _run_checks(self.engine, self.probes)
        else:
            yield ui.status_line(localise("preflight.elsewhere")), ""


def wire_preflight(handlers: PreflightHandlers, run: gr.Button, outputs: list[gr.HTML]) -> None:
    """The button says at once that the checks wait, for visitors who draw may be in the queue before them."""
    pressed = run.click(handlers.announce_checks, None, outputs, **ui.QUIET)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", **ui.MODEL_QUEUE}
    pressed.then(handlers.check_all_tabs, None, outputs, **private)


def _run_checks(engine: Engine, probes: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """What is being done and the table, as the tabs are checked one after the other."""
    checks: list[Check] = []
    tabs = list(probes)
    for done, tab in enumerate(tabs):
        for told in engine.stream(preflight.check_tab, tab, probe=probes[tab]):
            if isinstance(told, CheckStep):
                yield ui.progress_bar(_stage_text(told), done, len(tabs)), check_table(checks, tabs)
            else:
                checks.append(told)
    checks = list(engine.run(preflight.update_checks, checks))
    yield ui.status_line(_summary_text(checks)), check_table(checks, tabs) + _memory_line(checks[-1].memory)


def check_table(checks: Sequence[Check], tabs: Sequence[str]) -> Markup:
    """A row for each tab, those that are not yet checked too; sentences under the row that they are about."""
    head = ui.column_heads(localise(f"preflight.column_{name}") for name in COLUMNS)
    pending = tabs[len(checks) :]
    rows = [*(_check_row(check) for check in checks), *(_pending_row(tab, tab == pending[0]) for tab in pending)]
    table = Markup("<table class='preflight'><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
    return table.format(head, Markup("").join(rows))


def _check_row(check: Check) -> Markup:
    columns = zip(COLUMNS[2:], _check_cells(check), strict=True)
    cells = _state_cells(check.tab, check.state) + Markup("").join(_table_cell(name, lines) for name, lines in columns)
    row = Markup("<tr class='{}' data-tab='{}'>{}</tr>").format(check.state, check.tab, cells)
    sentences = [found.sentence.message_in(ui.visitor_language()) for found in check.findings]
    if not sentences:
        return row
    more = Markup("<tr class='sentences'><td colspan='{}'>{}</td></tr>")
    return row + more.format(len(COLUMNS), ui.format_each(Markup("<p>{}</p>"), sentences))


def _check_cells(check: Check) -> tuple[list[str], ...]:
    """The lines of each cell behind the tab's name, in the order of COLUMNS."""
    return (
        [_model_title(active) for active in check.active],
        [localise(f"preflight.weights_{check.weights}")] if check.active else [],
        [_format_seconds(check.first), *_warm_note(check)],
        [_format_seconds(check.second)],
        [f"{sum(active.bytes for active in check.active) / MEGABYTE:,.0f} MB"],
        [_network_text(check)],
    )


def _pending_row(tab: str, now: bool) -> Markup:
    state = CHECKING if now else WAITING
    row = Markup("<tr class='{}' data-tab='{}'>{}<td colspan='{}'></td></tr>")
    return row.format(state, tab, _state_cells(tab, state), len(COLUMNS) - 2)


def _state_cells(tab: str, state: str) -> Markup:
    """The coloured word and the tab's name."""
    cells = Markup("<td><span class='chip {}'>{} {}</span></td><th scope='row'>{}</th>")
    return cells.format(state, SIGNS[state], localise(f"preflight.{state}"), localise(f"{tab}.title"))


def _table_cell(name: str, lines: Sequence[str]) -> Markup:
    """A cell that, on a phone, stands under its own heading."""
    inside = ui.format_each(Markup("<div>{}</div>"), lines or ["–"])
    return Markup("<td data-column='{}'>{}</td>").format(localise(f"preflight.column_{name}"), inside)


def _model_title(active: ActiveModel) -> str:
    return " · ".join(filter(None, (active.row.title, localise(f"ui.tier_{active.row.tier}"), active.device.upper())))


def _format_seconds(seconds: float | None) -> str:
    return "–" if seconds is None else localise("ui.seconds", seconds=format_seconds(seconds))


def _warm_note(check: Check) -> list[str]:
    """Whether the model was loaded before the first call; nothing where there is nothing to load."""
    if check.first is None or not (check.active and check.active[0].row.parameters):
        return []
    return [localise("preflight.was_warm" if check.warm else "preflight.was_cold")]


def _network_text(check: Check) -> str:
    if check.asked:
        return ", ".join(check.asked)
    return "–" if check.second is None else localise("preflight.not_needed")


def _stage_text(step: CheckStep) -> str:
    return f"{localise(f'{step.tab}.title')}: {localise(f'preflight.stage_{step.stage}', name=step.name)}"


def _summary_text(checks: Sequence[Check]) -> str:
    counts = {state: sum(check.state == state for check in checks) for state in preflight.STATES}
    return localise("preflight.summary", total=len(checks), **counts)


def _memory_line(memory: MemoryInfo) -> Markup:
    facts = {"free": f"{memory.free / GIGABYTE:.1f}", "total": f"{memory.total / GIGABYTE:.1f}"}
    gpu = {"free": f"{memory.gpu_free / GIGABYTE:.1f}", "total": f"{memory.gpu_total / GIGABYTE:.1f}"}
    said = [localise("preflight.free", **facts), *([localise("preflight.gpu_free", **gpu)] if memory.gpu_total else [])]
    return ui.status_line(" ".join(said))
