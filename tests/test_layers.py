"""The house rules that an import can break."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests import ROOT

HEAVY = ("torch", "torchvision", "diffusers", "transformers", "timm", "sklearn", "scipy", "skimage", "matplotlib")


def list_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [("core", {"gradio", "demos", "app"}), ("demos", {*HEAVY, "app"}), ("core/models", {"gradio"})],
)
def test_data_flows_one_way(folder, forbidden):
    for path in (ROOT / folder).rglob("*.py"):
        roots = {name.split(".")[0] for name in list_imports(path)}
        assert not roots & forbidden, f"{path.relative_to(ROOT)} imports {roots & forbidden}"


def test_models_never_reach_up_into_a_topic():
    topics = {f"core.{p.stem}" for p in (ROOT / "core").glob("*.py")}
    allowed = {f"core.{name}" for name in ("errors", "texts", "images", "checks", "results", "dictionary")}
    for path in (ROOT / "core" / "models").rglob("*.py"):
        reached = set(list_imports(path)) & (topics - allowed)
        assert not reached, f"{path.relative_to(ROOT)} imports {reached}"


def test_importing_the_app_is_light_and_silent():
    code = f"import app, sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
