"""Words in, boxes and masks out: another name of `core.segment.grounded`."""

from core.segment.grounded import WordMasks, from_words

__all__ = ["WordMasks", "from_words"]
