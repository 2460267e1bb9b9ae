"""Look inside: how the prompt is read, what it suggests by itself, and where each word acted."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import gradio as gr

from core import generate, guess, images, prompts, word_maps
from core.engine import Engine
from demos import ui
from demos.text_to_image import results
from demos.text_to_image.knobs import ID
from demos.text_to_image.results import Results
from demos.text_to_image.start import Start
from demos.ui import t

PICTURE = 256  # side of a map in pixels
SELDOM = 0.01  # less likely names are not told


def build(engine: Engine, start: Start, model: gr.Dropdown, shown: Results) -> None:
    """Layout, handlers, wiring."""
    with gr.Row():
        read = gr.Button(t("text_to_image.read"), elem_id=f"{ID}-read")
        suggest = gr.Button(t("text_to_image.suggest"), elem_id=f"{ID}-suggest")
        find = gr.Button(t("text_to_image.find_words"), elem_id=f"{ID}-find-words")
    tokens = gr.HTML(elem_id=f"{ID}-tokens")
    guessed = ui.shown(ID, "guess", "text_to_image.guess", visible=False, height=PICTURE)
    taken = ui.badge_slot(f"{ID}-guess")
    maps = gr.Gallery(label=t("text_to_image.maps"), format="jpeg", columns=6, height="auto", visible=False,
                      interactive=False, elem_classes="strip", elem_id=f"{ID}-maps")  # fmt: skip
    badge = ui.badge_slot(f"{ID}-maps")

    @ui.answers
    def look(prompt: str, model: str) -> str:
        return _chips(engine.run(prompts.tokens, prompt, model=model))

    @ui.answers
    def alone(prompt: str, model: str) -> tuple[Any, ...]:
        found = engine.run(guess.guess, prompt, model=model)
        picture = images.enlarge(found.image, max(1, PICTURE // found.image.shape[0]))
        return gr.update(value=picture, visible=True), results.line(_taken(found)) + ui.badge(generate.TASK, found)

    @ui.answers
    def where(made: ui.Call | None) -> Iterator[tuple[Any, ...]]:
        if made is None:
            yield gr.skip(), results.line(ui.say("text_to_image.draw_first"))
            return
        call = ui.Call.of(word_maps.word_maps, *made.args, **made.kwargs)
        for told in call.stream(engine):
            if isinstance(told, generate.Step):
                said = ui.say("text_to_image.step", index=told.index, total=told.total)
                yield gr.skip(), results.progress(said, told.index, told.total)
            else:
                yield gr.Gallery(_maps(told), visible=True), ui.badge(generate.TASK, told)

    read.click(look, [start.prompt, model], tokens, api_name="prompt_tokens", show_progress="hidden")
    suggest.click(alone, [start.prompt, model], [guessed, taken], api_visibility="private", **ui.MODEL_QUEUE)
    find.click(where, shown.made, [maps, badge], api_visibility="private", **ui.MODEL_QUEUE)


def _chips(found: prompts.Tokens) -> str:
    """Each token a chip; those that are not read struck out."""
    chips = "".join(
        f"<span class='{'read' if i < found.read else 'cut'}'>{html.escape(token)}</span>"
        for i, token in enumerate(found.tokens)
    )
    facts = {"words": found.english, "read": found.read, "count": len(found.tokens)}
    return results.line(ui.say("text_to_image.tokens", **facts)) + f"<div class='tokens'>{chips}</div>"


def _taken(found: guess.Guess) -> str:
    """What the words were taken for: "cat 93%, cat face 5%; pizza 99%"."""
    things = [", ".join(f"{name} {share:.0%}" for name, share in names if share > SELDOM) for names in found.things]
    return ui.say("text_to_image.taken", things="; ".join(things))


def _maps(found: word_maps.WordMaps) -> list[tuple[images.RGB, str]]:
    factor = max(1, PICTURE // found.image.shape[0])
    pairs = zip(found.words, found.maps, strict=True)
    return [(images.enlarge(images.heat(found.image, where), factor), word) for word, where in pairs]
