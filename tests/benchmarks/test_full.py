"""The table of `benchmarks/full.py`, with networks of a moment."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from benchmarks import full
from core import models
from core.models.memory import out_of_memory, precision
from tests.stand_ins.tiny_drawing import CLIP_WORDS, LAYERS


def build_fake_sam():
    net = torch.nn.Module()
    net.image_encoder = torch.nn.Conv2d(3, 1, 1, stride=64)
    return net


def build_tiny_clip():
    from transformers import CLIPConfig, CLIPModel

    eyes = {**LAYERS, "image_size": 224, "patch_size": 32}
    return CLIPModel(CLIPConfig(text_config={**LAYERS, **CLIP_WORDS}, vision_config=eyes, projection_dim=16))


@pytest.mark.parametrize("name", ["sd-turbo", "sam-vit-b", "clip-vit-b32"])
def test_what_is_compiled_is_what_is_called(name, tiny_sd_turbo, monkeypatch) -> None:
    calls = []

    def fake_compile(function):
        net = type(function.__self__).__name__
        return lambda *args, **kwargs: calls.append(net) or function(*args, **kwargs)

    build = {
        "sd-turbo": lambda: models.load("text_to_image", "sd-turbo"),
        "sam-vit-b": build_fake_sam,
        "clip-vit-b32": build_tiny_clip,
    }[name]
    monkeypatch.setitem(full.SHAPES, name, dataclasses.replace(full.SHAPES[name], build=build))
    monkeypatch.setattr(full, "SIDE", 64)
    monkeypatch.setattr(torch, "compile", fake_compile)
    monkeypatch.setattr(out_of_memory, "free_memory", lambda: None)
    lines = list(full.measure_shape(name, [1, 2], compiled=True))
    models.release()
    layouts = ["float32, usual"] * 2 + ["float32, channels last"] * 2 + ["float32, compiled"] * 2
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [line[:3] for line in cells] == [[name, kind, str(1 + i % 2)] for i, kind in enumerate(layouts)]
    assert all(float(line[3]) >= 0 and float(line[4]) > 0 for line in cells)
    assert len(set(calls)) == len(full.SHAPES[name].parts), "each of them was called as it was compiled"


def test_what_does_not_fit_is_a_line_and_the_next_one_has_its_turn(monkeypatch) -> None:
    relieved = []
    monkeypatch.setattr(out_of_memory, "free_memory", lambda: relieved.append(True))

    def run():
        raise torch.OutOfMemoryError("CUDA out of memory.")

    assert full.figures(run) == "OutOfMemoryError | -" and relieved
    assert full.figures(lambda: None).startswith("0.000 | ")


def test_what_draws_is_loaded_in_half_precision_and_what_sees_computes_in_it(monkeypatch) -> None:
    def drawing():
        return torch.nn.Linear(2, 2)

    monkeypatch.setitem(precision.HALF_DTYPES, "cpu", "float16")
    shape = dataclasses.replace(full.SHAPES["sd-turbo"], build=drawing)
    net, said = full.build_model(shape)
    assert (net.weight.dtype, said) == (torch.float16, "float16")
    net, said = full.build_model(dataclasses.replace(full.SHAPES["clip-vit-b32"], build=build_tiny_clip))
    computed = set()
    net.vision_model.encoder.layers[0].mlp.fc1.register_forward_hook(lambda _, __, out: computed.add(out.dtype))
    with torch.inference_mode():
        found = full.run_clip_encoder(net, 1).pooler_output
    assert said == "float16 autocast" and computed == {torch.float16}, "as the app's own encoder does"
    assert found.dtype == net.visual_projection.weight.dtype == torch.float32


@pytest.mark.parametrize("name", ["sam-vit-b", "sam-vit-h", "clip-vit-b32"])
def test_what_sees_computes_in_half_precision_where_the_app_has_it_so(name) -> None:
    assert full.SHAPES[name].halved and set(full.SHAPES[name].halved) == set(full.SHAPES[name].parts)


def test_the_device_is_named(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(full, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(full.platform, "machine", lambda: "riscv64")
    assert full.machine().startswith(f"riscv64, {torch.get_num_threads()} threads, torch {torch.__version__}")
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nmodel name\t: another\n")
    assert full.machine().startswith("Some CPU @ 2 GHz (riscv64), ")
    monkeypatch.setattr(models, "device", lambda: "mps")
    assert full.machine().startswith("MPS of Some CPU @ 2 GHz (riscv64), torch")
    monkeypatch.setattr(models, "device", lambda: "cuda")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Some GPU")
    assert full.machine().startswith("Some GPU, torch")


@pytest.mark.parametrize(("device", "rounds"), [("cpu", 1), ("mps", 5), ("cuda", 5)])
def test_seconds_end_when_the_device_has_finished(monkeypatch, device, rounds) -> None:
    order = []
    monkeypatch.setattr(models, "device", lambda: device)
    monkeypatch.setattr(models, "synchronize_device", lambda: order.append("finished"))
    full.time_run(lambda: order.append("run"))
    assert order == ["run", "finished"] * (1 + rounds)


def test_only_the_networks_own_seconds_are_counted(monkeypatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(full, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    first, second, other = (torch.nn.Linear(2, 2) for _ in range(3))
    inside = full.record_network_seconds(first, second)
    for net in (first, other, second, first):
        net(torch.zeros(2))
    assert sum(inside) == 3 and len(inside) == 6


def test_the_wrapper_is_compared_with_the_same_call_of_the_bare_pipeline(tiny_sd_turbo, monkeypatch) -> None:
    pipeline, sides = models.load("text_to_image", "sd-turbo"), []
    pipeline.unet.register_forward_pre_hook(lambda _, given: sides.append(given[0].shape))
    shape = dataclasses.replace(full.SHAPES["sd-turbo"], build=lambda: pipeline)
    monkeypatch.setitem(full.SHAPES, "sd-turbo", shape)
    monkeypatch.setattr(full, "SIDE", 64)
    try:
        said = full.overhead()
    finally:
        models.release()
    found = re.fullmatch(r"(\S+) times \(aim: at most 1\.03\); outside the networks (\S+) s, bare (\S+) s", said)
    assert found, said
    ratio, ours, bare = map(float, found.groups())
    assert 0.3 < ratio < 10 and ours > 0 and bare > 0
    assert len(sides) == 8 and len(set(sides)) == 1, "once to warm up and three times, each the same picture"


def test_the_usage_line_can_be_typed() -> None:
    shapes = re.search(r"--shapes ([^\]]+)\]", full.__doc__).group(1).split()
    assert shapes and set(shapes) <= set(full.SHAPES)


def test_the_written_table_names_what_others_published() -> None:
    lines = Path(full.__file__).with_name("RESULTS.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    rows = [row for row in cells if row[0] in full.SHAPES]
    assert rows and all(row[5] == full.SHAPES[row[0]].anchor for row in rows if row[2] == "1")
    assert "15 ms" in full.SHAPES["sam-vit-b"].anchor
