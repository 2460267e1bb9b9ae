from __future__ import annotations

import errno
import weakref

import numpy as np
import pytest
import torch

from core import models, zeroshot
from core.errors import InputError, ModelUnavailable, OutOfMemory
from core.models import manager
from core.models.memory import out_of_memory
from core.segment.cached_predictor import CachedPredictor
from core.zeroshot.clip import TransformersDualEncoder
from tests.stand_ins import tiny_sam

FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FULL, True),
        (RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"), True),
        (RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"), True),
        (RuntimeError("cuFFT error: CUFFT_INVALID_SIZE"), False),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9.05 GB, other allocations: 8.00 KB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."), True),
        (MemoryError(), True),
        (np._core._exceptions._ArrayMemoryError((9,), np.dtype(float)), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
        (InputError("errors.picture_missing"), False),
        (KeyboardInterrupt(), False),
    ],
)
def test_a_lack_of_memory_is_told_from_other_faults(error, expected) -> None:
    assert out_of_memory.is_oom(error) is expected


def test_what_torch_says_on_this_machine_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert out_of_memory.is_oom(caught.value)


@pytest.fixture
def free_memory_calls(monkeypatch):
    times = []
    monkeypatch.setattr(out_of_memory, "free_memory", lambda: times.append(True))
    return times


def build_ways(*fails):
    """One way for each, which fails so often."""
    left, called = list(fails), []

    def way(number):
        called.append(number)
        left[number] -= 1
        if left[number] >= 0:
            raise FULL
        return number

    return [lambda n=n: way(n) for n in range(len(fails))], called


@pytest.mark.parametrize(
    ("fails", "found", "called"),
    [((0, 0), 0, [0]), ((1, 0), 0, [0, 0]), ((2, 0), 1, [0, 0, 1]), ((2, 1, 0), 2, [0, 0, 1, 2])],
)
def test_the_first_way_is_tried_twice_then_the_smaller_ones(free_memory_calls, fails, found, called) -> None:
    tries, seen = build_ways(*fails)
    assert out_of_memory.retry_smaller(*tries) == found
    assert seen == called and len(free_memory_calls) == len(called) - 1


def test_the_last_way_says_what_happened(free_memory_calls) -> None:
    tries, seen = build_ways(9, 9)
    with pytest.raises(torch.OutOfMemoryError):
        out_of_memory.retry_smaller(*tries)
    assert seen == [0, 0, 1]


def test_another_fault_is_raised_at_once(free_memory_calls) -> None:
    calls = []

    def multiply_wrongly():
        calls.append(True)
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        out_of_memory.retry_smaller(multiply_wrongly, multiply_wrongly)
    assert len(calls) == 1 and not free_memory_calls
    with pytest.raises(RuntimeError, match="mat1"), out_of_memory.report_oom("x"):
        multiply_wrongly()
    assert not free_memory_calls


def test_what_the_failed_try_held_is_free_before_the_next(free_memory_calls) -> None:
    alive = []

    def way():
        alive.append(sum(each() is not None for each in refs))
        large = torch.zeros(10)
        refs.append(weakref.ref(large))
        raise torch.OutOfMemoryError(f"CUDA out of memory beside {large.shape}")

    refs = []
    with pytest.raises(torch.OutOfMemoryError):
        out_of_memory.retry_smaller(way, way)
    assert alive == [0, 0, 0]


def test_idle_models_go_and_the_one_in_use_stays() -> None:
    models.release()
    models.load("segment", "pocket-sam")
    with models.borrow("classify", "efficientnet-lite0") as (_, net):
        tries, _ = build_ways(1)
        out_of_memory.retry_smaller(*tries)
        assert {s.row.name for s in models.status() if s.state == "loaded"} == {"efficientnet-lite0"}
        with models.borrow("classify", "efficientnet-lite0") as (_, same):
            assert same is net


def test_who_runs_out_gets_a_sentence_and_the_next_one_works() -> None:
    with pytest.raises(OutOfMemory) as caught, models.borrow("classify", "efficientnet-lite0"):
        raise FULL
    assert str(caught.value).startswith(
        "EfficientNet-Lite0 needs more memory for this than this machine has free. Cure"
    )
    assert caught.value.message_in("ko").startswith("EfficientNet-Lite0에 필요한 메모리가")
    assert caught.value.__cause__ is FULL
    with models.borrow("classify", "efficientnet-lite0") as (_, net):
        assert net is not None


def fail_loader(monkeypatch, loader, times, error):
    """The loader fails so often; returns what it was called for."""
    own, calls = manager.find_loader, []

    def load(row, path, device):
        calls.append(row.name)
        if len(calls) <= times:
            raise error
        return own(row)(row, path, device)

    monkeypatch.setattr(manager, "find_loader", lambda row: load if row.loader == loader else own(row))
    models.release()
    return calls


@pytest.mark.parametrize("error", [FULL, MemoryError()])
def test_a_loader_that_runs_out_once_loads_with_the_idle_ones_gone(monkeypatch, error) -> None:
    calls = fail_loader(monkeypatch, "classify.efficientnet_lite", 1, error)
    models.load("segment", "grabcut")
    assert models.load("classify", "efficientnet-lite0") is not None
    assert len(calls) == 2
    assert {s.row.name for s in models.status() if s.state == "loaded"} == {"efficientnet-lite0"}


def test_a_loader_that_always_runs_out_says_so_and_not_that_files_are_damaged(hub, monkeypatch) -> None:
    hub("resnet50")
    calls = fail_loader(monkeypatch, "classify.timm", 2, FULL)
    with pytest.raises(
        ModelUnavailable, match=r"ResNet-50 \(A1\) needs about 102 MB of memory, but only \d+ MB"
    ) as caught:
        models.load("classify", "resnet50")
    assert "102 MB" in caught.value.message_in("ko")
    assert len(calls) == 2 and not any(s.state == "loaded" for s in models.status())
    assert models.load("classify", "resnet50") is not None, "with memory it loads"


def test_an_embedding_is_tried_with_nothing_remembered_beside_it(free_memory_calls, monkeypatch) -> None:
    plain = tiny_sam.build_predictor()
    remembering, own = CachedPredictor(plain), plain.set_image
    pictures = [np.full((60, 80, 3), level, np.uint8) for level in (10, 200)]
    remembering.set_image(pictures[0])

    def fail_beside_cached(image):
        if remembering._kept:
            raise FULL
        own(image)

    monkeypatch.setattr(plain, "set_image", fail_beside_cached)
    assert remembering.set_image(pictures[1]) and not remembering.set_image(pictures[1])
    masks, _, _ = remembering.predict(np.array([[9.0, 9.0]], np.float32), np.array([1]))
    assert masks.shape[1:] == (60, 80) and list(remembering._kept), "the picture is remembered"


def test_a_dual_encoder_takes_pictures_one_by_one(hub, free_memory_calls, monkeypatch) -> None:
    hub("clip-vit-b32")
    pictures = [np.full((64, 64, 3), level, np.uint8) for level in (0, 90, 255)]
    wanted = zeroshot.similarity(pictures, ["a cat", "a dog"], model="clip-vit-b32").matrix
    models.release()
    with models.borrow("zeroshot", "clip-vit-b32") as (_, remembered):
        encoder = remembered.encoder
        assert isinstance(encoder, TransformersDualEncoder)
        own = encoder.net.get_image_features

        def take_one_picture(pixel_values, **rest):
            if len(pixel_values) > 1:
                raise FULL
            return own(pixel_values=pixel_values, **rest)

        monkeypatch.setattr(encoder.net, "get_image_features", take_one_picture)
        found = zeroshot.similarity(pictures, ["a cat", "a dog"], model="clip-vit-b32").matrix
    assert np.allclose(found, wanted, atol=1e-5)
