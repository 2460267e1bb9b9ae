"""What the tabs share: words, pictures in and out, the badge, "show the code", errors as toasts."""

from __future__ import annotations

import functools
import html
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.context import LocalContext
from gradio.data_classes import ImageData
from gradio.i18n import I18nData

from core import images, models, samples, texts
from core.engine import Engine
from core.errors import InputError, PlaygroundError
from core.results import Result
from demos.shown import Shown

# one visitor at a time where a model works; everything else runs side by side
MODEL_QUEUE: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
LIVE: dict[str, Any] = {"trigger_mode": "always_last", "show_progress": "hidden", "concurrency_limit": None}


class Language:
    """The page's language when `--lang` fixes it; None follows each browser."""

    forced: str | None = None


def t(key: str) -> I18nData:
    """The sentence `key`, put into the reader's language by the browser."""
    return I18nData(key)


def language() -> str:
    """The language of the visitor whose event is being answered, "en" or "ko"."""
    request = LocalContext.request.get(None)
    header = request.headers.get("accept-language") if request is not None else None
    return Language.forced or texts.language_of(header)


def say(key: str, **facts: object) -> str:
    """The sentence `key` in the visitor's language, with its facts."""
    return texts.say(key, language(), **facts)


def toast(error: PlaygroundError) -> gr.Error:
    """The error as Gradio shows it: one sentence, nothing on the page lost."""
    return gr.Error(error.say(language()), print_exception=False)


def answers(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Turns a handler's `PlaygroundError` into a toast; anything else is a bug and stays loud."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def steps(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from handler(*args, **kwargs)
            except PlaygroundError as error:
                raise toast(error) from error

        return steps

    @functools.wraps(handler)
    def once(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except PlaygroundError as error:
            raise toast(error) from error

    return once


class Picture(gr.Image):
    """An input picture that reaches the handler as HWC uint8 RGB, upright, or not at all and with a reason."""

    is_template = True

    def preprocess(self, payload: ImageData | None) -> Any:
        """The uploaded file through `core.images`, which refuses what it cannot read with a sentence."""
        if payload is None:
            return None
        if payload.path is None:
            return super().preprocess(payload)
        try:
            return images.to_rgb(payload.path)
        except InputError as error:
            raise toast(error) from error


def picture(tab: str, name: str = "picture", **settings: Any) -> Picture:
    """A picture from a file, the clipboard, the webcam or an example."""
    defaults: dict[str, Any] = {"sources": ["upload", "webcam", "clipboard"], "height": 320, "type": "numpy"}
    return Picture(label=t("ui.picture"), elem_id=f"{tab}-{name}", interactive=True, **defaults | settings)


def shown(tab: str, name: str, label: str, **settings: Any) -> gr.Image:
    """A result picture: lossless, to download and to see full screen."""
    defaults: dict[str, Any] = {"format": "png", "buttons": ["download", "fullscreen"], "height": 320}
    return Shown(label=t(label), elem_id=f"{tab}-{name}", interactive=False, **defaults | settings)


def examples(tab: str, target: gr.components.Component, *names: str) -> None:
    """Example pictures that fill `target` in one click."""
    gr.Examples(
        [[str(samples.path(name))] for name in names],
        inputs=[target],
        label=t("ui.examples"),
        elem_id=f"{tab}-examples",
        api_visibility="private",
    )


def badge_slot(tab: str) -> gr.HTML:
    """Where the badge of the last result is shown."""
    return gr.HTML(elem_id=f"{tab}-badge")


def badge(task: str, result: Result) -> str:
    """Which model made what is on screen: its size, licence, where it ran and how long that took."""
    row = models.row(task, result.model)
    size = f"{row.parameters / 1e6:.1f} M" if row.parameters else say("ui.no_weights")
    chips = [row.title, say(f"ui.tier_{row.tier}"), size, row.licence, f"{result.seconds:.2f} s"]
    return "<div class='badge'>" + "".join(f"<span>{html.escape(chip)}</span>" for chip in chips) + "</div>"


def waiting(others: int) -> tuple[Any, ...]:
    """Outputs for a tab without a picture yet: `others` empty ones, then the badge with what to do."""
    hint = f"<div class='badge'><span>{html.escape(say('ui.add_picture'))}</span></div>"
    return (*[None] * others, hint)


def note(tab: str) -> None:
    """What you are seeing: `assets/notes/<language>/<tab>.md`."""
    with gr.Accordion(t("ui.note"), open=False, elem_id=f"{tab}-note"):
        gr.Markdown(t(f"notes.{tab}"), latex_delimiters=[{"left": "$$", "right": "$$", "display": True}])


def code_slot(tab: str) -> gr.Code:
    """Show the code: the call that made what is on screen."""
    with gr.Accordion(t("ui.code"), open=False, elem_id=f"{tab}-show-code"):
        return gr.Code(language="python", elem_id=f"{tab}-code", interactive=False, show_label=False)


@dataclass(frozen=True)
class Call:
    """A call of `core` that runs on an engine and can be shown as the code it is."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @classmethod
    def of(cls, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Call:
        """The call `fn(*args, **kwargs)`, not yet made."""
        return cls(fn, args, kwargs)

    def run(self, engine: Engine) -> Any:
        """What the call returns or raises."""
        return engine.run(self.fn, *self.args, **self.kwargs)

    def stream(self, engine: Engine) -> Iterator[Any]:
        """What the call passes to `on_step`, then what it returns."""
        return engine.stream(self.fn, *self.args, **self.kwargs)

    def code(self, use: str) -> str:
        """The call as Python; `use` is the line that reads the result, called `found`."""
        setup: dict[str, str] = {}
        shown = [_literal(value, setup) for value in self.args]
        shown += [f"{name}={_literal(value, setup)}" for name, value in self.kwargs.items()]
        package, _, module = self.fn.__module__.rpartition(".")
        parts = sorted({module, "images"} if setup else {module})
        lines = [f"from {package} import {', '.join(parts)}", "", *setup.values()]
        return "\n".join([*lines, f"found = {module}.{self.fn.__name__}({', '.join(shown)})", use])


def _literal(value: Any, setup: dict[str, str]) -> str:
    """How `value` is written in code; pictures and masks become variables that `setup` reads from files."""
    if _is_picture(value):
        setup["picture"] = f'picture = images.to_rgb("picture.png")  # uint8 {value.shape}'
        return "picture"
    if isinstance(value, np.ndarray) and value.dtype == bool:
        setup["mask"] = f'mask = images.to_mask("mask.png", {value.shape})'
        return "mask"
    if isinstance(value, np.ndarray):
        return repr(value.round(3).tolist())
    if isinstance(value, list) and value and all(_is_picture(item) for item in value):
        setup["pictures"] = f'pictures = [images.to_rgb(f) for f in ("1.png", "2.png")]  # {len(value)} of them'
        return "pictures"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(_literal(item, setup) for item in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside},)"
    return repr(value)


def _is_picture(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 3 and value.dtype == np.uint8
