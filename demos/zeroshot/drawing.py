"""Results as HTML and SVG. Whatever a viewer wrote is escaped here and nowhere else."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from core import images, zeroshot
from demos import ui
from demos.ui.files import data_url

THUMBNAIL = 72
MAP_WIDTH, MAP_HEIGHT, MARGIN, MAP_PICTURE = 760, 520, 60, 48
LINE, WORDS = 16, 130


def label_html(label: str, encoded: str) -> str:
    """A label, and in which words the model read it where they differ."""
    if label == zeroshot.NONE_OF_THESE:
        return f"<i>{html.escape(ui.localise('zeroshot.none_label'))}</i>"
    if label == encoded:
        return html.escape(label)
    return f"{html.escape(label)} <small>{html.escape(ui.localise('zeroshot.read_as', english=encoded))}</small>"


def label_bars(found: zeroshot.ZeroShotPrediction, bare: dict[str, float] | None) -> str:
    """Cosine and probability of each label, best first.

    Args:
        found: what the model said.
        bare: the probabilities without any template, by label; None where none was used.
    """
    heads = ["column_label", "column_cosine", "column_softmax", *(["column_change"] if bare else [])]
    lines = []
    for label, encoded, share, cosine in zip(
        found.labels, found.encoded, found.probabilities, found.similarities, strict=True
    ):
        cells = [f"<th scope='row'>{label_html(label, encoded)}</th>"]
        cells.append(_bar_cell(float(cosine), f"{cosine:.3f}", "cosine"))
        cells.append(_bar_cell(float(share), f"{share:.1%}", "share"))
        if bare:
            cells.append(f"<td>{bare[label]:.1%}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    head = "".join(f"<th scope='col'>{html.escape(ui.localise(f'zeroshot.{key}'))}</th>" for key in heads)
    foot = html.escape(ui.localise("zeroshot.divided", temperature=f"{found.temperature:.3g}"))
    table = f"<table class='bars'><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    return f"{table}<p class='said'>{foot}</p>"


def matrix_table(found: zeroshot.Similarity, captions: Sequence[str], pictures: Sequence[images.RGB]) -> str:
    """Pictures down, captions across, a dot product in each cell; each picture's best caption is framed."""
    names = [label_html(caption, read) for caption, read in zip(captions, found.encoded, strict=True)]
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    low, high = float(found.matrix.min()), float(found.matrix.max())
    rows = []
    for picture, cosines in zip(pictures, found.matrix, strict=True):
        best = cosines.argmax()
        cells = [_matrix_cell(float(c), (float(c) - low) / (high - low or 1), i == best) for i, c in enumerate(cosines)]
        rows.append(f"<tr><th scope='row'><img alt='' src='{thumbnail_url(picture)}'></th>{''.join(cells)}</tr>")
    table = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f"<div class='matrix'>{table}</div><p class='said'>{html.escape(_cache_sentence(found))}</p>"


def plane_chart(
    plane: zeroshot.Projection, captions: Sequence[str], encoded: Sequence[str], pictures: Sequence[images.RGB]
) -> str:
    """Pictures and captions as points of a plane, in SVG."""
    low, high = plane.points.min(axis=0), plane.points.max(axis=0)
    size = (MAP_WIDTH - 2 * MARGIN, MAP_HEIGHT - 2 * MARGIN)
    places = MARGIN + (plane.points - low) / (high - low).clip(1e-9) * size
    parts = []
    for picture, (x, y) in zip(pictures, places, strict=False):
        half = MAP_PICTURE / 2
        corner = f"x='{x - half:.1f}' y='{y - half:.1f}' width='{MAP_PICTURE}' height='{MAP_PICTURE}'"
        parts.append(f"<image {corner} href='{thumbnail_url(picture)}'/><rect {corner}/>")
    dots = places[len(pictures) :]
    for caption, read, (x, y), height in zip(captions, encoded, dots, _spread_captions(dots), strict=True):
        title = html.escape(caption if caption == read else f"{caption} ({read})")
        anchor = "start" if x < MAP_WIDTH / 3 else "end" if x > MAP_WIDTH * 2 / 3 else "middle"
        parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='5'/>")
        parts.append(f"<text x='{x:.1f}' y='{height:.1f}' text-anchor='{anchor}'>{title}</text>")
    kept = html.escape(ui.localise("zeroshot.map_kept", share=f"{sum(plane.explained):.0%}"))
    drawing = f"<svg class='plane' viewBox='0 0 {MAP_WIDTH} {MAP_HEIGHT}' role='img'>{''.join(parts)}</svg>"
    return f"<div class='scroll'>{drawing}</div><p class='said'>{kept}</p>"


def _spread_captions(dots: npt.NDArray[np.floating]) -> list[float]:
    """Heights at which the captions of the dots do not lie on each other; the upper ones move up."""
    heights = [float(y) - 9 for _, y in dots]
    order = sorted(range(len(dots)), key=lambda i: -heights[i])
    for rank, i in enumerate(order):
        for j in order[:rank]:
            if abs(dots[i][0] - dots[j][0]) < WORDS and abs(heights[i] - heights[j]) < LINE:
                heights[i] = heights[j] - LINE
    return heights


def thumbnail_url(picture: images.RGB) -> str:
    """A small square of the picture as a data address."""
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    square = Image.fromarray(picture[top : top + side, left : left + side]).resize((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=80)
    return data_url(out.getvalue(), "jpeg")


def _bar_cell(value: float, shown: str, kind: str) -> str:
    width = min(max(value, 0), 1) * 100
    return f"<td><div class='{kind}'><i style='width:{width:.1f}%'></i><span>{shown}</span></div></td>"


def _matrix_cell(cosine: float, strength: float, best: bool) -> str:
    mark = " class='best'" if best else ""
    return f"<td{mark} style='--strength:{100 * strength:.0f}%'>{cosine:.2f}</td>"


def _cache_sentence(found: zeroshot.Similarity) -> str:
    all_pictures, all_texts = found.matrix.shape
    pictures, texts = found.new
    facts = {"pictures": pictures, "all_pictures": all_pictures, "texts": texts, "all_texts": all_texts}
    return ui.localise("zeroshot.fresh", **facts)
