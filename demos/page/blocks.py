"""The page around the tabs: header, tab strip, sending a picture from tab to tab."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import gradio as gr

from core import models, texts
from core.engine import Engine
from demos import ui
from demos.page import downloads, preflight
from demos.page.links import ServerAddresses
from demos.page.tab import Tab
from demos.page.warm_up import WarmUp
from demos.ui import t

CSS = texts.ASSETS / "page.css"
# the address names the open tab, so that a copied link or a reload leads back to it; both run in the browser, so
# that no late answer of the server closes a tab that the visitor has opened meanwhile
_REMEMBER = """() => {
    // the first tab is also selected while the page opens, by nobody
    if (!navigator.userActivation.hasBeenActive || ('TAB' === 'FIRST' && !window.recalled)) return;
    const address = new URL(location);
    address.searchParams.set('tab', 'TAB');
    history.replaceState(null, '', address);
}"""
_RECALL = """() => {
    window.recalled = true;
    const wanted = new URL(location).searchParams.get('tab');
    return TABS.includes(wanted) ? {selected: wanted, __type__: 'update'} : {__type__: 'update'};
}"""


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
        self._sends: list[tuple[str, gr.Button, gr.components.Component]] = []
        self._holes: list[tuple[gr.Button, gr.components.Component, Callable[..., Any], list[Any]]] = []
        self._hole_inbox: MaskInbox | None = None

    def receive_pictures(self, tab: str, picture: gr.components.Component) -> None:
        """`picture` is where this tab takes a picture that another one sends."""
        self._inboxes[tab] = picture

    def receive_masks(self, tab: str, handed: gr.State, take: Mapping[str, Any]) -> None:
        """This tab fills holes: `handed` is where (digest of the picture, mask) goes, then the event `take` follows."""
        self._hole_inbox = MaskInbox(tab, handed, take)

    def send_mask_on_click(
        self, button: gr.Button, picture: gr.components.Component, make: Callable[..., Any], inputs: list[Any]
    ) -> None:
        """`button` sends `picture` and what `make(*inputs)` says, a (digest, mask), to the tab that fills holes."""
        self._holes.append((button, picture, make, inputs))

    def add_send_buttons(self, tab: str, picture: gr.components.Component) -> None:
        """A row of buttons, one for every other tab, that send `picture` there."""
        with gr.Accordion(t("ui.send"), open=False, elem_id=f"{tab}-send"), gr.Row(elem_classes="send"):
            for other in self._tabs:
                if other != tab:
                    button = gr.Button(t(f"{other}.title"), size="sm", elem_id=f"{tab}-send-{other}", min_width=80)
                    self._sends.append((other, button, picture))

    def connect_buttons(self) -> None:
        """Connects the buttons, once every tab is laid out; the browser hands the picture over, no server call."""
        for target, button, picture in self._sends:
            if target in self._inboxes:
                button.click(None, picture, self._inboxes[target], js=_open_tab_js(target))
            else:
                button.visible = False
        for button, picture, make, inputs in self._holes:
            inbox = self._hole_inbox
            if inbox is None:
                button.visible = False
                continue
            # the mask first: where there is none the visitor stays and is told
            made = button.click(make, inputs, inbox.handed, api_visibility="private", show_progress="hidden")
            made.success(None, picture, self._inboxes[inbox.tab], js=_open_tab_js(inbox.tab)).then(**inbox.take)


def _open_tab_js(tab: str) -> str:
    """JavaScript that opens a tab and hands on a picture."""
    return f"(p) => {{ document.querySelector('#tab-{tab}-button')?.click(); return p; }}"


def build_page(engine: Engine, tabs: Sequence[Tab], links: ServerAddresses, warm_up: WarmUp | None = None) -> gr.Blocks:
    """The whole page, launched with `appearance_settings`. With `warm_up`, a tab's models load as it opens."""
    models.watch_downloads(downloads.DownloadReporter())
    ids = [tab.id for tab in tabs]
    page = Page(ids)
    demo: gr.Blocks
    with gr.Blocks(title="Edges to Images", analytics_enabled=False, delete_cache=(3600, 86400)) as demo:
        # here, while the page is empty: queue() builds the whole server anew; 256 waiting is a hall of phones
        demo.queue(max_size=256)
        links.build_header()
        with gr.Tabs(elem_id="tabs") as strip:
            for tab in tabs:
                opened = _build_tab(tab, engine, page)
                opened.select(None, js=_REMEMBER.replace("TAB", tab.id).replace("FIRST", ids[0]))
                if warm_up:
                    # the first tab is selected when the browser has drawn the page, which so never waits for models
                    opened.select(functools.partial(warm_up.prioritise_tab, tab.id), **ui.QUIET)
        page.connect_buttons()
        _refuse_unreadable(demo)
        demo.load(None, None, strip, js=_RECALL.replace("TABS", json.dumps(ids)), api_visibility="private")
    preflight.build_preflight(engine, demo, {tab.id: tab.probe for tab in tabs})
    return demo


def _build_tab(tab: Tab, engine: Engine, page: Page) -> gr.Tab:
    opened: gr.Tab
    with gr.Tab(t(f"{tab.id}.title"), id=tab.id, elem_id=f"tab-{tab.id}") as opened:
        tab.build(engine, page)
    return opened


def _refuse_unreadable(demo: gr.Blocks) -> None:
    """No handler meets a picture that could not be read: the visitor is told why instead."""
    for event in demo.fns.values():
        if event.fn is not None and any(isinstance(component, ui.Picture) for component in event.inputs):
            event.fn = ui.report_errors(event.fn)


def appearance_settings(language: str) -> dict[str, Any]:
    """Theme, style and words, as `launch` takes them; `language` is "auto", "en" or "ko"."""
    fonts = ["Pretendard", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", "sans-serif"]
    words = {shown: texts.load_sentences(shown if language == "auto" else language) for shown in texts.LANGUAGES}
    return {
        "theme": gr.themes.Soft(font=fonts, font_mono=["ui-monospace", "Consolas", "monospace"]),
        "css_paths": [CSS],
        "i18n": gr.I18n(**words),
    }
