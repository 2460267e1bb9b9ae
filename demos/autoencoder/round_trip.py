"""Picture, code, picture: how little is enough, what is lost on the way, and what a file of that size keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import autoencoder, images
from core.autoencoder import RoundTrip
from core.engine import Engine
from demos import ui
from demos.autoencoder.figures import ID, enlarge_to, format_psnr, quality_table, titled_picture
from demos.ui import t

FAMILIAR = ("face", "heart", "tree", "boat")
STRANGE = ("cat", "astronaut", "coffee", "brick")
# the slider's right end keeps everything, however large the maps of the model's code are
ALL = 16
SIDE = 384
# four of them are in the first screen
QUARTER = "clamp(150px, 34vh - 112px, 420px)"
# errors are small: a quarter of the range has the brightest colour
ERROR_GAIN = 4
USE = (
    "found.code  # float32 (channels, h, w)\n"
    "found.decoded_picture, found.copy.psnr, found.copy.ssim  # uint8 (H, W, 3), dB, at most 1\n"
    'found.error, found.files["JPEG"].psnr  # float32 (H, W) in [0, 1], dB in no more bytes'
)


@dataclass(frozen=True)
class RoundTripParts:
    """The components of this part of the tab.

    Attributes:
        picture: goes in.
        knobs: bottleneck, noise and the noise's seed.
        seen: the picture as the network sees it.
        latent: its code.
        again: the picture that comes out.
        error: where it differs.
        sentence: the sizes and the quality in words.
        badge: which model it was.
        files: the picture that comes out once more, as JPEG and as WebP.
        figures: a table of sizes and qualities.
        code: the call as Python.
    """

    picture: ui.Picture
    knobs: tuple[Any, ...]
    seen: gr.Image
    latent: gr.Image
    again: gr.Image
    error: gr.Image
    sentence: gr.Markdown
    badge: gr.HTML
    files: tuple[gr.Image, ...]
    figures: gr.HTML
    code: gr.Code

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What the handler fills, in the order of the API."""
        pictures = [self.seen, self.latent, self.again, self.error, *self.files]
        return [*pictures, self.sentence, self.figures, self.badge, self.code]


@dataclass(frozen=True)
class RoundTripHandlers:
    """What happens when a control moves."""

    engine: Engine
    parts: RoundTripParts

    @ui.report_errors
    def show_round_trip(self, picture: images.RGB | None, keep: float, noise: float, seed: float) -> ui.Outputs:
        """Encodes and decodes the picture."""
        parts = self.parts
        if picture is None:
            return ui.clear_outputs(parts.outputs) | {parts.badge: ui.empty_badge()}
        kept = {} if keep == ALL else {"keep": keep}
        noisy = {} if noise == 0 else {"noise": noise, "seed": seed}
        call = ui.Call.of(autoencoder.round_trip, picture, **kept, **noisy)
        found: RoundTrip = call.run(self.engine)
        return _fill_pictures(parts, found) | {
            parts.sentence: _summary_sentence(found),
            parts.figures: quality_table(found),
            parts.badge: ui.model_badge(autoencoder.TASK, found),
            parts.code: call.code(USE),
        }


def layout_round_trip() -> RoundTripParts:
    """The controls on the left, four pictures on the right, the files below."""
    with ui.bench():
        with ui.bench_input():
            picture = ui.picture_input(ID, height=220)
            ui.add_examples(ID, picture, *FAMILIAR, slot="familiar", label="autoencoder.familiar")
            ui.add_examples(ID, picture, *STRANGE, slot="strange", label="autoencoder.strange")
        with ui.bench_result():
            with gr.Row():
                seen, latent = _result("seen"), _result("latent")
            with gr.Row():
                again, error = _result("again"), _result("error")
            sentence, badge = gr.Markdown(elem_id=f"{ID}-sentence"), ui.badge_slot(ID)
        with ui.bench_knobs():
            knobs = _bottleneck_controls()
    gr.Markdown(t("autoencoder.files_heading"))
    with gr.Row():
        files = tuple(_result(name, least=95) for name in ("copy", "jpeg", "webp"))
    figures, code = gr.HTML(elem_id=f"{ID}-figures"), ui.code_slot(ID)
    return RoundTripParts(picture, knobs, seen, latent, again, error, sentence, badge, files, figures, code)


def wire_round_trip(parts: RoundTripParts, engine: Engine) -> None:
    """A new picture, or a control that moves, shows everything anew."""
    gr.on(
        [parts.picture.change, *(knob.change for knob in parts.knobs)],
        RoundTripHandlers(engine, parts).show_round_trip,
        [parts.picture, *parts.knobs],
        parts.outputs,
        api_name="autoencoder",
        trigger_mode="always_last",
        show_progress="hidden",
        **ui.MODEL_QUEUE,
    )


def _bottleneck_controls() -> tuple[Any, ...]:
    """Bottleneck, noise and its seed."""
    return (
        ui.labelled_slider(ID, "keep", 1, ALL, ALL, 1),
        ui.labelled_slider(ID, "noise", 0, autoencoder.MAX_NOISE, 0, 0.05),
        ui.Number(0, precision=0, minimum=0, label=t("ui.seed"), elem_id=f"{ID}-seed"),
    )


def _result(name: str, least: int = 150) -> gr.Image:
    return titled_picture(name, f"autoencoder.{name}", least=least, height=QUARTER)


def _fill_pictures(parts: RoundTripParts, found: RoundTrip) -> ui.Outputs:
    """Every picture of the part, large enough to see its pixels."""
    again = enlarge_to(found.decoded_picture, SIDE)
    copies = [again, *(enlarge_to(file.picture, SIDE) for file in found.files.values())]
    return {
        parts.seen: enlarge_to(found.image, SIDE),
        parts.latent: autoencoder.render_code_maps(found.code),
        parts.again: again,
        parts.error: enlarge_to(images.false_colour(found.error * ERROR_GAIN), SIDE),
        **dict(zip(parts.files, copies, strict=True)),
    }


def _summary_sentence(found: RoundTrip) -> str:
    """How many numbers became how few, and how good the picture is that came back."""
    h, w, colours = found.image.shape
    channels, rows, columns = found.code.shape
    facts = {
        "before": f"{found.image.size:,}",
        "picture": f"{w} × {h} × {colours}",
        "code": f"{columns} × {rows} × {channels}",
        "after": f"{found.copy.bytes:,}",
        "times": f"{found.image.size / found.copy.bytes:.0f}",
        "psnr": format_psnr(found.copy.psnr),
        "ssim": f"{found.copy.ssim:.2f}",
    }
    whole = found.copy.bytes == found.code.size
    return ui.localise("autoencoder.sentence" if whole else "autoencoder.sentence_kept", **facts)
