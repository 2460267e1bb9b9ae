"""MiniLM with the prior behind it, as the pipelines of diffusers take a text encoder."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from transformers import BertConfig, BertModel
from transformers.modeling_outputs import BaseModelOutput

from core.generate.prior import READ, SHARPER, Guess, Prior, owed, tokens


class GuessingBert(BertModel):  # type: ignore[misc]  # mypy does not follow transformers
    """States of 32 tokens of the words, then 64 of the prior's guess: what the U-Net attends to."""

    _keys_to_ignore_on_load_missing: ClassVar = [r"^prior\."]

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.config.use_attention_mask = True
        self.prior = Prior()

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, **given: Any) -> BaseModelOutput:
        """Token numbers (n, any) -> states (n, 96, 384); tokens after the 32nd are not read."""
        states, mask = self._read(input_ids, attention_mask, **given)
        guess = self.prior(states, mask, SHARPER)
        return BaseModelOutput(last_hidden_state=torch.cat([states, tokens(guess.code)], 1))

    @torch.inference_mode()
    def guess(self, input_ids: Tensor, attention_mask: Tensor | None = None, **given: Any) -> Guess:
        """What the prior makes of the words."""
        guess: Guess = self.prior(*self._read(input_ids, attention_mask, **given), SHARPER)
        return guess

    @torch.inference_mode()
    def owed(self, input_ids: Tensor, attention_mask: Tensor | None = None, **given: Any) -> Tensor:
        """How much each of the 64 tokens of the guess owes to each token of the words, (n, 64, 32 or fewer)."""
        return owed(self.guess(input_ids, attention_mask, **given))

    def _read(self, input_ids: Tensor, attention_mask: Tensor | None, **given: Any) -> tuple[Tensor, Tensor]:
        ids = input_ids[:, :READ]
        mask = torch.ones_like(ids) if attention_mask is None else attention_mask[:, :READ]
        return super().forward(ids, attention_mask=mask, **given)[0], mask
