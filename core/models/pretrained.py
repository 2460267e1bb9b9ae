"""Networks of transformers with all their weights: what a file lacks the library makes up, and only warns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def load(kind: Any, path: Path, **settings: Any) -> Any:
    """A network in eval mode from a folder of the Hub; what the file holds beyond it is left out.

    Args:
        kind: a class of transformers with `from_pretrained`.
        path: the folder with its configuration and its weights.
        settings: for `from_pretrained`.

    Raises:
        ValueError: the weights are those of another architecture, or not all there.
    """
    net, told = kind.from_pretrained(path, local_files_only=True, output_loading_info=True, **settings)
    parameters = dict(net.named_parameters())
    lacking = parameters.keys() & set(told["missing_keys"])
    if lacking:
        raise ValueError(f"{len(lacking)} of {len(parameters)} tensors missing")
    return net.eval()


def parts(path: Path, **settings: Any) -> dict[str, Any]:
    """The networks of transformers in a diffusers folder, such as its text encoders, by their name in the pipeline.

    Raises:
        ValueError: as `load`.
    """
    import transformers

    index = path / "model_index.json"
    named = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    kinds = {name: kind[1] for name, kind in named.items() if isinstance(kind, list) and kind[0] == "transformers"}
    # tokenizers have other files
    networks = {name: kind for name, kind in kinds.items() if (path / name / "config.json").is_file()}
    return {name: load(getattr(transformers, kind), path / name, **settings) for name, kind in networks.items()}
