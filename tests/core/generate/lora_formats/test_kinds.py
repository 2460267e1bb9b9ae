"""Files that are no LoRA, or one of a kind that is not read, are called what they are."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from core.errors import InputError
from core.generate import lora, lora_files
from core.generate.lora_formats import kinds
from tests.stand_ins import tiny_loras
from tests.stand_ins.tiny_loras import Lora

LAYER = "lora_unet_mid_block_attentions_0_proj_in"
PEFT = "base_model.model.mid_block.attentions.0.proj_in"
PAIR = (f"{LAYER}.lora_down.weight", f"{LAYER}.lora_up.weight", f"{LAYER}.alpha")
METHODS = {
    "DoRA": [(*PAIR, f"{LAYER}.dora_scale"), (f"{PEFT}.lora_A.weight", f"{PEFT}.lora_magnitude_vector.weight")],
    "LoHa": [[f"{LAYER}.hada_w{i}_{side}" for i in "12" for side in "ab"], [f"{PEFT}.hada_w1_a.default"]],
    "LoKr": [(f"{LAYER}.lokr_w1", f"{LAYER}.lokr_w2"), (f"{LAYER}.lokr_w1_a", f"{LAYER}.lokr_t2")],
    "(IA)³": [(f"{LAYER}.weight", f"{LAYER}.on_input"), (f"{PEFT}.ia3_l.weight",)],
    "OFT": [(f"{LAYER}.oft_blocks",), (f"{PEFT}.oft_R.weight",), ("oft_unet_mid_block.oft_blocks",)],
    "BOFT": [(f"{PEFT}.boft_R", f"{PEFT}.boft_s")],
    "GLoRA": [[f"{LAYER}.{half}.weight" for half in ("a1", "a2", "b1", "b2")]],
    "AdaLoRA": [(f"{PEFT}.lora_A.weight", f"{PEFT}.lora_E.weight")],
    "VeRA": [(f"{PEFT}.vera_lambda_b",)],
}
OTHERS = {
    "lora_beside": [
        (f"{PEFT}.lora_A.weight", f"{PEFT}.modules_to_save.weight"),
        ("base_model.model.text_model.embeddings.lora_embedding_A",),
        (f"{PEFT}.lora_A.weight", f"{PEFT}.lora_B.bias"),
    ],
    "lora_is_controlnet": [
        ("control_model.input_blocks.0.0.weight",),
        ("controlnet_cond_embedding.conv_in.weight", "down_blocks.0.resnets.0.conv1.weight"),
        ("lora_controlnet", "input_blocks.1.0.in_layers.2.down"),
    ],
    "lora_is_ip_adapter": [
        ("image_proj.proj.weight", "ip_adapter.1.to_k_ip.weight"),
        ("ip_adapter.0.to_k_lora.down.weight",),
    ],
    "lora_is_checkpoint": [
        ("model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.decoder.conv_in.weight"),
        ("conditioner.embedders.0.transformer.text_model.final_layer_norm.weight",),
    ],
    "lora_is_vae": [
        ("decoder.conv_in.weight", "encoder.conv_in.weight"),
        ("post_quant_conv.weight",),
        ("encoder.down.0.block.0.conv1.weight",),
    ],
    "lora_is_word": [("emb_params",), ("clip_l", "clip_g"), ("<my-cat>",), ("string_to_param.*",)],
    "lora_is_network": [
        ("down_blocks.0.resnets.0.conv1.weight",),
        ("text_model.encoder.layers.0.mlp.fc1.weight",),
        ("vae_scale",),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "names"), [(kind, names) for kind, some in METHODS.items() for names in some])
def test_other_ways_to_adapt_are_named(kind, names, tmp_path) -> None:
    file = tmp_path / "some.safetensors"
    save_file({name: torch.ones(2, 2) if name != f"{LAYER}.on_input" else torch.tensor(False) for name in names}, file)
    with pytest.raises(InputError) as caught:
        lora_files.read_lora_file(file)
    assert caught.value.key == "text_to_image.lora_more"
    assert all(f"{kind} " in caught.value.message_in(language) for language in ("en", "ko"))


@pytest.mark.parametrize(("key", "names"), [(key, names) for key, some in OTHERS.items() for names in some])
def test_other_things_are_named(key, names, tmp_path, monkeypatch) -> None:
    file = tmp_path / "some.safetensors"
    save_file({name: torch.ones(2, 2) for name in names}, file)
    for limit in (10**9, 10):  # a large one too, of which only the head is read
        monkeypatch.setattr(lora_files, "MAX_FILE_BYTES", limit)
        with pytest.raises(InputError) as caught:
            lora_files.read_lora_file(file)
        assert caught.value.key == f"text_to_image.{key}"
        assert all(20 < len(caught.value.message_in(language)) < 260 for language in ("en", "ko"))


def zip_bytes():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    return data.getvalue()


def torch_bytes():
    data = io.BytesIO()
    torch.save({"lora": torch.ones(2)}, data)
    return data.getvalue()


HEAD = json.dumps({"a.lora_A.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}).ljust(200).encode()


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (zip_bytes(), "lora_is_pickle"),
        (torch_bytes(), "lora_is_pickle"),
        (pickle.dumps({"lora": 1}), "lora_is_pickle"),
        (pickle.dumps({"lora": 1}, protocol=2), "lora_is_pickle"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "lora_is_pointer"),
        (b"<!DOCTYPE html><html><title>Log in</title></html>", "lora_is_page"),
        (b"\xef\xbb\xbf\n <HTML>", "lora_is_page"),
        (struct.pack("<Q", 200) + HEAD, "lora_cut"),
        (struct.pack("<Q", 200) + HEAD + bytes(15), "lora_cut"),
        (struct.pack("<Q", 200) + HEAD[:100], "lora_file"),
        (struct.pack("<Q", 10**5) + b'{"a":' + b"[" * (10**5 - 5), "lora_file"),
        (bytes(1000), "lora_file"),
        (b"", "lora_file"),
        (b"GGUF" + bytes(100), "lora_file"),
    ],
)
def test_what_has_only_the_name_is_called_what_it_is(content, key, tmp_path) -> None:
    file = tmp_path / "some.safetensors"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        lora_files.read_lora_file(file)
    assert caught.value.key == f"text_to_image.{key}"


@pytest.mark.parametrize("length", [0x0280, 0x0380, 0x0480])
def test_a_head_as_long_as_a_pickle_begins_is_none(length, tmp_path) -> None:
    file = tmp_path / "some.safetensors"
    tensors = {f"{LAYER}.lora_down.weight": torch.ones(2, 2), f"{LAYER}.lora_up.weight": torch.ones(2, 2)}
    save_file(tensors, file, metadata={"a": ""})
    (head,) = struct.unpack("<Q", file.read_bytes()[:8])
    data = file.read_bytes()
    file.write_bytes(struct.pack("<Q", length) + data[8 : 8 + head].ljust(length) + data[8 + head :])
    assert file.read_bytes()[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04")
    assert set(lora_files.read_lora_file(file).matrices) == set(tensors)


FAMILIES = [
    (("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight",), {}, "SDXL"),
    (("lora_unet_input_blocks_4_1_proj_in.lora_down.weight",), {}, "SDXL"),
    (("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight",), {}, "FLUX"),
    (("transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight",), {}, "FLUX"),
    (("diffusion_model.blocks.0.cross_attn.k.lora_A.weight",), {}, "Wan"),
    (("diffusion_model.joint_blocks.0.x_block.attn.qkv.lora_A.weight",), {}, "SD 3"),
    ((PAIR[0],), {}, ""),
    ((PAIR[0],), {"ss_base_model_version": "sd_v1"}, "SD 1.5"),
    ((PAIR[0],), {"ss_base_model_version": "sdxl_base_v1-0"}, "SDXL"),
    ((PAIR[0],), {"modelspec.architecture": "stable-diffusion-v2-768-v/lora"}, "SD 2"),
    ((PAIR[0],), {"modelspec.architecture": "flux-1-dev/lora"}, "FLUX.1"),
    ((PAIR[0],), {"ss_base_model_version": "flux.2-dev"}, "FLUX.2"),
]


@pytest.mark.parametrize(("names", "about", "family"), FAMILIES)
def test_the_models_that_a_file_was_made_for(names, about, family) -> None:
    assert kinds.guess_family(names, about) == family


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("sd15", lambda load: (tiny_loras.unet_lora("kohya", load("sdxl-turbo")), None), "made for SDXL"),
        ("sd15", lambda load: (tiny_loras.transformer_lora("double", load("flux2-klein")), None), "made for FLUX"),
        ("flux2-klein", lambda load: (tiny_loras.unet_lora("kohya", load("sdxl-turbo")), None), "made for SDXL"),
        ("sdxl-turbo", lambda load: (tiny_loras.unet_lora("peft", load("sd15")), "sd_v1"), "made for SD 1.5"),
        (
            "flux2-klein",
            lambda load: (Lora({"diffusion_model.blocks.0.self_attn.k.lora_A.weight": torch.ones(2, 2)}, {}), None),
            "made for Wan",
        ),
    ],
)
def test_another_models_file_is_said_to_be_one(name, make, said, load_tiny, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(kinds, "WIDTHS", {32: "SD 1.5"})  # of the tiny one's texts
    found, version = make(load_tiny)
    about = {"ss_base_model_version": version} if version else None
    file = found.save(tmp_path / "some.safetensors", about)
    with pytest.raises(InputError, match=said), lora.use_lora(load_tiny(name), file, 1):
        pass


def test_what_fits_is_taken_whatever_its_head_says(load_tiny, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(kinds, "WIDTHS", {32: "SD 1.5"})
    found = tiny_loras.unet_lora("kohya", load_tiny("sd15"))
    file = found.save(tmp_path / "some.safetensors", {"ss_base_model_version": "sdxl_base_v1-0"})
    with lora.use_lora(load_tiny("sd15"), file, 1) as acting:
        assert acting.family == "SDXL" and acting.matrices


def test_a_whole_difference_of_another_models_layer(load_tiny, tmp_path) -> None:
    file = Lora({f"{LAYER}.diff": torch.ones(5, 5)}, {}).save(tmp_path / "some.safetensors")
    with (
        pytest.raises(InputError, match=r"whole weight differences.*5 channels"),
        lora.use_lora(load_tiny("sd15"), file, 1),
    ):
        pass
