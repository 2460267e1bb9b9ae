"""The Text to image tab: words in, pictures out, and what the models need before they can draw."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import generate, models, texts
from core.engine import Engine
from core.errors import Cancelled, PlaygroundError
from demos import ui
from demos.page import Page
from demos.ui import t

ID = "text_to_image"
EXAMPLES = ("example_fox", "example_teapot", "example_street", "example_map")
# a new seed is drawn in the browser, so that the handler is told the seed it must use
NEW_SEED = "(seed, fresh) => fresh || seed === null ? Math.floor(Math.random() * 2 ** 32) : seed"


@dataclass
class Job:
    """One visitor's drawing, for the two events that share it: the one that draws and the one that stops it."""

    active: bool = False
    stopped: bool = False


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""

    def needs(name: str) -> dict[str, Any]:
        said = _needs([s for s in engine.run(models.status) if s.row.task == ID], name)
        return gr.update(value=said, visible=bool(said))

    def arrive() -> tuple[Any, ...]:
        row = engine.run(models.row, ID)
        # a late answer must not take back what a quick visitor has chosen meanwhile
        changed = row.name != models.rows(ID)[0].name
        return (*((row.name, *_options(row)) if changed else [gr.skip()] * 4), needs(row.name))

    @ui.answers
    def choose(name: str) -> tuple[Any, ...]:
        return (*_options(models.row(ID, name)), needs(name))

    def begin(job: Job) -> str:
        job.active, job.stopped = True, False
        return _line(ui.say("text_to_image.starting"))

    @ui.answers
    def draw(
        prompt: str, negative: str, model: str, steps: int, guidance: float, size: int, seed: int, count: int, job: Job
    ) -> Iterator[tuple[Any, ...]]:
        knobs = {"negative": negative, "steps": steps, "guidance": guidance, "seed": seed, "size": size}
        call = ui.Call.of(generate.text_to_image, prompt, **knobs, count=count, model=model)
        try:
            for told in call.stream(engine):
                if job.stopped:
                    raise Cancelled
                yield _step(told) if isinstance(told, generate.Step) else _finished(told, call)
        except Cancelled as error:
            yield _still(error)
        except PlaygroundError as error:
            yield _still(error)
            raise
        finally:
            job.active = False

    def stop_it(job: Job) -> Any:
        # the drawing itself says when it has stopped: what it sends stays in order, a cancelled event's would not
        job.stopped = True
        return _line(ui.say("text_to_image.stopping")) if job.active else gr.skip()

    def pick(pictures: list[tuple[str, str | None]], event: gr.SelectData) -> str:
        return str(pictures[event.index][0])

    job = gr.State(Job())
    panel = gr.HTML(visible=False, elem_id=f"{ID}-needs")
    with gr.Row():
        with gr.Column():
            prompt, negative, go, stop = _prompt()
        with gr.Column():
            preview, result, gallery = _results()
            badge = ui.badge_slot(ID)
    model, steps, guidance, size, count, seed, fresh = _knobs(models.rows(ID))
    ui.note(ID)
    code = ui.code_slot(ID)
    page.sends(ID, result)

    quietly: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
    gr.on(None, arrive, None, [model, steps, guidance, size, panel], **quietly)
    model.input(choose, model, [steps, guidance, size, panel], **quietly)
    seeded = gr.on([go.click, prompt.submit], None, [seed, fresh], seed, js=NEW_SEED, api_visibility="private")
    drawn = seeded.then(begin, job, badge, **quietly).then(
        draw,
        [prompt, negative, model, steps, guidance, size, seed, count, job],
        [preview, result, gallery, badge, code],
        api_name="text_to_image",
        show_progress="minimal",
        show_progress_on=result,
        **ui.MODEL_QUEUE,
    )
    drawn.then(needs, model, panel, **quietly)
    stop.click(stop_it, job, badge, **quietly)
    gallery.select(pick, gallery, result, **quietly)


def _prompt() -> tuple[gr.Textbox, gr.Textbox, gr.Button, gr.Button]:
    """The prompt with its examples, the negative prompt, and the buttons that start and stop."""
    words = gr.Textbox(
        label=t("text_to_image.prompt"), info=t("text_to_image.prompt_info"), lines=2, elem_id=f"{ID}-prompt"
    )
    # the same in both languages: the model reads English
    gr.Examples(
        [[texts.say(f"text_to_image.{name}")] for name in EXAMPLES],
        inputs=[words],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples",
        api_visibility="private",
    )
    negative = gr.Textbox(
        label=t("text_to_image.negative"), info=t("text_to_image.negative_info"), elem_id=f"{ID}-negative"
    )
    with gr.Row():
        go = gr.Button(t("text_to_image.draw"), variant="primary", elem_id=f"{ID}-draw")
        stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop")
    return words, negative, go, stop


def _knobs(rows: tuple[models.Row, ...]) -> tuple[Any, ...]:
    """Model, steps, guidance, size, count, seed, and whether the seed changes."""
    choices = [(row.title, row.name) for row in rows]
    steps_now, guidance_now, size_now = _options(rows[0])
    with gr.Row():
        model = ui.Dropdown(
            choices, value=rows[0].name, label=t("ui.model"), info=t("text_to_image.model_info"), elem_id=f"{ID}-model"
        )
        steps = _slider("steps", 1, generate.MAX_STEPS, steps_now, 1)
        guidance = _slider("guidance", 0, generate.MAX_GUIDANCE, guidance_now, 0.5)
    with gr.Row():
        size = _slider("size", generate.MIN_SIZE, generate.MAX_SIZE, size_now, generate.SIZE_STEP)
        count = _slider("count", 1, generate.MAX_COUNT, 1, 1)
        with gr.Column(min_width=240):
            seed = ui.Number(0, label=t("ui.seed"), precision=0, minimum=0, elem_id=f"{ID}-seed")
            fresh = gr.Checkbox(True, label=t("text_to_image.new_seed"), container=False, elem_id=f"{ID}-new-seed")
    return model, steps, guidance, size, count, seed, fresh


def _results() -> tuple[gr.Image, gr.Image, gr.Gallery]:
    """The preview while drawing, the picture in full size, and all pictures where there are several."""
    # jpeg: a preview must not cost more than the step that it shows
    preview = gr.Image(
        label=t("text_to_image.preview"), format="jpeg", visible=False, buttons=[], elem_id=f"{ID}-preview"
    )
    result = ui.shown(ID, "result", "text_to_image.result", height=None)
    gallery = gr.Gallery(
        label=t("text_to_image.pictures"),
        show_label=False,
        format="png",
        columns=4,
        height="auto",
        allow_preview=False,
        visible=False,
        interactive=False,
        elem_id=f"{ID}-pictures",
    )
    return preview, result, gallery


def _slider(name: str, low: float, high: float, value: float, step: float) -> ui.Slider:
    label, info = t(f"text_to_image.{name}"), t(f"text_to_image.{name}_info")
    return ui.Slider(low, high, value, step=step, label=label, info=info, elem_id=f"{ID}-{name}", min_width=240)


def _options(row: models.Row) -> tuple[Any, ...]:
    """Steps, guidance and size that the model was made for."""
    return tuple(row.options[name] for name in ("steps", "guidance", "size"))


def _needs(found: list[models.Status], name: str) -> str:
    """What must be done before the model `name` can draw; nothing when it is on this machine."""
    if all(status.state != "absent" for status in found if status.row.name == name):
        return ""
    rows = "".join(_row(status) for status in found)
    how = "".join(f"<li>{ui.say(f'text_to_image.how_{i}')}</li>" for i in (1, 2, 3))
    head, why = ui.say("text_to_image.needs"), ui.say("text_to_image.why")
    return f"<section class='needs'><h3>{head}</h3><p>{why}</p>{rows}<ol>{how}</ol></section>"


def _row(status: models.Status) -> str:
    """One model: what it is, where it is, and the command that fetches it."""
    row = status.row
    facts = [
        ui.say(f"text_to_image.state_{status.state.replace(' ', '_')}"),
        ui.say("text_to_image.download", megabytes=f"{row.download // 10**6:,}"),
        ui.say("text_to_image.memory", megabytes=f"{row.memory // 10**6:,}"),
        f"{row.parameters / 1e6:,.0f} M",
        row.licence,
    ]
    chips = "".join(f"<span>{html.escape(fact)}</span>" for fact in (row.title, *facts))
    return f"<div class='badge'>{chips}</div><pre><code>{html.escape(models.command(row))}</code></pre>"


def _still(error: PlaygroundError) -> tuple[Any, ...]:
    """The outputs when drawing ended without a picture: what was there before, and why."""
    return gr.update(visible=False), gr.update(visible=True), gr.skip(), _line(error.say(ui.language())), gr.skip()


def _step(step: generate.Step) -> tuple[Any, ...]:
    line = ui.say("text_to_image.step", index=step.index, total=step.total)
    bar = f"<progress max='{step.total}' value='{step.index}' aria-label='{html.escape(line)}'></progress>"
    shown = gr.update(value=step.preview, visible=True), gr.update(visible=False), gr.update(visible=False)
    return (*shown, _line(line) + bar, gr.skip())


def _finished(found: generate.Generated, call: ui.Call) -> tuple[Any, ...]:
    pictures = list(found.images)
    badge = ui.badge(ID, found)
    if found.unread:
        badge += _line(ui.say("text_to_image.unread", words=found.unread))
    return (
        gr.update(visible=False),
        gr.update(value=pictures[0], visible=True),
        gr.update(value=pictures, visible=len(pictures) > 1),
        badge,
        call.code("found.images[0]  # uint8 (H, W, 3)"),
    )


def _line(sentence: str) -> str:
    return f"<p class='said' role='status'>{html.escape(sentence)}</p>"
