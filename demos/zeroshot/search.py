"""Zero-shot tab, part four: the pictures of a set in the order in which they match a text."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from markupsafe import Markup

from core import checks, samples, zeroshot
from core.engine import Engine
from demos import ui
from demos.ui import t
from demos.zeroshot import drawing
from demos.zeroshot.shared import (
    SharedWidgets,
    begin_in_language,
    first_text,
    hint_line,
    picture_gallery,
    zeroshot_badge,
)


@dataclass(frozen=True)
class SearchParts:
    """The components of this part of the tab.

    Attributes:
        query: what is looked for.
        go: starts the search.
        said: the words in which the model read the query.
        found: the pictures, best first.
        pictures: those that are searched.
    """

    query: gr.Textbox
    go: gr.Button
    said: gr.HTML
    found: gr.Gallery
    pictures: gr.Gallery


@dataclass(frozen=True)
class SearchHandlers:
    """What happens when a text is looked for."""

    engine: Engine
    parts: SearchParts
    shared: SharedWidgets

    @ui.report_errors
    def show_matches(self, query: str, sent: list[ui.SentPicture], model: str) -> ui.Outputs:
        """The pictures in the order in which they match the text."""
        parts, shared = self.parts, self.shared
        (pictures, left_out), said = ui.read_sent(sent), checks.shown_text("text", query, empty=True)
        if not pictures or not said:
            return ui.clear_outputs(self.outputs) | {parts.said: hint_line("zeroshot.add_query")}
        call = ui.Call.of(zeroshot.search, query, pictures, **ui.model_keyword(model))
        found = call.run(self.engine)
        return {
            parts.found: [(pictures[i], f"{score:.3f}") for i, score in zip(found.order, found.scores, strict=True)],
            parts.said: left_out + Markup("<p class='said'>{}</p>").format(drawing.label_html(said, found.encoded)),
            shared.badge: zeroshot_badge(found),
            shared.code: call.code("found.order, found.scores  # best first"),
        }

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What `show_matches` fills, in the order of the API."""
        return [self.parts.found, self.parts.said, self.shared.badge, self.shared.code]


def layout_search() -> SearchParts:
    """The text above, then what was found, then what is searched."""
    with gr.Row():
        query = gr.Textbox(
            first_text("query"), label=t("zeroshot.query"), max_lines=1, elem_id="zeroshot-query", scale=4
        )
        go = gr.Button(t("zeroshot.search"), variant="primary", elem_id="zeroshot-search", scale=1)
    said = gr.HTML(elem_id="zeroshot-read")
    found = gr.Gallery(
        label=t("zeroshot.found"),
        elem_id="zeroshot-found",
        columns=6,
        height="auto",
        object_fit="cover",
        interactive=False,
        format="jpeg",
        elem_classes="whole",
    )
    pictures = picture_gallery("set", "zeroshot.search_pictures", tuple(samples.load_samples()), columns=8)
    return SearchParts(query, go, said, found, pictures)


def wire_search(parts: SearchParts, engine: Engine, shared: SharedWidgets, tab: gr.Tab) -> None:
    """The search begins with the button or the Enter key; `tab` is the one that this is in."""
    begin_in_language(tab, parts.query, "query")
    handlers = SearchHandlers(engine, parts, shared)
    ui.enable_when_filled(parts.go, "ui.need_query", parts.query, parts.pictures)
    found = gr.on(
        [parts.query.submit, parts.go.click],
        handlers.show_matches,
        [parts.query, parts.pictures, shared.model],
        handlers.outputs,
        api_name="zeroshot_search",
        show_progress_on=parts.found,
        **ui.MODEL_QUEUE,
    )
    ui.clear_on_failure(found, [parts.found, parts.said])
