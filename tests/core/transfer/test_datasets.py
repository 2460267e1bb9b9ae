from __future__ import annotations

import io
import os
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import InputError
from core.images import to_rgb
from core.transfer import datasets
from core.transfer.datasets import LabelledImages


def encode_png(shade: int = 90, size: tuple[int, int] = (8, 6)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (shade, 20, 30)).save(out, "PNG")
    return out.getvalue()


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_faces_are_a_hundred_of_each() -> None:
    found = datasets.load_builtin("faces")
    assert found.class_counts == {"face": (100, 0), "other": (100, 0)} and found.test is None
    assert found.images[0].shape == (25, 25, 3) and found.images[0].dtype == np.uint8


def test_texture_crops_never_overlap_and_the_halves_stay_apart() -> None:
    from skimage import data

    found = datasets.load_builtin("textures", count=12, side=48)
    assert found.class_counts == dict.fromkeys(("brick", "grass", "gravel"), (12, 12))
    for label in found.class_counts:
        photo = to_rgb(getattr(data, label)())
        for images, labels, first in (
            (found.images, found.labels, 0),
            (found.test_images, found.test_labels, 256),
        ):
            crops = [c for c, name in zip(images, labels, strict=True) if name == label]
            cells = {
                (y, x)
                for y in range(0, 512 - 47, 48)
                for x in range(first, first + 256 - 47, 48)
                for crop in crops
                if np.array_equal(photo[y : y + 48, x : x + 48], crop)
            }
            assert len(cells) == 12


def test_texture_crops_follow_the_seed() -> None:
    one, same, other = (datasets.load_builtin("textures", seed=s, count=4) for s in (1, 1, 2))
    assert np.array_equal(one.images[0], same.images[0])
    assert not all(np.array_equal(a, b) for a, b in zip(one.images, other.images, strict=True))


@pytest.mark.parametrize(
    "bad", [{"name": "dogs"}, {"name": None}, {"name": "textures", "count": 65}, {"name": "textures", "side": 4.5}]
)
def test_builtin_refuses(bad) -> None:
    with pytest.raises(InputError):
        datasets.load_builtin(**bad)


FILES = {
    "set/train/ants/1.png": encode_png(1),
    "set/train/ants/2.png": encode_png(2),
    "set/train/bees/1.png": encode_png(3),
    "set/val/ants/3.png": encode_png(4),
    "set/val/bees/2.png": encode_png(5),
}


def test_a_folder_and_its_zip_are_the_same_set(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    for found in (datasets.load_folder(tmp_path / "set"), datasets.load_archive(write_zip(tmp_path / "x.zip", FILES))):
        assert found.class_counts == {"ants": (2, 1), "bees": (1, 1)}
        assert [image[0, 0, 0] for image in found.images] == [1, 2, 3]
        assert found.test is not None and [image[0, 0, 0] for image in found.test[0]] == [4, 5]


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (["ants/1.png", "bees/1.png"], {"ants": (1, 0), "bees": (1, 0)}),
        (["a/b/ants/1.png", "a/b/bees/deep/1.png"], {"ants": (1, 0), "bees": (1, 0)}),
        (["train/ants/1.png", "train/bees/1.png"], {"ants": (1, 0), "bees": (1, 0)}),
        (["train/1.png", "plane/1.png"], {"plane": (1, 0), "train": (1, 0)}),
        (["ants\\1.png", "bees\\1.png"], {"ants": (1, 0), "bees": (1, 0)}),
    ],
)
def test_classes_are_the_folders_below_any_wrapper(tmp_path: Path, names, counts) -> None:
    assert (
        datasets.load_archive(write_zip(tmp_path / "x.zip", dict.fromkeys(names, encode_png()))).class_counts == counts
    )


def test_what_is_no_picture_is_named_and_left_out(tmp_path: Path) -> None:
    files = {
        "a/1.png": encode_png(),
        "b/1.png": encode_png(),
        "b/broken.jpg": b"not a picture",
        "stray.png": encode_png(),
        "b/empty.gif": b"",
    }
    junk = {"__MACOSX/a/._1.png": b"x", "a/.hidden.png": b"x", "a/notes.txt": b"x", "../../up/1.png": encode_png()}
    found = datasets.load_archive(write_zip(tmp_path / "x.zip", files | junk))
    assert found.class_counts == {"a": (1, 0), "b": (1, 0)}
    others = [".hidden.png", "1.png", "__MACOSX/", "broken.jpg", "empty.gif", "notes.txt", "stray.png"]
    assert sorted(found.unread) == others


def test_formats_of_phones_and_programs_count_as_pictures(tmp_path: Path) -> None:
    kinds = {"avif": "AVIF", "jfif": "JPEG", "jp2": "JPEG2000", "tga": "TGA", "heic": "HEIF"}
    files = {"b/1.png": encode_png(), "b/Thumbs.db": b"x"}
    for suffix, kind in kinds.items():
        out = io.BytesIO()
        Image.new("RGB", (64, 64), "red").save(out, kind)
        files[f"a/1.{suffix}"] = out.getvalue()
    found = datasets.load_archive(write_zip(tmp_path / "x.zip", files))
    assert found.class_counts == {"a": (5, 0), "b": (1, 0)} and found.unread == ("Thumbs.db",)


def test_more_pictures_than_fit_are_left_out_of_every_class_alike(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(datasets, "MAX_PICTURES", 5)
    files = {f"{c}/{i}.png": encode_png() for c, count in (("a", 9), ("b", 2), ("c", 2)) for i in range(count)}
    found = datasets.load_archive(write_zip(tmp_path / "x.zip", files))
    assert found.class_counts == {"a": (2, 0), "b": (2, 0), "c": (1, 0)}
    assert sorted(found.unread) == ["1.png", *(f"{i}.png" for i in range(2, 9))]


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_korean_folder_names_survive(tmp_path: Path, encoding: str) -> None:
    path = write_zip(tmp_path / "x.zip", {"AAAAAA/1.png": encode_png(), "b/1.png": encode_png()})
    name = "개미".encode(encoding).ljust(6, b"_")
    path.write_bytes(path.read_bytes().replace(b"AAAAAA", name))  # without the flag that says UTF-8
    assert set(datasets.load_archive(path).class_counts) == {"개미" + "_" * (6 - len("개미".encode(encoding))), "b"}


def test_decomposed_hangul_is_one_class(tmp_path: Path) -> None:
    import unicodedata

    files = {
        "벌/1.png": encode_png(),
        unicodedata.normalize("NFD", "벌") + "/2.png": encode_png(),
        "개미/1.png": encode_png(),
    }
    assert datasets.load_archive(write_zip(tmp_path / "x.zip", files)).class_counts == {"개미": (1, 0), "벌": (2, 0)}


def test_a_zip_bomb_is_read_up_to_the_limit_only(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(datasets, "MAX_BYTES", 2**20)
    files = {"a/1.png": encode_png(), "b/1.png": encode_png(), "b/bomb.png": bytes(50 * 2**20)}
    path = write_zip(tmp_path / "x.zip", files)
    assert path.stat().st_size < 100_000
    assert datasets.load_archive(path).unread == ("bomb.png",)
    monkeypatch.setattr(datasets, "MAX_ALL_BYTES", 2**20)
    with pytest.raises(InputError, match="in all"):
        datasets.load_archive(path)


def test_limits(tmp_path: Path, monkeypatch) -> None:
    path = write_zip(tmp_path / "x.zip", {f"{c}/{i}.png": encode_png() for c in "ab" for i in range(3)})
    for limit, value in (("MAX_ENTRIES", 5), ("MAX_ALL_PIXELS", 6 * 48 - 1)):
        with monkeypatch.context() as patch:
            patch.setattr(datasets, limit, value)
            with pytest.raises(InputError):
                datasets.load_archive(path)
    assert len(datasets.load_archive(path).images) == 6


def test_pictures_are_kept_small(tmp_path: Path) -> None:
    files = {"a/1.png": encode_png(size=(1000, 500)), "b/1.png": encode_png()}
    assert datasets.load_archive(write_zip(tmp_path / "x.zip", files)).images[0].shape == (160, 320, 3)


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    whole = write_zip(tmp_path / "x.zip", FILES).read_bytes()
    for data in (b"", b"PK\x03\x04", whole[: len(whole) // 2], b"hello" * 100):
        (tmp_path / "y.zip").write_bytes(data)
        with pytest.raises(InputError, match="zip"):
            datasets.load_archive(tmp_path / "y.zip")
    for files in ({}, {"1.png": encode_png()}, {"a/readme.txt": b"x"}):
        with pytest.raises(InputError, match="folder"):
            datasets.load_archive(write_zip(tmp_path / "y.zip", files))
    with pytest.raises(InputError, match="folder"):
        datasets.load_folder(tmp_path / "missing")


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(encode_png())
    for name in ("set/a/1.png", "set/b/1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(encode_png())
    (tmp_path / "set/a/2.png").symlink_to(tmp_path / "outside.png")
    assert datasets.load_folder(tmp_path / "set").class_counts == {"a": (1, 0), "b": (1, 0)}


def test_own_pictures_are_collected_up_to_a_limit(picture) -> None:
    cat = picture("cat")
    found = datasets.add_images(LabelledImages(), " cup ", [cat, cat])
    more = datasets.add_images(found, "pen", [cat])
    assert found.class_counts == {"cup": (2, 0)} and more.class_counts == {"cup": (2, 0), "pen": (1, 0)}
    assert max(found.images[0].shape) == 320
    for label, images in (
        ("", [cat]),
        (3, [cat]),
        ("cup", []),
        ("cup", [None]),
        ("x" * 61, [cat]),
    ):
        with pytest.raises(InputError):
            datasets.add_images(found, label, images)
    full = datasets.add_images(found, "cup", [cat] * 59)
    assert full.class_counts == {"cup": (60, 0)} and full.unread == ("59",)
    with pytest.raises(InputError, match="60 pictures"):
        datasets.add_images(full, "cup", [cat])
    for label in "abc":
        more = datasets.add_images(more, label, [cat])
    with pytest.raises(InputError, match="5 classes"):
        datasets.add_images(more, "one more", [cat])
    assert datasets.add_images(more, "pen", [cat]).class_counts["pen"] == (2, 0)


def test_class_names_are_in_one_form(tmp_path: Path) -> None:
    mac = unicodedata.normalize("NFD", "강아지")
    files = {
        f"{name}/{i}.png": encode_png() for i, name in enumerate([mac, "강아지", "ｃａｔ", "cat\u200b", "a\u202eb"])
    }
    found = datasets.load_archive(write_zip(tmp_path / "mac.zip", files))
    assert found.class_counts == {"ab": (1, 0), "cat": (2, 0), "강아지": (2, 0)}
    parts = {f"{part}/{name}/0.png": encode_png() for part, name in (("train", mac), ("val", "강아지"), ("train", "b"))}
    found = datasets.load_archive(write_zip(tmp_path / "parts.zip", parts))
    assert found.class_counts == {"b": (1, 0), "강아지": (1, 1)}


def test_a_folder_whose_name_cannot_be_seen_is_no_class(tmp_path: Path) -> None:
    files = {"\u200b/0.png": encode_png(), "a/1.png": encode_png(), "b/2.png": encode_png(), "℀/3.png": encode_png()}
    found = datasets.load_archive(write_zip(tmp_path / "blank.zip", files))
    assert found.class_counts == {"a": (1, 0), "a/c": (1, 0), "b": (1, 0)} and found.unread == ("0.png",)


def test_a_name_that_was_typed_otherwise_before_is_the_same_class() -> None:
    found = LabelledImages()
    for name in ("Cat", "cat", "ｃａｔ", "강아지", unicodedata.normalize("NFD", "강아지"), "dog\ud800"):
        found = datasets.add_images(found, name, [np.zeros((8, 8, 3), np.uint8)])
    assert found.class_counts == {"Cat": (3, 0), "dog": (1, 0), "강아지": (2, 0)}


def test_names_of_files_that_are_no_pictures_can_be_sent(tmp_path: Path) -> None:
    root = tmp_path / "classes"
    for name in ("a", "b"):
        (root / name).mkdir(parents=True)
        (root / name / "0.png").write_bytes(encode_png())
    Path(os.fsdecode(os.fsencode(root / "a") + b"/\xff\xfe.png")).write_bytes(b"no picture")
    found = datasets.load_folder(root)
    assert found.unread == (".png",) and "".join(found.unread).encode()


def test_of_several_files_those_that_cannot_be_read_are_left_out_and_named(tmp_path: Path) -> None:
    good, text, cut = (tmp_path / name for name in ("good.png", "text.jpg", "cut.png"))
    good.write_bytes(encode_png())
    text.write_bytes(b"hello")
    cut.write_bytes(encode_png()[:40])
    found = datasets.add_images(LabelledImages(), "cup", [str(text), good, str(cut)])
    assert found.class_counts == {"cup": (1, 0)} and found.unread == ("text.jpg", "cut.png")
    assert datasets.add_images(found, "cup", [good]).unread == (), "what was left out before is no news"
    with pytest.raises(InputError) as error:
        datasets.add_images(found, "cup", [text, cut])
    assert error.value.key == "errors.picture_unknown"
