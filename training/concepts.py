"""Makes the concept space: what ImageNet's classes are a kind of, and every concept's sentence vector.

    apt-get install wordnet-base        # WordNet 3.0, the one ImageNet's ids refer to
    python -m training.concepts

Writes assets/concepts/wordnet.json and assets/weights/concepts.safetensors; takes about a minute on two cores.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from core.models import torchvision_shim
from core.models.catalog import ROWS
from core.models.files import sources
from core.zeroshot import concept_space
from core.zeroshot.sentence_encoder import SentenceEncoder


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet/data.noun"))
    options = parser.parse_args()
    torchvision_shim.ensure_torchvision()
    from timm.data import ImageNetInfo

    tree = collect_hypernyms(nouns(options.wordnet), ImageNetInfo().label_names())
    rows = ",\n".join(json.dumps([c.wnid, c.lemmas, c.gloss, c.parents], ensure_ascii=False) for c in tree)
    concept_space.WORDNET.write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    save_vectors(tree)
    print(f"{len(tree)} concepts, {sum(len(c.lemmas) for c in tree)} names")


def nouns(path: Path) -> dict[str, tuple[list[str], str, list[str]]]:
    """WordNet's file of nouns: id -> names, definition, ids of what it is a kind of. Format: wndb(5WN)."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):  # the licence
            continue
        data, gloss = line.split(" | ", 1)
        fields = data.split()
        count = int(fields[3], 16)
        lemmas = [fields[4 + 2 * i].replace("_", " ") for i in range(count)]
        start = 5 + 2 * count
        pointers = [fields[start + 4 * i : start + 4 * i + 4] for i in range(int(fields[start - 1]))]
        parents = [f"n{offset}" for symbol, offset, part, _ in pointers if symbol in ("@", "@i") and part == "n"]
        found[f"n{fields[0]}"] = (lemmas, gloss.split('; "')[0].strip(), parents)
    return found


def collect_hypernyms(
    found: dict[str, tuple[list[str], str, list[str]]], wnids: list[str]
) -> list[concept_space.Concept]:
    """The concepts of `wnids` and all they are a kind of, parents before children."""
    order: dict[str, int] = {}

    def add(wnid: str) -> None:
        for parent in found[wnid][2]:
            if parent not in order:
                add(parent)
        order.setdefault(wnid, len(order))

    for wnid in wnids:
        add(wnid)
    rows = ((wnid, *found[wnid]) for wnid in order)
    return [concept_space.Concept(w, tuple(ls), gloss, tuple(order[p] for p in up)) for w, ls, gloss, up in rows]


def save_vectors(tree: list[concept_space.Concept]) -> None:
    """Encodes every name and every description; half precision is plenty for cosines."""
    from safetensors.numpy import save_file

    row = next(r for r in ROWS if r.name == "concept-space")
    encoder = SentenceEncoder(sources.fetch_weights(row), "cpu")
    names = [lemma for concept in tree for lemma in concept.lemmas]
    vectors = {
        "lemmas": encoder.encode(names).astype(np.float16),
        "descriptions": encoder.encode([concept.description for concept in tree]).astype(np.float16),
    }
    concept_space.WEIGHTS.parent.mkdir(exist_ok=True)
    save_file(vectors, concept_space.WEIGHTS, {"made_by": "training/concepts.py", "encoder": row.source})


if __name__ == "__main__":
    main()
