from __future__ import annotations

import gc
import subprocess
import sys

import pytest
import torch

from core.models.memory import devices
from tests import ROOT


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_fastest_device_that_is_there(monkeypatch, cuda, mps, expected) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert devices.device.__wrapped__() == expected


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_gpu_is_waited_for_and_emptied(monkeypatch, name) -> None:
    done = []
    monkeypatch.setattr(devices, "device", lambda: name)
    monkeypatch.setattr(gc, "collect", lambda: done.append("collect"))
    for action in ("synchronize", "empty_cache"):
        monkeypatch.setattr(getattr(torch, name), action, lambda action=action: done.append(action))
    devices.synchronize_device()
    devices.empty_cache()
    assert done == ["synchronize", "collect", "empty_cache"], "what nobody holds any more goes first"


def test_without_a_network_in_use_torch_stays_out() -> None:
    code = (
        "import sys; from core.models.memory import devices; devices.synchronize_device(); devices.empty_cache();"
        " print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
