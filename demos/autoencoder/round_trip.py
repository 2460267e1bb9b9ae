"""Picture, code, picture: how little is enough, what is lost on the way, and what a file of that size keeps."""

from __future__ import annotations

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
# errors are small: a quarter of the range has the brightest colour
ERROR_GAIN = 4
USE = (
    "found.code  # float32 (channels, h, w)\n"
    "found.again, found.copy.psnr, found.copy.ssim  # uint8 (H, W, 3), dB, at most 1\n"
    'found.error, found.files["JPEG"].psnr  # float32 (H, W) in [0, 1], dB in no more bytes'
)


def build(engine: Engine) -> tuple[gr.Image, gr.Image]:
    """Layout, handlers, wiring; returns the picture that goes in and the one that comes out."""

    @ui.report_errors
    def show_round_trip(picture: images.RGB | None, keep: float, noise: float, seed: float) -> tuple[Any, ...]:
        if picture is None:
            return *[None] * 7, "", "", *ui.empty_outputs(0), ""
        kept = {} if keep == ALL else {"keep": keep}
        noisy = {} if noise == 0 else {"noise": noise, "seed": seed}
        call = ui.Call.of(autoencoder.round_trip, picture, **kept, **noisy)
        found: RoundTrip = call.run(engine)
        again = enlarge_to(found.decoded_picture, SIDE)
        return (
            enlarge_to(found.image, SIDE),
            autoencoder.render_code_maps(found.code),
            again,
            enlarge_to(images.false_colour(found.error * ERROR_GAIN), SIDE),
            again,
            *(enlarge_to(file.picture, SIDE) for file in found.files.values()),
            _summary_sentence(found),
            quality_table(found),
            ui.model_badge(autoencoder.TASK, found),
            call.code(USE),
        )

    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            picture = ui.picture_input(ID, height=240)
            ui.add_examples(ID, picture, *FAMILIAR, slot="familiar", label="autoencoder.familiar")
            ui.add_examples(ID, picture, *STRANGE, slot="strange", label="autoencoder.strange")
            knobs = _bottleneck_controls()
        with gr.Column(scale=3, min_width=300):
            with gr.Row():
                seen, latent = (
                    titled_picture("seen", "autoencoder.seen"),
                    titled_picture("latent", "autoencoder.latent"),
                )
            with gr.Row():
                again, error = (
                    titled_picture("again", "autoencoder.again"),
                    titled_picture("error", "autoencoder.error"),
                )
            sentence = gr.Markdown(elem_id=f"{ID}-sentence")
            badge = ui.badge_slot(ID)
    gr.Markdown(t("autoencoder.files_heading"))
    with gr.Row():
        files = [titled_picture(name, f"autoencoder.{name}", least=95) for name in ("copy", "jpeg", "webp")]
    figures = gr.HTML(elem_id=f"{ID}-figures")
    code = ui.code_slot(ID)
    gr.on(
        [picture.change, *(knob.change for knob in knobs)],
        show_round_trip,
        [picture, *knobs],
        [seen, latent, again, error, *files, sentence, figures, badge, code],
        api_name="autoencoder",
        trigger_mode="always_last",
        show_progress="hidden",
        **ui.MODEL_QUEUE,
    )
    return picture, again


def _bottleneck_controls() -> list[Any]:
    """Bottleneck, noise and its seed."""
    return [
        ui.labelled_slider(ID, "keep", 1, ALL, ALL, 1),
        ui.labelled_slider(ID, "noise", 0, autoencoder.MAX_NOISE, 0, 0.05),
        ui.Number(0, precision=0, minimum=0, label=t("ui.seed"), elem_id=f"{ID}-seed"),
    ]


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
