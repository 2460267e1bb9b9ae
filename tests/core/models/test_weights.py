"""A checkpoint of another architecture, or half of one, is refused; libraries would make the rest up at random."""

from __future__ import annotations

import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from core import models
from core.errors import ModelUnavailable
from core.models import manager
from core.models.catalog import ROWS
from core.models.files import hub_files

HALF = "diffusion_pytorch_model.fp16.safetensors"
# one row of every loader, the file whose tensors get other names or go, and what the library says
EACH_LOADER = (
    ("resnet50", "model.safetensors", "Error(s) in loading state_dict"),
    ("clip-vit-b32", "pytorch_model.bin", "tensors missing"),
    ("siglip2-base", "model.safetensors", "tensors missing"),
    ("sam-vit-b", "checkpoints/sam_vit_b_01ec64.pth", "Error(s) in loading state_dict"),
    ("sam2-tiny", "model.safetensors", "tensors missing"),
    ("grounding-dino", "model.safetensors", "tensors missing"),
    ("owlv2", "model.safetensors", "tensors missing"),
    ("hed", "ControlNetHED.pth", "Error(s) in loading state_dict"),
    ("lama", "lama.pt", "SHA-256"),
    ("sd-turbo", f"unet/{HALF}", "meta tensor"),
    ("sd-turbo", f"vae/{HALF}", "meta tensor"),
    ("sd-turbo", "text_encoder/model.fp16.safetensors", "tensors missing"),
    ("sdxl-turbo", "text_encoder_2/model.fp16.safetensors", "tensors missing"),
    ("sd-inpainting", "text_encoder/model.fp16.safetensors", "tensors missing"),
    ("flux2-klein", "text_encoder/model-00001-of-00002.safetensors", "tensors missing"),
    ("controlnet-canny", HALF, "meta tensor"),
)


def rename_tensors(tensors):
    """As of a network that calls everything otherwise."""
    return {f"other.{name}": tensor for name, tensor in tensors.items()}


def drop_last_tensor(tensors):
    """Without the last of them."""
    return dict(list(tensors.items())[:-1])


@pytest.mark.parametrize("change", [rename_tensors, drop_last_tensor])
@pytest.mark.parametrize(("name", "file", "said"), EACH_LOADER, ids=lambda value: value)
def test_weights_that_do_not_fill_the_network_are_refused(name, file, said, change, hub):
    row = next(row for row in ROWS if row.name == name)
    weights = (hub(name) / file).resolve()
    if file == "lama.pt":
        weights.write_bytes(weights.read_bytes() + b"?")
    elif file.endswith("safetensors"):
        save_file(change(load_file(weights)), weights, metadata={"format": "pt"})
    else:
        torch.save(change(torch.load(weights, weights_only=True)), weights)
    with pytest.raises(ModelUnavailable, match=f"prefetch {name} --again") as caught:
        models.load(row.task, name)
    assert caught.value.key == "errors.model_damaged" and said in caught.value.facts["got"]
    assert name not in {status.row.name for status in models.status() if status.state == "loaded"}


@pytest.mark.parametrize(
    ("name", "other"),
    [("siglip2-base", "sam2-tiny"), ("sam2-tiny", "siglip2-base"), ("owlv2", "resnet50"), ("resnet50", "owlv2")],
)
def test_a_configuration_of_another_architecture_is_refused(name, other, hub):
    foreign = (hub(other) / "config.json").read_bytes()
    (hub(name) / "config.json").resolve().write_bytes(foreign)
    row = next(row for row in ROWS if row.name == name)
    with pytest.raises(ModelUnavailable, match=f"prefetch {name} --again"):
        models.load(row.task, name)


PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


def test_only_rows_whose_repository_has_nothing_else_fetch_a_pickle():
    named = {row.name for row in ROWS if any(name.endswith(PICKLES) for name in row.files)}
    assert {models_row.loader for models_row in ROWS if models_row.name in named} <= {
        "segment.sam",
        "zeroshot.clip",
        "edges.hed",
        "inpaint.lama",
    }
    assert {name for name in named if not name.startswith("sam-")} == {"clip-vit-b32", "hed", "lama"}
    for row in ROWS:
        listing = dict.fromkeys(("unet/model.bin", "weights.pt", "a/b.ckpt", "x.pth", "x.pkl", "model.safetensors"))
        patterns = tuple(name for name in row.files if "*" in name)
        assert not patterns or not hub_files.select_files(listing, patterns), "patterns never take weights"


class Attack:
    """Unpickled, it makes a folder."""

    def __init__(self, proof):
        self.proof = proof

    def __reduce__(self):
        return os.mkdir, (str(self.proof),)


@pytest.mark.parametrize("name", ["clip-vit-b32", "sam-vit-b", "hed", "lama"])
def test_a_pickle_cannot_run_anything(name, hub, tmp_path):
    row = next(row for row in ROWS if row.name == name)
    weights = next(name for name in row.files if name.endswith(PICKLES))
    proof = tmp_path / "was here"
    blob = (hub(name) / weights).resolve()
    blob.write_bytes(pickle.dumps(Attack(proof), protocol=2))
    with pytest.raises(ModelUnavailable, match=f"prefetch {name} --again"):
        models.load(row.task, name)
    assert not proof.exists()


@pytest.mark.parametrize(("name", "part"), [("sd-turbo", "unet"), ("sd-turbo", "vae"), ("controlnet-canny", "")])
def test_a_pipeline_takes_safetensors_only(name, part, hub):
    import torch
    from safetensors.torch import load_file

    snapshot, row = hub(name), next(row for row in ROWS if row.name == name)
    weights = snapshot / part / "diffusion_pytorch_model.fp16.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    with pytest.raises(OSError, match="safetensors"):
        manager.find_loader(row)(row, snapshot, "cpu")
