from __future__ import annotations

import gradio as gr

import app
from core.engine import Local
from demos import page
from demos.page import memory
from demos.page.links import ServerAddresses


def build():
    with gr.Blocks() as demo, gr.Tabs(), gr.Tab("outer", id="outer", elem_id="tab-outer") as outer:
        picture = gr.Image(interactive=True, elem_id="picture")
        gr.Image(interactive=False, elem_id="result")
        gr.Image(elem_id="camera", streaming=True)
        gr.Slider(0, 1)
        gr.ImageEditor(interactive=True, elem_id="editor")
        with gr.Accordion(), gr.Row():
            amount = gr.Slider(0, 1, elem_id="amount")
        with gr.Tabs(), gr.Tab("inner") as inner:
            prompt = gr.Textbox(elem_id="prompt")
            gr.Slider(0, 1, elem_id="scrubber", interactive=False)
    return demo, {outer: [picture, amount], inner: [prompt]}


def test_controls_that_a_visitor_sets_are_found_by_the_innermost_tab():
    demo, expected = build()
    assert memory.find_controls(demo) == expected


def test_each_tab_has_an_event_that_keeps_its_controls_and_one_that_shows_them_in_the_browser():
    demo, expected = build()
    with demo:
        memory.remember_settings(demo)
    events = list(demo.fns.values())
    assert all(event.fn is None for event in events)
    kept = [event for event in events if event.inputs]
    assert [event.inputs for event in kept] == list(expected.values())
    for event, tab in zip(kept, expected, strict=True):
        button = demo.blocks[event.targets[0][0]]
        assert button.parent is tab and "keeps-settings" in button.elem_classes and button.visible == "hidden"
    shown = [(event.outputs, event.targets) for event in events if event.outputs]
    assert shown == [(controls, [(tab._id, "select")]) for tab, controls in expected.items()]


def test_no_two_controls_of_the_page_share_a_place_in_the_memory():
    demo = page.build_page(Local(), app.TABS, ServerAddresses())
    names = [control.elem_id for controls in memory.find_controls(demo).values() for control in controls]
    assert len(names) == len(set(names)) > 100
    assert {"edges-picture", "text_to_image-prompt", "zeroshot-pictures", "inpaint-method"} <= set(names)
