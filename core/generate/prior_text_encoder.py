"""MiniLM with the prior behind it, as the pipelines of diffusers take a text encoder."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from transformers import BertConfig, BertModel
from transformers.modeling_outputs import BaseModelOutput

from core.generate.prior import MAX_TOKENS, SHARPNESS, Prior, PriorOutput, attribute_to_words, code_to_tokens


class BertWithPrior(BertModel):  # type: ignore[misc]  # mypy does not follow transformers
    """States of 32 tokens of the words, then 64 of the prior's guess: what the U-Net attends to."""

    _keys_to_ignore_on_load_missing: ClassVar = [r"^prior\."]

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.config.use_attention_mask = True
        self.prior = Prior()

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, **given: Any) -> BaseModelOutput:
        """Token numbers (n, any) -> states (n, 96, 384); tokens after the 32nd are not read."""
        states, mask = self._encode_words(input_ids, attention_mask, **given)
        guess = self.prior(states, mask, SHARPNESS)
        return BaseModelOutput(last_hidden_state=torch.cat([states, code_to_tokens(guess.code)], 1))

    @torch.inference_mode()
    def run_prior(self, input_ids: Tensor, attention_mask: Tensor | None = None, **given: Any) -> PriorOutput:
        """What the prior makes of the words."""
        guess: PriorOutput = self.prior(*self._encode_words(input_ids, attention_mask, **given), SHARPNESS)
        return guess

    @torch.inference_mode()
    def attribute_to_words(self, input_ids: Tensor, attention_mask: Tensor | None = None, **given: Any) -> Tensor:
        """How much each of the 64 tokens of the guess owes to each token of the words, (n, 64, 32 or fewer)."""
        return attribute_to_words(self.run_prior(input_ids, attention_mask, **given))

    def _encode_words(self, input_ids: Tensor, attention_mask: Tensor | None, **given: Any) -> tuple[Tensor, Tensor]:
        ids = input_ids[:, :MAX_TOKENS]
        mask = torch.ones_like(ids) if attention_mask is None else attention_mask[:, :MAX_TOKENS]
        return super().forward(ids, attention_mask=mask, **given)[0], mask
