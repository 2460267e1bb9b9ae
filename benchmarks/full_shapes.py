"""Networks of the full-size architectures with random weights: as slow and as large as real ones, and as useless."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
CLIP_G = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20}
CLIP_H = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16}
WORDS = {"vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 49407}
VAE = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4}


def build_on(device: str, precision: Any, build: Callable[[], Any]) -> Any:
    """What `build` makes, made on the device at once and in that precision; float32 tables stay what they are."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(precision)
    try:
        with torch.device(device):
            return build()
    finally:
        torch.set_default_dtype(before)


def sd15() -> Any:
    """Stable Diffusion 1.5: U-Net 859.5 M, autoencoder 83.7 M, CLIP-L 123.1 M, without its safety checker."""
    return _stable_diffusion(CLIP_L, {"cross_attention_dim": 768, "attention_head_dim": 8})


def sd_turbo() -> Any:
    """SD-Turbo, that is Stable Diffusion 2.1: U-Net 865.9 M, OpenCLIP-H 340.4 M."""
    heads = {"attention_head_dim": (5, 10, 20, 20), "use_linear_projection": True}
    return _stable_diffusion(CLIP_H | {"hidden_act": "gelu"}, {"cross_attention_dim": 1024, **heads})


def sdxl() -> Any:
    """SDXL: U-Net 2,567.5 M, autoencoder 83.7 M, CLIP-L 123.1 M, OpenCLIP-bigG 694.7 M."""
    from diffusers import AutoencoderKL, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    unet = UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        attention_head_dim=(5, 10, 20),
        cross_attention_dim=2048,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
        use_linear_projection=True,
    )
    big = CLIPTextConfig(**CLIP_G, **WORDS, hidden_act="gelu", projection_dim=1280)
    return StableDiffusionXLPipeline(
        vae=AutoencoderKL(**VAE, **_vae_blocks()),
        text_encoder=CLIPTextModel(CLIPTextConfig(**CLIP_L, **WORDS)),
        text_encoder_2=CLIPTextModelWithProjection(big),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=unet,
        scheduler=_scheduler("EulerAncestralDiscreteScheduler"),
        add_watermarker=False,
    )


def sam(kind: str) -> Any:
    """Segment Anything: ViT-B 93.7 M, ViT-H 641.1 M."""
    from segment_anything import sam_model_registry

    return sam_model_registry[kind]()


def clip() -> Any:
    """CLIP ViT-B/32, 151.3 M: what `CLIPConfig` describes when nobody says otherwise."""
    from transformers import CLIPConfig, CLIPModel

    return CLIPModel(CLIPConfig())


def tokenizer() -> Any:
    """CLIP's byte-pair tokenizer with its 256 symbols and no merges: as long, as quick, other tokens."""
    from transformers import CLIPTokenizer

    symbols = [chr(code) for code in [*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324)]]
    words = [*symbols, *(symbol + "</w>" for symbol in symbols)]
    words += [f"<unused{i}>" for i in range(WORDS["bos_token_id"] - len(words))] + ["<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}), encoding="utf-8")
        Path(folder, "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
        return CLIPTokenizer(f"{folder}/vocab.json", f"{folder}/merges.txt", model_max_length=77)


def _stable_diffusion(text: dict[str, Any], unet: dict[str, Any]) -> Any:
    from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    return StableDiffusionPipeline(
        vae=AutoencoderKL(**VAE, **_vae_blocks()),
        text_encoder=CLIPTextModel(CLIPTextConfig(**text, **WORDS)),
        tokenizer=tokenizer(),
        unet=UNet2DConditionModel(sample_size=64, **unet),
        scheduler=_scheduler("EulerDiscreteScheduler"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _vae_blocks() -> dict[str, Any]:
    return {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}


def _scheduler(kind: str) -> Any:
    import diffusers
    import torch

    # its tables belong on the CPU, wherever the networks are made
    with torch.device("cpu"):
        return getattr(diffusers, kind)(timestep_spacing="trailing", steps_offset=1)
