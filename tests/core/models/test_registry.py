from __future__ import annotations

import subprocess
import sys

import pytest

from core import models
from core.errors import InputError
from core.models import registry
from core.models.memory import devices
from tests import ROOT


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


@pytest.mark.parametrize(
    ("tier", "device", "on_disk", "expected"),
    [
        ("pocket", "cuda", True, "efficientnet-lite2"),
        ("full", "cpu", False, "resnet50"),
        ("auto", "cpu", True, "efficientnet-lite2"),
        ("auto", "cuda", False, "efficientnet-lite2"),
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
