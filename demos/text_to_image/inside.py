"""Look inside: how the prompt is read, what it suggests by itself, and where each word acted."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import generate, images
from core.engine import Engine
from core.generate import attention_maps, prior_preview, prompts
from demos import ui
from demos.text_to_image import streams
from demos.text_to_image.knobs import ID, Outputs
from demos.ui import t

PICTURE = 256  # side of a map in pixels
SELDOM = 0.01  # less likely names are not told


@dataclass(frozen=True)
class InsideWidgets:
    """The buttons, and what each shows."""

    read: gr.Button
    suggest: gr.Button
    find: gr.Button
    tokens: gr.HTML
    guess: gr.Image
    guess_badge: gr.HTML
    maps: gr.Gallery
    badge: gr.HTML
    code: gr.Code


def layout_inside() -> InsideWidgets:
    """The buttons over what they show."""
    with gr.Row():
        read = gr.Button(t("text_to_image.read"), elem_id=f"{ID}-read")
        suggest = gr.Button(t("text_to_image.suggest"), elem_id=f"{ID}-suggest")
        find = gr.Button(t("text_to_image.find_words"), elem_id=f"{ID}-find-words")
    tokens = gr.HTML(elem_id=f"{ID}-tokens")
    guess = ui.result_picture(ID, "guess", "text_to_image.guess", visible=False, height=PICTURE)
    guess_badge = ui.badge_slot(f"{ID}-guess")
    maps = gr.Gallery(label=t("text_to_image.maps"), format="jpeg", columns=6, height="auto", visible=False,
                      interactive=False, elem_classes="strip", elem_id=f"{ID}-maps")  # fmt: skip
    badge = ui.badge_slot(f"{ID}-maps")
    code = ui.code_slot(f"{ID}-inside")
    return InsideWidgets(read, suggest, find, tokens, guess, guess_badge, maps, badge, code)


@dataclass(frozen=True)
class InsideHandlers:
    """What the buttons do."""

    engine: Engine
    parts: InsideWidgets

    @ui.report_errors
    def show_tokens(self, prompt: str, model: str) -> tuple[str, str]:
        """The prompt as the text encoder reads it."""
        call = ui.Call.of(prompts.tokenize_prompt, prompt, model=model)
        return _token_chips(call.run(self.engine)), call.code("found.tokens, found.read  # the rest is cut off")

    @ui.report_errors
    def show_prior_preview(self, prompt: str, model: str) -> tuple[Any, ...]:
        """What the words suggest before anything is drawn."""
        call = ui.Call.of(prior_preview.preview_prior, prompt, model=model)
        found = call.run(self.engine)
        picture = images.enlarge_pixels(found.image, max(1, PICTURE // found.image.shape[0]))
        said = ui.status_line(_things_sentence(found)) + ui.model_badge(generate.TASK, found)
        return gr.update(value=picture, visible=True), said, call.code("found.image, found.things  # uint8 (H, W, 3)")

    @ui.report_errors
    def find_word_maps(self, made: ui.Call | None) -> Iterator[Outputs]:
        """Draws once more what `made` drew, and shows where each word acted."""
        if made is None:
            yield {self.parts.badge: ui.status_line(ui.localise("text_to_image.draw_first"))}
            return
        call = ui.Call.of(attention_maps.word_maps, *made.args, **made.kwargs)
        yield from streams.stream_call(self.engine, call, functools.partial(self._show_step, call), self.parts.badge)

    def _show_step(self, call: ui.Call, told: generate.DenoisingStep | attention_maps.WordMaps) -> Outputs:
        maps, badge, code = self.parts.maps, self.parts.badge, self.parts.code
        if isinstance(told, generate.DenoisingStep):
            said = ui.localise("text_to_image.step", index=told.index, total=told.total)
            return {badge: ui.progress_bar(said, told.index, told.total)}
        return {
            maps: gr.Gallery(_map_pictures(told), visible=True),
            badge: ui.model_badge(generate.TASK, told),
            code: call.code("found.words, found.maps  # float32 (words, H, W) in [0, 1]"),
        }


def wire_inside(inside: InsideWidgets, engine: Engine, prompt: gr.Textbox, model: gr.Dropdown, made: gr.State) -> None:
    """The first two buttons look at the prompt, the third one at what was `made` from it."""
    handlers, asked = InsideHandlers(engine, inside), [prompt, model]
    for button in (inside.read, inside.suggest):
        ui.enable_when_filled(button, "ui.need_prompt", prompt)
    reading: dict[str, Any] = {"api_name": "prompt_tokens", "show_progress": "minimal", **ui.MODEL_QUEUE}
    inside.read.click(handlers.show_tokens, asked, [inside.tokens, inside.code], **reading)
    guess = [inside.guess, inside.guess_badge, inside.code]
    inside.suggest.click(handlers.show_prior_preview, asked, guess, api_name="prompt_guess", **ui.MODEL_QUEUE)
    maps = [inside.maps, inside.badge, inside.code]
    inside.find.click(handlers.find_word_maps, made, maps, api_name="word_maps", **ui.MODEL_QUEUE)


def _token_chips(found: prompts.PromptTokens) -> Markup:
    """Each token a chip; those that are not read struck out."""
    chip = Markup("<span class='{}'>{}</span>")
    chips = (chip.format("read" if i < found.read else "cut", token) for i, token in enumerate(found.tokens))
    facts = {"words": found.english, "read": found.read, "count": len(found.tokens)}
    said = ui.status_line(ui.localise("text_to_image.tokens", **facts))
    if found.near:
        said += ui.fact_chips(ui.localise("ui.read_near", words=", ".join(found.near)))
    if found.left_out:
        said += ui.fact_chips(ui.localise("ui.not_read", words=", ".join(found.left_out)))
    return said + Markup("<div class='tokens'>{}</div>").format(Markup("").join(chips))


def _things_sentence(found: prior_preview.PriorPreview) -> str:
    """What the words were taken for: "cat 93%, cat face 5%; pizza 99%"."""
    things = [", ".join(f"{name} {share:.0%}" for name, share in names if share > SELDOM) for names in found.things]
    return ui.localise("text_to_image.taken", things="; ".join(things))


def _map_pictures(found: attention_maps.WordMaps) -> list[tuple[images.RGB, str]]:
    factor = max(1, PICTURE // found.image.shape[0])
    pairs = zip(found.words, found.maps, strict=True)
    return [(images.enlarge_pixels(images.overlay_heatmap(found.image, where), factor), word) for word, where in pairs]
