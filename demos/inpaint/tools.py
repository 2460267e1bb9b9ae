"""What can be done with a mask: upload, collect, invert, save, grow, feather, and keep it for the next picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import images
from core import masks as core_masks
from demos import ui
from demos.inpaint import mask as masks
from demos.ui import files, t


@dataclass(frozen=True)
class MaskTools:
    """The components.

    Attributes:
        uploaded: a mask from a file.
        grow: pixels by which the mask's outline moves.
        feather: width in pixels of its soft edge.
        keep: whether the mask stays for the next picture of the same size.
        collect: makes strokes and file one mask.
        invert: makes it its opposite.
        save: saves it.
        saved: the hidden button that the browser downloads from.
    """

    uploaded: ui.MaskPicture
    grow: gr.Slider
    feather: gr.Slider
    keep: gr.Checkbox
    collect: gr.Button
    invert: gr.Button
    save: gr.Button
    saved: gr.DownloadButton

    @property
    def shape_inputs(self) -> list[gr.components.Component]:
        """Growth and feather, as inputs of an event."""
        return [self.grow, self.feather]


def layout_mask_tools() -> MaskTools:
    """Folded away: a brush is enough to begin with."""
    with gr.Accordion(t("inpaint.upload"), open=False, elem_id="inpaint-upload"):
        gr.Markdown(t("inpaint.upload_info"))
        look: dict[str, Any] = {"format": "png", "height": 200, "interactive": True, "elem_id": "inpaint-mask"}
        uploaded = ui.MaskPicture(label=t("inpaint.mask"), sources=["upload", "clipboard"], **look)
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


@dataclass(frozen=True, eq=False)
class MaskToolHandlers:
    """What the buttons do with the strokes in the editor and the uploaded mask."""

    saved: gr.DownloadButton

    @ui.report_errors
    def show_upload(self, picture: images.RGB | None, painted: dict[str, Any] | None, uploaded: Any) -> Any:
        """The editor with the uploaded mask under its strokes; a mask that covers nearly all is said."""
        mask = masks.read_upload(picture, uploaded)
        if mask is not None and (share := core_masks.find_large_cover(mask)) is not None:
            ui.show_toast("inpaint.mask_large", share=share)
        return masks.editor_value(picture, mask, painted)

    @ui.report_errors
    def collect_mask(self, picture: images.RGB | None, painted: Any, uploaded: Any) -> tuple[Any, Any]:
        """Strokes and file as one mask in the file's place."""
        return _replace_mask(picture, masks.read_mask(picture, painted, uploaded))

    @ui.report_errors
    def invert_mask(self, picture: images.RGB | None, painted: Any, uploaded: Any) -> tuple[Any, Any]:
        """The opposite of both together in the file's place."""
        return _replace_mask(picture, ~masks.read_mask(picture, painted, uploaded))

    @ui.report_errors
    def save_mask(self, picture: images.RGB | None, painted: Any, uploaded: Any) -> str:
        """Both together as a PNG file."""
        mask = masks.read_mask(picture, painted, uploaded)
        return files.save_png(core_masks.mask_to_alpha(mask), "mask", self.saved)


def wire_mask_tools(
    tools: MaskTools, picture: gr.components.Component, canvas: gr.ImageEditor, painted: ui.EditorContents
) -> None:
    """A file is laid into the editor; strokes and file become one mask, or its opposite, or a download."""
    handlers = MaskToolHandlers(tools.saved)
    drawn = [picture, painted, tools.uploaded]
    changed = ui.read_editor([tools.uploaded.upload, tools.uploaded.clear], canvas, painted)
    # through the queue: without it no sentence in passing reaches the page
    changed.then(handlers.show_upload, drawn, canvas, **ui.QUIET | {"queue": True, "concurrency_limit": None})
    for button in (tools.collect, tools.invert, tools.save):
        ui.enable_when_filled(button, "ui.need_picture", picture)
    for button, change in ((tools.collect, handlers.collect_mask), (tools.invert, handlers.invert_mask)):
        ui.read_editor([button.click], canvas, painted).then(change, drawn, [canvas, tools.uploaded], **ui.QUIET)
    read = ui.read_editor([tools.save.click], canvas, painted)
    files.save_after(read, handlers.save_mask, drawn, tools.saved, api_visibility="private")


def _replace_mask(picture: images.RGB | None, mask: images.Mask) -> tuple[Any, Any]:
    """The editor without strokes, and the mask in their place."""
    return masks.editor_value(picture, mask), core_masks.mask_to_alpha(mask)
