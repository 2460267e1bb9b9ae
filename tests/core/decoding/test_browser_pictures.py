from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from core import images
from core.decoding import browser_pictures, matrix_profiles

PLAIN = Image.new("RGB", (12, 8), (200, 40, 20))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
P3 = matrix_profiles.build_profile(matrix_profiles.P3)


def encode(picture=PLAIN, kind="PNG", **settings):
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def turned(orientation=6):
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def add_chunk(data, kind, content):
    """The PNG with one more chunk before its pixels."""
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return data[:33] + struct.pack(">I", len(content)) + kind + content + checksum + data[33:]


def add_text(key, text):
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt(key, text)
    return encode(pnginfo=notes)


SHOWN = {
    "JPEG": encode(kind="JPEG"),
    "progressive": encode(kind="JPEG", progressive=True),
    "grey JPEG": encode(PLAIN.convert("L"), "JPEG"),
    "JPEG with sRGB's profile": encode(kind="JPEG", icc_profile=SRGB),
    "turned JPEG": encode(kind="JPEG", exif=turned()),
    "several pictures in a JPEG": encode(kind="MPO", save_all=True, append_images=[PLAIN]),
    "PNG": encode(),
    "grey PNG": encode(PLAIN.convert("L")),
    "palette": encode(PLAIN.convert("P")),
    "one bit": encode(PLAIN.convert("1")),
    "PNG with sRGB's profile": encode(icc_profile=SRGB),
    "PNG that says sRGB and its gamma": add_chunk(
        add_chunk(encode(), b"gAMA", struct.pack(">I", 45455)), b"sRGB", b"\0"
    ),
    "PNG with a note": add_text("edges-to-images", "{}"),
    "WebP": encode(kind="WEBP"),
    "lossless WebP": encode(kind="WEBP", lossless=True),
}
OTHERWISE = {
    "JPEG in P3": encode(kind="JPEG", icc_profile=P3),
    "WebP in P3": encode(kind="WEBP", icc_profile=P3),
    "PNG in P3": encode(icc_profile=P3),
    "CMYK": encode(PLAIN.convert("CMYK"), "JPEG"),
    "grey with a profile": encode(PLAIN.convert("L"), "JPEG", icc_profile=P3),
    "alpha": encode(PLAIN.convert("RGBA")),
    "grey and alpha": encode(PLAIN.convert("LA")),
    "a transparent colour": encode(PLAIN.convert("P"), transparency=0),
    "WebP with alpha": encode(Image.new("RGBA", (8, 8)), "WEBP", lossless=True),
    "16 bits": encode(Image.fromarray(np.zeros((4, 4), np.uint16))),
    "gamma alone": add_chunk(encode(), b"gAMA", struct.pack(">I", 100_000)),
    "cICP": add_chunk(encode(), b"cICP", bytes((12, 13, 0, 1))),
    "turned PNG": encode(exif=turned()),
    "turned WebP": encode(kind="WEBP", exif=turned()),
    "PNG turned by XMP": add_text("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>'),
    "moving PNG": encode(save_all=True, append_images=[Image.new("RGB", (12, 8))]),
    "moving WebP": encode(kind="WEBP", save_all=True, append_images=[Image.new("RGB", (12, 8))]),
    "a broken checksum": add_chunk(encode(), b"gAMA", b"\0" * 4)[:40]
    + b"\1"
    + add_chunk(encode(), b"gAMA", b"\0" * 4)[41:],
    "cut PNG": encode()[:-12],
    "GIF": encode(kind="GIF"),
    "TIFF": encode(kind="TIFF"),
    "AVIF": encode(kind="AVIF"),
    "JPEG 2000": encode(kind="JPEG2000"),
    "text": b"hello",
    "nothing": b"",
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_every_browser_shows_as_it_is_read(name, tmp_path):
    assert browser_pictures.is_shown_as_read(SHOWN[name])
    path = tmp_path / "picture"
    path.write_bytes(SHOWN[name])
    assert browser_pictures.is_shown_as_read(path) and browser_pictures.is_shown_as_read(str(path))


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_needs_a_decoded_copy(name):
    assert not browser_pictures.is_shown_as_read(OTHERWISE[name])


def test_a_turn_that_browsers_do_not_know_needs_a_copy():
    data = encode(kind="JPEG", xmp=b'<x tiff:Orientation="6"/>')
    assert images.to_rgb(data).shape == (12, 8, 3), "it is read turned"
    assert not browser_pictures.is_shown_as_read(data)


def test_only_the_header_is_read_and_a_missing_file_is_no_error(tmp_path):
    assert browser_pictures.is_shown_as_read(encode(Image.new("RGB", (64, 64)), "JPEG")[:-20])
    assert not browser_pictures.is_shown_as_read(tmp_path / "none.png")


def test_what_is_read_smaller_needs_a_copy(monkeypatch):
    monkeypatch.setattr(browser_pictures, "MAX_PIXELS", 12 * 8 - 1)
    assert not browser_pictures.is_shown_as_read(SHOWN["JPEG"]) and not browser_pictures.is_shown_as_read(SHOWN["PNG"])
