"""Lists of models say which of them are still to be fetched; who cannot fetch them, on a phone, is shown none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import models
from core.engine import Engine
from demos import ui
from demos.page.links import is_local_visitor


@dataclass(frozen=True, eq=False)
class ModelLists:
    """The page's lists of models.

    Attributes:
        engine: knows which weights are here.
        lists: those that show them.
    """

    engine: Engine
    lists: list[ui.ModelList]

    @ui.report_errors
    def show_choices(self, request: gr.Request) -> dict[Any, Any]:
        """What each of the lists offers to this visitor."""
        local = is_local_visitor(request)
        return {each: gr.Dropdown(choices=[*each.others, *self._offer(each.task, local)]) for each in self.lists}

    def _offer(self, task: str, local: bool) -> list[tuple[str, str]]:
        """(title, name) of a task's rows; the one that the tab begins with is never left out."""
        default = self.engine.run(models.row, task).name
        ready = {row.name for row in models.rows(task) if self.engine.run(models.is_ready, row)}
        return [
            (row.title if row.name in ready else ui.localise("ui.to_fetch", name=row.title), row.name)
            for row in models.rows(task)
            if local or row.name in ready or row.name == default
        ]


def offer_models(demo: gr.Blocks, engine: Engine) -> None:
    """Each visitor's lists are filled as the page opens; called where the page is built, after all of its tabs."""
    lists = [block for block in demo.blocks.values() if isinstance(block, ui.ModelList)]
    if lists:
        demo.load(ModelLists(engine, lists).show_choices, None, lists, **ui.QUIET)
