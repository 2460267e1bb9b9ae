"""Pictures of odd sizes: every task gives a result of the right shape, or says in one sentence why it does not."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from core import autoencoder, classify, edges, generate, inpaint, models, segment, zeroshot
from core.errors import InputError
from core.transfer import features
from tests.stand_ins import tiny_hub

SIZES = [(1, 1), (2, 2), (1, 3000), (3000, 1), (3, 5), (7, 900)]


def noise_picture(size):
    return np.random.default_rng(0).integers(1, 256, (*size, 3), dtype=np.uint8)


def middle_mask(size):
    mask = np.zeros(size, bool)
    mask[size[0] // 2, size[1] // 2] = True
    return mask


def click_middle(picture, **options):
    h, w = picture.shape[:2]
    return segment.from_prompts(picture, points=[(w / 2, h / 2)], labels=[1], **options).masks[0]


def draw_box(picture, **options):
    h, w = picture.shape[:2]
    return segment.from_prompts(picture, box=(0, 0, w, h), **options).masks[0]


def fill_middle(picture, **options):
    return inpaint.fill(picture, middle_mask(picture.shape[:2]), **options).image


OWN_METHODS = [method for method in edges.METHODS if method != "hed"]
FILLS = ("telea", "ns", "patchmatch", "patchmatch-turned")
# what gives something of the picture's own height and width
SAME_SIZE = {
    **{f"edges {m}": lambda p, m=m: edges.detect(p, m).edges for m in OWN_METHODS},
    "convolve": lambda p: edges.convolve(p, np.ones((7, 7))).response,
    "explain": lambda p: classify.explain(p).heatmap,
    **{f"click {m}": lambda p, m=m: click_middle(p, model=m) for m in ("pocket-sam", "grabcut")},
    "click without snapping": lambda p: click_middle(p, snap=False),
    **{f"box {m}": lambda p, m=m: draw_box(p, model=m) for m in ("pocket-sam", "grabcut")},
    "cutout": lambda p: segment.cutout(p, np.ones(p.shape[:2], bool), feather=2),
    **{f"fill {m}": lambda p, m=m: fill_middle(p, method=m) for m in FILLS},
}
# what gives something whose size is its own
OTHERS = {
    "predict": lambda p: classify.predict(p).probabilities.shape == (5,),
    "pool": lambda p: np.array_equal(classify.pool(p, "max", 1).pooled, p),
    "everything": lambda p: all(mask.shape == p.shape[:2] for mask in segment.everything(p, points_per_side=2)),
    "outpaint": lambda p: (
        inpaint.outpaint(p, left=1, bottom=1, method="telea").image.shape[:2] == (p.shape[0] + 1, p.shape[1] + 1)
    ),
    "round trip": lambda p: is_round_trip(autoencoder.round_trip(p)),
    "zero-shot": lambda p: zeroshot.similarity([p], ["a cat"]).matrix.shape == (1, 1),
    "features": lambda p: np.allclose(np.linalg.norm(features.extract_features([p])[1], axis=-1), 1, atol=1e-3),
    "from a picture": lambda p: draw_from(p, generate.image_to_image, strength=0.6),
    "along edges": lambda p: draw_from(p, generate.edges_to_image),
}


def is_round_trip(found):
    return found.copy.picture.shape == found.image.shape and np.isfinite(found.code).all()


def draw_from(picture, draw, **options):
    drawn = draw(picture, "a cat", steps=2, size=64, **options).images[0]
    return drawn.shape == (64, 64, 3)  # a shorter side is at least that


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", SAME_SIZE)
def test_the_result_has_the_pictures_size(task, size) -> None:
    picture = noise_picture(size)
    if task.startswith("fill") and (size == (1, 1) or ("patchmatch" in task and min(size) < 5)):
        with pytest.raises(InputError, match=r"covers all of it|patches of 5 × 5 pixels"):
            SAME_SIZE[task](picture)
        return
    found = SAME_SIZE[task](picture)
    assert found.shape[:2] == size and np.isfinite(found).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", OTHERS)
def test_the_result_is_one(task, size) -> None:
    assert OTHERS[task](noise_picture(size))


@pytest.mark.parametrize("size", [(3000, 1), (1, 40)])
def test_words_find_something_or_say_that_nothing_is_there(size) -> None:
    found = segment.from_words(noise_picture(size), "cat", threshold=0.99)
    assert found.masks.shape == (0, *noise_picture(size).shape[:2]) and found.boxes.shape == (0, 4)


@pytest.fixture(scope="module")
def add_row(tmp_path_factory):
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        yield functools.cache(add)


def find_everything(picture, name):
    found = segment.everything(picture, points_per_side=1, predicted_iou=0, stability=0, model=name)
    return all(mask.shape == picture.shape[:2] for mask in found)


def detect_faces(picture, name):
    with models.borrow("detect", name) as (_, find):
        found = find(picture, ["a face"], threshold=0)
    assert len(found.boxes)
    h, w = picture.shape[:2]
    return np.isfinite(found.boxes).all() and (np.abs(found.boxes) <= 2 * np.array([w, h, w, h])).all()


FULL = {
    "sam-vit-b": lambda p, n: click_middle(p, model=n).shape == p.shape[:2],
    "sam2-tiny": lambda p, n: click_middle(p, model=n).shape == p.shape[:2] and find_everything(p, n),
    "grounding-dino": detect_faces,
    "clip-vit-b32": lambda p, n: np.isfinite(zeroshot.similarity([p], ["a cat"], model=n).matrix).all(),
    "siglip2-base": lambda p, n: np.isfinite(zeroshot.similarity([p], ["a cat"], model=n).matrix).all(),
    "resnet50": lambda p, n: classify.predict(p, model=n).probabilities.shape == (5,),
    "hed": lambda p, n: edges.detect(p, "hed").edges.shape == p.shape[:2],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FULL)
def test_full_models_take_them_too(name, size, add_row) -> None:
    add_row(name)
    assert FULL[name](noise_picture(size), name)


def test_a_picture_as_high_as_it_has_channels_is_not_turned(add_row) -> None:
    """Three rows of pixels: not three channels of a picture that is three pixels wide."""
    add_row("sam2-tiny")
    thin = noise_picture((3, 64))
    with models.borrow("segment", "sam2-tiny") as (_, predictor):
        inner = predictor.base_predictor
        seen = inner._processor(images=thin.copy(), input_data_format="channels_last", return_tensors="pt")
        inner.set_image(thin)
        meant = inner.net.get_image_embeddings(seen["pixel_values"])
        assert seen["pixel_values"].shape == (1, 3, 64, 64)
        assert all(np.allclose(a.numpy(), b.detach().numpy()) for a, b in zip(inner.features.maps, meant, strict=True))


@pytest.mark.parametrize("size", [(30, 900), (900, 30), (31, 400), (60, 90)])
def test_clip_sees_the_middle_of_a_long_picture_as_before(size, add_row) -> None:
    from PIL import Image

    from core.zeroshot.clip import TransformersDualEncoder

    encoder, picture = TransformersDualEncoder(add_row("clip-vit-b32"), "cpu"), noise_picture(size)
    whole = encoder._encode_with_fallback(
        [Image.fromarray(picture)], encoder.net.get_image_features, lambda batch: {"images": batch}
    )
    assert float((encoder.encode_images([picture]) @ whole.T)[0, 0]) > 0.98
