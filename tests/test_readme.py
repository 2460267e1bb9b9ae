"""The README cannot lag behind the code."""

from __future__ import annotations

import re
import sys
import types

import numpy as np
import pytest

from core import models
from core.engine import Local
from core.models import registry
from core.models.cli.text import format_models_table
from tests import ROOT
from tests.stand_ins.fakes import build_tab_page, find_api_handler

README = (ROOT / "README.md").read_text(encoding="utf-8")


def code_block(first_line):
    found = re.search(rf"```python\n({re.escape(first_line)}\n.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def load_code_block(monkeypatch, name):
    module = types.ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys.modules[name.split(".")[0]], name.split(".")[1], module, raising=False)
    exec(compile(code_block(f"# {name.replace('.', '/')}.py"), name, "exec"), vars(module))
    return module


def test_the_tab_of_the_readme_works_as_printed(monkeypatch):
    row = re.search(r"```python\n(Row\(.*?)```", README, re.DOTALL)[1]
    parts = [code_block("# core/negative.py"), code_block("# demos/negative.py"), row]
    assert sum(len(part.splitlines()) for part in parts) < 60
    monkeypatch.setattr(registry, "ROWS", (*registry.ROWS, eval(row, {"Row": models.Row})))
    load_code_block(monkeypatch, "core.negative")
    tab = load_code_block(monkeypatch, "demos.negative")
    grey = np.full((4, 4, 3), 200, np.uint8)
    shown, badge, code = find_api_handler(build_tab_page(Local(), tab), "negate")(grey, 1.0)
    assert (shown == 55).all()
    assert "Negative" in badge
    assert "negative.negate(picture, amount=1.0)" in code


def test_the_table_of_models_is_the_catalogue():
    assert format_models_table() in README, "python -m core.models table prints it"


def test_every_exception_from_safetensors_is_named():
    told = re.search(r"Weights are safetensors, (.*?)\n\n", README, re.DOTALL)[1].split("No full row")[0]
    pickled = {row.name for row in models.rows() if any(re.search(r"\.(bin|pth?|ckpt|pkl)$", f) for f in row.files)}
    assert set(re.findall("`(.+?)`", told)) == pickled and len(pickled) == 6


def test_words_to_masks_has_the_figure_of_the_catalogue():
    quality = models.row("detect", "word-clicks").quality
    row = next(line for line in README.splitlines() if line.startswith("| words to masks, pocket"))
    measured, middle = (float(re.search(r"([\d.]+)%", cell)[1]) for cell in row.split("|")[2:4])
    assert f"{measured:.0f}% of the masks right, a box in the middle {middle:.0f}%" in quality


def test_contributing_names_every_file_of_rows():
    told = re.search(r"\*\*A new model\*\*.*?prints", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)[0]
    files = {path.name for path in (ROOT / "core" / "models" / "catalog").glob("*.py")} - {
        "__init__.py",
        "row.py",
        "specs.py",
    }
    assert set(re.findall(r"(\w+\.py)", told)) == files


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!http)[^)#]+)\)", README))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()
