"""How a training went, for people: sentence, curves, confusion matrix, the pictures it got wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from core.images import RGB
from core.transfer import Heads
from core.transfer.datasets import LabelledImages
from demos import ui
from demos.cnn.gather import fit_thumbnail
from demos.ui import charts

MOST_WRONG = 30


def accuracy_summary(found: Heads, pictures: LabelledImages) -> Markup:
    """Held-out accuracy, its spread over seeds, what guessing gives, and what one picture is worth."""
    head = found.heads[0]
    facts = {
        "accuracy": f"{found.mean_accuracy:.1%}",
        "deviation": f"{found.accuracy_std:.1%}",
        "seeds": len(found.heads),
        "each": ", ".join(f"{head.accuracy:.1%}" for head in found.heads),
        "held_out": len(head.held_out),
        "trained_on": head.trained_on,
        "step": f"{1 / len(head.held_out):.1%}",
        "guess": f"{np.bincount(head.truth).max() / len(head.truth):.0%}",
    }
    several = len(found.heads) > 1
    result = ui.localise("transfer.verdict_seeds" if several else "transfer.verdict_one", **facts)
    split = ui.localise("transfer.verdict_own_test" if pictures.test else "transfer.verdict_split", **facts)
    split += " " + ui.localise("transfer.verdict_each", **facts) if several else ""
    summary = Markup("<p class='transfer-verdict'>{}</p><p class='said'>{}</p>{}")
    # Gradio's own legend is cut off below a plot
    return summary.format(result, split, charts.colour_keys())


def learning_curves(found: Heads) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Loss and accuracy per epoch, mean over the seeds, as long tables."""
    tables = []
    for measure in ("loss", "accuracy"):
        rows = []
        for part in ("train", "test"):
            mean = np.mean([getattr(head.history, f"{part}_{measure}") for head in found.heads], axis=0)
            rows += [{"epoch": i, measure: round(float(v), 4), "part": part} for i, v in enumerate(mean)]
        tables.append(pd.DataFrame(rows))
    return tables[0], tables[1]


def confusion_table(found: Heads) -> Markup:
    """The confusion matrix, summed over the seeds, as an HTML table; a row is what the pictures are."""
    names = found.heads[0].names
    counts = found.confusion_matrix
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    rows = Markup("")
    for i, name in enumerate(names):
        cells = Markup("").join(_confusion_cell(counts[i, j], shares[i, j], i == j) for j in range(len(names)))
        rows += Markup("<tr><th scope='row'>{}</th>{}</tr>").format(name, cells)
    table = Markup(
        "<div class='confusion'><table><caption>{}</caption>"
        "<thead><tr><th>{}</th>{}</tr></thead><tbody>{}</tbody></table></div>"
    )
    title, corner = ui.localise("transfer.confusion"), ui.localise("transfer.confusion_corner")
    return table.format(title, corner, ui.column_heads(names), rows)


def wrong_pictures(found: Heads, pictures: LabelledImages) -> list[tuple[RGB, str]]:
    """The held-out pictures that were named wrong, those most heads got wrong first."""
    shelf = pictures.test_images or pictures.images
    names = found.heads[0].names
    mistakes: Counter[tuple[int, int, int]] = Counter()
    for head in found.heads:
        records = np.stack([head.held_out, head.truth, head.predictions], axis=1).tolist()
        mistakes.update((place, truth, said) for place, truth, said in records if truth != said)
    shown = []
    for (place, truth, said), times in mistakes.most_common(MOST_WRONG):
        caption = ui.localise("transfer.wrong_caption", said=names[said], truth=names[truth])
        often = f" ({times}/{len(found.heads)})" if len(found.heads) > 1 else ""
        shown.append((fit_thumbnail(shelf[place]), caption + often))
    return shown


def _confusion_cell(count: Any, share: Any, right: bool) -> Markup:
    cell = Markup("<td class='{}' style='--share:{:.2f}'><b>{}</b> <span>{:.0%}</span></td>")
    return cell.format("right" if right else "wrong", share, count, share)
