"""What the tabs hand each other: pictures by a button under each result, and masks to the tab that fills holes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import gradio as gr

from demos.ui import t


class MaskInbox(NamedTuple):
    """Who fills holes: its tab, where a mask is put for it, and the event that takes it from there."""

    tab: str
    handed: gr.State
    take: Mapping[str, Any]


class Page:
    """What the tabs hand each other while the page is built: who takes a picture, who gives one."""

    def __init__(self, tabs: Sequence[str]) -> None:
        self._tabs = tabs
        self._inboxes: dict[str, gr.components.Component] = {}
        self._edge_inboxes: dict[str, gr.components.Component] = {}
        self._sends: list[tuple[str, gr.Button, gr.components.Component, bool]] = []
        self._holes: list[tuple[gr.Button, gr.components.Component, Callable[..., Any], list[Any]]] = []
        self._hole_inbox: MaskInbox | None = None

    def receive_pictures(self, tab: str, picture: gr.components.Component) -> None:
        """`picture` is where this tab takes a picture that another one sends."""
        self._inboxes[tab] = picture

    def receive_edges(self, tab: str, edges: gr.components.Component) -> None:
        """`edges` is where this tab takes white edges on black, instead of where it takes pictures."""
        self._edge_inboxes[tab] = edges

    def receive_masks(self, tab: str, handed: gr.State, take: Mapping[str, Any]) -> None:
        """This tab fills holes: `handed` is where (digest of the picture, mask) goes, then the event `take` follows."""
        self._hole_inbox = MaskInbox(tab, handed, take)

    def send_mask_on_click(
        self, button: gr.Button, picture: gr.components.Component, make: Callable[..., Any], inputs: list[Any]
    ) -> None:
        """`button` sends `picture` and what `make(*inputs)` says, a (digest, mask), to the tab that fills holes."""
        self._holes.append((button, picture, make, inputs))

    def add_send_buttons(self, tab: str, picture: gr.components.Component, *, edges: bool = False) -> None:
        """A row of buttons, one for every other tab, that send `picture` there; `edges` says that it is edges."""
        with gr.Accordion(t("ui.send"), open=False, elem_id=f"{tab}-send"), gr.Row(elem_classes="send"):
            for other in self._tabs:
                if other != tab:
                    button = gr.Button(t(f"{other}.title"), size="sm", elem_id=f"{tab}-send-{other}", min_width=80)
                    self._sends.append((other, button, picture, edges))

    def connect_buttons(self, strip: gr.Tabs) -> None:
        """Connects the buttons, once every tab of `strip` is laid out; the browser hands the picture over.

        The server is not asked: what travels is where the picture lies there.
        """
        for target, button, picture, edges in self._sends:
            place = self._find_inbox(target, edges)
            if place is not None:
                script = _hand_over_js(target, place)
                button.click(None, picture, [place, strip], js=script, api_visibility="private")
            else:
                button.visible = False
        for button, picture, make, inputs in self._holes:
            inbox = self._hole_inbox
            if inbox is None:
                button.visible = False
                continue
            # the mask first: where there is none the visitor stays and is told
            made = button.click(make, inputs, inbox.handed, api_visibility="private", show_progress="hidden")
            taker = self._inboxes[inbox.tab]
            made.success(None, picture, [taker, strip], js=_hand_over_js(inbox.tab, taker)).then(**inbox.take)

    def _find_inbox(self, tab: str, edges: bool) -> gr.components.Component | None:
        """Where a tab takes a picture; `edges` where it has a place for them."""
        own = self._edge_inboxes.get(tab) if edges else None
        return own or self._inboxes.get(tab)


def _hand_over_js(tab: str, inbox: gr.components.Component) -> str:
    """JavaScript that hands on a picture and opens the tab that takes it; without a picture the visitor stays."""
    place = json.dumps([tab, inbox.elem_id])
    return f"(picture) => pageMemory.handOver(...{place}, picture)"
