"""What is shown of an upload is what is computed on."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core import images
from demos.page import uploads

y, x = np.mgrid[:80, :120]
SMOOTH = np.stack([x * 2, y * 3, np.full_like(x, 90)], axis=2).astype(np.uint8)
TURNED = Image.Exif()
TURNED[0x112] = 6


def save(path: Path, picture=SMOOTH, **settings) -> str:
    pillow_heif.register_heif_opener()
    Image.fromarray(picture).save(path, **settings)
    return str(path)


def save_animation(path: Path) -> str:
    frames = [Image.fromarray(np.full((20, 30, 3), level, np.uint8)) for level in (255, 0)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    return str(path)


def with_alpha() -> np.ndarray:
    return np.dstack([SMOOTH, np.where(x < 60, 0, 255).astype(np.uint8)])


SHOWN_OTHERWISE = {
    "heic": lambda folder: save(folder / "phone.heic", quality=95),
    "tiff": lambda folder: save(folder / "scan.tif"),
    "jpeg 2000": lambda folder: save(folder / "scan.jp2"),
    "turned webp": lambda folder: save(folder / "turned.webp", exif=TURNED.tobytes()),
    "turned png": lambda folder: save(folder / "turned.png", exif=TURNED),
    "animated gif": lambda folder: save_animation(folder / "moving.gif"),
    "animated webp": lambda folder: save_animation(folder / "moving.webp"),
    "alpha": lambda folder: save(folder / "cut.png", with_alpha()),
    "wrong name": lambda folder: str(Path(save(folder / "scan.tif")).rename(folder / "scan.jpg")),
}


@pytest.mark.parametrize("case", SHOWN_OTHERWISE)
def test_what_a_browser_shows_otherwise_has_a_copy_of_what_is_read(case, tmp_path) -> None:
    upload = SHOWN_OTHERWISE[case](tmp_path)
    copy = uploads.write_shown_copy(upload)
    assert copy != upload and Path(copy).parent == tmp_path and Path(copy).suffix == ".png"
    with Image.open(copy) as shown:
        assert shown.mode == "RGB" and not getattr(shown, "is_animated", False)
        assert (np.asarray(shown) == images.to_rgb(upload)).all()


@pytest.mark.parametrize("name", ["photo.jpg", "plain.png", "plain.webp"])
def test_what_is_shown_as_it_is_read_has_none(name, tmp_path) -> None:
    upload = save(tmp_path / name)
    assert uploads.write_shown_copy(upload) == upload


@pytest.mark.parametrize("content", [b"", b"this is no picture", b"\x93NUMPY"])
def test_what_is_no_picture_is_left_as_it_is(content, tmp_path) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert uploads.write_shown_copy(str(tmp_path / "a.jpg")) == str(tmp_path / "a.jpg")


def test_a_large_photo_is_shown_as_jpeg_of_its_full_size(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "LOSSLESS_PIXELS", 1000)
    copy = uploads.write_shown_copy(save(tmp_path / "scan.tif"))
    with Image.open(copy) as shown:
        assert shown.format == "JPEG" and shown.size == (120, 80)
        assert np.abs(np.asarray(shown).astype(int) - SMOOTH).max() < 8


def ask(middleware, path: str, method: str = "GET", kind: str = "http") -> str:
    """The path with which the request arrives at the app behind."""
    seen = []

    async def behind(scope, receive, send):
        seen.append(scope)

    middleware._app = behind
    scope = {"type": kind, "method": method, "path": path, "raw_path": quote(path).encode()}
    # in a thread: the browser tests of this process have a loop of their own in this one
    with ThreadPoolExecutor() as pool:
        pool.submit(lambda: asyncio.run(middleware(scope, None, None))).result()
    assert seen[0]["raw_path"] == quote(seen[0]["path"]).encode()
    return seen[0]["path"]


def test_only_uploads_are_replaced_and_each_is_decoded_once(tmp_path, monkeypatch) -> None:
    upload, result = save(tmp_path / "한글 사진.tif"), save(tmp_path / "result.tif")
    written = []
    write = uploads.write_shown_copy
    monkeypatch.setattr(uploads, "write_shown_copy", lambda path: written.append(path) or write(path))
    demo = SimpleNamespace(upload_file_set={upload})
    middleware = uploads.DecodedUploads(None, demo)
    shown = ask(middleware, f"/lecture/gradio_api/file={upload}")
    assert shown.startswith("/lecture/gradio_api/file=") and shown.endswith(".png")
    assert ask(middleware, f"/gradio_api/file={upload}", "HEAD").endswith(shown.rpartition("/")[2])
    assert written == [upload]
    assert shown.partition("=")[2] in demo.upload_file_set, "Gradio cleans it up with the uploads"
    for path in (f"/gradio_api/file={result}", "/gradio_api/file=", "/config", f"/file{upload}"):
        assert ask(middleware, path) == path
    assert ask(middleware, f"/gradio_api/file={upload}", "POST") == f"/gradio_api/file={upload}"
    Path(shown.partition("=")[2]).unlink()
    assert ask(middleware, f"/gradio_api/file={upload}") != shown, "a copy that was cleaned up is made again"


def test_the_page_serves_the_copy_in_the_uploads_place(url, tmp_path) -> None:
    import httpx

    file = Path(save(tmp_path / "scan.tif"))
    (stored,) = httpx.post(f"{url}gradio_api/upload", files={"files": ("scan.tif", file.read_bytes())}).json()
    shown = httpx.get(f"{url}gradio_api/file={stored}")
    assert shown.headers["content-type"] == "image/png" and shown.headers["content-disposition"].startswith("inline")
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert (np.asarray(picture) == SMOOTH).all()
    assert (images.to_rgb(stored) == SMOOTH).all() and Path(stored).suffix == ".tif", "the upload stays as it came"
