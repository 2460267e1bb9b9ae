"""Labelled pictures to train on: two small sets that come with scikit-image, and the viewer's own folder or zip."""

from __future__ import annotations

import functools
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import numpy as np

from core.checks import choice, integer, plain_text, short_repr
from core.decoding.files import MAX_PIXELS
from core.errors import InputError
from core.images import RGB, fit, to_rgb
from core.normalisation import normalise_text

BUILTIN = ("faces", "textures")
TRAIN, TEST = ("train", "training"), ("val", "valid", "validation", "test", "testing")
PICTURES = (
    "jpg jpeg jpe jfif mpo png apng webp bmp dib gif tif tiff heic heif hif avif jp2 ppm pgm pbm pnm tga ico psd qoi"
)
SUFFIXES = tuple(f".{suffix}" for suffix in PICTURES.split())
LONGEST = 320
MAX_PICTURES = 500
MAX_ENTRIES = 20_000
MAX_BYTES = 40 * 2**20
MAX_ALL_BYTES = 400 * 2**20
MAX_ALL_PIXELS = 40 * MAX_PIXELS
MAX_NAME = 60
OWN_CLASSES, OWN_PICTURES = 5, 60


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledImages:
    """Pictures with their class names, for `train_heads(data.images, data.labels, test=data.test)`.

    Attributes:
        images: HWC uint8 RGB.
        labels: the class name of each.
        test_images: pictures that the set itself keeps out of training; may be none.
        test_labels: the class name of each.
        unread: the name of every file that was left out: no readable picture, in no class folder, or more than fit;
            of files that a system adds, the name of their folder.
    """

    images: list[RGB] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    test_images: list[RGB] = field(default_factory=list)
    test_labels: list[str] = field(default_factory=list)
    unread: tuple[str, ...] = ()

    @property
    def test(self) -> tuple[list[RGB], list[str]] | None:
        """The set's own held-out part, or None."""
        return (self.test_images, self.test_labels) if self.test_images else None

    @property
    def class_counts(self) -> dict[str, tuple[int, int]]:
        """Number of (training, held-out) pictures of each class, in alphabetical order."""
        names = sorted({*self.labels, *self.test_labels})
        return {name: (self.labels.count(name), self.test_labels.count(name)) for name in names}


def load_builtin(name: str, *, seed: int = 0, count: int = 30, side: int = 32) -> LabelledImages:
    """A small set that comes with scikit-image.

    "faces": 100 faces and 100 other patches, 25 x 25, of Labeled Faces in the Wild (Huang et al. 2007).
    "textures": square crops of three photos: brick, grass, gravel. No two crops overlap, and the held-out ones are
    from the right half of each photo, the others from the left: neighbours on both sides would give the answer away.

    Args:
        name: one of `BUILTIN`.
        seed: which crops; the faces are always the same.
        count: crops per class and half, 2 to 64.
        side: of a crop, 16 to 64 pixels.
    """
    from skimage import data

    if choice("name", name, BUILTIN) == "faces":
        grey = data.lfw_subset()  # (200, 25, 25) in [0, 1], faces first
        return LabelledImages(images=[to_rgb(picture) for picture in grey], labels=["face"] * 100 + ["other"] * 100)
    rng = np.random.default_rng(integer("seed", seed, 0, 2**31))
    count, side = integer("count", count, 2, 64), integer("side", side, 16, 64)
    found = LabelledImages()
    for label in ("brick", "grass", "gravel"):
        photo = to_rgb(getattr(data, label)())
        half = photo.shape[1] // 2
        found.images.extend(_random_crops(photo[:, :half], count, side, rng))
        found.test_images.extend(_random_crops(photo[:, half:], count, side, rng))
        found.labels.extend([label] * count)
        found.test_labels.extend([label] * count)
    return found


def add_images(found: LabelledImages, label: object, images: Sequence[object]) -> LabelledImages:
    """The set with more pictures of one class, at most 5 classes of 60 pictures: what a viewer collects.

    Of several, those that cannot be read or do not fit are left out; `unread` names them.

    Args:
        found: the set so far; it stays as it is.
        label: the class name.
        images: each what `core.images.to_rgb` takes.

    Raises:
        InputError: no name, no pictures, no readable one, or more classes than fit, or none of the pictures does.
    """
    name = plain_text("class", label, longest=MAX_NAME)
    # "Cat" and "cat" are one class: a phone begins with a capital
    name = next((known for known in found.labels if known.casefold() == name.casefold()), name)
    if len(images) == 0:
        raise InputError("errors.picture_missing")
    if name not in found.labels and len(set(found.labels)) == OWN_CLASSES:
        raise InputError("transfer.own_classes", limit=OWN_CLASSES, got=short_repr(name))
    room = OWN_PICTURES - found.labels.count(name)
    if room <= 0:
        raise InputError("transfer.own_pictures", limit=OWN_PICTURES, got=found.labels.count(name) + len(images))
    new, unread = _read_several(images, room)
    labels = [*found.labels, *[name] * len(new)]
    return replace(found, images=[*found.images, *new], labels=labels, unread=tuple(unread))


def _read_several(images: Sequence[object], room: int) -> tuple[list[RGB], list[str]]:
    """At most `room` pictures, kept small, and the names of the others.

    Raises:
        InputError: none can be read; the sentence is the first one's.
    """
    found: list[RGB] = []
    unread, refused = [], None
    for number, image in enumerate(images, 1):
        try:
            if len(found) < room:
                found.append(fit(to_rgb(image), LONGEST))
                continue
        except InputError as error:
            refused = refused or error
        unread.append(Path(image).name if isinstance(image, (str, Path)) else str(number))
    if refused is not None and not found:
        raise refused
    return found, unread


def load_folder(path: str | Path) -> LabelledImages:
    """Pictures from one folder per class, or from `train/<class>` and `val/<class>`; never pass a visitor's path.

    At most 500 are read, as many of each class as of the others; what is left out is named in `unread`.

    Args:
        path: the folder; links inside it are not followed.

    Raises:
        InputError: there is no such folder, no class folders in it, or it is over a limit.
    """
    root = Path(path)
    if not root.is_dir():
        raise InputError("transfer.folder_missing")
    files = [p for p in sorted(root.rglob("*")) if p.is_file() and not p.is_symlink()]
    inside = [(p.relative_to(root).as_posix(), p) for p in files]
    return _read_image_files([(name, path.read_bytes) for name, path in inside])


def load_archive(path: str | Path) -> LabelledImages:
    """The same from a zip file; nothing is unpacked to disk, and no more is read than the limits allow.

    Raises:
        InputError: it is no zip, it has no class folders, or it is over a limit.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if len(entries) > MAX_ENTRIES:
                raise InputError("transfer.zip_entries", limit=MAX_ENTRIES, got=len(entries))
            return _read_image_files(
                [(_entry_name(entry), functools.partial(_read_member, opened, entry)) for entry in entries]
            )
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        raise InputError("transfer.zip_damaged", got=short_repr(str(error))) from error


def _read_member(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with opened.open(entry) as file:
        # one byte more than allowed tells a file that is too large, however large it claims to be
        return file.read(MAX_BYTES + 1)


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; zips made by Korean Windows hold cp949, which Python reads as cp437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _read_image_files(files: Sequence[tuple[str, Callable[[], bytes]]]) -> LabelledImages:
    """The pictures among (name, read) pairs, sorted by class."""
    pictures = [(name, read) for name, read in files if _is_picture_name(name)]
    all_places = _parse_folders([name for name, _ in pictures])
    if not any(all_places):
        raise InputError("transfer.no_classes")
    taken = _choose_evenly(all_places, MAX_PICTURES)
    wanted, places = [pictures[i] for i in taken], [all_places[i] for i in taken]
    others = {name for name, _ in files} - {name for name, _ in wanted}
    found, unread = LabelledImages(), [_name_left_out(name) for name, _ in files if name in others]
    for name, place, picture in _decode_within_limits(wanted, places):
        if picture is None or place is None:
            unread.append(normalise_text(PurePosixPath(name).name))
            continue
        part, label = place
        (found.test_images if part == "test" else found.images).append(fit(picture, LONGEST))
        (found.test_labels if part == "test" else found.labels).append(label)
    return replace(found, unread=tuple(unread))


def _choose_evenly(places: Sequence[tuple[str, str] | None], most: int) -> list[int]:
    """The indices of at most `most` files, in their order: the first of every class, then the second, ..."""
    seen: Counter[tuple[str, str] | None] = Counter()
    turns = []
    for index, place in enumerate(places):
        turns.append((seen[place], index))
        seen[place] += 1
    return sorted(index for _, index in sorted(turns)[:most])


def _name_left_out(name: str) -> str:
    """A file's name, or that of the hidden folder that it is in."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = next((part for part in parts[:-1] if _is_hidden(part) and part != ".."), None)
    return parts[-1] if hidden is None else f"{hidden}/"


def _is_hidden(part: str) -> bool:
    return part.startswith(".") or part == "__MACOSX"


def _decode_within_limits(
    files: Sequence[tuple[str, Callable[[], bytes]]], places: Sequence[tuple[str, str] | None]
) -> Iterator[tuple[str, tuple[str, str] | None, RGB | None]]:
    """Name, place and picture of each file, None for what is no picture, until all together are too large."""
    seen_bytes = seen_pixels = 0
    for (name, read), place in zip(files, places, strict=True):
        data = b"" if place is None else _read_bytes(read)
        picture = _decode_picture(data)
        seen_bytes += len(data)
        seen_pixels += 0 if picture is None else picture.shape[0] * picture.shape[1]
        if seen_bytes > MAX_ALL_BYTES or seen_pixels > MAX_ALL_PIXELS:
            raise InputError("transfer.too_large", megabytes=MAX_ALL_BYTES // 2**20, megapixels=MAX_ALL_PIXELS // 10**6)
        yield name, place, picture


def _read_bytes(read: Callable[[], bytes]) -> bytes:
    """What `read` returns; nothing where the archive is damaged or encrypted."""
    try:
        return read()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return b""


def _decode_picture(data: bytes) -> RGB | None:
    try:
        return to_rgb(data) if 0 < len(data) <= MAX_BYTES else None
    except InputError:
        return None


def _is_picture_name(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.suffix.lower() in SUFFIXES and not any(map(_is_hidden, path.parts)) and not path.is_absolute()


def _parse_folders(names: Iterable[str]) -> list[tuple[str, str] | None]:
    """("train" or "test", class) of each file by its folders; None for a file outside any class folder."""
    raw = [PurePosixPath(name.replace("\\", "/")).parts[:-1] for name in names]
    paths = [tuple(map(normalise_text, folders)) for folders in raw]
    depth = 0
    # a folder that holds everything is only a wrapper
    while len({folders[depth] for folders in paths if len(folders) > depth}) == 1:
        depth += 1
    paths = [folders[depth:] for folders in paths]
    tops = {folders[0].lower() for folders in paths if folders}
    parted = bool(tops & set(TRAIN)) and tops <= {*TRAIN, *TEST}
    return [_parse_folder(folders, parted) for folders in paths]


def _parse_folder(folders: tuple[str, ...], parted: bool) -> tuple[str, str] | None:
    part = "test" if parted and folders and folders[0].lower() in TEST else "train"
    inside = folders[1:] if parted else folders
    label = inside[0][:MAX_NAME].strip() if inside else ""
    return (part, label) if label else None


def _random_crops(photo: RGB, count: int, side: int, rng: np.random.Generator) -> list[RGB]:
    """`count` squares of a grid, drawn without repetition."""
    columns = photo.shape[1] // side
    cells = rng.permutation(columns * (photo.shape[0] // side))[:count]
    corners = [(int(cell) // columns * side, int(cell) % columns * side) for cell in cells]
    return [photo[y : y + side, x : x + side].copy() for y, x in corners]
