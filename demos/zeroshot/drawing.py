"""Results as HTML and SVG, in which whatever a viewer wrote stays text."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from PIL import Image

from core import images, zeroshot
from core.normalisation import normalise_text
from demos import ui
from demos.ui import charts
from demos.ui.files import data_url
from demos.zeroshot.shared import LABELS, MORE, label_key

THUMBNAIL = 72
MAP_WIDTH, MAP_HEIGHT, MARGIN, MAP_PICTURE = 760, 520, 60, 48
# height of a caption on the map, and a width that most of them do not exceed
LINE, WORDS = 16, 130
_ROW_HEAD = Markup("<th scope='row'>{}</th>")


def label_html(label: str, encoded: str) -> Markup:
    """A label, and in which words the model read it where they differ."""
    if label == zeroshot.NONE_OF_THESE:
        return Markup("<i>{}</i>").format(ui.localise("zeroshot.none_label"))
    if normalise_text(label) == encoded:
        return Markup("{}").format(name_label(label))
    return Markup("{} <small>{}</small>").format(label, ui.localise("zeroshot.read_as", english=encoded))


def name_label(label: str) -> str:
    """One of the page's own labels with its name in the visitor's language; any other as it was typed."""
    name = ui.localise(label_key(label)) if label in LABELS + MORE else label
    return label if name == label else f"{name} ({label})"


def label_bars(found: zeroshot.ZeroShotPrediction, bare: Mapping[str, float] | None) -> Markup:
    """Cosine and probability of each label, best first.

    Args:
        found: what the model said.
        bare: the probabilities without any template, by label; None where none was used.
    """
    keys = ["column_label", "column_cosine", "column_softmax", *(["column_change"] if bare else [])]
    head = ui.column_heads(ui.localise(f"zeroshot.{key}") for key in keys)
    rows = []
    for label, encoded, share, cosine in zip(
        found.labels, found.encoded, found.probabilities, found.similarities, strict=True
    ):
        row = _ROW_HEAD.format(label_html(label, encoded))
        row += charts.bar_cell(float(cosine), f"{cosine:.3f}", "cosine")
        row += charts.bar_cell(float(share), f"{share:.1%}", "share")
        rows.append(row + (Markup("<td>{:.1%}</td>").format(bare[label]) if bare else ""))
    foot = ui.localise("zeroshot.divided", temperature=f"{found.temperature:.3g}")
    return _with_caption(charts.table(head, rows, classes="bars"), foot)


def matrix_table(found: zeroshot.Similarity, captions: Sequence[str], pictures: Sequence[images.RGB]) -> Markup:
    """Pictures down, captions across, a dot product in each cell; each picture's best caption is framed."""
    names = [label_html(caption, read) for caption, read in zip(captions, found.encoded, strict=True)]
    low, high = float(found.matrix.min()), float(found.matrix.max())
    rows = []
    for picture, cosines in zip(pictures, found.matrix, strict=True):
        image = Markup("<img alt='' src='{}'>").format(thumbnail_url(picture))
        cells = (
            _matrix_cell(float(cosine), (float(cosine) - low) / (high - low or 1), i == cosines.argmax())
            for i, cosine in enumerate(cosines)
        )
        rows.append(_ROW_HEAD.format(image) + Markup("").join(cells))
    table = charts.table(Markup("<th></th>") + ui.column_heads(names), rows)
    return _with_caption(Markup("<div class='matrix'>{}</div>").format(table), _cache_sentence(found))


def plane_chart(
    plane: zeroshot.Projection, captions: Sequence[str], encoded: Sequence[str], pictures: Sequence[images.RGB]
) -> Markup:
    """Pictures and captions as points of a plane, in SVG."""
    low, high = plane.points.min(axis=0), plane.points.max(axis=0)
    size = (MAP_WIDTH - 2 * MARGIN, MAP_HEIGHT - 2 * MARGIN)
    places = MARGIN + (plane.points - low) / (high - low).clip(1e-9) * size
    parts = [_map_picture(picture, x, y) for picture, (x, y) in zip(pictures, places, strict=False)]
    dots = places[len(pictures) :]
    for caption, read, (x, y), height in zip(captions, encoded, dots, _spread_captions(dots), strict=True):
        parts.append(Markup("<circle cx='{:.1f}' cy='{:.1f}' r='5'/>").format(x, y))
        parts.append(_map_caption(caption if normalise_text(caption) == read else f"{caption} ({read})", x, height))
    drawing = Markup("<div class='scroll'><svg class='plane' viewBox='0 0 {} {}' role='img'>{}</svg></div>")
    kept = ui.localise("zeroshot.map_kept", share=f"{sum(plane.explained):.0%}")
    return _with_caption(drawing.format(MAP_WIDTH, MAP_HEIGHT, Markup("").join(parts)), kept)


def thumbnail_url(picture: images.RGB) -> str:
    """A small square of the picture as a data address."""
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    square = Image.fromarray(picture[top : top + side, left : left + side]).resize((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=80)
    return data_url(out.getvalue(), "jpeg")


def _map_picture(picture: images.RGB, x: float, y: float) -> Markup:
    """A framed thumbnail with its middle at (x, y)."""
    half = MAP_PICTURE / 2
    corner = Markup("x='{:.1f}' y='{:.1f}' width='{}' height='{}'").format(x - half, y - half, MAP_PICTURE, MAP_PICTURE)
    return Markup("<image {} href='{}'/><rect {}/>").format(corner, thumbnail_url(picture), corner)


def _map_caption(caption: str, x: float, y: float) -> Markup:
    """A caption at (x, y), which grows away from the nearer edge."""
    anchor = "start" if x < MAP_WIDTH / 3 else "end" if x > MAP_WIDTH * 2 / 3 else "middle"
    return Markup("<text x='{:.1f}' y='{:.1f}' text-anchor='{}'>{}</text>").format(x, y, anchor, caption)


def _spread_captions(dots: npt.NDArray[np.floating]) -> list[float]:
    """Heights at which the captions of the dots do not lie on each other; the upper ones move up."""
    heights = [float(y) - 9 for _, y in dots]
    order = sorted(range(len(dots)), key=lambda i: -heights[i])
    for rank, i in enumerate(order):
        for j in order[:rank]:
            if abs(dots[i][0] - dots[j][0]) < WORDS and abs(heights[i] - heights[j]) < LINE:
                heights[i] = heights[j] - LINE
    return heights


def _with_caption(drawing: Markup, sentence: str) -> Markup:
    return Markup("{}<p class='said'>{}</p>").format(drawing, sentence)


def _matrix_cell(cosine: float, strength: float, best: bool) -> Markup:
    mark = Markup(" class='best'") if best else ""
    return Markup("<td{} style='--strength:{:.0f}%'>{:.2f}</td>").format(mark, 100 * strength, cosine)


def _cache_sentence(found: zeroshot.Similarity) -> str:
    all_pictures, all_texts = found.matrix.shape
    pictures, texts = found.new
    facts = {"pictures": pictures, "all_pictures": all_pictures, "texts": texts, "all_texts": all_texts}
    return ui.localise("zeroshot.fresh", **facts)
