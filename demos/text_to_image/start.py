"""Three ways to begin: with noise, with a picture, along edges."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.components.image_editor import EditorValue

from core import checks, generate, images, models, texts
from core import edges as detectors
from core.engine import Engine
from core.errors import InputError
from demos import ui
from demos.page import Page
from demos.text_to_image import job as jobs
from demos.text_to_image import results
from demos.text_to_image.job import DrawingJob
from demos.text_to_image.knobs import ID, NEW_SEED, DrawingControls, drawing_arguments, explicit_steps
from demos.text_to_image.results import DrawingResults
from demos.ui import t

EXAMPLES = ("example_cat", "example_pair", "example_style", "example_background", "example_korean")
SKETCH = 512  # side of the canvas in pixels
BLACK, WHITE = "#000000", "#ffffff"
OPEN = "(p) => p === null ? {{__type__: 'update'}} : {{selected: '{}', __type__: 'update'}}"  # a tab, in the browser


@dataclass(frozen=True)
class StartWidgets:
    """The widgets: words, the ways to begin and what each needs."""

    ways: gr.Tabs
    prompt: gr.Textbox
    negative: gr.Textbox
    draw: gr.Button
    picture: gr.Image
    strength: gr.Slider
    redraw: gr.Button
    strip: gr.Button
    outlined: gr.Image
    edges: gr.ImageEditor
    hold: gr.Slider
    along: gr.Button
    stop: gr.Button


def layout_start() -> StartWidgets:
    """Prompt and negative prompt, then the ways to begin."""
    prompt = gr.Textbox(
        label=t("text_to_image.prompt"),
        info=t("text_to_image.prompt_info"),
        lines=2,
        elem_id=f"{ID}-prompt",
    )
    gr.Examples(
        [[texts.format_sentence(f"text_to_image.{name}")] for name in EXAMPLES],
        inputs=[prompt],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples",
        api_visibility="private",
    )
    negative = gr.Textbox(
        label=t("text_to_image.negative"),
        info=t("text_to_image.negative_info"),
        max_lines=2,
        elem_id=f"{ID}-negative",
    )
    with gr.Tabs(elem_id=f"{ID}-start", overflow_behavior="wrap") as ways:
        with gr.Tab(t("text_to_image.from_noise"), elem_id=f"{ID}-from-noise"):
            draw = gr.Button(t("text_to_image.draw"), variant="primary", elem_id=f"{ID}-draw")
        with gr.Tab(t("text_to_image.from_picture"), id="picture", elem_id=f"{ID}-from-picture"):
            picture = ui.picture_input(ID, height=220)
            strength = ui.labelled_slider(ID, "strength", 0.05, 1, 0.6, 0.05)
            with gr.Row():
                redraw = gr.Button(t("text_to_image.redraw"), variant="primary", elem_id=f"{ID}-redraw")
                strip = gr.Button(t("text_to_image.strip"), elem_id=f"{ID}-strip")
        with gr.Tab(t("text_to_image.from_edges"), elem_id=f"{ID}-from-edges"):
            outlined, edges, hold, along = _layout_edges()
    stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop")
    return StartWidgets(
        ways, prompt, negative, draw, picture, strength, redraw, strip, outlined, edges, hold, along, stop
    )


def _layout_edges() -> tuple[gr.Image, gr.ImageEditor, gr.Slider, gr.Button]:
    outlined = ui.picture_input(ID, "outlined", height=160, label=t("text_to_image.outlined"))
    # no listeners: each of them would send every stroke to the server
    edges = gr.ImageEditor(
        _editor_value(None),
        label=t("text_to_image.edges"),
        layers=False,
        sources=(),
        transforms=(),
        brush=gr.Brush(default_size=4, colors=[WHITE, BLACK], color_mode="fixed"),
        eraser=False,
        format="png",
        height=380,
        elem_id=f"{ID}-edges",
    )
    hold = ui.labelled_slider(ID, "hold", 0, 2, 1, 0.05)
    along = gr.Button(t("text_to_image.along"), variant="primary", elem_id=f"{ID}-along")
    return outlined, edges, hold, along


def wire_start(
    engine: Engine, start: StartWidgets, knobs: DrawingControls, shown: DrawingResults, job: gr.State, page: Page
) -> list[Any]:
    """The buttons draw; returns the events that end a drawing."""

    @ui.report_errors
    def draw_from_noise(
        job: DrawingJob,
        prompt: str,
        negative: str,
        model: str,
        steps: int,
        guidance: float,
        size: int,
        seed: int,
        count: int,
        sampler: str,
        adapter: str | None = None,
        weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:
        given = drawing_arguments(model, steps, guidance, size, seed, count, sampler, adapter, weight)
        call = ui.Call.of(generate.text_to_image, prompt, negative=negative, **given)
        yield from results.stream_drawing(engine, call, job, shown)

    @ui.report_errors
    def draw_from_picture(
        job: DrawingJob,
        picture: images.RGB | None,
        strength: float,
        prompt: str,
        negative: str,
        model: str,
        steps: int,
        guidance: float,
        size: int,
        seed: int,
        count: int,
        sampler: str,
        adapter: str | None = None,
        weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:
        given = drawing_arguments(
            model, explicit_steps(model, steps), guidance, size, seed, count, sampler, adapter, weight
        )
        call = ui.Call.of(generate.image_to_image, picture, prompt, strength=strength, negative=negative, **given)
        yield from results.stream_drawing(engine, call, job, shown)

    @ui.report_errors
    def draw_along_edges(
        job: DrawingJob,
        edges: dict[str, Any] | None,
        strength: float,
        prompt: str,
        negative: str,
        model: str,
        steps: int,
        guidance: float,
        size: int,
        seed: int,
        count: int,
        sampler: str,
        adapter: str | None = None,
        weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:
        given = drawing_arguments(_edge_model(model), steps, guidance, size, seed, count, sampler, adapter, weight)
        call = ui.Call.of(
            generate.edges_to_image, _canvas_picture(edges), prompt, strength=strength, negative=negative, **given
        )
        yield from results.stream_drawing(engine, call, job, shown)

    @ui.report_errors
    def outline_picture(picture: images.RGB | None) -> Any:
        return _editor_value(None if picture is None else _canny_outline(engine, picture))

    words = [start.prompt, start.negative, *knobs.inputs]
    ways: list[tuple[Any, Any, list[Any], str]] = [
        ([start.draw.click, start.prompt.submit], draw_from_noise, [job, *words], "text_to_image"),
        ([start.redraw.click], draw_from_picture, [job, start.picture, start.strength, *words], "image_to_image"),
        ([start.along.click], draw_along_edges, [job, start.edges, start.hold, *words], "edges_to_image"),
    ]
    start.outlined.change(
        outline_picture, start.outlined, start.edges, api_visibility="private", show_progress="hidden"
    )
    # it stops only when the browser shows that it will: what says that it has stopped then comes last
    stopping = start.stop.click(jobs.request_stop, job, shown.badge, **ui.QUIET)
    stopping.then(jobs.stop_drawings, job, shown.badge, **ui.QUIET)
    page.receive_pictures(ID, start.picture)
    # one that another tab has sent would else lie where nobody looks
    start.picture.change(None, start.picture, start.ways, js=OPEN.format("picture"), api_visibility="private")
    working: dict[str, Any] = {"show_progress": "minimal", "show_progress_on": shown.picture, **ui.MODEL_QUEUE}
    ended = []
    for triggers, handler, inputs, name in ways:
        seeded = gr.on(triggers, None, [knobs.seed, knobs.fresh], knobs.seed, js=NEW_SEED, api_visibility="private")
        begun = seeded.then(functools.partial(jobs.begin_drawing, way=name), job, shown.badge, **ui.QUIET)
        drawn = begun.then(handler, inputs, shown.outputs, api_name=name, **working)
        drawn.failure(functools.partial(jobs.report_failure, way=name), job, shown.badge, **ui.QUIET)
        ended.append(drawn)
    return ended


def _edge_model(model: object) -> str:
    """The row that guides this model along edges.

    Raises:
        InputError: there is none.
    """
    guides = {row.parts["base"]: row.name for row in models.rows(generate.EDGES_TASK)}
    if not isinstance(model, str) or model not in guides:
        known = ", ".join(models.row(ID, base).title for base in guides)
        raise InputError("text_to_image.no_guide", got=checks.short_repr(model), choices=known)
    return guides[model]


def _editor_value(edges: images.RGB | None) -> EditorValue:
    """The editor's value: white edges on black, to be drawn on."""
    empty = np.zeros((SKETCH, SKETCH, 3), np.uint8)
    return {"background": empty if edges is None else edges, "layers": [], "composite": None}


def _canny_outline(engine: Engine, picture: images.RGB) -> images.RGB:
    """The Canny edges of the picture's middle square, at the canvas's size."""
    found = engine.run(detectors.detect, images.crop_to_square(picture, SKETCH), "canny")
    return images.grey_picture(found.edges)


def _canvas_picture(edges: dict[str, Any] | None) -> Any:
    """What is on the canvas: the background with the strokes over it."""
    if not isinstance(edges, dict):
        return None
    picture = edges.get("background") if edges.get("composite") is None else edges["composite"]
    if isinstance(picture, np.ndarray) and picture.ndim == 3 and picture.shape[2] == 4:
        # the editor's bin takes the black background, too, and white strokes on nothing would be white on white
        return (picture[..., :3] * (picture[..., 3:] / 255)).round().astype(np.uint8)
    return picture
