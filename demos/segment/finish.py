"""What is made of a mask: its edge moved and softened, its background removed or treated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import gradio as gr
import numpy as np
import numpy.typing as npt

from core import checks, masks, segment
from core.engine import Engine
from core.images import RGB, Grey, Mask
from demos import ui
from demos.ui import t

GROWTH, FEATHER, BLUR = 40, 20, 40  # ends of the sliders, in pixels
TRANSPARENT = "transparent"
BACKDROPS = (TRANSPARENT, *masks.EFFECTS)


@dataclass(frozen=True)
class FinishSettings:
    """How a mask is finished.

    Attributes:
        growth: pixels by which the outline moves outwards, -40 to 40.
        feather: standard deviation in pixels of the Gaussian that softens the edge, 0 to 20.
        backdrop: one of `BACKDROPS`.
        strength: standard deviation in pixels of a blurred background, 0.1 to 40.
        colour: of a painted background, #rrggbb.
    """

    growth: float
    feather: float
    backdrop: str
    strength: float
    colour: str

    @classmethod
    def from_inputs(
        cls, growth: object, feather: object, backdrop: object, strength: object, colour: object
    ) -> FinishSettings:
        """The settings of the page's values.

        Raises:
            InputError: one is out of range.
        """
        return cls(
            check_growth(growth),
            checks.number("feather", feather, 0, FEATHER),
            checks.choice("backdrop", backdrop, BACKDROPS),
            checks.number("strength", strength, 0.1, BLUR),
            "#{:02x}{:02x}{:02x}".format(*masks.parse_colour(colour)),
        )

    def apply(
        self, engine: Engine, picture: RGB, mask: Mask, scale: float = 1.0, alpha: Grey | None = None
    ) -> npt.NDArray[np.uint8]:
        """The finished picture, uint8 (H, W, 3), or (H, W, 4) on a transparent background.

        Args:
            engine: runs the calls.
            picture: uint8 RGB (H, W, 3).
            mask: bool (H, W), before it grows.
            scale: of `picture` beside the one whose pixels the settings mean.
            alpha: the opacity float32 (H, W) in [0, 1], where it is known; an outline that moves is a mask's.
        """
        if alpha is not None and self.growth == 0:
            return self._apply_to_alpha(engine, picture, self.soften(alpha, scale), scale)
        grown, soft = masks.grow_mask(mask, self.growth * scale), self.feather * scale
        if self.backdrop == TRANSPARENT:
            return np.asarray(engine.run(segment.cutout, picture, grown, feather=soft))
        look: dict[str, Any] = {"strength": max(0.1, self.strength * scale), "colour": self.colour, "feather": soft}
        return np.asarray(engine.run(masks.edit_background, picture, grown, self.backdrop, **look))

    def soften(self, alpha: Grey, scale: float = 1.0) -> Grey:
        """The opacity float32 (H, W) with its edge feathered."""
        sigma = self.feather * scale
        return np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), np.float32) if sigma else alpha

    def _apply_to_alpha(self, engine: Engine, picture: RGB, alpha: Grey, scale: float) -> npt.NDArray[np.uint8]:
        if self.backdrop == TRANSPARENT:
            return np.asarray(engine.run(segment.paint_alpha, picture, alpha))
        look: dict[str, Any] = {"strength": max(0.1, self.strength * scale), "colour": self.colour}
        return np.asarray(engine.run(segment.replace_background, picture, alpha, self.backdrop, **look))

    def matte_code(self) -> str:
        """The lines of Python that do the same at full size with `found`, a removed background."""
        if self.growth != 0:
            return self.code(0).replace("found.masks[0]", "found.mask", 1)
        if self.feather != 0:
            soft = f"alpha = cv2.GaussianBlur(found.alpha, (0, 0), {self.feather:g})\n"
            return "import cv2\n" + soft + self._alpha_code("alpha", "segment.paint_alpha(picture, alpha)")
        return self._alpha_code("found.alpha", "found.cutout")

    def _alpha_code(self, alpha: str, cutout: str) -> str:
        if self.backdrop == TRANSPARENT:
            return f"cutout = {cutout}  # uint8 (H, W, 4)"
        more = {"blur": f", strength={self.strength:g}", "colour": f", colour={self.colour!r}"}.get(self.backdrop, "")
        return f"shown = segment.replace_background(picture, {alpha}, {self.backdrop!r}{more})  # uint8 (H, W, 3)"

    def code(self, candidate: int) -> str:
        """The lines of Python that do the same at full size with `found`, the answer to a prompt."""
        mask = f"mask = masks.grow_mask(found.masks[{candidate}], {self.growth:g})\n"
        if self.backdrop == TRANSPARENT:
            return f"{mask}cutout = segment.cutout(picture, mask, feather={self.feather:g})  # uint8 (H, W, 4)"
        more = {"blur": f", strength={self.strength:g}", "colour": f", colour={self.colour!r}"}.get(self.backdrop, "")
        call = f"masks.edit_background(picture, mask, {self.backdrop!r}{more}, feather={self.feather:g})"
        return f"{mask}shown = {call}  # uint8 (H, W, 3)"


def check_growth(value: object) -> float:
    """The pixels by which an outline moves.

    Raises:
        InputError: they are out of range.
    """
    return checks.number("growth", value, -GROWTH, GROWTH)


@dataclass(frozen=True)
class FinishControls:
    """The components of the settings."""

    growth: gr.Slider
    feather: gr.Slider
    backdrop: gr.Radio
    strength: gr.Slider
    colour: gr.ColorPicker

    @property
    def inputs(self) -> list[Any]:
        """In the order of `FinishSettings.from_inputs`."""
        return [self.growth, self.feather, self.backdrop, self.strength, self.colour]


def layout_feather() -> gr.Slider:
    """How soft the edge is."""
    return ui.Slider(0, FEATHER, 0, step=0.5, label=t("segment.feather"), info=t("segment.feather_info"),
                     elem_id="segment-feather")  # fmt: skip


def layout_background() -> tuple[gr.Radio, gr.Slider, gr.ColorPicker, gr.Slider]:
    """The background, the strength and the colour that only some of them need, and how far the outline grows."""
    choices = [(t(f"segment.backdrop_{name}"), name) for name in BACKDROPS]
    backdrop = ui.Radio(choices, value=TRANSPARENT, label=t("segment.backdrop"), elem_id="segment-backdrop")
    strength = ui.Slider(0.5, BLUR, 8, step=0.5, label=t("segment.strength"), elem_id="segment-strength", visible=False)
    colour = gr.ColorPicker("#ffffff", label=t("segment.backdrop_colour"), elem_id="segment-colour", visible=False)
    growth = ui.Slider(-GROWTH, GROWTH, 0, step=1, label=t("segment.growth"), info=t("segment.growth_info"),
                       elem_id="segment-growth")  # fmt: skip
    return backdrop, strength, colour, growth


def wire_finish(controls: FinishControls) -> None:
    """Shows the controls that the chosen background needs."""
    controls.backdrop.input(show_backdrop_fields, controls.backdrop, [controls.strength, controls.colour], **ui.QUIET)


def show_backdrop_fields(backdrop: object) -> tuple[Any, Any]:
    """Updates of strength and colour: only a blur has a strength, only a painted background a colour."""
    return gr.update(visible=backdrop == "blur"), gr.update(visible=backdrop == "colour")
