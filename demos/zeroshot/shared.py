"""What the parts of the zero-shot tab share: the model, its badge, the code, and a set of pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass

import gradio as gr
from markupsafe import Markup

from core import checks, samples, texts
from core.errors import InputError
from core.results import Result
from demos import ui
from demos.ui import t

ID = "zeroshot"
# most pictures or captions that one visitor may ask about at once
MOST = 24
# pixels of the longer side of each of them: more would fill the memory and change nothing, an encoder takes 224 or 384
LONGEST = 1024
# characters of a text box with a line for each caption or template
MAX_LINES_TEXT = 100_000
SAMPLES = ("cat", "coffee", "rocket", "motorcycle", "temple", "camera", "lion", "cheetah")
LABELS = ("cat", "dog", "lion", "cup of coffee", "rocket", "flower", "temple", "motorcycle")
MORE = ("bird", "person", "food", "animal", "vehicle")


@dataclass(frozen=True)
class SharedWidgets:
    """Components that every part reads or fills."""

    model: gr.Dropdown
    badge: gr.HTML
    code: gr.Code


def picture_gallery(name: str, label: str, names: tuple[str, ...], columns: int = 4) -> gr.Gallery:
    """Pictures to which the viewer can add and from which she can remove."""
    gallery = ui.PictureGallery(
        [str(samples.sample_path(each)) for each in names],
        label=t(label),
        elem_id=f"zeroshot-{name}",
        file_types=["image"],
        interactive=True,
        columns=columns,
        height=200,
        object_fit="cover",
    )
    gallery.most, gallery.longest = MOST, LONGEST
    return gallery


def label_key(label: str) -> str:
    """The key of the words that the page has for one of its own labels."""
    return f"zeroshot.label_{label.replace(' ', '_')}"


def first_text(name: str, language: str = "en") -> str:
    """What a text box of the tab begins with."""
    return texts.load_sentences(language)[f"zeroshot.{name}_first"]


def begin_in_language(tab: gr.Tab, box: gr.Textbox, name: str) -> None:
    """As `tab` opens, the text that `box` begins with is there in the page's language; what was typed stays.

    In the browser, which knows the language: the box itself is the same for all, and for programs.
    """
    first = json.dumps({language: first_text(name, language) for language in texts.LANGUAGES}, ensure_ascii=False)
    js = f"""(text) => {{
        const first = {first}, own = first[document.documentElement.lang];
        return own && text !== own && Object.values(first).includes(text) ? own : {{__type__: 'update'}};
    }}"""
    tab.select(None, box, box, js=js, **ui.QUIET)


def zeroshot_badge(result: Result) -> Markup:
    """Which model made the result, as on every tab."""
    return ui.model_badge(ID, result)


def hint_line(key: str) -> Markup:
    """What to do before there is a result."""
    return ui.status_line(ui.localise(key))


def read_captions(captions: object) -> list[str]:
    """The lines that are not empty.

    Raises:
        InputError: there are too many, or it is no text.
    """
    lines = read_lines("captions", captions)
    if len(lines) > MOST:
        raise InputError("zeroshot.count", name="captions", most=MOST, got=len(lines))
    return lines


def read_lines(name: str, text: object) -> list[str]:
    """The lines of a text box that are not empty, stripped.

    Raises:
        InputError: a program sent something that is no text, or far too much of it.
    """
    found = checks.plain_text(name, text, longest=MAX_LINES_TEXT, empty=True)
    return [line.strip() for line in found.splitlines() if line.strip()]
