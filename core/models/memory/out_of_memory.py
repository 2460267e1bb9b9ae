"""When memory runs out: it is recognised, room is made, and the work is done again in smaller pieces."""

from __future__ import annotations

import errno
import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from core.errors import OutOfMemory

T = TypeVar("T")
# as CUDA and MPS, the allocator of torch on a CPU (Linux and macOS, then Windows), and NVIDIA's libraries say it: those
# that could not have their work space (cuBLAS, cuDNN, cuFFT), and those that had no room to begin
OOM_MESSAGES = (
    "out of memory",
    "DefaultCPUAllocator: can't allocate memory",
    "DefaultCPUAllocator: not enough memory",
    "_ALLOC_FAILED",
    "_ALLOCATION_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_NOT_INITIALIZED",
)


def is_oom(error: BaseException) -> bool:
    """Whether an error says that there is no memory left, on whatever device."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if isinstance(error, RuntimeError):
        # torch need not be imported to know its errors
        return type(error).__name__ == "OutOfMemoryError" or any(word in str(error) for word in OOM_MESSAGES)
    return isinstance(error, MemoryError)


def retry_smaller(*ways: Callable[[], T]) -> T:
    """What the first way returns that has memory enough.

    After the first failure every idle model is freed and the first way is tried again; then come the others. Each way
    begins anew and gives the same result, computed in smaller pieces.

    Raises:
        Exception: the last way's, where none has enough; any other error at once.
    """
    tries = (ways[0], *ways)
    for number, way in enumerate(tries, start=1):
        try:
            return way()
        except Exception as error:
            if number == len(tries) or not is_oom(error):
                raise
            release_frames(error)
        # out here the error is gone, and with it what its frames held
        free_memory()
    raise AssertionError("no way")


@contextmanager
def report_oom(name: str) -> Iterator[None]:
    """Says in a sentence that the model of that name ran out of memory in the block.

    Raises:
        OutOfMemory: it did.
    """
    try:
        yield
    except Exception as error:
        if not is_oom(error):
            raise
        release_frames(error)
        free_memory()
        raise OutOfMemory(name) from error


def release_frames(error: BaseException) -> None:
    """Lets go of what the error's frames hold, which may be all that the memory is full of."""
    seen: BaseException | None = error
    while seen is not None:
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__context__


def release_with(release: Callable[[], None]) -> None:
    """`release` is what frees every idle model; whoever keeps models says so once."""
    _Keeper.release = release


def free_memory() -> None:
    """Frees every idle model, and gives back to the device what torch keeps for reuse."""
    gc.collect()
    _Keeper.release()


def _nothing() -> None:
    """Nobody keeps models yet."""


class _Keeper:
    release: Callable[[], None] = staticmethod(_nothing)
