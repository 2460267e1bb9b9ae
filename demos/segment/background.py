"""Background removal in one press: what stands out in the picture, without a click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core import segment
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.segment.finish import FinishSettings
from demos.segment.kept import SegmentAnswer, Things, unpack_things
from demos.segment.layout import SegmentParts
from demos.segment.point import show_candidate
from demos.ui import canvas


@dataclass(frozen=True, eq=False)
class BackgroundHandlers:
    """What the button does."""

    engine: Engine
    parts: SegmentParts

    @ui.report_errors
    def remove_background(
        self, picture: RGB | None, things: Things,
        growth: object, feather: object, backdrop: object, strength: object, colour: object,
    ) -> Iterator[dict[Any, Any]]:  # fmt: skip
        """The cut-out in the place of a click's, and its mask on the canvas, whose clicks go."""
        prompt = self.parts.prompt
        if picture is None:
            yield self.parts.empty_answer(ui.localise("ui.add_picture"))
            return
        finish = FinishSettings.from_inputs(growth, feather, backdrop, strength, colour)
        yield {prompt.badge: ui.fact_chips(ui.localise("segment.background_step"))}
        found: segment.Matte = ui.Call.of(segment.remove_background, picture).run(self.engine)
        mask = found.mask
        pointed = canvas.forget_prompt(mask if mask.any() else None, unpack_things(things))
        if not mask.any():
            yield {**self.parts.empty_answer(ui.localise("segment.background_none")), prompt.pointed: pointed}
            return
        known = SegmentAnswer.from_matte(found)
        yield {
            prompt.pointed: pointed,
            prompt.candidates: ui.Radio(choices=[], visible=False),
            prompt.badge: ui.model_badge("matting", found),
            self.parts.memory.answer: known,
            **show_candidate(self.engine, self.parts, picture, known, 0, finish),
        }


def wire_background(engine: Engine, parts: SegmentParts) -> None:
    """The button answers with the cut-out; where that fails, nothing of an earlier one stands beside the sentence."""
    handlers, prompt, result = BackgroundHandlers(engine, parts), parts.prompt, parts.result
    ui.enable_when_filled(prompt.background, "ui.need_picture", prompt.picture)
    inputs = [prompt.picture, parts.memory.things, *parts.settings.finish.inputs]
    answered = prompt.background.click(
        handlers.remove_background, inputs, [*parts.answer_outputs, prompt.pointed],
        api_name="remove_background", show_progress="minimal", show_progress_on=prompt.badge, **ui.MODEL_QUEUE,
    )  # fmt: skip
    ui.clear_on_failure(answered, [result.cutout, result.mask, prompt.badge, result.code])
