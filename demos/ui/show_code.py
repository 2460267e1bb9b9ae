"""Show the code: a call of `core` that runs on an engine and can be shown as the Python it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.engine import Engine


@dataclass(frozen=True)
class Call:
    """A call of `core` that runs on an engine and can be shown as the code it is."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @classmethod
    def of(cls, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Call:
        """The call `fn(*args, **kwargs)`, not yet made."""
        return cls(fn, args, kwargs)

    def run(self, engine: Engine) -> Any:
        """What the call returns or raises."""
        return engine.run(self.fn, *self.args, **self.kwargs)

    def stream(self, engine: Engine) -> Iterator[Any]:
        """What the call passes to `on_step`, then what it returns."""
        return engine.stream(self.fn, *self.args, **self.kwargs)

    def code(self, use: str, *, longest: int | None = None, also: tuple[str, ...] = ()) -> str:
        """The call as Python.

        Args:
            use: the lines that read the result, called `found`.
            longest: the visitor's picture was first made so small with `images.fit`.
            also: modules that `use` needs, by their names in `core`, such as "masks".
        """
        setup: dict[str, str] = {}
        shown = [_python_literal(value, setup) for value in self.args]
        shown += [f"{name}={_python_literal(value, setup)}" for name, value in self.kwargs.items()]
        if longest is not None:
            whole = 'images.to_rgb("picture.png")'
            setup["picture"] = setup["picture"].replace(whole, f"images.fit({whole}, {longest})")
        face = _face(self.fn)
        module = face.rpartition(".")[2]
        parts = {face, *(f"core.{name}" for name in also), *(["core.images"] if setup else [])}
        call = f"found = {module}.{self.fn.__name__}({', '.join(shown)})"
        return "\n".join([*_imports(parts), "", *setup.values(), call, use])


def _face(fn: Callable[..., Any]) -> str:
    """The package of `core` that offers the function, such as "core.edges"; its own module where none does."""
    parts = fn.__module__.split(".")
    packages = [".".join(parts[:length]) for length in range(2, len(parts))]
    offering = [package for package in packages if getattr(sys.modules[package], fn.__name__, None) is fn]
    return offering[0] if offering else fn.__module__


def _imports(modules: Iterable[str]) -> list[str]:
    """A line for each package that the modules are taken from."""
    taken: dict[str, list[str]] = {}
    for module in sorted(modules):
        package, _, name = module.rpartition(".")
        taken.setdefault(package, []).append(name)
    return [f"from {package} import {', '.join(names)}" for package, names in sorted(taken.items())]


def _python_literal(value: Any, setup: dict[str, str]) -> str:
    """How `value` is written in code; pictures and masks become variables that `setup` reads from files."""
    if _is_picture(value):
        name = "other" if "picture" in setup else "picture"
        setup[name] = f'{name} = images.to_rgb("{name}.png")  # uint8 {value.shape}'
        return name
    if isinstance(value, np.ndarray) and value.dtype == bool:
        setup["mask"] = f'mask = images.to_mask("mask.png", {value.shape})'
        return "mask"
    if isinstance(value, np.ndarray):
        return repr(value.round(3).tolist())
    if isinstance(value, list) and value and all(_is_picture(item) for item in value):
        setup["pictures"] = f'pictures = [images.to_rgb(f) for f in ("1.png", "2.png")]  # {len(value)} of them'
        return "pictures"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(_python_literal(item, setup) for item in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside},)"
    return repr(value)


def _is_picture(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 3 and value.dtype == np.uint8
