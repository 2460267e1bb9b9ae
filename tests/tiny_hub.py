"""Tiny repositories with random weights, in the exact layout of the Hub's cache, for the rows that come from the Hub.

`write(row, cache)` makes what `huggingface_hub.snapshot_download` would leave behind: `models--owner--name/` with
`blobs/` (the files, named by their hash), `snapshots/<commit>/` (links to them) and `refs/<revision>`. The files have
the names and the formats of the real repository; only the networks in them are small.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from core import models
from core.models import torchvision_ops
from core.models.catalog import Row
from core.models.repository import is_commit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LAYERS = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
CLIP_WORDS = {"vocab_size": 600, "bos_token_id": 598, "eos_token_id": 599, "pad_token_id": 599}


@contextmanager
def installed(cache: Path) -> Iterator[Callable[[str], Path]]:
    """An empty Hub cache at `cache`, and no Hub; what is yielded adds the tiny repository of a row, by name."""
    import torch

    rows = {row.name: row for row in models.rows()}
    threads = torch.get_num_threads()
    models.release()
    # networks this small only wait for each other's threads
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", True)
        # its architecture is the only one that is not written in the repository
        patch.setitem(_sam_registry(), "vit_b", small_sam)
        yield lambda name: write(rows[name], cache)
    torch.set_num_threads(threads)
    models.release()


def write(row: Row, cache: Path) -> Path:
    """Puts a tiny repository for `row` into the Hub cache at `cache`; returns its snapshot folder."""
    place = row.source.removeprefix("hub:")
    return lay_out(
        Path(_built(row.loader, place).name), cache / f"models--{place.replace('/', '--')}", row.revision or "main"
    )


def lay_out(files: Path, repository: Path, revision: str) -> Path:
    """Copies the folder `files` into `repository` as one commit, the way the Hub client stores it.

    A revision that is a commit is that one, a branch is at COMMIT.
    """
    snapshot = repository / "snapshots" / (revision if is_commit(revision) else COMMIT)
    (repository / "blobs").mkdir(parents=True, exist_ok=True)
    for file in sorted(path for path in files.rglob("*") if path.is_file()):
        link = snapshot / file.relative_to(files)
        blob = repository / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
        shutil.copyfile(file, blob)
        link.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * len(link.relative_to(repository).parent.parts)
        link.symlink_to(f"{up}blobs/{blob.name}")
    if not is_commit(revision):
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / revision).write_text(COMMIT)
    return snapshot


@functools.cache
def _built(loader: str, place: str) -> tempfile.TemporaryDirectory[str]:
    """A folder with the repository's files; built once a process, from seed 0, gone with the process."""
    import torch

    torchvision_ops.ensure()
    folder = tempfile.TemporaryDirectory(prefix="tiny-hub-")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BUILDERS[loader](Path(folder.name), place)
    return folder


def _stable_diffusion(folder: Path, unet_channels: int, **parts: Any) -> None:
    import torch
    from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    _clip_tokenizer(folder / "tokenizer", length=77)
    text = CLIPTextConfig(**LAYERS, **CLIP_WORDS)
    unet = UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(32, 64),
        layers_per_block=1,
        in_channels=unet_channels,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        norm_num_groups=16,
    )
    vae = AutoencoderKL(
        block_out_channels=(16, 16, 16, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=16,
    )
    parts = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False} | parts
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        unet=unet,
        **parts,
    )
    pipeline.to(torch.float16).save_pretrained(folder, variant="fp16")
    # the real repositories are older than this file
    (folder / "tokenizer" / "tokenizer.json").unlink()


def _sd_turbo(folder: Path, place: str) -> None:
    from diffusers import EulerDiscreteScheduler

    _stable_diffusion(folder, 4, scheduler=EulerDiscreteScheduler(timestep_spacing="trailing"))


def _sd_inpainting(folder: Path, place: str) -> None:
    from diffusers import PNDMScheduler
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    eyes = CLIPConfig(
        text_config={**LAYERS, **CLIP_WORDS},
        vision_config={**LAYERS, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    _stable_diffusion(
        folder,
        9,
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1),
        safety_checker=StableDiffusionSafetyChecker(eyes),
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        requires_safety_checker=True,
    )
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"_class_name": "StableDiffusionInpaintPipeline"}))


def _dual_encoder(folder: Path, place: str) -> None:
    (_clip if "clip" in place else _siglip2)(folder)


def _clip(folder: Path) -> None:
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    model = CLIPModel(
        CLIPConfig(
            text_config={**LAYERS, **CLIP_WORDS},
            vision_config={**LAYERS, "image_size": 64, "patch_size": 32},
            projection_dim=16,
        )
    )
    model.config.architectures = ["CLIPModel"]
    model.config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    CLIPImageProcessor(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}).save_pretrained(folder)
    _clip_tokenizer(folder, length=77)


def _siglip2(folder: Path) -> None:
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import BPE
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel

    vocabulary = {"<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, **{f"<0x{b:02X}>": b + 4 for b in range(256)}}
    ends = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2}
    SiglipModel(
        SiglipConfig(
            text_config={**LAYERS, "vocab_size": len(vocabulary), "projection_size": 32, **ends},
            vision_config={**LAYERS, "image_size": 64, "patch_size": 16},
        )
    ).save_pretrained(folder)
    SiglipImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=[], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    tokenizer.save(str(folder / "tokenizer.json"))
    words = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(words))
    settings = {**words, "tokenizer_class": "GemmaTokenizer", "model_max_length": 64, "padding_side": "right"}
    settings |= {"processor_class": "SiglipProcessor", "add_bos_token": False, "add_eos_token": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _clip_tokenizer(folder: Path, length: int) -> None:
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


def _detector(folder: Path, place: str) -> None:
    (_owlv2 if "owlv2" in place else _grounding_dino)(folder)


def _owlv2(folder: Path) -> None:
    import torch
    from transformers import Owlv2Config, Owlv2ForObjectDetection, Owlv2ImageProcessor

    text = {**LAYERS, **CLIP_WORDS, "max_position_embeddings": 16}
    config = Owlv2Config(
        text_config=text, vision_config={**LAYERS, "image_size": 64, "patch_size": 16}, projection_dim=32
    )
    model = Owlv2ForObjectDetection(config)
    # each patch's box around itself: a random network's have no area
    torch.nn.init.zeros_(model.box_head.dense2.weight)
    torch.nn.init.zeros_(model.box_head.dense2.bias)
    model.save_pretrained(folder)
    Owlv2ImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    _clip_tokenizer(folder, length=16)


def _grounding_dino(folder: Path) -> None:
    from transformers import (
        BertConfig,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        GroundingDinoImageProcessor,
        SwinConfig,
    )

    letters = [chr(code) for code in range(97, 123)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "a", "face", *letters, *("##" + c for c in letters)]
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=64, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=2,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=BertConfig(**LAYERS, vocab_size=len(words)),
        d_model=64, encoder_layers=1, decoder_layers=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_queries=20,
        encoder_attention_heads=4, decoder_attention_heads=4,
    )  # fmt: skip
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    size = {"shortest_edge": 64, "longest_edge": 96}
    GroundingDinoImageProcessor(size=size).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(words)) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", "model_max_length": 512, "do_lower_case": True}
    settings["processor_class"] = "GroundingDinoProcessor"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _timm(folder: Path, place: str) -> None:
    import timm
    from timm.models import save_for_hf

    small = {"timm/resnet50.a1_in1k": "test_resnet", "timm/convnext_tiny.fb_in1k": "test_convnext"}
    save_for_hf(timm.create_model(small[place]), str(folder), safe_serialization=True)


def _sam(folder: Path, place: str) -> None:
    import torch

    (folder / "checkpoints").mkdir()
    torch.save(small_sam().state_dict(), folder / "checkpoints" / "sam_vit_b_01ec64.pth")


def _sam_registry() -> dict[str, Any]:
    torchvision_ops.ensure()
    from segment_anything import sam_model_registry

    registry: dict[str, Any] = sam_model_registry
    return registry


def small_sam(checkpoint: None = None) -> Any:
    """Segment Anything with a two-layer image encoder; stands in for `sam_model_registry["vit_b"]`."""
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    width, grid = 32, 16
    encoder = ImageEncoderViT(
        img_size=256, patch_size=16, embed_dim=width, depth=2, num_heads=2, out_chans=width, use_rel_pos=True
    )
    prompts = PromptEncoder(
        embed_dim=width, image_embedding_size=(grid, grid), input_image_size=(256, 256), mask_in_chans=16
    )
    decoder = MaskDecoder(
        transformer_dim=width,
        transformer=TwoWayTransformer(depth=2, embedding_dim=width, num_heads=2, mlp_dim=64),
        num_multimask_outputs=3,
        iou_head_hidden_dim=width,
    )
    return Sam(encoder, prompts, decoder)


BUILDERS: dict[str, Callable[[Path, str], None]] = {
    "diffusers_text_to_image": _sd_turbo,
    "diffusers_inpaint": _sd_inpainting,
    "transformers_dual_encoder": _dual_encoder,
    "transformers_detector": _detector,
    "timm_from_folder": _timm,
    "segment_anything": _sam,
}
