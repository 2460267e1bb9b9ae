"""Look inside: how the prompt is read, what it suggests by itself, and where each word acted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import generate, images
from core.engine import Engine
from core.generate import attention_maps, prior_preview, prompts
from demos import ui
from demos.text_to_image import results
from demos.text_to_image.knobs import ID
from demos.text_to_image.results import DrawingResults
from demos.text_to_image.start import StartWidgets
from demos.ui import t

PICTURE = 256  # side of a map in pixels
SELDOM = 0.01  # less likely names are not told


def build(engine: Engine, start: StartWidgets, model: gr.Dropdown, shown: DrawingResults) -> None:
    """Layout, handlers, wiring."""
    with gr.Row():
        read = gr.Button(t("text_to_image.read"), elem_id=f"{ID}-read")
        suggest = gr.Button(t("text_to_image.suggest"), elem_id=f"{ID}-suggest")
        find = gr.Button(t("text_to_image.find_words"), elem_id=f"{ID}-find-words")
    tokens = gr.HTML(elem_id=f"{ID}-tokens")
    guessed = ui.result_picture(ID, "guess", "text_to_image.guess", visible=False, height=PICTURE)
    taken = ui.badge_slot(f"{ID}-guess")
    maps = gr.Gallery(label=t("text_to_image.maps"), format="jpeg", columns=6, height="auto", visible=False,
                      interactive=False, elem_classes="strip", elem_id=f"{ID}-maps")  # fmt: skip
    badge = ui.badge_slot(f"{ID}-maps")
    code = ui.code_slot(f"{ID}-inside")

    @ui.report_errors
    def show_tokens(prompt: str, model: str) -> tuple[str, str]:
        call = ui.Call.of(prompts.tokenize_prompt, prompt, model=model)
        return _token_chips(call.run(engine)), call.code("found.tokens, found.read  # the rest is cut off")

    @ui.report_errors
    def show_prior_preview(prompt: str, model: str) -> tuple[Any, ...]:
        call = ui.Call.of(prior_preview.preview_prior, prompt, model=model)
        found = call.run(engine)
        picture = images.enlarge_pixels(found.image, max(1, PICTURE // found.image.shape[0]))
        said = ui.status_line(_things_sentence(found)) + ui.model_badge(generate.TASK, found)
        return gr.update(value=picture, visible=True), said, call.code("found.image, found.things  # uint8 (H, W, 3)")

    @ui.report_errors
    def find_word_maps(made: ui.Call | None) -> Iterator[tuple[Any, ...]]:
        if made is None:
            yield gr.skip(), ui.status_line(ui.localise("text_to_image.draw_first")), gr.skip()
            return
        call = ui.Call.of(attention_maps.word_maps, *made.args, **made.kwargs)

        def show_step(told: generate.DenoisingStep | attention_maps.WordMaps) -> tuple[Any, ...]:
            if isinstance(told, generate.DenoisingStep):
                said = ui.localise("text_to_image.step", index=told.index, total=told.total)
                return gr.skip(), ui.progress_bar(said, told.index, told.total), gr.skip()
            used = call.code("found.words, found.maps  # float32 (words, H, W) in [0, 1]")
            return gr.Gallery(_map_pictures(told), visible=True), ui.model_badge(generate.TASK, told), used

        yield from results.stream_call(engine, call, show_step, 1)

    asked = [start.prompt, model]
    read.click(show_tokens, asked, [tokens, code], api_name="prompt_tokens", show_progress="minimal", **ui.MODEL_QUEUE)
    suggest.click(show_prior_preview, asked, [guessed, taken, code], api_name="prompt_guess", **ui.MODEL_QUEUE)
    find.click(find_word_maps, shown.made, [maps, badge, code], api_name="word_maps", **ui.MODEL_QUEUE)


def _token_chips(found: prompts.PromptTokens) -> Markup:
    """Each token a chip; those that are not read struck out."""
    chip = Markup("<span class='{}'>{}</span>")
    chips = (chip.format("read" if i < found.read else "cut", token) for i, token in enumerate(found.tokens))
    facts = {"words": found.english, "read": found.read, "count": len(found.tokens)}
    said = ui.status_line(ui.localise("text_to_image.tokens", **facts))
    return said + Markup("<div class='tokens'>{}</div>").format(Markup("").join(chips))


def _things_sentence(found: prior_preview.PriorPreview) -> str:
    """What the words were taken for: "cat 93%, cat face 5%; pizza 99%"."""
    things = [", ".join(f"{name} {share:.0%}" for name, share in names if share > SELDOM) for names in found.things]
    return ui.localise("text_to_image.taken", things="; ".join(things))


def _map_pictures(found: attention_maps.WordMaps) -> list[tuple[images.RGB, str]]:
    factor = max(1, PICTURE // found.image.shape[0])
    pairs = zip(found.words, found.maps, strict=True)
    return [(images.enlarge_pixels(images.overlay_heatmap(found.image, where), factor), word) for word, where in pairs]
