"""The README cannot lag behind the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from core import models
from core.models.cli.text import format_models_table
from tests import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MODELS = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")

# what builds and calls the new tab, in a process of its own
CALL_THE_TAB = """
import numpy as np
import app
from core import models, preflight
from core.engine import Local
from demos import page
from demos.page.links import ServerAddresses
from tests.stand_ins.fakes import find_api_handler

demo = page.build_page(Local(), app.TABS, ServerAddresses())
shown, badge, code = find_api_handler(demo, "negate")(np.full((4, 4, 3), 200, np.uint8), 1.0)
assert (shown == 55).all()
assert "Negative" in badge and "0.0" in badge
assert "negative.negate(picture, amount=1.0)" in code
assert find_api_handler(demo, "negate")(None, 1.0)[0] is None
check = preflight.check_tab("negative")
assert check.state == "amber" and "no probe" in str(check.findings[0].sentence)
assert "resnet18" in [row.name for row in models.rows("classify")]
"""


def find_block(language, start):
    """The printed lines that begin with `start`."""
    found = re.search(rf"```{language}\n({re.escape(start)}.*?)```", README, re.DOTALL)
    assert found is not None, start
    return found[1]


def insert_before_end(path, entry):
    """Adds an entry to the tuple that the file ends with."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n)\n")
    path.write_text(
        text.removesuffix(")\n") + textwrap.indent(entry.rstrip() + ",\n", "    ") + ")\n", encoding="utf-8"
    )


def run_in(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


@pytest.fixture(scope="module")
def extended_copy(tmp_path_factory):
    """The app with the tab and the model that the README adds, by doing what it says; nothing else is touched."""
    copy = tmp_path_factory.mktemp("readme") / "copy"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "docs", "weights", "*.pyi")
    shutil.copytree(ROOT, copy, ignore=left_out)
    (copy / "assets" / "weights").symlink_to(ROOT / "assets" / "weights")
    if (ROOT / ".mypy_cache").is_dir():
        # mypy then reads only what is new
        shutil.copytree(ROOT / ".mypy_cache", copy / ".mypy_cache")
    catalog = copy / "core" / "models" / "catalog"
    added = {name: find_block("python", f"# {name}\n") for name in ("core/negative.py", "demos/negative.py")}
    for name, text in added.items():
        (copy / name).write_text(text, encoding="utf-8")
    words, notes = find_block("json", "{"), find_block("sh", "echo")
    (copy / "assets" / "texts" / "negative.json").write_text(words, encoding="utf-8")
    run_in(copy, "sh", "-e", "-c", notes)
    method, row = find_block("python", "Method("), find_block("python", "Row(")
    insert_before_end(catalog / "methods.py", method)
    insert_before_end(catalog / "vision.py", row)
    app = (copy / "app.py").read_text(encoding="utf-8")
    app = re.sub(r"(from demos import .*?inpaint, )", r"\1negative, ", app)
    app = re.sub(r"(TABS = \(.*)\)", r"\1, negative.TAB)", app)
    (copy / "app.py").write_text(app, encoding="utf-8")
    run_in(copy, sys.executable, "-m", "ruff", "format", "app.py")
    return copy


def test_a_tab_and_a_model_take_fewer_than_sixty_lines():
    starts = ("python", "# core/negative.py"), ("python", "# demos/negative.py"), ("json", "{"), ("sh", "echo")
    blocks = [find_block(*start) for start in (*starts, ("python", "Method("), ("python", "Row("))]
    blocks += ["from demos import negative", "TABS = (negative.TAB)"]
    lines = [line for block in blocks for line in block.splitlines()]
    # the first line of a block names its file
    assert len([line for line in lines if line.strip() and not re.match(r"# \S+\.py$", line)]) < 60


@pytest.mark.slow
def test_the_tab_of_the_readme_works_as_printed(extended_copy):
    run_in(extended_copy, sys.executable, "-c", CALL_THE_TAB)


@pytest.mark.slow
def test_the_tab_and_the_model_of_the_readme_pass_make_check(extended_copy):
    # gradio writes stubs beside its components, which git ignores
    for check in (["check"], ["format", "--check"]):
        run_in(extended_copy, sys.executable, "-m", "ruff", *check, "--extend-exclude", "*.pyi", ".")
    run_in(extended_copy, sys.executable, "-m", "mypy", "app.py", "core", "demos")


@pytest.mark.slow
def test_the_model_of_the_readme_keeps_the_contract(extended_copy):
    contract = "tests/core/models/catalog/test_contract.py"
    run_in(extended_copy, sys.executable, "-m", "pytest", "-q", contract, "-k", "resnet18 or negative or unique")


def test_the_loader_of_the_readme_is_the_one_that_runs():
    assert find_block("python", "def load(") in (ROOT / "core" / "classify" / "timm.py").read_text(encoding="utf-8")


def test_the_table_of_models_is_the_catalogue():
    assert format_models_table() in MODELS, "python -m core.models table prints it"


def test_every_exception_from_safetensors_is_named():
    told = re.search(r"Weights are safetensors, (.*?)\n\n", MODELS, re.DOTALL)[1].split("No full row")[0]
    pickled = {row.name for row in models.rows() if any(re.search(r"\.(bin|pth?|ckpt|pkl)$", f) for f in row.files)}
    assert set(re.findall("`(.+?)`", told)) == pickled and len(pickled) == 6


def test_words_to_masks_has_the_figure_of_the_catalogue():
    quality = models.row("detect", "word-clicks").quality
    row = next(line for line in RESULTS.splitlines() if line.startswith("| words to masks, pocket"))
    measured, middle = (float(re.search(r"([\d.]+)%", cell)[1]) for cell in row.split("|")[2:4])
    assert f"{measured:.0f}% of the masks right, a box in the middle {middle:.0f}%" in quality


def test_contributing_names_every_file_of_rows():
    told = re.search(r"\*\*A new model\*\*.*?prints", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)[0]
    files = {path.name for path in (ROOT / "core" / "models" / "catalog").glob("*.py")} - {
        "__init__.py",
        "methods.py",
        "row.py",
        "specs.py",
    }
    assert set(re.findall(r"(\w+\.py)", told)) == files


@pytest.mark.slow
def test_the_python_of_the_readme_prints_what_stands_behind_it():
    block = find_block("python", "import numpy")
    done = subprocess.run([sys.executable, "-"], input=block, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    printed = done.stdout.splitlines()
    promised = [line.split("  # ")[1] for line in block.splitlines() if line.startswith("print(")]
    assert len(printed) == len(promised) == 7
    for value, told in zip(printed, promised, strict=True):
        # what stands behind a colon explains it
        assert value == told.split(": ")[0]


def list_links():
    """(file, link) of every link in what is written for readers, pictures included."""
    pages = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("assets/notes/*/*.md"),
    ]
    pages += ROOT.glob("assets/weights/**/*.md")
    found = [
        (path, link) for path in pages for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    ]
    return [(path, link) for path, link in found if not link.startswith(("http", "mailto:"))]


def anchors(page):
    """The headings of a Markdown file, as GitHub names them in links."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize(("page", "link"), list_links(), ids=lambda value: getattr(value, "name", value))
def test_links_lead_somewhere(page, link):
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_every_path_that_contributing_and_findings_name_is_there():
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:core|demos|tests|benchmarks|training|assets|docs|findings)/[\w./]+)`", told)
    assert len(named) > 10 and not [path for path in named if not (ROOT / path).exists()]
    # whoever points to a script that shows a library's surprise names one that there is
    sources = [
        ROOT / "Makefile",
        *ROOT.glob("core/**/*.py"),
        *ROOT.glob("demos/**/*.py"),
        *ROOT.glob("tests/**/*.py"),
    ]
    scripts = {
        name for path in sources for name in re.findall(r"findings/[\w-]+\.sh", path.read_text(encoding="utf-8"))
    }
    assert scripts and not [name for name in scripts if not (ROOT / name).exists()]
