from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from core import images
from core.decoding import files
from core.errors import InputError

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n0 0 10 10 rectfill\nshowpage\n%%EOF\n"
PICTURE = Image.new("RGB", (40, 30), (200, 40, 20))


def encode(picture=PICTURE, kind="PNG", **settings):
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def build_raw_photo(*tags):
    found = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags:
        found[tag] = value
    return encode(kind="TIFF", tiffinfo=found)


OTHERS = {
    "EPS": EPS,
    "EPS with a binary head": b"\xc5\xd0\xd3\xc6" + struct.pack("<6I", 32, len(EPS), 0, 0, 0, 0) + b"\0\0\0\0" + EPS,
    "PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "SVG": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
    "HTML": b"<!doctype html><title>404</title>",
    "MP4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(200),
    "QuickTime": b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + bytes(200),
    "MPEG": b"\0\0\1\xb3\x14\0\xf0\x13" + bytes(200),
    "Windows metafile": b"\xd7\xcd\xc6\x9a\0\0"
    + struct.pack("<4hH", 0, 0, 100, 100, 1440)
    + bytes(40)
    + b"\1\0\t\0"
    + bytes(60),
    "zip": b"PK\3\4" + bytes(100),
    "DNG": build_raw_photo((50706, b"\1\4\0\0")),
    "a raw photo's thumbnail": build_raw_photo((254, 1), (330, 8)),
    "CR2": encode(kind="TIFF")[:8] + b"CR\2\0" + encode(kind="TIFF")[12:],
    "a picture inside a news text": b"\x1c\x02\x00\0\2\0\0" + bytes(50) + EPS,
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds_of_files_are_named_as_such(name, tmp_path):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(OTHERS[name])
    with pytest.raises(InputError) as error:
        images.to_rgb(path)
    assert error.value.key == "errors.picture_unknown"
    for sentence in (str(error.value), error.value.message_in("ko")):
        assert all(kind in sentence for kind in ("PNG", "JPEG", "HEIC", "AVIF", "PDF", "SVG", "EPS"))


def test_no_program_is_started_for_a_postscript_file(tmp_path, monkeypatch):
    gs, log = tmp_path / "gs", tmp_path / "log"
    gs.write_text(f"#!/bin/sh\necho run >> {log}\nexit 1\n")
    gs.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(InputError):
        images.to_rgb(EPS)
    assert not log.exists()


READ = "JPEG PNG WEBP GIF HEIF AVIF TIFF BMP DIB JPEG2000 PPM ICO ICNS TGA PCX SGI DDS QOI IM MPO"


@pytest.mark.parametrize("kind", READ.split())
def test_the_formats_that_are_read(kind):
    side = 32 if kind in ("ICO", "ICNS") else 40
    found = images.to_rgb(encode(PICTURE.resize((side, side)), kind))
    assert np.abs(found[side // 2, side // 2].astype(int) - (200, 40, 20)).max() <= 14


def test_nothing_that_could_start_a_program_is_among_them():
    assert not {"EPS", "WMF", "IPTC", "MPEG", "GRIB", "BUFR", "HDF5"} & set(files.FORMATS)
    Image.init()
    assert set(files.FORMATS) - {"HEIF"} <= Image.OPEN.keys()


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))


def jpeg_header(width, height):
    data = encode(kind="JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


@pytest.mark.parametrize(
    ("data", "limit", "came"),
    [
        (png_header(60_000, 60_000), 120, 3600),
        (png_header(12_001, 10_000), 120, 121),
        (jpeg_header(65_500, 65_500), 250, 4291),
        (jpeg_header(25_001, 10_000), 250, 251),
    ],
)
def test_what_is_larger_than_can_be_decoded_is_refused_before_it_is(data, limit, came):
    with pytest.raises(InputError) as error:
        images.to_rgb(data)
    assert error.value.key == "errors.picture_large"
    for sentence in (str(error.value), error.value.message_in("ko")):
        assert str(limit) in sentence and str(came) in sentence


def test_a_phones_two_hundred_megapixels_are_opened():
    with files.open_image(jpeg_header(16_320, 12_240)) as picture:
        assert picture.size == (16_320, 12_240) and files.shrink_factor(*picture.size) == 2


@pytest.mark.parametrize(
    ("size", "factor"),
    [
        ((8064, 6048), 1),
        ((8160, 6144), 2),
        ((16_382, 3628), 2),
        ((16_320, 12_240), 2),
        ((20_000, 12_500), 4),
        ((1, 1), 1),
    ],
)
def test_how_much_smaller_a_picture_is_read(size, factor):
    assert files.shrink_factor(*size) == factor


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "errors.picture_empty"),
        (b"\xff\xd8\xff" + bytes(50), "errors.picture_damaged"),
        (b"GIF89a", "errors.picture_damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "errors.picture_damaged"),
        (b"BM" + bytes(60), "errors.picture_damaged"),
        (b"hello, I am text", "errors.picture_unknown"),
    ],
)
def test_what_begins_as_a_picture_is_a_damaged_one(data, key):
    with pytest.raises(InputError) as error:
        images.to_rgb(data)
    assert error.value.key == key


def test_a_path_that_cannot_be_opened(tmp_path):
    for path in (tmp_path / "none.png", tmp_path, "a\0b"):
        with pytest.raises(InputError) as error:
            images.to_rgb(path)
        assert error.value.key == "errors.picture_file"


@pytest.mark.parametrize("head", [b"II*\0\x08\0\0\0", b"II*\0\0\0\0\0", b"MM\0*\0\0\0\x08"])
def test_a_broken_head_is_no_warning_on_the_console(head, recwarn):
    for rest in (bytes(100), b"\x09\0" + b"\1" * 60):
        with pytest.raises(InputError):
            images.to_rgb(head + rest)
    assert [str(warning.message) for warning in recwarn] == []
