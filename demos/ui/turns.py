"""Parts of a tab that look at one picture: only the open one does at once, each other one when it is opened.

The browser sees to that by itself, so that nothing is asked of the server for a part that nobody looks at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import gradio as gr

from demos.ui.widgets import QUIET

# what a part waits for is kept in the page; a new number is its turn
_TAKE_TURN = """turn => {
    const waiting = window.waitingParts ??= new Set(), part = PART, arrived = ARRIVED;
    if (arrived || (AT_FIRST && turn === 0)) waiting.add(part);
    const open = document.getElementById(`${part}-button`)?.getAttribute('aria-selected') === 'true';
    return (open || !arrived) && waiting.delete(part) ? turn + 1 : turn;
}"""


def part_turn(part: gr.Tab, *arrived: Callable[..., Any], at_first: bool = False) -> gr.Number:
    """A hidden number that changes when `part` is to look at what came: at once where it is open, else as it opens.

    Called inside `part`, which needs an `elem_id`; the `change` of the number is the event to listen to.

    Args:
        part: a tab of the strip of parts.
        arrived: each listens to what brings something new, as `event.success` does: after a failure nothing has come.
        at_first: the first time that the part is opened is a turn too, the number 1, with nothing new as well.
    """
    assert part.elem_id, "the browser finds the part's button by its elem_id"
    turn = gr.Number(0, precision=0, visible=False)
    for listen in arrived:
        listen(None, turn, turn, js=_script(part.elem_id, True, at_first), **QUIET)
    part.select(None, turn, turn, js=_script(part.elem_id, False, at_first), **QUIET)
    return turn


def _script(part: str, arrived: bool, at_first: bool) -> Any:
    facts = {"PART": part, "ARRIVED": arrived, "AT_FIRST": at_first}
    return re.sub("|".join(facts), lambda found: json.dumps(facts[found[0]]), _TAKE_TURN)
