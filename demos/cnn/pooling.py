"""Max pooling against average pooling and strided convolution: on the picture, and as arithmetic on one patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import classify, images
from core.classify import pooling
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.cnn.galleries import result_gallery
from demos.cnn.top import TopPanel
from demos.ui import t

PART = "cnn-pooling"
WORKING_SIZE = 256
SHOWN_SIZE = 512


@dataclass(frozen=True)
class PoolingWidgets:
    """The components of this part; `marks` frames the patch of the example on the picture."""

    size: gr.Slider
    sentence: gr.Markdown
    x: gr.Number
    y: gr.Number
    pooled: gr.Gallery
    table: gr.HTML
    marks: ui.Marks
    code: gr.Code


def build(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """The part and its events."""
    wire_pooling(layout_pooling(), engine, top, tab)


def layout_pooling() -> PoolingWidgets:
    """The pooled pictures beside the arithmetic of one patch, below them the window's size and what it leaves."""
    with ui.bench(stacked=True):
        with ui.bench_result(), gr.Row():
            with gr.Column(scale=5, min_width=320):
                pooled = _layout_pooled()
            with gr.Column(scale=4, min_width=300):
                table = gr.HTML(elem_id=f"{PART}-example", label=t("cnn.example"))
                marks = ui.marks_slot(f"{PART}-marks")
                gr.Markdown(t("cnn.example_heading"))
        with ui.bench_knobs():
            size, x, y, sentence = _layout_knobs()
    return PoolingWidgets(size, sentence, x, y, pooled, table, marks, ui.code_slot(PART))


def _layout_knobs() -> tuple[gr.Slider, gr.Number, gr.Number, gr.Markdown]:
    """The window's size, the pixel of the example, and the sentence on what is left."""
    words: dict[str, Any] = {"label": t("cnn.pool_size"), "info": t("cnn.pool_info")}
    with gr.Row():
        size = ui.Slider(1, 32, 4, step=1, elem_id=f"{PART}-size", scale=3, min_width=200, **words)
        x, y = (ui.Number(0, precision=0, minimum=0, label=n, elem_id=f"{PART}-{n}", min_width=90) for n in ("x", "y"))
    return size, x, y, gr.Markdown(elem_id=f"{PART}-sentence")


def _layout_pooled() -> gr.Gallery:
    return result_gallery(
        f"{PART}-result",
        "cnn.pool_result",
        columns=2,
        show_label=False,
        elem_classes="whole",
        format="png",
        buttons=["download", "fullscreen"],
    )


def wire_pooling(lab: PoolingWidgets, engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """A size pools the picture; a pixel, also by a click on the picture, shows the arithmetic."""
    handlers = PoolingHandlers(engine)
    inputs, outputs = [top.picture, lab.size], [lab.pooled, lab.sentence, lab.code]
    turn = ui.part_turn(tab, top.on_prediction, at_first=True)
    gr.on([turn.change, lab.size.change], handlers.show_pooling, inputs, outputs, api_name="pool", **ui.LIVE)
    pixel = [top.picture, lab.x, lab.y]
    example = [lab.table, lab.marks]
    moved = turn.change(_middle_pixel, top.picture, [lab.x, lab.y], **ui.QUIET)
    top.picture.select(_pick_pixel, None, [lab.x, lab.y], **ui.QUIET)
    gr.on([lab.x.change, lab.y.change], handlers.show_pool_example, pixel, example, api_name="pool_example", **ui.LIVE)
    # the middle of a picture of the same size is at the same place
    moved.then(handlers.show_pool_example, pixel, example, api_visibility="private", **ui.LIVE)


@dataclass(frozen=True)
class PoolingHandlers:
    """What this part does."""

    engine: Engine

    @ui.report_errors
    def show_pooling(self, picture: RGB | None, size: float) -> tuple[Any, ...]:
        """The picture pooled in every way, and how much of it is left."""
        if picture is None:
            return None, "", ""
        small = images.fit(picture, WORKING_SIZE)
        calls = {kind: ui.Call.of(classify.pool, small, kind, size) for kind in pooling.KINDS}
        found = {kind: call.run(self.engine) for kind, call in calls.items()}
        first = found["max"]
        before, after = (f"{p.shape[1]} × {p.shape[0]}" for p in (small, first.picture))
        sentence = ui.localise("cnn.pool_sentence", before=before, after=after, percent=f"{first.kept:.1%}")
        use = "found.pooled, found.kept  # float32 (h, w, 3) in [0, 255], fraction of values kept"
        shown = [_captioned_picture(kind, one) for kind, one in found.items()]
        return shown, sentence, calls["max"].code(use, longest=WORKING_SIZE)

    @ui.report_errors
    def show_pool_example(self, picture: RGB | None, x: float, y: float) -> tuple[str, list[ui.Mark]]:
        """The arithmetic of pooling, on the patch around the pixel, and where that is."""
        if picture is None:
            return "", []
        found = ui.Call.of(pooling.pooling_example, picture, x, y).run(self.engine)
        patch = ui.mark_box("cnn-picture", found.corner, found.values.shape[::-1], picture.shape)
        return _example_html(found), [patch]


def _middle_pixel(picture: RGB | None) -> tuple[Any, Any]:
    """(x, y) of the picture's middle."""
    return (gr.skip(), gr.skip()) if picture is None else (picture.shape[1] // 2, picture.shape[0] // 2)


@ui.report_errors
def _pick_pixel(click: gr.SelectData) -> tuple[int, int]:
    """(x, y) of the pixel that was clicked."""
    return ui.chosen_pixel(click)


def _captioned_picture(kind: str, found: pooling.PooledImage) -> tuple[RGB, str]:
    picture = found.picture
    zoom = max(1, SHOWN_SIZE // max(picture.shape[:2]))
    name = ui.localise(f"cnn.pool_{kind}")
    return images.enlarge_pixels(picture, zoom), ui.localise(
        "cnn.pool_caption", name=name, change=f"{found.change:.1f}"
    )


def _example_html(found: pooling.PoolingExample) -> Markup:
    """The patch as coloured cells, and beside it each kind's results and sums."""
    figure = Markup("<figure>{}<figcaption>{}{}</figcaption></figure>")
    patch = _cell_table(found.values.astype(float).tolist(), 2)
    figures = [figure.format(patch, ui.localise("cnn.example_at", x=found.corner[0], y=found.corner[1]), "")]
    for kind, results in found.results.items():
        sums = Markup("<ol>{}</ol>").format(ui.format_each(Markup("<li>{}</li>"), found.sums[kind]))
        figures.append(figure.format(_cell_table(results.tolist(), 1), ui.localise(f"cnn.pool_{kind}"), sums))
    return Markup("<div class='worked'>{}</div>").format(Markup("").join(figures))


def _cell_table(values: list[list[float]], block: int) -> Markup:
    """Numbers in grey cells; windows of `block` x `block` share a border colour."""
    cell = Markup("<td class='w{}' style='background:rgb({:.0f},{:.0f},{:.0f});color:{}'>{:g}</td>")
    rows = (
        Markup("").join(
            cell.format(2 * (r // block) + c // block, v, v, v, "#000" if v > 127 else "#fff", v)
            for c, v in enumerate(row)
        )
        for r, row in enumerate(values)
    )
    return Markup("<table>{}</table>").format(ui.format_each(Markup("<tr>{}</tr>"), rows))
