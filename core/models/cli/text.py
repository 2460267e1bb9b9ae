"""The catalogue as text: a line for each model, every fact of one of them, and the table of docs/models.md."""

from __future__ import annotations

from core.models import manager, registry
from core.models.catalog.row import MB, Row
from core.models.memory import offload


def format_status(status: manager.Status) -> str:
    """One line: task, name, state on this machine, what a download brings, what it is good for."""
    row = status.row
    size = f"{row.download // MB:,} MB" if row.download else ""
    return f"{row.task:14} {row.name:20} {status.state:8} {size:>9}  {row.use or row.title}"


def format_details(status: manager.Status) -> str:
    """Every fact of a model, a line each."""
    row = status.row
    from_hub, need = row.is_from_hub, offload.weight_bytes(row, "cuda") // MB
    on_gpu = f"; on a GPU {need:,} MB, and {offload.HEADROOM / 1e9:.0f} GB or more to compute" if from_hub else ""
    log_in = "needed, once its licence is accepted on the Hub" if row.gated else "not needed, as its page was last seen"
    facts = {
        "task": row.task,
        "state": status.state,
        "good for": row.use,
        "quality": row.quality,
        "unverified": row.unverified,
        "licence": _format_licence(row),
        "log-in": log_in if from_hub else "",
        "source": f"{row.source}@{row.revision}" if row.revision else row.source,
        "parameters": f"{row.parameters / 1e6:,.1f} M" if row.parameters else "",
        "to fetch": f"{row.download // MB:,} MB" if row.download else "",
        "weights": f"{row.memory // MB:,} MB{on_gpu}" if row.memory else "",
        "built on": _format_requirements(row),
    }
    lines = [f"  {name:11} {fact}" for name, fact in facts.items() if fact]
    return "\n".join([f"{row.name}: {row.title}", *lines])


def _format_requirements(row: Row) -> str:
    """What must be here too; the weights of what comes from the Hub are not in the row's own."""
    parts = {part.name: part for part in registry.required_rows(row) if part is not row}.values()
    names = ", ".join(part.name for part in parts)
    more = sum(part.memory for part in parts if part.is_from_hub) // MB
    on_gpu = sum(offload.weight_bytes(part, "cuda") for part in parts if part.is_from_hub) // MB
    return f"{names}, whose weights come on top: {more:,} MB; on a GPU {on_gpu:,} MB" if more else names


def _format_licence(row: Row) -> str:
    """The licence of the weights, and what they were trained on where that matters."""
    if not row.trained_on:
        return row.licence
    return f"{row.licence}, trained on {f'research data ({row.trained_on})' if row.for_research else row.trained_on}"


def format_models_table() -> str:
    """The models as a Markdown table, without the state on this machine."""
    head = "| task | model | tier | source | parameters | licence | quality |\n|---|---|---|---|---|---|---|\n"
    return head + "\n".join(_format_table_row(row) for row in registry.rows())


def _format_table_row(row: Row) -> str:
    parameters = f"{row.parameters / 1e6:.1f} M" if row.parameters else "-"
    place = row.source_place
    place = place.split("/models/")[0] if row.tier == "pocket" else place
    cells = (row.task, f"{row.title} (`{row.name}`)", row.tier, place, parameters, _format_licence(row), row.quality)
    return f"| {' | '.join(cells)} |"
