"""Three ways to begin: with noise, with a picture, along edges."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, generate, images, models, texts
from core.engine import Engine
from core.errors import InputError
from core.generate.settings import DEFAULT_IMAGE_STRENGTH, IMAGE_STRENGTH
from demos import ui
from demos.page import Page
from demos.text_to_image import results, sketch
from demos.text_to_image.job import DrawingJob, begin_drawing, report_failure, request_stop, stop_drawings
from demos.text_to_image.knobs import ID, NEW_SEED, DrawingControls, Outputs, drawing_arguments, free_steps
from demos.text_to_image.results import DrawingResults
from demos.text_to_image.sketch import SketchWidgets
from demos.ui import t

EXAMPLES = ("example_cat", "example_pair", "example_style", "example_background", "example_korean")
OPEN = "(p) => p === null ? {{__type__: 'update'}} : {{selected: '{}', __type__: 'update'}}"  # a tab, in the browser
# a picture that was there before a reload has not arrived
ARRIVED = f"(p) => pageMemory.isRestoring() ? {{__type__: 'update'}} : ({OPEN.format('picture')})(p)"


@dataclass(frozen=True)
class StartWidgets:
    """The widgets: words, the ways to begin and what each needs."""

    prompt: gr.Textbox
    negative: gr.Textbox
    ways: gr.Tabs
    draw: gr.Button
    picture: gr.Image
    strength: gr.Slider
    redraw: gr.Button
    strip: gr.Button
    sketch: SketchWidgets
    stop: gr.Button

    @property
    def words(self) -> list[gr.components.Component]:
        """What every drawing is told."""
        return [self.prompt, self.negative]


def layout_start() -> StartWidgets:
    """Prompt and negative prompt, then the ways to begin."""
    words = _layout_words()
    with gr.Tabs(elem_id=f"{ID}-start", overflow_behavior="wrap") as ways:
        with gr.Tab(t("text_to_image.from_noise"), elem_id=f"{ID}-from-noise"):
            draw = gr.Button(t("text_to_image.draw"), variant="primary", elem_id=f"{ID}-draw")
            ui.enable_when_filled(draw, "ui.need_prompt", words[0])
        with gr.Tab(t("text_to_image.from_picture"), id="picture", elem_id=f"{ID}-from-picture"):
            picture, strength, redraw, strip = _layout_picture()
        with gr.Tab(t("text_to_image.from_edges"), id="edges", elem_id=f"{ID}-from-edges"):
            canvas = sketch.layout_sketch(words[0])
    stop = gr.Button(t("ui.stop"), size="sm", elem_id=f"{ID}-stop")
    return StartWidgets(*words, ways, draw, picture, strength, redraw, strip, canvas, stop)


def _layout_words() -> tuple[gr.Textbox, gr.Textbox]:
    """The prompt with its examples; the negative prompt, which is rendered among what few will touch."""
    prompt = gr.Textbox(
        label=t("text_to_image.prompt"),
        info=t("text_to_image.prompt_info"),
        lines=2,
        elem_id=f"{ID}-prompt",
    )
    for language in texts.LANGUAGES:
        _add_examples(prompt, language)
    negative = gr.Textbox(
        "",
        label=t("text_to_image.negative"),
        info=t("text_to_image.negative_info"),
        max_lines=2,
        render=False,
        elem_id=f"{ID}-negative",
    )
    return prompt, negative


def _add_examples(prompt: gr.Textbox, language: str) -> None:
    """Prompts in one language; page.css shows those of the page's."""
    gr.Examples(
        [[texts.load_sentences(language)[f"text_to_image.{name}"]] for name in EXAMPLES],
        inputs=[prompt],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples" if language == "en" else f"{ID}-examples-{language}",
        api_visibility="private",
    )


def _layout_picture() -> tuple[gr.Image, gr.Slider, gr.Button, gr.Button]:
    """The picture, how much of it is drawn anew, the button that does, and the one for several strengths."""
    picture, limits = ui.picture_input(ID, height=220), IMAGE_STRENGTH
    strength = ui.labelled_slider(ID, "strength", limits.low, limits.high, DEFAULT_IMAGE_STRENGTH, limits.step)
    with gr.Row():
        redraw = gr.Button(t("text_to_image.redraw"), variant="primary", elem_id=f"{ID}-redraw")
        strip = gr.Button(t("text_to_image.strip"), elem_id=f"{ID}-strip")
    for button in (redraw, strip):
        ui.enable_when_filled(button, "ui.need_picture", picture)
    return picture, strength, redraw, strip


@dataclass(frozen=True)
class StartHandlers:
    """What the buttons do; the knobs come by the names of `DrawSettings`."""

    engine: Engine
    shown: DrawingResults

    @ui.report_errors
    def draw_from_noise(
        self, job: DrawingJob, prompt: str, negative: str, *, adapter: str | None = None, **knobs: Any
    ) -> Iterator[Outputs]:
        """A new picture."""
        given = drawing_arguments(adapter, knobs)
        call = ui.Call.of(generate.text_to_image, prompt, negative=negative, **given)
        yield from results.stream_drawing(self.engine, call, job, self.shown)

    @ui.report_errors
    def draw_from_picture(
        self, job: DrawingJob, picture: images.RGB | None, strength: float, prompt: str, negative: str, *,
        adapter: str | None = None, **knobs: Any,
    ) -> Iterator[Outputs]:  # fmt: skip
        """The picture drawn anew."""
        given = {"strength": strength, "negative": negative} | drawing_arguments(adapter, free_steps(knobs))
        call = ui.Call.of(generate.image_to_image, picture, prompt, **given)
        yield from results.stream_drawing(self.engine, call, job, self.shown)

    @ui.report_errors
    def draw_along_edges(
        self, job: DrawingJob, edges: dict[str, Any] | None, strength: float, prompt: str, negative: str, *,
        adapter: str | None = None, **knobs: Any,
    ) -> Iterator[Outputs]:  # fmt: skip
        """A picture that has the canvas's edges."""
        guided = {**knobs, "model": _edge_model(knobs["model"])}
        given = {"strength": strength, "negative": negative} | drawing_arguments(adapter, guided)
        call = ui.Call.of(generate.edges_to_image, sketch.canvas_picture(edges), prompt, **given)
        yield from results.stream_drawing(self.engine, call, job, self.shown)

    @ui.report_errors
    def outline_picture(self, picture: images.RGB | None, way: str) -> Any:
        """The picture's edges on the canvas."""
        return sketch.sketch_value(None if picture is None else sketch.outline_photo(self.engine, picture, way))

    @ui.report_errors
    def take_edges(self, edges: images.RGB | None, way: str) -> Any:
        """Edges that came from another tab on the canvas."""
        return gr.skip() if edges is None else sketch.sketch_value(sketch.place_edges(edges, way))


def wire_start(
    engine: Engine, start: StartWidgets, controls: DrawingControls, shown: DrawingResults, job: gr.State, page: Page
) -> list[Any]:
    """The buttons draw; returns the events that end a drawing."""
    handlers, canvas = StartHandlers(engine, shown), start.sketch
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    gr.on(
        [canvas.outlined.change, canvas.way.input],
        handlers.outline_picture,
        [canvas.outlined, canvas.way],
        canvas.edges,
        **quiet,
    )
    canvas.arrived.change(handlers.take_edges, [canvas.arrived, canvas.way], canvas.edges, **quiet)
    canvas.arrived.change(None, canvas.arrived, start.ways, js=OPEN.format("edges"), api_visibility="private")
    page.receive_edges(ID, canvas.arrived)
    # it stops only when the browser shows that it will: what says that it has stopped then comes last
    stopping = start.stop.click(request_stop, job, shown.badge, **ui.QUIET)
    stopping.then(stop_drawings, job, shown.badge, **ui.QUIET)
    page.receive_pictures(ID, start.picture)
    # one that another tab has sent would else lie where nobody looks
    start.picture.change(None, start.picture, start.ways, js=ARRIVED, api_visibility="private")
    read = ui.read_editor([canvas.along.click], canvas.edges, canvas.drawn)
    # how each begins: an event, or what follows one
    ways: list[tuple[Callable[..., Any], Callable[..., Any], list[gr.components.Component], str]] = [
        (
            functools.partial(gr.on, [start.draw.click, start.prompt.submit]),
            handlers.draw_from_noise,
            [],
            "text_to_image",
        ),
        (
            functools.partial(gr.on, [start.redraw.click]),
            handlers.draw_from_picture,
            [start.picture, start.strength],
            "image_to_image",
        ),
        (read.then, handlers.draw_along_edges, [canvas.drawn, canvas.hold], "edges_to_image"),
    ]
    return [
        _wire_drawing(listen, handler, [job, *begin, *start.words], controls, shown, name)
        for listen, handler, begin, name in ways
    ]


def _wire_drawing(
    listen: Callable[..., Any],
    handler: Callable[..., Any],
    inputs: list[gr.components.Component],
    controls: DrawingControls,
    shown: DrawingResults,
    name: str,
) -> Any:
    """One way to begin: a new seed, the word that it starts, the drawing; returns the event that ends it."""
    job, by_name = inputs[0], {"inputs_kwargs": controls.by_name}
    working: dict[str, Any] = {"show_progress": "minimal", "show_progress_on": shown.picture, **ui.MODEL_QUEUE}
    seeding = [controls.seed, controls.fresh]
    seeded = listen(None, seeding, controls.seed, js=NEW_SEED, api_visibility="private")
    begun = seeded.then(functools.partial(begin_drawing, way=name), [job, controls.model], shown.badge, **ui.QUIET)
    drawn = begun.then(handler, inputs, shown.outputs, api_name=name, **by_name, **working)
    ui.clear_on_failure(drawn, [shown.picture, shown.gallery, shown.code, shown.noisy, shown.clean, shown.level])
    drawn.failure(functools.partial(report_failure, way=name), job, shown.badge, **ui.QUIET)
    return drawn


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
