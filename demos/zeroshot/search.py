"""Zero-shot tab, part four: the pictures of a set in the order in which they match a text."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import samples, zeroshot
from core.engine import Engine
from demos import ui
from demos.ui import t
from demos.zeroshot import drawing
from demos.zeroshot.shared import SharedWidgets, hint_line, picture_gallery, read_pictures, zeroshot_badge


def build(engine: Engine, shared: SharedWidgets) -> None:
    """Lays the part out."""

    @ui.report_errors
    def show_matches(query: str, files: list[Any] | None, model: str) -> tuple[Any, ...]:
        pictures = read_pictures(files)
        if not pictures or not query.strip():
            return None, hint_line("zeroshot.add_query"), "", ""
        call = ui.Call.of(zeroshot.search, query, pictures, **ui.model_keyword(model))
        found = call.run(engine)
        ordered = [(pictures[i], f"{score:.3f}") for i, score in zip(found.order, found.scores, strict=True)]
        said = f"<p class='said'>{drawing.label_html(query.strip(), found.encoded)}</p>"
        code = call.code("found.order, found.scores  # best first")
        return ordered, said, zeroshot_badge(found), code

    with gr.Row():
        query = gr.Textbox("a big cat", label=t("zeroshot.query"), max_lines=1, elem_id="zeroshot-query", scale=4)
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
    gr.on(
        [query.submit, go.click],
        show_matches,
        [query, pictures, shared.model],
        [found, said, shared.badge, shared.code],
        api_name="zeroshot_search",
        show_progress_on=found,
        **ui.MODEL_QUEUE,
    )
