"""What the tabs share: pictures in and out, examples, the badge, the note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import models, samples
from core.results import Result, format_seconds
from demos.ui.html import fact_chips
from demos.ui.inputs import ModelList, Slider
from demos.ui.language import localise, t
from demos.ui.pictures import EditorContents, Picture, ResultPicture

# what a handler returns: a value for each component that changes
Outputs = dict[gr.components.Component, Any]

# one visitor at a time where a model works; everything else runs side by side
MODEL_QUEUE: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
AUTO = "auto"
# what the page does for itself: no name, no queue, no sign of it
QUIET: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
LIVE: dict[str, Any] = {"trigger_mode": "always_last", "show_progress": "hidden", "concurrency_limit": None}
FORMULAE: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def picture_input(tab: str, name: str = "picture", **settings: Any) -> Picture:
    """A picture from a file, the clipboard, the webcam or an example."""
    defaults: dict[str, Any] = {"sources": ["upload", "webcam", "clipboard"], "height": 320, "type": "numpy"}
    defaults |= {"label": t("ui.picture")}
    return Picture(elem_id=f"{tab}-{name}", interactive=True, **defaults | settings)


def result_picture(tab: str, name: str, label: str, **settings: Any) -> gr.Image:
    """A result picture: lossless, to download and to see full screen."""
    defaults: dict[str, Any] = {"format": "png", "buttons": ["download", "fullscreen"], "height": 320}
    return ResultPicture(label=t(label), elem_id=f"{tab}-{name}", interactive=False, **defaults | settings)


def picture_slider(elem_id: str, label: str, **settings: Any) -> gr.ImageSlider:
    """Two pictures with a line between them, to be dragged; `label` is a sentence's key."""
    words: Any = t(label)  # typed as str, though it takes what every label takes
    return gr.ImageSlider(label=words, elem_id=elem_id, interactive=False, **settings)


def render_here(component: gr.components.Component) -> None:
    """Puts a component that was made with `render=False` where this is called."""
    render: Callable[[], Any] = component.render  # Gradio gives it no types
    render()


def labelled_slider(
    tab: str, name: str, low: float, high: float, value: Any, step: Any, *, elem_id: str = ""
) -> Slider:
    """A slider with the tab's words for it: `<tab>.<name>` and `<tab>.<name>_info`."""
    label, info = t(f"{tab}.{name}"), t(f"{tab}.{name}_info")
    shown_as = elem_id or f"{tab}-{name}"
    return Slider(low, high, value, step=step, label=label, info=info, elem_id=shown_as, min_width=200)


def add_examples(
    tab: str, target: gr.components.Component, *names: str, slot: str = "examples", label: str = "ui.examples"
) -> None:
    """Example pictures that fill `target` in one click."""
    gr.Examples(
        [[str(samples.sample_path(name))] for name in names],
        inputs=[target],
        label=t(label),
        elem_id=f"{tab}-{slot}",
        api_visibility="private",
    )


def model_picker(elem_id: str, task: str, *, automatic: bool = True, **settings: Any) -> ModelList:
    """The rows of a task; one that is not on this machine answers with the command that cures it.

    Args:
        elem_id: of the list.
        task: the catalogue's.
        automatic: whether "best on this computer" comes first, and not the row that is the default.
        settings: of the dropdown.
    """
    others = ((t("ui.model_auto"), AUTO),) if automatic else ()
    rows = [(row.title, row.name) for row in models.rows(task)]
    picker = ModelList(
        [*others, *rows],
        value=AUTO if automatic else rows[0][1],
        elem_id=elem_id,
        **{"label": t("ui.model")} | settings,
    )
    picker.task, picker.others = task, others
    return picker


def model_keyword(model: str, keyword: str = "model") -> dict[str, str]:
    """The keyword that chooses a model; none where the machine's default is meant."""
    return {} if model in (AUTO, "") else {keyword: model}


def read_editor(triggers: Sequence[Any], editor: gr.ImageEditor, contents: EditorContents) -> Any:
    """An event of the browser alone that lays into `contents` what is in the editor; its `.then` may use it.

    No event of the server has an editor among its inputs or shows its progress on one: Gradio 6.31 asks all of these
    for their values at every later event of the page, and an editor answers by sending the server all it holds.
    """
    return gr.on(triggers, None, editor, contents, js="(held) => held", **QUIET)


def badge_slot(tab: str) -> gr.HTML:
    """Where the badge of the last result is shown."""
    return gr.HTML(elem_id=f"{tab}-badge")


def model_badge(task: str, result: Result, *facts: str) -> Markup:
    """What made the picture on screen, a model or a method: size, licence, data, how long that took, and `facts`.

    The words of a text that were not understood, or only roughly, are among the chips.
    """
    unread = [localise("ui.read_near", words=", ".join(result.near))] if result.near else []
    unread += [localise("ui.not_read", words=", ".join(result.left_out))] if result.left_out else []
    maker = models.describe(task, result.model)
    millions = f"{maker.parameters / 1e6:.1f}"
    size = localise("ui.weights", millions=millions) if maker.parameters else localise("ui.no_weights")
    return fact_chips(
        maker.title,
        localise(f"ui.tier_{maker.tier}"),
        size,
        maker.licence,
        *_say_training(maker),
        localise("ui.seconds", seconds=format_seconds(result.seconds)),
        *facts,
        *unread,
    )


def _say_training(maker: models.Row | models.Method) -> list[str]:
    """The chip of the data that a model was trained on, where its row names them."""
    key = "ui.trained_on_research" if maker.for_research else "ui.trained_on"
    return [localise(key, data=maker.trained_on)] if maker.trained_on else []


def empty_outputs(others: int) -> tuple[Any, ...]:
    """Outputs for a tab without a picture yet: `others` empty ones, then the badge with what to do."""
    return (*[None] * others, empty_badge())


def empty_badge() -> Markup:
    """The badge of a tab without a picture yet: what to do."""
    return fact_chips(localise("ui.add_picture"))


def clear_outputs(components: Iterable[gr.components.Component]) -> Outputs:
    """Every component empty: no text where it shows text, no picture elsewhere."""
    return {each: "" if isinstance(each, (gr.HTML, gr.Markdown, gr.Code)) else None for each in components}


def add_note(tab: str) -> None:
    """What you are seeing: `assets/notes/<language>/<tab>.md`."""
    with gr.Accordion(t("ui.note"), open=False, elem_id=f"{tab}-note"):
        gr.Markdown(t(f"notes.{tab}"), latex_delimiters=FORMULAE)


def code_slot(tab: str) -> gr.Code:
    """Show the code: the call that made what is on screen."""
    with gr.Accordion(t("ui.code"), open=False, elem_id=f"{tab}-show-code"):
        return gr.Code(language="python", elem_id=f"{tab}-code", interactive=False, show_label=False)
