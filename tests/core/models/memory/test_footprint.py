"""Bytes by device: what counts, once, against whose budget."""

from __future__ import annotations

from types import SimpleNamespace

from core.models.cache import ModelCache
from core.models.memory.footprint import measure_footprint, model_bytes
from tests.stand_ins.small_rows import borrow_each, build_row


class FakeTensor:
    """A tensor of so many bytes on some device."""

    def __init__(self, size, device):
        self.nbytes, self.device = size, SimpleNamespace(type=device)


def model_on(device, *tensors):
    return SimpleNamespace(
        net=SimpleNamespace(parameters=lambda: [FakeTensor(t, device) for t in tensors], buffers=list)
    )


def test_a_full_gpu_drives_out_what_is_on_it_and_nothing_else():
    kept = {
        "gpu": model_on("cuda", 60),
        "gpu2": model_on("cuda", 30),
        "cpu": model_on("cpu", 80),
        "new": model_on("cuda", 50),
    }
    kept = {name: (model, model.net.parameters()) for name, model in kept.items()}
    for model, tensors in kept.values():
        model.net.parameters = lambda t=tensors: t
    places = {"cpu": "cpu"}
    rooms = {"cuda": 100, "cpu": 100}
    cache = ModelCache(
        lambda wanted: kept[wanted.name][0],
        lambda device, held: rooms[device],
        lambda wanted: {places.get(wanted.name, "cuda"): wanted.memory},
    )
    borrow_each(cache, build_row("gpu", 60), build_row("gpu2", 30), build_row("cpu", 80))
    assert cache.loaded_sizes() == {"gpu": 60, "gpu2": 30, "cpu": 80}
    assert cache.has_room(build_row("new", 10)) and not cache.has_room(build_row("new", 11))
    borrow_each(cache, build_row("new", 50))
    assert cache.loaded_sizes() == {"gpu2": 30, "cpu": 80, "new": 50}
    rooms["cuda"] = 0  # somebody else took it
    with cache.borrow(build_row("gpu2", 30)):
        borrow_each(cache, build_row("cpu", 80))
        assert set(cache.loaded_sizes()) == {"gpu2", "cpu"}, "what is in use stays"


def test_the_budget_is_asked_with_what_is_there():
    asked = []
    shared = model_on("cuda", 30).net.parameters()
    own = model_on("cuda", 5).net.parameters()
    nets = {
        "a": SimpleNamespace(parameters=lambda: shared, buffers=list),
        "b": SimpleNamespace(parameters=lambda: [*shared, *own], buffers=list),
    }

    def budget(device, held):
        asked.append((device, held))
        return 1000

    cache = ModelCache(lambda wanted: nets[wanted.name], budget, lambda wanted: {"cuda": 1})
    borrow_each(cache, build_row("a"), build_row("b"), build_row("a"))
    assert asked[-1] == ("cuda", 35), "what two models share is there once"
    assert cache.loaded_sizes() == {"a": 30, "b": 35}
    cache.release()
    assert cache.has_room(build_row("a")) and asked[-1] == ("cuda", 0)


def test_tied_and_shared_weights_count_once():
    import torch

    first, second, third = (torch.nn.Linear(4, 4, bias=False) for _ in range(3))
    second.weight = first.weight
    third.weight = torch.nn.Parameter(first.weight.detach())  # another tensor, the same memory
    assert model_bytes(torch.nn.ModuleList([first, second, third])) == 64
    assert model_bytes(torch.nn.Linear(4, 4, bias=False, device="meta")) == 64
    assert measure_footprint(torch.nn.Linear(4, 4, bias=False, device="meta")).popitem()[1] == ("cpu", 64)


def test_bytes_are_counted_through_pipelines_and_wrappers():
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.BatchNorm1d(5))  # 20 + 10 weights, 10 + 1 buffers
    size = (20 + 10 + 10) * 4 + 8
    assert model_bytes(net) == size
    other = torch.nn.Linear(7, 1)
    pipeline = SimpleNamespace(components={"unet": net, "vae": net, "text": other, "scheduler": object(), "none": None})
    assert model_bytes(pipeline) == size + 8 * 4, "what two parts share is there once"
    assert model_bytes(SimpleNamespace(predictor=SimpleNamespace(model=net))) == size
    assert model_bytes(None) == model_bytes("text") == 0
