from __future__ import annotations

import gradio as gr
import pytest

from demos import ui


def build_button(needed: gr.components.Component) -> tuple[gr.Blocks, gr.Button]:
    with gr.Blocks() as demo:
        needed.render()
        button = gr.Button("Go", elem_id="go")
        ui.enable_when_filled(button, "ui.need_picture", needed)
    return demo, button


@pytest.mark.parametrize(
    ("needed", "ready"),
    [(gr.Textbox(), False), (gr.Textbox("  "), False), (gr.Textbox("a"), True), (gr.Image(), False)],
)
def test_a_button_begins_as_what_it_needs_is(needed, ready) -> None:
    demo, button = build_button(needed)
    assert button.interactive is ready
    (event,) = demo.fns.values()
    assert event.fn is None and event.api_visibility == "private" and event.targets == [(needed._id, "change")]
    assert [each._id for each in event.outputs] == [button._id]


def test_the_hint_is_written_in_both_languages() -> None:
    demo, _ = build_button(gr.Textbox())
    (style,) = (block.value for block in demo.blocks.values() if isinstance(block, gr.HTML))
    assert 'html[lang^=en] #go:disabled::after { content: "add a picture first" }' in style
    assert 'html[lang^=ko] #go:disabled::after { content: "먼저 그림을 넣어 주세요" }' in style


def test_a_hint_that_is_in_no_file_stops_the_page_from_being_built() -> None:
    with gr.Blocks(), pytest.raises(KeyError):
        ui.enable_when_filled(gr.Button(elem_id="go"), "ui.no_such", gr.Textbox())


def test_what_was_shown_goes_in_the_browser_when_an_event_fails() -> None:
    with gr.Blocks() as demo:
        picture, badge, kept = gr.Image(), gr.HTML(), gr.State()
        ui.clear_on_failure(gr.Button().click(lambda: None, None, [picture, badge, kept]), [picture, badge, kept])
    event = list(demo.fns.values())[-1]
    assert event.trigger_only_on_failure and event.fn is None and 'return [null, ""]' in event.js
    assert [each._id for each in event.outputs] == [picture._id, badge._id]
