"""What must be done before a model that is not on this machine can draw."""

from __future__ import annotations

from markupsafe import Markup

from core import models
from demos import ui


def needs_panel(found: list[models.Status], name: str) -> str:
    """The rows of this tab with the commands that fetch them; nothing when the model `name` is on this machine."""
    if all(status.state != "absent" for status in found if status.row.name == name):
        return ""
    rows = Markup("").join(_model_row(status) for status in found if status.row.tier == "full")
    how = ui.format_each(Markup("<li>{}</li>"), (ui.localise(f"text_to_image.how_{i}") for i in (1, 2, 3)))
    panel = Markup("<section class='needs'><h3>{}</h3><p>{}</p>{}<ol>{}</ol></section>")
    return panel.format(ui.localise("text_to_image.needs"), ui.localise("text_to_image.why"), rows, how)


def _model_row(status: models.Status) -> Markup:
    """One model: what it is, where it is, and the command that fetches it."""
    row = status.row
    facts = [
        ui.localise(f"text_to_image.state_{status.state.replace(' ', '_')}"),
        ui.localise("text_to_image.download", megabytes=f"{row.download // 10**6:,}"),
        ui.localise("text_to_image.memory", megabytes=f"{row.memory // 10**6:,}"),
        ui.localise("ui.weights", millions=f"{row.parameters / 1e6:,.0f}"),
        row.licence,
    ]
    command = Markup("<pre><code>{}</code></pre>").format(models.prefetch_command(row))
    return ui.fact_chips(row.title, *facts) + command
