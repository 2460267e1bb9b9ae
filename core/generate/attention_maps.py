"""Which word drew what: cross-attention of the text over the picture (DAAM, Tang et al. 2023)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core import images, models
from core.generate import generation
from core.generate.settings import DrawOptions
from core.generate.steps import OnStep, get_unet
from core.images import RGB
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    import torch
    from typing_extensions import Unpack


@dataclass(frozen=True, kw_only=True)
class WordMaps(Result):
    """One picture and where each word acted.

    Attributes:
        image: HWC uint8 RGB.
        words: of the encoded prompt.
        maps: float32 (words, H, W) in [0, 1]; each word's own strongest place is 1.
    """

    image: RGB
    words: tuple[str, ...]
    maps: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        assert self.maps.shape == (len(self.words), *self.image.shape[:2]), self.maps.shape


def word_maps(prompt: str, *, on_step: OnStep | None = None, **options: Unpack[DrawOptions]) -> WordMaps:
    """Draws once more and records, mean over layers, heads and steps, how each place looked at each word.

    Where the pocket model's U-Net looked at the guess of its prior, it counts as a look at the words that the prior
    drew this part from (attention rollout, Abnar and Zuidema 2020).

    Args:
        prompt: what to draw.
        on_step: called after every step.
        options: as in `generate.text_to_image`; one picture is drawn.

    Raises:
        InputError: as in `generate.text_to_image`, or the model has no U-Net.
        ModelUnavailable: as there.
    """
    row = models.row(generation.TASK, options.get("model"))
    with models.borrow(generation.TASK, row.name) as (_, pipeline):
        watch = Stopwatch()
        with record_attention(get_unet(pipeline)) as record:
            found = generation.text_to_image(prompt, on_step=on_step, **options | {"model": row.name, "count": 1})
        words, columns = _split_words(pipeline.tokenizer, found.encoded)
        looks = _fold_prior_attention(pipeline, found.encoded, record.mean())
    shape = found.images[0].shape[:2]
    maps = [_normalise_map(looks[..., list(tokens)].mean(-1), shape) for tokens in columns]
    stacked = np.stack(maps) if maps else np.zeros((0, *shape), np.float32)
    return WordMaps(
        image=found.images[0],
        words=words,
        maps=stacked,
        left_out=found.left_out,
        near=found.near,
        model=row.name,
        seconds=watch.seconds,
    )


class AttentionRecord:
    """Sums of cross-attention by the number of places."""

    def __init__(self) -> None:
        self._sums: dict[int, npt.NDArray[np.float64]] = {}
        self._counts: dict[int, int] = {}

    def add(self, looks: torch.Tensor) -> None:
        """Attention of one picture's prompt, (heads, places, tokens)."""
        mean = looks.float().mean(0).cpu().numpy().astype(np.float64)
        places = len(mean)
        self._sums[places] = self._sums.get(places, 0) + mean
        self._counts[places] = self._counts.get(places, 0) + 1

    def mean(self) -> npt.NDArray[np.float32]:
        """Float32 (h, w, tokens) at the finest resolution; coarser layers are stretched to it."""
        finest = round(max(self._sums) ** 0.5)
        layers = []
        for places, total in self._sums.items():
            side = round(places**0.5)
            factor = -(-finest // side)  # an odd side is halved upwards; what is too much is cut
            layer = (total / self._counts[places]).reshape(side, side, -1)
            layers.append(layer.repeat(factor, 0).repeat(factor, 1)[:finest, :finest])
        return np.asarray(np.mean(layers, axis=0), np.float32)


@contextmanager
def record_attention(unet: Any) -> Iterator[AttentionRecord]:
    """The U-Net with every cross-attention on record."""
    record, hooks = AttentionRecord(), []
    for name, layer in unet.named_modules():
        if name.endswith("attn2"):
            hooks.append(layer.register_forward_pre_hook(_make_attention_hook(record), with_kwargs=True))
    try:
        yield record
    finally:
        for hook in hooks:
            hook.remove()


def _make_attention_hook(record: AttentionRecord) -> Any:
    def record_layer(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        places, words = args[0], kwargs["encoder_hidden_states"]
        query = layer.head_to_batch_dim(layer.to_q(places))
        key = layer.head_to_batch_dim(layer.to_k(words))
        # one picture is drawn: with guidance the prompt's half of the batch is the second one
        record.add(layer.get_attention_scores(query, key)[-layer.heads :])

    return record_layer


def _fold_prior_attention(pipeline: Any, text: str, looks: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Looks (h, w, tokens) at words and, where there is one, at a prior's guess as looks at words alone."""
    if not hasattr(pipeline.text_encoder, "attribute_to_words"):
        return looks
    read = pipeline.tokenizer(text, truncation=True, padding="max_length", return_tensors="pt").to(pipeline.device)
    owed = pipeline.text_encoder.attribute_to_words(**read)[0].float().cpu().numpy()  # (guess, words)
    words = owed.shape[1]
    whole: npt.NDArray[np.float32] = looks[..., :words] + looks[..., words:] @ owed
    return whole


def _split_words(tokenizer: Any, text: str) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
    """The words of a text that the encoder reads, and the places of their tokens in its input."""
    spans = tokenizer(text, truncation=True, return_offsets_mapping=True)["offset_mapping"]
    words, columns = [], []
    for match in re.finditer(r"[^\s,.;:!?()]+", text):
        tokens = tuple(i for i, (start, end) in enumerate(spans) if start < match.end() and end > match.start())
        if tokens:
            words.append(match[0])
            columns.append(tokens)
    return tuple(words), columns


def _normalise_map(values: npt.NDArray[np.float32], shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Values (h, w) over the picture, from 0 at the word's weakest place to 1 at its strongest."""
    low, high = float(values.min()), float(values.max())
    return images.resize_map((values - low) / max(high - low, 1e-9), shape)
