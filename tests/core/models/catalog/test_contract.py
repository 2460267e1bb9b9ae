"""One contract over every row of the catalogue: its facts, its absence, its loader and what it answers."""

from __future__ import annotations

import re
import shutil
import socket

import numpy as np
import pytest
from huggingface_hub.utils import filter_repo_objects

from core import autoencoder, classify, edges, faces, generate, inpaint, models, people, segment, zeroshot
from core.edges import canny, convolution
from core.errors import ModelUnavailable
from core.models import manager, registry
from core.models.catalog import METHODS, ROWS
from core.models.catalog.specs import DiffusionSpec, TorchScriptSpec
from core.results import Result, Stopwatch
from core.segment import grounded
from tests.stand_ins import tiny_hub

HUB = [row for row in ROWS if row.source.startswith("hub:")]
WEIGHTS = (".safetensors", ".bin", ".pth", ".pt")
# of the files that hold more than what is loaded: the memory for videos
IN_THE_FILE = {
    "sam2-tiny": 38_962_498,
    "sam2-small": 46_060_354,
    "sam2-base-plus": 80_850_178,
    "sam2-large": 224_446_642,
}
SOURCES = {
    "builtin": r"[a-z0-9_]+",
    "package": r"[a-z0-9_]+/[\w./-]+",
    "asset": r"[\w./-]+",
    "hub": r"[\w.-]+/[\w.-]+",
}


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch):
    """Any look-up of a name and any connection fails the test."""

    def refuse(*args, **kwargs):
        pytest.fail(f"the network was asked: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def photo(picture):
    """The astronaut's face, 160 pixels wide."""
    return np.ascontiguousarray(picture("astronaut")[30:190, 140:300])


@pytest.fixture
def hole(photo):
    mask = np.zeros(photo.shape[:2], bool)
    mask[60:90, 70:95] = True
    return mask


def check_edges(row, photo, hole):
    found = edges.detect(photo, method=row.name)
    assert found.edges.shape == (160, 160) and found.edges.dtype == np.float32
    assert found.edges.min() >= 0 and 0 < found.edges.max() <= 1
    return found


def check_convolution(method, photo, hole):
    found = convolution.convolve(photo, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    assert found.response.dtype == np.float32 and found.response.shape[:2] == (160, 160)
    return found


def check_canny_stages(method, photo, hole):
    return canny.canny_stages(photo)


def check_classification(row, photo, hole):
    found = classify.predict(photo, top_k=1000, model=row.name)
    assert len(set(found.labels)) == 1000
    assert np.sum(found.probabilities) == pytest.approx(1, abs=1e-3)
    assert (np.diff(found.probabilities) <= 0).all()
    return found


def check_similarity(row, photo, hole):
    found = zeroshot.similarity([photo, 255 - photo], ["a face", "a cat", "a spoon"], model=row.name)
    assert found.image_vectors.dtype == found.text_vectors.dtype == np.float32
    assert np.linalg.norm(found.image_vectors, axis=1) == pytest.approx([1] * 2, abs=1e-4)
    assert np.linalg.norm(found.text_vectors, axis=1) == pytest.approx([1] * 3, abs=1e-4)
    assert found.matrix == pytest.approx(found.image_vectors @ found.text_vectors.T, abs=1e-5)
    return found


def check_segmentation(row, photo, hole):
    found = segment.from_prompts(photo, points=[[80, 60]], labels=[1], model=row.name)
    assert found.masks.dtype == bool and found.masks.shape[1:] == (160, 160)
    assert len(found.scores) == len(found.masks) >= 1
    assert (np.diff(found.scores) <= 0).all()
    return found


def check_detection(row, photo, hole):
    names = ["a face", "a cat"]
    found = grounded.from_words(photo, names, threshold=0, model="grabcut", detector=row.name)
    assert len(found.boxes) == len(found.masks) == len(found.labels) >= 1
    assert set(found.labels) <= set(names) and (np.diff(found.scores) <= 0).all()
    x1, y1, x2, y2 = found.boxes.T
    assert (x1 >= 0).all() and (x1 < x2).all() and (x2 <= 160).all()
    assert (y1 >= 0).all() and (y1 < y2).all() and (y2 <= 160).all()
    return Result(model=found.detector, seconds=found.detect_seconds)


def check_text_to_image(row, photo, hole):
    found = generate.text_to_image("a cat", steps=2, size=64, model=row.name)
    assert found.images[0].shape == (64, 64, 3) and found.images[0].std() > 0
    assert found.parameters["model"] == row.name
    return found


def check_edges_to_image(row, photo, hole):
    base = row.parts["base"]
    found = generate.edges_to_image(edges.detect(photo).edges, "a cat", steps=2, size=64, model=row.name)
    assert found.images[0].shape == (64, 64, 3)
    free = generate.text_to_image("a cat", steps=2, size=64, model=base)
    none = generate.edges_to_image(edges.detect(photo).edges, "a cat", strength=0, steps=2, size=64, model=row.name)
    assert np.abs(none.images[0].astype(int) - free.images[0]).max() <= 2, "at strength 0 the edges do nothing"
    return found


def check_autoencoder(row, photo, hole):
    found = autoencoder.round_trip(photo, model=row.name)
    assert found.decoded_picture.shape == found.image.shape and found.code.ndim == 3
    assert found.copy.psnr > 15
    return found


def check_inpainting(row, photo, hole):
    method = "diffusion" if row.loader == "inpaint.diffusion" else row.name
    found = inpaint.fill(photo, hole, method=method, model=row.name)
    assert np.array_equal(found.image[~hole], photo[~hole])
    assert not np.array_equal(found.image[hole], photo[hole])
    return found


def check_people(row, photo, hole):
    found = people.find_people(photo, threshold=0, model=row.name)
    assert found.boxes.shape == (len(found.scores), 4) and (np.diff(found.scores) <= 0).all()
    return found


def check_faces(row, photo, hole):
    found = faces.find_faces(photo, model=row.name)
    (box,) = found.boxes
    assert 25 < box[0] < 50 and 30 < box[1] < 60 and box[2] - box[0] > 80, "the astronaut's"
    return found


def check_matting(row, photo, hole):
    found = segment.remove_background(photo, model=row.name)
    assert found.alpha.shape == (160, 160) and found.cutout.shape == (160, 160, 4)
    assert found.alpha[90, 85] > 0.9 and found.alpha[:20, :20].max() < 0.5, "the face, and the wall"
    return found


def check_loading(row, photo, hole):
    """What holds of any row whose task has no contract of its own below."""
    watch = Stopwatch()
    with models.borrow(row.task, row.name) as (borrowed, model):
        assert model is not None
    return Result(model=borrowed.name, seconds=watch.seconds)


CONTRACTS = {
    "edges": check_edges,
    "classify": check_classification,
    "zeroshot": check_similarity,
    "segment": check_segmentation,
    "detect": check_detection,
    "edges_to_image": check_edges_to_image,
    "autoencoder": check_autoencoder,
    "text_to_image": check_text_to_image,
    "inpaint": check_inpainting,
    "people": check_people,
    "faces": check_faces,
    "matting": check_matting,
}


# of methods without weights
METHOD_CONTRACTS = {"edges": check_edges, "convolve": check_convolution, "canny_stages": check_canny_stages}


def test_names_are_unique():
    names = [found.name for found in (*ROWS, *METHODS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("method", [m for m in METHODS if m.task in METHOD_CONTRACTS], ids=lambda m: m.name)
def test_a_method_answers_as_its_task_promises(method, photo, hole):
    found = METHOD_CONTRACTS[method.task](method, photo, hole)
    assert found.model == method.name
    assert found.seconds > 0


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_a_row_is_complete(row):
    assert re.fullmatch(r"[a-z0-9-]+", row.name) and row.title and row.licence and row.quality
    assert "train" not in row.licence and (row.trained_on or not row.for_research), "a page says it in two languages"
    assert row.tier in ("pocket", "full")
    assert callable(manager.find_loader(row))
    kind, _, place = row.source.partition(":")
    assert re.fullmatch(SOURCES[kind], place)
    if kind == "builtin":
        assert (row.parameters, row.download, row.memory, row.revision, row.files) == (0, 0, 0, "", ())
    else:
        assert row.parameters > 0
        # 2 bytes a weight in the smallest format that we load, 4 in memory on a CPU
        assert 4 * row.parameters == pytest.approx(row.memory, rel=0.1)
    if kind == "hub":
        assert row.tier == "full" and row.revision and row.use
        assert any(name.endswith(WEIGHTS) and "*" not in name for name in row.files)
        half = (
            "fp16" in str(row.files)
            or row.loader == "edges.hed"
            or (isinstance(row.spec, DiffusionSpec) and row.spec.dtype == "bfloat16")
        )
        held = IN_THE_FILE.get(row.name, row.parameters)
        assert row.download / held == pytest.approx(2 if half else 4, rel=0.02)
        # its file runs code
        assert isinstance(row.spec, TorchScriptSpec) == any(name.endswith(".pt") for name in row.files)
    else:
        assert row.tier == "pocket" and row.download == 0


def test_every_task_of_the_lecture_has_a_model_for_the_gpu_and_most_have_one_for_a_laptop():
    assert set(CONTRACTS) <= {row.task for row in ROWS}
    tiers = {task: {row.tier for row in models.rows(task)} for task in CONTRACTS}
    for task in ("classify", "zeroshot", "segment", "detect", "inpaint", "text_to_image"):
        assert tiers[task] == {"pocket", "full"}


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_a_row_loads_and_answers_as_its_task_promises(row, hub, photo, hole):
    if row in HUB:
        if not tiny_hub.has_builder(row):
            pytest.skip(tiny_hub.no_builder(row))
        keep_row_files(hub(row.name), row.files)
        install_base_model(row, hub)
    found = CONTRACTS.get(row.task, check_loading)(row, photo, hole)
    assert found.model == row.name
    assert found.seconds > 0


def test_a_row_of_a_new_task_has_a_contract_and_files_and_says_what_it_lacks(monkeypatch, tmp_path, photo, hole):
    facts = {"task": "depth", "title": "Depth", "licence": "MIT", "quality": "none", "loader": "depth.network"}
    pocket = models.Row(name="pocket-depth", tier="pocket", source="builtin:core", **facts)
    full = models.Row(name="full-depth", tier="full", source="hub:some/depth", files=("a/net.pth", "*.json"), **facts)
    monkeypatch.setattr(registry, "ROWS", (*registry.ROWS, pocket, full))
    monkeypatch.setattr(manager, "find_loader", lambda row: lambda row, path, device: object())
    assert CONTRACTS.get("depth", check_loading)(pocket, photo, hole).model == "pocket-depth"
    with tiny_hub.use_empty_cache(tmp_path) as add:
        assert {s.row.name: s.state for s in models.status()}["full-depth"] == "absent"
        assert (add("full-depth") / "a" / "net.pth").is_file()
        assert {s.row.name: s.state for s in models.status()}["full-depth"] == "on disk"
    assert not tiny_hub.has_builder(full)
    assert "tests/stand_ins/tiny_hub.py has no builder for depth.network" in tiny_hub.no_builder(full)


def install_base_model(row, hub):
    """A ControlNet needs the model that it guides."""
    if "base" in row.parts:
        base = models.row("text_to_image", row.parts["base"])
        keep_row_files(hub(base.name), base.files)


def keep_row_files(snapshot, patterns):
    """A download with the row's patterns: nothing else of the repository is there."""
    names = [str(path.relative_to(snapshot).as_posix()) for path in snapshot.rglob("*") if path.is_file()]
    wanted = set(filter_repo_objects(names, allow_patterns=list(patterns)))
    for name in set(names) - wanted:
        (snapshot / name).unlink()


@pytest.mark.parametrize("row", HUB, ids=lambda r: r.name)
def test_a_row_that_is_not_here_names_the_command(row, hub, photo, hole):
    install_base_model(row, hub)
    check_contract = CONTRACTS.get(row.task, check_loading)
    with pytest.raises(ModelUnavailable) as caught:
        check_contract(row, photo, hole)
    for language in ("en", "ko"):
        assert f"python -m core.models prefetch {row.name}" in caught.value.message_in(language)


@pytest.mark.parametrize("row", HUB, ids=lambda r: r.name)
def test_a_row_without_one_of_its_files_is_not_here(row, hub):
    snapshot = hub(row.name)
    for name in [name for name in row.files if "*" not in name]:
        whole = snapshot.with_name("whole")
        shutil.copytree(snapshot, whole, symlinks=True)
        (snapshot / name).unlink()
        states = {status.row.name: status.state for status in models.status()}
        assert states[row.name] == "absent", name
        shutil.rmtree(snapshot)
        whole.rename(snapshot)
    assert {status.row.name: status.state for status in models.status()}[row.name] == "on disk"
