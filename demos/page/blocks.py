"""The page around the tabs: header, tab strip, sending a picture from tab to tab."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from core import models, texts
from core.engine import Engine
from demos import ui
from demos.page import downloads, endpoints, memory, model_lists, preflight, pressed
from demos.page.checked_blocks import CheckedBlocks
from demos.page.exchange import Page
from demos.page.links import ServerAddresses
from demos.page.tab import Tab
from demos.page.warm_up import WarmUp
from demos.ui import t

# what a visitor changes, and not only asks for
_CHANGES = {"change", "input", "upload", "clear", "select"}
CSS = texts.ASSETS / "page.css"


def build_page(engine: Engine, tabs: Sequence[Tab], links: ServerAddresses, warm_up: WarmUp | None = None) -> gr.Blocks:
    """The whole page, launched with `appearance_settings`. With `warm_up`, a tab's models load as it opens."""
    models.watch_downloads(downloads.DownloadReporter())
    page = Page([tab.id for tab in tabs])
    demo: gr.Blocks
    with CheckedBlocks(title="Edges to Images", analytics_enabled=False, delete_cache=(3600, 86400)) as demo:
        # here, while the page is empty: queue() builds the whole server anew; 256 waiting is a hall of phones
        demo.queue(max_size=256)
        links.build_header()
        with gr.Tabs(elem_id="tabs") as strip:
            for tab in tabs:
                opened = _build_tab(tab, engine, page)
                if warm_up:
                    # the first tab is selected when the browser has drawn the page, which so never waits for models
                    opened.select(functools.partial(warm_up.prioritise_tab, tab.id), **ui.QUIET)
        page.connect_buttons(strip)
        pressed.show_pressed_buttons(demo)
        memory.remember_settings(demo)
        model_lists.offer_models(demo, engine)
    preflight.build_preflight(engine, demo, {tab.id: tab.probe for tab in tabs})
    endpoints.hide_wiring(demo)
    _report_all_errors(demo)
    _spare_editors(demo)
    _answer_last_change(demo)
    _keep_strips_whole(demo)
    return demo


def _build_tab(tab: Tab, engine: Engine, page: Page) -> gr.Tab:
    opened: gr.Tab
    with gr.Tab(t(f"{tab.id}.title"), id=tab.id, elem_id=f"tab-{tab.id}") as opened:
        tab.build(engine, page)
    return opened


def _report_all_errors(demo: gr.Blocks) -> None:
    """Whatever an event meets, an unreadable picture too, the visitor is told why; Gradio's own examples included."""
    for event in demo.fns.values():
        if event.fn is not None:
            event.fn = ui.report_errors(event.fn)


def _spare_editors(demo: gr.Blocks) -> None:
    """No editor is where the progress of an event is shown: `ui.read_editor` says why."""
    for event in demo.fns.values():
        if any(isinstance(component, gr.ImageEditor) for component in event.outputs):
            others = [c for c in (*event.outputs, *event.inputs) if isinstance(c, gr.components.Component)]
            event.show_progress_on = [c for c in others if not isinstance(c, gr.ImageEditor)][:1]


def _answer_last_change(demo: gr.Blocks) -> None:
    """What changed while the answer to an earlier change was made is answered too.

    Gradio drops it where an event has several triggers, or one that a visitor set off: the page would then show the
    answer to what is no longer on it.
    """
    for event in demo.fns.values():
        if event.trigger_mode == "once" and _CHANGES & {name for _, name in event.targets}:
            event.trigger_mode = "always_last"


def _keep_strips_whole(demo: gr.Blocks) -> None:
    """Every tab has its button: in Gradio's menu of those that have no room, arrow keys and hand-overs find none.

    On a phone page.css makes of a long strip one that scrolls.
    """
    for block in demo.blocks.values():
        if isinstance(block, gr.Tabs):
            block.overflow_behavior = "wrap"


def appearance_settings(language: str) -> dict[str, Any]:
    """Theme, style and words, as `launch` takes them; `language` is "auto", "en" or "ko"."""
    words = {shown: _page_words(shown if language == "auto" else language) for shown in texts.LANGUAGES}
    return {"theme": _make_theme(), "css_paths": [CSS], "i18n": gr.I18n(**words)}


def _make_theme() -> gr.themes.Base:
    """Gradio's Soft, legible from the last row: 16 px, hints 14, contrast 4.5 everywhere (WCAG 2.2, 1.4.3)."""
    fonts = ["Pretendard", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", "sans-serif"]
    sizes = gr.themes.sizes.Size(
        name="lecture", xxs="11px", xs="12px", sm="14px", md="16px", lg="18px", xl="22px", xxl="26px"
    )
    theme = gr.themes.Soft(text_size=sizes, font=fonts, font_mono=["ui-monospace", "Consolas", "monospace"])
    return theme.set(
        color_accent="*primary_600",
        body_text_color_subdued="*neutral_600",
        block_info_text_color="*neutral_600",
        input_placeholder_color="*neutral_500",
        block_label_text_color="*primary_700",
        block_title_text_color="*primary_700",
        checkbox_background_color_selected="*primary_600",
        checkbox_label_background_fill_selected="*primary_600",
        slider_color="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_border_color="*primary_600",
    )


def _page_words(language: str) -> dict[str, str]:
    """Our sentences by key, and Gradio's own words by Gradio's keys: ours are shown instead of its."""
    return {key.removeprefix("builtin."): sentence for key, sentence in texts.load_sentences(language).items()}
