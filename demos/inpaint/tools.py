"""What can be done with a mask: it comes from a file, is collected, inverted, saved, moved, softened, kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from core import images
from demos import ui
from demos.inpaint import mask as masks
from demos.ui import files, t


@dataclass(frozen=True)
class MaskTools:
    """The widgets."""

    uploaded: ui.Picture
    grow: gr.Slider
    feather: gr.Slider
    keep: gr.Checkbox
    collect: gr.Button
    invert: gr.Button
    save: gr.Button
    saved: gr.DownloadButton

    @property
    def shape_inputs(self) -> list[gr.components.Component]:
        """What moves and softens the mask, as inputs of an event."""
        return [self.grow, self.feather]


def layout_mask_tools() -> MaskTools:
    """Folded away: a brush is enough to begin with."""
    with gr.Accordion(t("inpaint.upload"), open=False, elem_id="inpaint-upload"):
        gr.Markdown(t("inpaint.upload_info"))
        uploaded = ui.Picture(
            label=t("inpaint.mask"),
            sources=["upload", "clipboard"],
            format="png",
            height=200,
            interactive=True,
            elem_id="inpaint-mask",
        )
        with gr.Row():
            collect, invert, save = (
                gr.Button(t(f"inpaint.mask_{name}"), size="sm", min_width=120, elem_id=f"inpaint-mask-{name}")
                for name in ("collect", "invert", "save")
            )
        with gr.Row():
            grow = ui.Slider(-40, 40, 0, step=1, label=t("inpaint.grow"), elem_id="inpaint-grow", min_width=200)
            feather = ui.Slider(0, 40, 0, step=1, label=t("inpaint.feather"), elem_id="inpaint-feather", min_width=200)
        keep = gr.Checkbox(False, label=t("inpaint.keep"), elem_id="inpaint-keep")
    return MaskTools(uploaded, grow, feather, keep, collect, invert, save, files.download_slot("inpaint-saved"))


def wire_mask_tools(tools: MaskTools, picture: gr.components.Component, canvas: gr.ImageEditor) -> None:
    """A file is laid into the editor; strokes and file become one mask, or its opposite, or a download."""

    @ui.report_errors
    def show_upload(picture: images.RGB | None, painted: dict[str, Any] | None, uploaded: Any) -> Any:
        return masks.editor_value(picture, masks.read_upload(picture, uploaded), painted)

    @ui.report_errors
    def collect_mask(picture: images.RGB | None, painted: Any, uploaded: Any) -> tuple[Any, Any]:
        return _replace_mask(picture, masks.read_mask(picture, painted, uploaded))

    @ui.report_errors
    def invert_mask(picture: images.RGB | None, painted: Any, uploaded: Any) -> tuple[Any, Any]:
        return _replace_mask(picture, ~masks.read_mask(picture, painted, uploaded))

    @ui.report_errors
    def save_mask(picture: images.RGB | None, painted: Any, uploaded: Any) -> str:
        return files.save_png(mask_picture(masks.read_mask(picture, painted, uploaded)), "mask", tools.saved)

    drawn = [picture, canvas, tools.uploaded]
    gr.on([tools.uploaded.upload, tools.uploaded.clear], show_upload, drawn, canvas, **ui.QUIET)
    for button, change in ((tools.collect, collect_mask), (tools.invert, invert_mask)):
        button.click(change, drawn, [canvas, tools.uploaded], **ui.QUIET)
    files.save_on_click(tools.save, save_mask, drawn, tools.saved, api_visibility="private")


def mask_picture(mask: images.Mask) -> npt.NDArray[np.uint8]:
    """The mask in black and white, uint8 (H, W)."""
    return mask.astype(np.uint8) * 255


def _replace_mask(picture: images.RGB | None, mask: images.Mask) -> tuple[Any, Any]:
    """The editor without strokes, and the mask in their place."""
    return masks.editor_value(picture, mask), mask_picture(mask)
