"""What a file is that came as a LoRA and is none that can be used: found by its first bytes and its tensors' names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from core import checks
from core.errors import InputError

# how files begin that were given another name
PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
POINTER_START = b"version https://git-lfs"
PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml")
# ways to adapt a network that are not B A, by what one of a file's names has in it (LyCORIS, peft)
METHODS = (
    ("DoRA", r"dora_scale|lora_magnitude_vector"),
    ("LoHa", r"\.hada_"),
    ("LoKr", r"\.lokr_"),
    ("BOFT", r"\.boft_"),
    ("OFT", r"\.oft_|^oft_"),
    ("(IA)³", r"\.on_input$|\.ia3_"),
    ("GLoRA", r"\.[ab][12]\.weight$"),
    ("AdaLoRA", r"\.lora_E(\.|$)"),
    ("VeRA", r"\.vera_"),
    ("FourierFT", r"\.fourierft_"),
    ("HRA", r"\.hra_"),
    ("MiSS", r"\.(miss|bone)_"),
    ("RandLoRA", r"\.randlora_"),
)
# what peft keeps beside the matrices when it is told to
BESIDE = r"\.modules_to_save\.|lora_embedding_[AB]|\.lora_([AB]|up|down)(\.[^.]+)?\.bias$|\.token_adapter\."
LORA_LIKE = r"(^|[._])lora([._]|$)|\.diff(_b)?$|\.[wb]_norm$"
# files of other things, some of which have a LoRA in them
PARTS_BESIDE = (
    ("lora_is_controlnet", r"^control_model\.|^lora_controlnet$|controlnet_|input_hint_block|^zero_convs"),
    ("lora_is_ip_adapter", r"^image_proj\.|^ip_adapter\."),
)
# of files without any name like a LoRA's, the first that fits
WHOLE_KINDS = (
    ("lora_is_checkpoint", r"^model\.diffusion_model\.|^first_stage_model\.|^cond_stage_model\.|^conditioner\."),
    ("lora_is_vae", r"^(encoder|decoder)\.(conv_in|conv_out|down|up|mid)|quant_conv"),
    ("lora_is_word", r"^emb_params$|^string_to_|^clip_[lg]$|^t5xxl$|^<[^.]*>$"),
)
# the models that LoRAs are made for, by what the programs that made them wrote in the head, and by marks in their names
FAMILIES_IN_HEAD = (
    ("FLUX.2", r"flux[-._]?2|klein"),
    ("FLUX.1", r"flux"),
    ("Wan", r"wan"),
    ("SD 3", r"sd3|stable-diffusion-3"),
    ("SDXL", r"xl"),
    ("SD 2", r"sd_v2|stable-diffusion-v2"),
    ("SD 1.5", r"sd_v1|stable-diffusion-v1"),
)
FAMILIES_IN_NAMES = (
    ("FLUX", r"(double|single)_blocks[._]\d|single_transformer_blocks"),
    ("Wan", r"(^|[._])blocks[._]\d+[._](cross_attn|self_attn|ffn)"),
    ("SD 3", r"joint_(transformer_)?blocks?[._]\d"),
    ("SDXL", r"^lora_te2_|^text_encoder_2\.|^lora_unet_(input|output)_blocks_|label_emb"),
)
HEAD_KEYS = ("ss_base_model_version", "modelspec.architecture")
WIDTHS = {768: "SD 1.5", 1024: "SD 2"}  # of the texts that a U-Net of that family reads


def refuse_other_bytes(file: Path) -> None:
    """Says what a file is that has only the name of a `.safetensors` file.

    Raises:
        InputError: it begins like a pickle, a web page, or what Git LFS leaves where a file was not fetched.
    """
    with file.open("rb") as opened:
        start = opened.read(64)
    if start[8:9] == b"{":
        return  # the length before the head of a right file may be anything
    name = checks.short_repr(file.name)
    if start.startswith(PICKLE_STARTS):
        raise InputError("text_to_image.lora_is_pickle", got=name)
    if start.startswith(POINTER_START):
        raise InputError("text_to_image.lora_is_pointer", got=name)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGE_STARTS):
        raise InputError("text_to_image.lora_is_page", got=name)


def refuse_other_kinds(names: Collection[str]) -> None:
    """Says what a file is whose tensors have these names.

    Raises:
        InputError: it adapts a network in a way that is not B A, has more than that, or is something else altogether.
    """
    for kind, pattern in METHODS:
        if name := _first_match(names, pattern):
            raise InputError("text_to_image.lora_more", kind=kind, got=checks.short_repr(name))
    if name := _first_match(names, BESIDE):
        raise InputError("text_to_image.lora_beside", got=checks.short_repr(name))
    is_lora = not names or bool(_first_match(names, LORA_LIKE))
    for key, pattern in PARTS_BESIDE + (() if is_lora else WHOLE_KINDS):
        if name := _first_match(names, pattern):
            raise InputError(f"text_to_image.{key}", got=checks.short_repr(name))
    if not is_lora:
        raise InputError("text_to_image.lora_is_network", got=checks.short_repr(next(iter(names))))


def guess_family(names: Collection[str], about: Mapping[str, str]) -> str:
    """The models that a file with these names and this head was made for; "" where nothing tells."""
    told = " ".join(about.get(key, "") for key in HEAD_KEYS).lower()
    in_head = (family for family, pattern in FAMILIES_IN_HEAD if re.search(pattern, told))
    return next(in_head, next((family for family, marks in FAMILIES_IN_NAMES if _first_match(names, marks)), ""))


def find_family(pipeline: Any) -> str:
    """The family of a pipeline, in the words of `guess_family`; "" of the others."""
    kind = type(pipeline).__name__
    if "Flux2" in kind:
        return "FLUX.2"
    if "XL" in kind:
        return "SDXL"
    config = getattr(getattr(pipeline, "unet", None), "config", None)
    return WIDTHS.get(getattr(config, "cross_attention_dim", 0), "")


def _first_match(names: Collection[str], pattern: str) -> str:
    return next((name for name in names if re.search(pattern, name)), "")
