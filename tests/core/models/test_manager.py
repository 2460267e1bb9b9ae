from __future__ import annotations

import pytest

from core import models
from core.errors import ModelUnavailable
from core.models import manager
from core.models.catalog import ROWS


@pytest.mark.parametrize("name", ["efficientnet-lite2", "efficientnet-lite0"])
def test_a_model_of_the_catalogue_is_loaded_once_and_released(name):
    models.release()
    first = models.load("classify", name)
    assert models.load("classify", name) is first
    loaded = {status.row.name: status for status in models.status()}[name]
    assert loaded.state == "loaded"
    assert loaded.bytes == pytest.approx(loaded.row.memory, rel=0.05)
    models.release()
    assert {status.row.name: status.state for status in models.status()}[name] == "on disk"


def test_a_default_model_is_loaded_in_advance(nothing_loaded):
    models.preload("classify")
    assert {status.row.name for status in models.status() if status.state == "loaded"} == {"efficientnet-lite2"}


def test_nothing_is_fetched_or_driven_out_in_advance(prefer, monkeypatch):
    models.release()
    loaded = []
    monkeypatch.setattr(manager, "load", lambda *names: loaded.append(names))
    monkeypatch.setattr(manager._cache(), "_budget", lambda device, held: 10**6)
    models.preload("classify")
    prefer("full")
    models.preload("text_to_image")
    assert loaded == []


def test_status_knows_the_three_states(hub):
    hub("resnet50")
    states = {status.row.name: status.state for status in models.status()}
    assert set(states) == {r.name for r in ROWS}
    assert states["grabcut"] == states["resnet50"] == "on disk"
    assert states["convnext-tiny"] == "absent"
    models.load("classify", "resnet50")
    assert {status.row.name: status.state for status in models.status()}["resnet50"] == "loaded"


@pytest.mark.parametrize("damage", [b"", b"not a safetensors file", None], ids=["empty", "garbage", "truncated"])
def test_a_damaged_file_names_the_command_that_replaces_it(hub, damage):
    weights = hub("resnet50") / "model.safetensors"
    blob = weights.resolve()
    blob.write_bytes(blob.read_bytes()[:100_000] if damage is None else damage)
    with pytest.raises(ModelUnavailable, match="prefetch resnet50 --again"):
        models.load("classify", "resnet50")
    assert "resnet50" not in [status.row.name for status in models.status() if status.state == "loaded"]


@pytest.mark.parametrize(
    ("name", "foreign", "file"),
    [
        ("resnet50", "convnext-tiny", "model.safetensors"),
        ("sam-vit-b", "clip-vit-b32", "pytorch_model.bin"),
        ("sd-turbo", "sd-inpainting", "unet/diffusion_pytorch_model.fp16.safetensors"),
    ],
)
def test_a_checkpoint_of_another_architecture_is_refused(hub, name, foreign, file):
    row = next(row for row in ROWS if row.name == name)
    ours = next(path for path in row.files if path == file or path.endswith(".pth"))
    blob = (hub(name) / ours).resolve()
    blob.write_bytes((hub(foreign) / file).read_bytes())
    with pytest.raises(ModelUnavailable, match=f"its files do not load .*prefetch {name} --again"):
        models.load(row.task, name)
    assert name not in [status.row.name for status in models.status() if status.state == "loaded"]
