"""A Segment Anything of one small block with random weights: the real classes, in milliseconds."""

from __future__ import annotations

from typing import Any


def build_predictor() -> Any:
    """A `SamPredictor`."""
    import torch
    from segment_anything import SamPredictor
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    torch.manual_seed(0)
    encoder = ImageEncoderViT(img_size=128, patch_size=16, embed_dim=32, depth=1, num_heads=2, out_chans=32)
    prompts = PromptEncoder(embed_dim=32, image_embedding_size=(8, 8), input_image_size=(128, 128), mask_in_chans=4)
    blocks = TwoWayTransformer(depth=1, embedding_dim=32, mlp_dim=32, num_heads=2)
    return SamPredictor(Sam(encoder, prompts, MaskDecoder(transformer_dim=32, transformer=blocks)).eval())
