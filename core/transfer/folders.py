"""Which class a picture belongs to, told from the folders that it is in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from core.normalisation import normalise_text

TRAIN, TEST = ("train", "training"), ("val", "valid", "validation", "test", "testing")
PICTURES = (
    "jpg jpeg jpe jfif mpo png apng webp bmp dib gif tif tiff heic heif hif avif jp2 ppm pgm pbm pnm tga ico psd qoi"
)
SUFFIXES = tuple(f".{suffix}" for suffix in PICTURES.split())
MAX_NAME = 60  # characters of a class


def is_picture_name(name: str) -> bool:
    """Whether a file counts as a picture of a data set: by its ending, and not in a hidden folder."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.suffix.lower() in SUFFIXES and not any(map(_is_hidden, path.parts)) and not path.is_absolute()


def parse_folders(names: Iterable[str]) -> list[tuple[str, str] | None]:
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


def name_left_out(name: str) -> str:
    """A file's name, or that of the hidden folder that it is in."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = next((part for part in parts[:-1] if _is_hidden(part) and part != ".."), None)
    return parts[-1] if hidden is None else f"{hidden}/"


def _parse_folder(folders: tuple[str, ...], parted: bool) -> tuple[str, str] | None:
    part = "test" if parted and folders and folders[0].lower() in TEST else "train"
    inside = folders[1:] if parted else folders
    label = inside[0][:MAX_NAME].strip() if inside else ""
    return (part, label) if label else None


def _is_hidden(part: str) -> bool:
    return part.startswith(".") or part == "__MACOSX"
