"""A GPU that is none: tensors on the CPU that say "cuda:0", and fail where a real one's would.

Only what torch's functions can see is watched: two devices in one call, numpy of a GPU's tensor, dice of the CPU for
numbers on the GPU. How long anything takes and how much memory, it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")
DEVICE, IS_CUDA = torch.Tensor.device.__get__, torch.Tensor.is_cuda.__get__
SET_DATA = torch.Tensor.data.__set__
ANYWHERE = {"_has_compatible_shallow_copy_type", "copy_", "_parse_to"}
AS_NUMPY = {"numpy", "__array__"}
INDEXING = {"__getitem__", "__setitem__", "index_put_", "index_put"}


def is_on_gpu(tensor: Any) -> bool:
    """Whether it says that it is on the GPU."""
    return bool(tensor.__dict__.get("on_gpu"))


@contextmanager
def pretend_gpu() -> Iterator[None]:
    """For the length of the block, in this thread."""
    with pytest.MonkeyPatch.context() as patch, _Watch():
        for name in ("synchronize", "empty_cache", "_lazy_init"):
            patch.setattr(torch.cuda, name, lambda *_: None)
        yield


class _Watch(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if func == DEVICE:
            return GPU if is_on_gpu(args[0]) else func(*args)
        if func == IS_CUDA:
            return is_on_gpu(args[0])
        if func == SET_DATA:
            _mark_device(args[0], is_on_gpu(args[1]))
            return func(*args)
        if name in ANYWHERE:
            return func(*args, **kwargs)
        given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor)]
        gpu = [each for each in given if is_on_gpu(each)]
        if name in AS_NUMPY and gpu:
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        place = _requested_device(name, args, kwargs)
        if place is not None:
            return _move_result(func, args, kwargs, given, place)
        # numbers alone may come from the CPU, and so may positions in a GPU's tensor
        lenient = name == "__deepcopy__" or (name in INDEXING and is_on_gpu(args[0]))
        # and one number of the GPU is waited for where it is a position
        lenient = lenient or (name == "__getitem__" and not any(each.ndim for each in gpu))
        if gpu and not lenient and any(each.ndim for each in given if not is_on_gpu(each)):
            raise RuntimeError(f"two devices in {name}")
        found = func(*args, **kwargs)
        at = is_on_gpu(args[0]) if name in INDEXING | {"__deepcopy__"} else bool(gpu)
        return tree_map(lambda each: _mark_device(each, at) if isinstance(each, torch.Tensor) and at else each, found)


def _requested_device(name: str, args: Any, kwargs: Any) -> str | None:
    """The kind of device that a call names, by itself or by a tensor that is there already."""
    named = kwargs.get("device")
    if name == "cpu":
        return "cpu"
    if name == "cuda":
        return "cuda"
    for each in args[1:] if name == "to" else ():
        if isinstance(each, torch.Tensor):
            return "cuda" if is_on_gpu(each) else "cpu"
        if isinstance(each, (str, torch.device)):
            named = each
    return None if named is None else torch.device(named).type


def _move_result(func: Any, args: Any, kwargs: Any, given: list[Any], place: str) -> Any:
    if place == "cuda" and isinstance(kwargs.get("generator"), torch.Generator):
        raise RuntimeError("Expected a 'cuda' device type for generator but found 'cpu'")
    if func.__name__ == "cuda":
        found = args[0].clone()
    else:
        here = lambda each: CPU if isinstance(each, (str, torch.device)) and str(each).startswith("cuda") else each  # noqa: E731
        found = func(*map(here, args), **{name: here(value) for name, value in kwargs.items()})
    if not isinstance(found, torch.Tensor):
        return found
    if any(found is each for each in given) and is_on_gpu(found) != (place == "cuda"):
        found = found.clone()
    return _mark_device(found, place == "cuda")


def _mark_device(tensor: Any, gpu: bool) -> Any:
    tensor.__dict__["on_gpu"] = gpu
    return tensor
