"""How a training went, for people: sentence, curves, confusion matrix, the pictures it got wrong."""

from __future__ import annotations

import html
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from core.images import RGB
from core.transfer import Heads
from core.transfer.datasets import LabelledImages
from demos import ui
from demos.cnn.gather import fit_thumbnail

MOST_WRONG = 30
# told apart without colour vision too; Gradio's own legend is cut off below a plot
COLOURS = {"train": "#4c78a8", "test": "#f58518"}


def accuracy_summary(found: Heads, pictures: LabelledImages) -> str:
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
    result = ui.localise("transfer.verdict_seeds" if len(found.heads) > 1 else "transfer.verdict_one", **facts)
    split = ui.localise("transfer.verdict_own_test" if pictures.test else "transfer.verdict_split", **facts)
    keys = "".join(
        f"<span><i style='background: {colour}'></i>{html.escape(ui.localise(f'transfer.part_{part}'))}</span>"
        for part, colour in COLOURS.items()
    )
    return (
        f"<p class='transfer-verdict'>{html.escape(result)}</p><p class='said'>{html.escape(split)}</p>"
        f"<p class='transfer-keys'>{keys}</p>"
    )


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


def confusion_table(found: Heads) -> str:
    """The confusion matrix, summed over the seeds, as an HTML table; a row is what the pictures are."""
    names = [html.escape(name) for name in found.heads[0].names]
    counts = found.confusion_matrix
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    rows = ""
    for i, name in enumerate(names):
        cells = "".join(_confusion_cell(counts[i, j], shares[i, j], i == j) for j in range(len(names)))
        rows += f"<tr><th scope='row'>{name}</th>{cells}</tr>"
    corner = html.escape(ui.localise("transfer.confusion_corner"))
    title = html.escape(ui.localise("transfer.confusion"))
    return (
        f"<div class='confusion'><table><caption>{title}</caption>"
        f"<thead><tr><th>{corner}</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


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


def _confusion_cell(count: Any, share: Any, right: bool) -> str:
    kind = "right" if right else "wrong"
    return f"<td class='{kind}' style='--share:{share:.2f}'><b>{count}</b> <span>{share:.0%}</span></td>"
