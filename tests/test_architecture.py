"""The measures of the house, on its own tree: python -m tests.test_architecture prints them."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from tests import ROOT

HEAVY = ("torch", "torchvision", "diffusers", "transformers", "timm", "sklearn", "scipy", "skimage", "matplotlib")
FunctionNode = (ast.FunctionDef, ast.AsyncFunctionDef)
# what every module of its kind has under the same name
SHARED_NAMES = {
    "build": "each tab's page",
    "load": "each network's loader, found by the name of its module",
    "main": "each command line's entry",
    "parser": "each command line's flags",
}
# another name of a topic's module, at the height of that topic
ALIASES = {"core.words_to_masks"}
PARTICIPLE = re.compile(r"[a-z]+(ed|en|wn|ld|ght|aid|one|een|ept|elt)")
# verbs and nouns of the field that only end like one
FIELD_WORDS = {"embed", "open", "build", "seed", "one", "feed", "need", "embedded", "threshold", "fold", "light"}


@functools.lru_cache(maxsize=1)
def parse_modules() -> dict[str, ast.Module]:
    """The syntax tree of every module of app, core and demos, by its dotted name; a package by its own."""
    paths = [ROOT / "app.py", *(ROOT / "core").rglob("*.py"), *(ROOT / "demos").rglob("*.py")]
    return {name_module(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)}


def name_module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_package(module: str) -> bool:
    return (ROOT / module.replace(".", "/")).is_dir()


def list_imports(module: str) -> set[str]:
    """The modules of this house that a module names in an import, those inside functions and those of
    type checkers included.

    `from core import models` names `core.models`.
    """
    found: set[str] = set()
    for node in ast.walk(parse_modules()[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            known = inside & parse_modules().keys()
            found |= known if len(known) == len(inside) else known | {node.module}
    return (found & parse_modules().keys()) - {module}


def find_circles() -> list[list[str]]:
    """Groups of modules that reach each other by imports, after Tarjan; a package that names its own parts is none."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        stack.append(module)
        for other in list_imports(module):
            if other not in order:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == order[module]:
            at = stack.index(module)
            groups.append(stack[at:])
            del stack[at:]

    for module in parse_modules():
        if module not in order:
            visit(module)
    return [sorted(group) for group in groups if len(group) > 1]


def find_level(module: str) -> int:
    """How high a module stands.

    Core's leaves, readers of files and models 0, topics 1, what is made of topics 2, demos 3, the app 4.
    """
    top, *rest = module.split(".")
    if top != "core":
        return 4 if top == "app" else 3
    if module in ALIASES:
        return 1
    if not rest or rest[0] in ("models", "decoding") or not is_package(f"core.{rest[0]}"):
        return 0
    return 2 if rest[0] in ("engine", "preflight") else 1


def list_functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, FunctionNode)]


def count_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def function_lengths(top: str) -> list[tuple[int, str]]:
    """(lines, module:name) of every function below a package, the longest last."""
    modules = {name: tree for name, tree in parse_modules().items() if name.split(".")[0] == top}
    return sorted((count_lines(f), f"{name}:{f.name}") for name, tree in modules.items() for f in list_functions(tree))


def percentile_90(top: str) -> int:
    lengths = [lines for lines, _ in function_lengths(top)]
    return lengths[int(0.9 * len(lengths))]


def count_modules() -> Counter[str]:
    """How many modules each folder holds, its `__init__` apart."""
    return Counter(name.rpartition(".")[0] for name in parse_modules() if not is_package(name) and "." in name)


def function_names() -> list[str]:
    return [f.name for tree in parse_modules().values() for f in list_functions(tree) if not f.name.startswith("__")]


def find_participles() -> list[str]:
    """Names of functions that are one word and say what has been done, not what is done."""
    words = [name.strip("_") for name in function_names()]
    return [word for word in words if PARTICIPLE.fullmatch(word) and word not in FIELD_WORDS]


def find_shared_names() -> dict[str, list[str]]:
    """Public functions and classes at the top of more than one module, without the reasons in SHARED_NAMES."""
    places = defaultdict(list)
    for module, tree in parse_modules().items():
        for node in tree.body:
            if isinstance(node, (*FunctionNode, ast.ClassDef)) and not node.name.startswith("_"):
                places[node.name].append(module)
    return {name: where for name, where in places.items() if len(where) > 1 and name not in SHARED_NAMES}


def find_thick_faces() -> list[str]:
    """Topics whose `__init__` does more than hand on names."""
    faces = [name for name in parse_modules() if re.fullmatch(r"core\.\w+", name) and is_package(name)]
    return [name for name in faces if list_functions(parse_modules()[name])]


def main() -> None:
    """Prints the measures."""
    names = function_names()
    folder, most = count_modules().most_common(1)[0]
    participles, circles = find_participles(), find_circles()
    print(f"modules: {len(parse_modules())}, at most {most} in a folder ({folder})")
    print(f"circles of imports: {circles or 'none'}")
    print(f"bare participles: {len(participles)} of {len(names)} functions ({len(participles) / len(names):.1%})")
    print(f"one-word names: {sum('_' not in name.strip('_') for name in names) / len(names):.0%} of functions")
    print(f"public names in two modules: {find_shared_names() or 'none'}")
    for top in ("core", "demos"):
        lines, longest = function_lengths(top)[-1]
        print(f"function length in {top}: p90 {percentile_90(top)} lines, longest {lines} ({longest})")
    print(f"faces with functions: {find_thick_faces() or 'none'}")


def test_the_measures_see_what_they_are_for(monkeypatch):
    modules = {
        "core.a": "def seen():\n    from core.b import go",
        "core.b": "import core.c\ndef go(): ...",
        "core.c": "from core import a\nfrom demos import d\ndef go(): ...",
        "demos.d": "if TYPE_CHECKING:\n    import core.a",
    }
    trees = {name: ast.parse(text) for name, text in modules.items()}
    monkeypatch.setattr(sys.modules[__name__], "parse_modules", lambda: trees)
    assert find_circles() == [["core.a", "core.b", "core.c", "demos.d"]], "what only types need counts too"
    assert find_participles() == ["seen"] and find_shared_names() == {"go": ["core.b", "core.c"]}
    assert list_imports("demos.d") == {"core.a"} and "demos.d" in list_imports("core.c")
    assert percentile_90("core") == 1


def test_a_folder_holds_at_most_twenty_modules():
    assert {folder: n for folder, n in count_modules().items() if n > 20} == {}


def test_no_circle_of_imports_even_inside_functions():
    assert find_circles() == []


def test_nothing_imports_upwards():
    upwards = {m: {o for o in list_imports(m) if find_level(o) > find_level(m)} for m in parse_modules()}
    assert {module: others for module, others in upwards.items() if others} == {}


def test_core_knows_no_page_and_the_page_no_network():
    for module, tree in parse_modules().items():
        forbidden = {"core": {"gradio"}, "demos": set(HEAVY), "app": set(HEAVY)}[module.split(".")[0]]
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {name.split(".")[0] for name in named} & forbidden, module


def test_functions_say_what_they_do():
    participles = find_participles()
    assert len(participles) <= 0.01 * len(function_names()), participles


def test_a_public_name_means_one_thing():
    assert find_shared_names() == {}


def test_functions_of_the_page_are_short():
    assert percentile_90("demos") <= 20, function_lengths("demos")[-20:]


def test_a_topics_face_only_hands_on_names():
    assert find_thick_faces() == []


def test_importing_the_app_is_light_and_silent():
    code = f"import app, sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


if __name__ == "__main__":
    main()
