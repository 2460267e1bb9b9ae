"""What a visitor has set outlasts a reload, in the browser alone: a window's memory, which the server never sees.

Each control is kept under its `elem_id`: as the visitor leaves the page, its script presses a hidden button of each
tab, whose event of the browser keeps all of that tab. Another one shows them again as the tab opens, which is when
Gradio makes them. A new tab needs nothing for it.
"""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

# what a visitor sets; editors are none: an event with one among its inputs makes it send all it holds
CONTROLS = (
    gr.Slider,
    gr.Number,
    gr.Dropdown,
    gr.Radio,
    gr.Checkbox,
    gr.CheckboxGroup,
    gr.Textbox,
    gr.ColorPicker,
    gr.Image,
    gr.Gallery,
)
_BROWSER: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}


def remember_settings(demo: gr.Blocks) -> None:
    """Every control of every tab is kept and shown again; called where the page is built, after all of its tabs."""
    for tab, controls in find_controls(demo).items():
        _remember_tab(tab, controls)


def find_controls(demo: gr.Blocks) -> dict[gr.Tab, list[gr.components.Component]]:
    """The controls with a name that a visitor sets, by the innermost tab that they are in."""
    found: dict[gr.Tab, list[gr.components.Component]] = {}
    for block in list(demo.blocks.values()):
        tab = _find_tab(block)
        if tab is not None and isinstance(block, CONTROLS) and _is_set_by_visitors(block):
            found.setdefault(tab, []).append(block)
    return found


def _remember_tab(tab: gr.Tab, controls: list[Any]) -> None:
    names = [control.elem_id for control in controls]
    # elements made by the same code may lack names of their own
    place = json.dumps(tab.elem_id or str(tab._id))
    with tab:
        # one for them all: a phone waits at the start for every event that a page has
        keep = gr.Button(visible="hidden", elem_classes="keeps-settings")
    save = f"(...values) => pageMemory.save({place}, {json.dumps(names)}, values)"
    keep.click(None, controls, None, js=save, trigger_mode="multiple", **_BROWSER)
    tab.select(None, None, controls, js=f"() => pageMemory.restore({place}, {json.dumps(names)})", **_BROWSER)


def _find_tab(block: Any) -> gr.Tab | None:
    while block is not None and not isinstance(block, gr.Tab):
        block = block.parent
    return block


def _is_set_by_visitors(control: Any) -> bool:
    """Whether it has a name and takes what is typed, moved or uploaded; a camera's picture is gone with the moment."""
    is_result = isinstance(control, gr.Image | gr.Gallery) and not control.interactive
    return bool(control.elem_id) and control.interactive is not False and not is_result
