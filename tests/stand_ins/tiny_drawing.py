"""The tiny repositories of models that draw: Stable Diffusion, SDXL, ControlNet, LaMa."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

LAYERS = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
CLIP_WORDS = {"vocab_size": 600, "bos_token_id": 598, "eos_token_id": 599, "pad_token_id": 599}
MARKS = ("endoftext", "im_start", "im_end")
# the noise schedule as the files of Stable Diffusion have it; what is not written is each scheduler's own default
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
NOISE |= {"clip_sample": False, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1}
NOISE |= {"trained_betas": None}
DENOISER = {
    "sample_size": 64,
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "out_channels": 4,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "norm_num_groups": 16,
}


def write_text_to_image(folder: Path, place: str) -> None:
    """SD-Turbo, SD 1.5, SDXL-Turbo or FLUX.2 klein."""
    builders = {"sd-turbo": _sd_turbo, "stable-diffusion-v1-5": _sd15, "sdxl-turbo": _sdxl, "FLUX.2-klein-4B": _klein}
    builders[place.split("/")[1]](folder)


def _sd_turbo(folder: Path) -> None:
    _stable_diffusion(folder, 4)
    _write_scheduler(folder, "EulerDiscreteScheduler", timestep_spacing="trailing", prediction_type="epsilon")


def _sd15(folder: Path) -> None:
    _stable_diffusion(folder, 4, **_safety_checker_parts())
    _write_scheduler(folder, "PNDMScheduler")


def write_inpainting(folder: Path, place: str) -> None:
    """SD 1.5 inpainting."""
    _stable_diffusion(folder, 9, **_safety_checker_parts())
    _write_scheduler(folder, "PNDMScheduler")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"_class_name": "StableDiffusionInpaintPipeline"}))


def _safety_checker_parts() -> dict[str, Any]:
    """What SD 1.5 has beside its networks: a safety checker."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    eyes = CLIPConfig(
        text_config={**LAYERS, **CLIP_WORDS},
        vision_config={**LAYERS, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    return {
        "safety_checker": StableDiffusionSafetyChecker(eyes),
        "feature_extractor": CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        "requires_safety_checker": True,
    }


def _write_scheduler(folder: Path, kind: str, **more: Any) -> None:
    """The scheduler's file with the keys of the real one and no others: `from_config` inherits only what is written."""
    told = {"_class_name": kind, "_diffusers_version": "0.6.0", **NOISE, **more}
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(told, indent=2))
    index = json.loads((folder / "model_index.json").read_text()) | {"scheduler": ["diffusers", kind]}
    (folder / "model_index.json").write_text(json.dumps(index))


def _stable_diffusion(folder: Path, unet_channels: int, **parts: Any) -> None:
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    clip_tokenizer(folder / "tokenizer", length=77)
    parts = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False} | parts
    pipeline = StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(CLIPTextConfig(**LAYERS, **CLIP_WORDS)),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        unet=UNet2DConditionModel(**DENOISER, in_channels=unet_channels, cross_attention_dim=32),
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),  # until its file is written
        **parts,
    )
    pipeline.to(torch.float16).save_pretrained(folder, variant="fp16")
    # the real repositories are older than this file
    (folder / "tokenizer" / "tokenizer.json").unlink()


def _sdxl(folder: Path) -> None:
    import torch
    from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    names = ("tokenizer", "tokenizer_2")
    for name in names:
        clip_tokenizer(folder / name, length=77)
    times = 8
    unet = UNet2DConditionModel(
        **DENOISER,
        in_channels=4,
        cross_attention_dim=2 * LAYERS["hidden_size"],
        attention_head_dim=(4, 8),
        transformer_layers_per_block=(1, 2),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=times,
        projection_class_embeddings_input_dim=24 + 6 * times,
    )
    pipeline = StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(CLIPTextConfig(**LAYERS, **CLIP_WORDS)),
        text_encoder_2=CLIPTextModelWithProjection(CLIPTextConfig(**LAYERS, **CLIP_WORDS, projection_dim=24)),
        **{name: CLIPTokenizer.from_pretrained(folder / name) for name in names},
        unet=unet,
        scheduler=EulerAncestralDiscreteScheduler(),
    )
    pipeline.to(torch.float16).save_pretrained(folder, variant="fp16")
    _write_scheduler(folder, "EulerAncestralDiscreteScheduler", timestep_spacing="trailing", prediction_type="epsilon")
    for name in names:
        (folder / name / "tokenizer.json").unlink()


def _klein(folder: Path) -> None:
    """Its pipeline reads the text encoder's layers 9, 18 and 27; that one's weights come in two files."""
    import torch
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen2TokenizerFast, Qwen3Config, Qwen3ForCausalLM

    _chat_tokenizer(folder / "tokenizer")
    width, heads = 16, {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8}
    text = Qwen3ForCausalLM(
        Qwen3Config(vocab_size=260, hidden_size=width, intermediate_size=16, num_hidden_layers=27, **heads)
    )
    transformer = Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * width,
        timestep_guidance_channels=16,
        mlp_ratio=1.0,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    pipeline = Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=AutoencoderKLFlux2(
            block_out_channels=(8, 8, 8, 16), latent_channels=4, norm_num_groups=8, layers_per_block=1
        ),
        text_encoder=text,
        tokenizer=Qwen2TokenizerFast.from_pretrained(folder / "tokenizer"),
        transformer=transformer,
        is_distilled=True,
    )
    pipeline.to(torch.bfloat16).save_pretrained(folder)
    (folder / "text_encoder" / "model.safetensors").unlink()
    bytes_of_it = sum(parameter.nbytes for parameter in text.parameters())
    text.save_pretrained(folder / "text_encoder", max_shard_size=int(bytes_of_it * 0.6))


def _vae() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(16, 16, 16, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=16,
    )


def write_controlnet(folder: Path, place: str) -> None:
    """ControlNet 1.1, of which the half-precision file is the only one in safetensors; its last layers do something."""
    import torch
    from diffusers import ControlNetModel

    half = {name: DENOISER[name] for name in ("block_out_channels", "layers_per_block", "down_block_types")}
    net = ControlNetModel(**half, in_channels=4, cross_attention_dim=32, norm_num_groups=16)
    for name, parameter in net.named_parameters():
        if "controlnet" in name and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)
    net.to(torch.float16).save_pretrained(folder, variant="fp16")


def write_lama(folder: Path, place: str) -> None:
    """A network of one layer with LaMa's arguments, as TorchScript."""
    import torch

    class Small(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Conv2d(4, 3, 9, padding=4, padding_mode="reflect")

        def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            seen = image * (1 - mask)
            return seen + torch.sigmoid(self.layer(torch.cat([seen, mask], 1))) * mask

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(Small()), str(folder / "lama.pt"))


def _chat_tokenizer(folder: Path) -> None:
    """Qwen's: bytes, one merge, and the marks of a conversation."""
    folder.mkdir(parents=True)
    symbols = [chr(code) for code in [*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324)]]
    (folder / "vocab.json").write_text(json.dumps({s: i for i, s in enumerate([*symbols, "ca"])}), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\nc a\n")
    start, end = "<|im_start|>{{ message.role }}\n", "<|im_end|>\n"
    (folder / "chat_template.jinja").write_text(
        f"{{% for message in messages %}}{start}{{{{ message.content }}}}{end}{{% endfor %}}<|im_start|>assistant\n"
    )
    marks = {str(257 + i): {"content": f"<|{mark}|>", "special": True} for i, mark in enumerate(MARKS)}
    settings = {"tokenizer_class": "Qwen2Tokenizer", "model_max_length": 131072, "added_tokens_decoder": marks}
    settings |= {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def clip_tokenizer(folder: Path, length: int) -> None:
    """CLIP's byte-pair tokenizer with its 256 byte symbols, each also as a word's end, and a few merges."""
    folder.mkdir(parents=True, exist_ok=True)
    symbols = [chr(code) for code in [*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324)]]
    merges = [("c", "a"), ("ca", "t</w>"), ("d", "o"), ("do", "g</w>")]
    words = [*symbols, *(s + "</w>" for s in symbols), *("".join(pair) for pair in merges)]
    words += [f"<unused{i}>" for i in range(598 - len(words))] + ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    special = dict.fromkeys(("eos_token", "unk_token", "pad_token"), "<|endoftext|>")
    special["bos_token"] = "<|startoftext|>"
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    settings = special | {"tokenizer_class": "CLIPTokenizer", "model_max_length": length, "do_lower_case": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
