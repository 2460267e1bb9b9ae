from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from pathlib import PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import numpy as np
import pytest

from core import models
from core.errors import InputError, ModelUnavailable
from core.models import hints, manager, registry
from core.models.cache import ModelCache
from core.models.catalog import ROWS, Row
from core.models.memory import devices
from core.models.memory.footprint import model_bytes
from tests import ROOT


def build_row(name, memory=0):
    facts = {"task": "t", "title": name, "tier": "full", "loader": "l", "source": "builtin:x", "licence": "MIT"}
    return Row(name=name, memory=memory, quality="q", **facts)


class FakeModel:
    """A model of so many bytes."""

    def __init__(self, size):
        self.net = SimpleNamespace(parameters=lambda: [np.zeros(size, np.uint8)], buffers=list)


@pytest.fixture
def loads():
    return []


@pytest.fixture
def cache(loads):
    """Room for 100 bytes; a model is as large as its row says."""

    def load(wanted):
        loads.append(wanted.name)
        return FakeModel(wanted.memory)

    return ModelCache(load, lambda device, held: 100)


def borrow_each(cache, *rows):
    for wanted in rows:
        with cache.borrow(wanted):
            pass


def test_two_threads_cause_one_load_and_never_share(loads):
    inside, seen, entered = [], [], threading.Barrier(2)

    def load(wanted):
        loads.append(wanted.name)
        threading.Event().wait(0.1)
        return FakeModel(10)

    cache = ModelCache(load, lambda device, held: 100)

    def work():
        entered.wait()
        with cache.borrow(build_row("a")) as model:
            inside.append(model)
            seen.append(len(inside))
            threading.Event().wait(0.05)
            inside.remove(model)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["a"]
    assert seen == [1, 1], "one borrower at a time"


def test_different_models_are_borrowed_side_by_side(cache):
    with cache.borrow(build_row("a")), cache.borrow(build_row("b")), cache.borrow(build_row("a")):
        assert set(cache.loaded_sizes()) == {"a", "b"}


def test_what_was_idle_longest_goes_first(cache, loads):
    a, b, c = build_row("a", 40), build_row("b", 40), build_row("c", 40)
    borrow_each(cache, a, b, a, c)
    assert cache.loaded_sizes() == {"a": 40, "c": 40}
    borrow_each(cache, a, b)
    assert loads == ["a", "b", "c", "b"]
    assert cache.loaded_sizes() == {"a": 40, "b": 40}


def test_room_is_made_before_a_load(loads):
    seen = []
    cache = ModelCache(
        lambda wanted: seen.append(sorted(cache.loaded_sizes())) or FakeModel(wanted.memory), lambda device, held: 100
    )
    borrow_each(cache, build_row("a", 40), build_row("b", 40), build_row("c", 90))
    assert seen == [[], ["a"], []]


def test_a_model_in_use_is_never_dropped(cache, loads):
    with cache.borrow(build_row("a", 80)) as held:
        borrow_each(cache, build_row("b", 80))
        cache.release()
        assert cache.loaded_sizes() == {"a": 80}
        with cache.borrow(build_row("a", 80)) as same:
            assert same is held
    assert loads == ["a", "b"]


def test_one_model_over_the_budget_stays_until_the_next(cache):
    borrow_each(cache, build_row("a", 500))
    assert cache.loaded_sizes() == {"a": 500}
    borrow_each(cache, build_row("b", 10))
    assert cache.loaded_sizes() == {"b": 10}


def test_a_model_has_room_while_nothing_must_go_for_it(cache):
    borrow_each(cache, build_row("a", 60))
    assert cache.has_room(build_row("a", 60)) and cache.has_room(build_row("b", 40))
    assert not cache.has_room(build_row("b", 41))


def test_a_cache_is_busy_while_somebody_has_a_model(cache):
    assert not cache.is_busy()
    with cache.borrow(build_row("a")):
        assert cache.is_busy()
    assert not cache.is_busy()


def test_a_failed_load_leaves_nothing_and_is_tried_again(loads):
    def load(wanted):
        loads.append(wanted.name)
        if len(loads) == 1:
            raise ModelUnavailable("errors.cancelled")
        return FakeModel(10)

    cache = ModelCache(load, lambda device, held: 100)
    with pytest.raises(ModelUnavailable):
        borrow_each(cache, build_row("a"))
    assert cache.loaded_sizes() == {} and cache._entries == {}
    borrow_each(cache, build_row("a"))
    assert loads == ["a", "a"]


def test_an_error_in_the_block_frees_the_model(cache):
    with pytest.raises(RuntimeError, match="oops"), cache.borrow(build_row("a", 10)):
        raise RuntimeError("oops")
    cache.release()
    assert cache.loaded_sizes() == {}


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


def test_a_model_of_the_catalogue_is_loaded_once_and_released():
    models.release()
    first = models.load("classify", "efficientnet-lite0")
    assert models.load("classify", "efficientnet-lite0") is first
    loaded = {status.row.name: status for status in models.status()}["efficientnet-lite0"]
    assert loaded.state == "loaded"
    assert loaded.bytes == pytest.approx(loaded.row.memory, rel=0.05)
    models.release()
    assert {status.row.name: status.state for status in models.status()}["efficientnet-lite0"] == "on disk"


def test_a_default_model_is_loaded_in_advance(nothing_loaded):
    models.preload("classify")
    assert {status.row.name for status in models.status() if status.state == "loaded"} == {"efficientnet-lite0"}


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


@pytest.mark.parametrize(("task", "name"), [("classify", "no-such"), ("no-such", None), ("segment", "resnet50")])
def test_an_unknown_row_gets_a_sentence(task, name):
    with pytest.raises(InputError, match=f"There is no {task} model named"):
        models.row(task, name)


def test_an_unknown_row_says_what_there_is():
    with pytest.raises(InputError) as caught:
        models.borrow("classify", "vgg").__enter__()
    assert "efficientnet-lite0, resnet50, convnext-tiny" in str(caught.value)
    with pytest.raises(InputError, match="'vgg'"):
        models.find_rows("vgg")


@pytest.fixture
def prefer():
    yield models.prefer
    models.prefer("auto")


@pytest.mark.parametrize(
    ("tier", "device", "on_disk", "expected"),
    [
        ("pocket", "cuda", True, "efficientnet-lite0"),
        ("full", "cpu", False, "resnet50"),
        ("auto", "cpu", True, "efficientnet-lite0"),
        ("auto", "cuda", False, "efficientnet-lite0"),
        ("auto", "cuda", True, "convnext-tiny"),
    ],
)
def test_the_default_is_what_tier_and_machine_say(hub, prefer, monkeypatch, tier, device, on_disk, expected):
    monkeypatch.setattr(devices, "device", lambda: device)
    if on_disk:
        hub("convnext-tiny")
    prefer(tier)
    assert models.row("classify").name == expected


def test_a_guide_is_no_default_before_the_model_that_it_guides_is_here(hub, monkeypatch):
    monkeypatch.setattr(devices, "device", lambda: "cuda")
    hub("controlnet-canny")
    assert models.row("edges_to_image").name == "pocket-controlnet"
    hub("sd15")
    assert models.row("edges_to_image").name == "controlnet-canny"


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("classify", "resnet50"),
        ("zeroshot", "clip-vit-b32"),
        ("segment", "sam-vit-b"),
        ("text_to_image", "sd-turbo"),
        ("edges_to_image", "controlnet-canny"),
        ("inpaint", "sd-inpainting"),
    ],
)
def test_the_first_full_row_of_a_task_is_its_default(prefer, task, name):
    prefer("full")
    assert models.row(task).name == name


def test_a_task_without_a_model_of_the_tier_takes_what_there_is(hub, prefer, monkeypatch):
    monkeypatch.setattr(registry, "ROWS", tuple(row for row in registry.ROWS if row.name != "pocket-diffusion"))
    prefer("pocket")
    assert models.row("text_to_image").name == "sd-turbo"


def test_the_default_is_known_without_torch():
    code = "import sys; from core import models; models.row('classify'); models.status(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_command_line_lists_every_row_with_its_state(hub, monkeypatch, capsys):
    from core.models.cli import commands as command

    hub("sam-vit-b")
    monkeypatch.setattr(sys, "argv", ["models"])
    command.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [r.name for r in ROWS]
    said = {line.split()[1]: line for line in lines}
    for fact in ("segment", "on disk", "375 MB", "clicks and boxes"):
        assert fact in said["sam-vit-b"]
    assert "absent" in said["sd-turbo"] and " MB " not in said["grabcut"]
    assert max(len(line) for line in lines) <= 132, "a line fits into a wide terminal"


def test_the_command_line_tells_all_that_is_known_of_some(hub, monkeypatch, capsys):
    from core.models.cli import commands as command

    monkeypatch.setattr(sys, "argv", ["models", "list", "controlnet-canny", "detect"])
    command.main()
    *detectors, guided = capsys.readouterr().out.split("\n\n")
    assert [each.split(":")[0] for each in detectors] == ["word-clicks", "grounding-dino", "owlv2"]
    assert detectors[0].endswith("built on    concept-space, efficientnet-lite0, pocket-sam")
    for fact in (
        "absent",
        "sd15",
        "361.3 M",
        "723 MB",
        "CreativeML Open RAIL-M",
        "@115a470d5479",
        "see its model card",
    ):
        assert fact in guided


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("clip-b32", "clip-vit-b32"),
        ("sd_turbo", "sd-turbo"),
        ("SD-Turbo", "sd-turbo"),
        ("clip", "clip-vit-b32, clip-vit-l14,"),
        ("CLIP", "clip-vit-b32, clip-vit-l14,"),
        ("sam", "pocket-sam, sam-vit-b, sam-vit-l, sam-vit-h, sam2-tiny"),
        ("flux", "flux2-klein,"),
        ("zzz", "edges, "),
        ("a", "edges, "),
    ],
)
def test_a_name_that_nothing_has_is_answered_with_those_that_are_near(typed, near):
    with pytest.raises(
        InputError, match=f"no model or task named '{typed}'; there are {near}.* among others"
    ) as caught:
        models.find_rows(typed)
    assert ("segment" in str(caught.value)) == (near == "edges, "), "the tasks, where no name is near"


def test_the_command_line_says_what_could_not_be_fetched(hub, monkeypatch, capsys):
    from core.models.cli import commands as command

    monkeypatch.setattr(sys, "argv", ["models", "prefetch", "grabcut", "sd-turbo"])
    with pytest.raises(SystemExit, match=r"sd-turbo \(2580 MB\) is not on this machine"):
        command.main()
    assert capsys.readouterr().out == "grabcut: on disk\n"


@pytest.mark.parametrize(
    "folder", ["/media/stick", "/media/NO NAME", "/media/it's; here", "/media/$HOME", "/media/내 USB"]
)
def test_a_command_names_a_folder_as_one_word(folder):
    place, known = PurePosixPath(folder), build_row("a")
    assert shlex.split(models.prefetch_command(known, to=place))[-4:] == ["prefetch", "a", "--to", folder]
    assert shlex.split(models.prefetch_command("all", source=place))[-4:] == [
        "prefetch",
        "all",
        "--from",
        folder,
    ]
    assert shlex.split(hints.verify_command(known, place))[-4:] == ["verify", "a", "--in", folder]
    assert models.prefetch_command("all").endswith("-m core.models prefetch all")


@pytest.mark.parametrize(
    ("folder", "typed"),
    [
        ("E:\\", "E:\\"),
        ("E:\\models-2", "E:\\models-2"),
        ("E:\\NO NAME", '"E:\\NO NAME"'),
        ("E:\\a&b", '"E:\\a&b"'),
        ("\\\\host\\NO NAME\\", '"\\\\host\\NO NAME\\\\"'),
    ],
)
def test_on_windows_a_folder_is_quoted_as_its_shells_do(monkeypatch, folder, typed):
    monkeypatch.setattr(hints, "os", SimpleNamespace(name="nt"))
    assert models.prefetch_command("all", to=PureWindowsPath(folder)).endswith(f"prefetch all --to {typed}")
