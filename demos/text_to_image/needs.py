"""What must be done before a model that is not on this machine can draw."""

from __future__ import annotations

import html

from core import models
from demos import ui


def needs_panel(found: list[models.Status], name: str) -> str:
    """The rows of this tab with the commands that fetch them; nothing when the model `name` is on this machine."""
    if all(status.state != "absent" for status in found if status.row.name == name):
        return ""
    rows = "".join(_model_row(status) for status in found if status.row.tier == "full")
    how = "".join(f"<li>{ui.localise(f'text_to_image.how_{i}')}</li>" for i in (1, 2, 3))
    head, why = ui.localise("text_to_image.needs"), ui.localise("text_to_image.why")
    return f"<section class='needs'><h3>{head}</h3><p>{why}</p>{rows}<ol>{how}</ol></section>"


def _model_row(status: models.Status) -> str:
    """One model: what it is, where it is, and the command that fetches it."""
    row = status.row
    facts = [
        ui.localise(f"text_to_image.state_{status.state.replace(' ', '_')}"),
        ui.localise("text_to_image.download", megabytes=f"{row.download // 10**6:,}"),
        ui.localise("text_to_image.memory", megabytes=f"{row.memory // 10**6:,}"),
        f"{row.parameters / 1e6:,.0f} M",
        row.licence,
    ]
    return f"{ui.fact_chips(row.title, *facts)}<pre><code>{html.escape(models.prefetch_command(row))}</code></pre>"
