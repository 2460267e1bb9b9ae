"""Tiny repositories with random weights, in the exact layout of the Hub's cache, for the rows that come from the Hub.

`write(row, cache)` makes what `huggingface_hub.snapshot_download` would leave behind: `models--owner--name/` with
`blobs/` (the files, named by their hash), `snapshots/<commit>/` (links to them) and `refs/<revision>`. The files have
the names and the formats of the real repository; only the networks in them are small.
"""

from __future__ import annotations

import dataclasses
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
from core.models import registry, torchvision_shim
from core.models.catalog import Row
from core.models.catalog.specs import TorchScriptSpec
from core.models.files.hub_cache import is_commit
from tests.stand_ins import tiny_drawing
from tests.stand_ins.tiny_drawing import CLIP_WORDS, LAYERS, clip_tokenizer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def use_empty_cache(cache: Path) -> Iterator[Callable[[str], Path]]:
    """An empty Hub cache at `cache`, and no Hub; what is yielded adds the tiny repository of a row, by name."""
    import torch

    from tests.conftest import release_all

    # for scripts that no conftest has prepared: Segment Anything imports torchvision
    torchvision_shim.ensure_torchvision()
    rows = {row.name: row for row in models.rows()}
    threads = torch.get_num_threads()
    release_all()
    # networks this small only wait for each other's threads
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:

        def add(name: str) -> Path:
            snapshot = write_repository(rows[name], cache)
            if isinstance(rows[name].spec, TorchScriptSpec):
                meant = {name: _with_hash_of(snapshot, rows[name])}
                patch.setattr(registry, "ROWS", tuple(meant.get(row.name, row) for row in registry.ROWS))
            return snapshot

        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", True)
        # their architecture is the only one that is not written in the repository
        for name in ("vit_b", "vit_l", "vit_h"):
            patch.setitem(_sam_registry(), name, small_sam)
        yield add
    torch.set_num_threads(threads)
    models.release()


def override_options(patch: pytest.MonkeyPatch, name: str, **spec: object) -> None:
    """Another size or number of steps for the row of that name, while the patch holds."""

    def with_options(row: Row) -> Row:
        return dataclasses.replace(row, spec=dataclasses.replace(row.spec, **spec))

    patch.setattr(registry, "ROWS", tuple(with_options(row) if row.name == name else row for row in registry.ROWS))


def _with_hash_of(snapshot: Path, row: Row) -> Row:
    """The row, as if it meant this file: the hash of the real one is the row's own."""
    sha256 = hashlib.sha256((snapshot / row.files[0]).read_bytes()).hexdigest()
    return dataclasses.replace(row, spec=TorchScriptSpec(sha256=sha256))


def has_builder(row: Row) -> bool:
    """Whether its repository holds a network that its loader can read."""
    return row.loader in BUILDERS


def no_builder(row: Row) -> str:
    """What to say of a row that could not be loaded, and what cures it."""
    return (
        f"{row.name} was not loaded: tests/stand_ins/tiny_hub.py has no builder for {row.loader}; add one to BUILDERS"
    )


def write_repository(row: Row, cache: Path) -> Path:
    """Puts a tiny repository for `row` into the Hub cache at `cache`; returns its snapshot folder.

    Of a loader that has no builder it has all files, but no network in them.
    """
    place = row.source.removeprefix("hub:")
    names = () if has_builder(row) else tuple(name for name in row.files if "*" not in name)
    return lay_out(
        Path(_build_repository(row.loader, place, names).name),
        cache / f"models--{place.replace('/', '--')}",
        row.revision or "main",
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
def _build_repository(loader: str, place: str, names: tuple[str, ...] = ()) -> tempfile.TemporaryDirectory[str]:
    """A folder with the repository's files; built once a process, from seed 0, gone with the process."""
    import torch

    folder = tempfile.TemporaryDirectory(prefix="tiny-hub-")
    if names:
        _write_stand_in_files(Path(folder.name), names)
        return folder
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BUILDERS[loader](Path(folder.name), place)
    return folder


def _write_stand_in_files(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"a stand-in for {name}")


def _dual_encoder(folder: Path, place: str) -> None:
    if "clip" in place:
        _clip(folder, pickled="base" in place)
    else:
        _siglip2(folder)


def _clip(folder: Path, pickled: bool) -> None:
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    model = CLIPModel(
        CLIPConfig(
            text_config={**LAYERS, **CLIP_WORDS},
            vision_config={**LAYERS, "image_size": 64, "patch_size": 32},
            projection_dim=16,
        )
    )
    model.save_pretrained(folder)
    if pickled:
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    CLIPImageProcessor(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}).save_pretrained(folder)
    clip_tokenizer(folder, length=77)


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
    settings |= {"model_input_names": ["input_ids"]}  # without it the padding would be hidden from the network
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
    clip_tokenizer(folder, length=16)


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

    small = {"convnext_tiny": "test_convnext", "convnextv2_tiny": "test_convnext2"}
    name = place.removeprefix("timm/").split(".")[0]
    save_for_hf(timm.create_model(small.get(name, "test_resnet")), str(folder), safe_serialization=True)


def _sam(folder: Path, place: str) -> None:
    import torch

    (folder / "checkpoints").mkdir()
    for name in ("b_01ec64", "l_0b3195", "h_4b8939"):
        torch.save(small_sam().state_dict(), folder / "checkpoints" / f"sam_vit_{name}.pth")


def _sam2(folder: Path, place: str) -> None:
    """As on the Hub, a network for videos: its configuration says so, and its file has more than pictures need."""
    from transformers import Sam2ImageProcessor, Sam2Processor, Sam2VideoConfig, Sam2VideoModel

    side, width, inner = 64, 32, {"hidden_size": 32, "mlp_dim": 32, "num_attention_heads": 2, "iou_head_hidden_dim": 32}
    stages = {"blocks_per_stage": [1, 1, 2, 1], "embed_dim_per_stage": [8, 16, 32, 64], "global_attention_blocks": [3]}
    stages |= {"num_attention_heads_per_stage": [1, 2, 4, 8], "window_size_per_stage": [4, 2, 2, 2]}
    backbone = {"model_type": "sam2_hiera_det_model", "hidden_size": 8, "image_size": [side, side], **stages}
    eyes = {"model_type": "sam2_vision_model", "backbone_config": backbone, "fpn_hidden_size": width}
    eyes |= {"backbone_channel_list": [64, 32, 16, 8], "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]]}
    memory = {"memory_attention_hidden_size": width, "memory_attention_num_layers": 1, "memory_fuser_num_layers": 1}
    memory |= {"memory_attention_feed_forward_hidden_size": width, "memory_attention_rope_feat_sizes": [4, 4]}
    memory |= {
        "memory_encoder_hidden_size": width,
        "memory_encoder_output_channels": 8,
        "memory_fuser_embed_dim": width,
    }
    memory |= {"mask_downsampler_embed_dim": width, "memory_fuser_intermediate_dim": width}
    config = Sam2VideoConfig(
        vision_config=eyes,
        prompt_encoder_config={"hidden_size": width, "image_size": side},
        mask_decoder_config=inner,
        image_size=side,
        **memory,
    )
    Sam2VideoModel(config).save_pretrained(folder)
    processor = Sam2ImageProcessor(size={"height": side, "width": side}, mask_size={"height": 16, "width": 16})
    for part in (processor, Sam2Processor(processor)):
        part.save_pretrained(folder)


def _annotators(folder: Path, place: str) -> None:
    """HED with half-precision tensors."""
    import torch

    from core.edges.hed import Hed

    net = Hed([(3, 8, 2), (8, 8, 2), (8, 16, 3), (16, 16, 3), (16, 16, 3)])
    torch.save({name: tensor.half() for name, tensor in net.state_dict().items()}, folder / "ControlNetHED.pth")


def _sam_registry() -> dict[str, Any]:
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
    "generate.pipelines": tiny_drawing.write_text_to_image,
    "inpaint.diffusion": tiny_drawing.write_inpainting,
    "generate.controlnet": tiny_drawing.write_controlnet,
    "inpaint.lama": tiny_drawing.write_lama,
    "zeroshot.clip": _dual_encoder,
    "segment.sam2": _sam2,
    "segment.detector": _detector,
    "classify.timm": _timm,
    "segment.sam": _sam,
    "edges.hed": _annotators,
}
