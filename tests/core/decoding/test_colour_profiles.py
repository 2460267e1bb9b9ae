from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from core import images
from core.decoding import colour_profiles, matrix_profiles

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILES = {
    "P3": matrix_profiles.build_profile(matrix_profiles.P3),
    "Adobe RGB": matrix_profiles.build_profile(matrix_profiles.ADOBE, 563 / 256),
    "BT.2020": matrix_profiles.build_profile(matrix_profiles.BT2020),
    "an odd curve": matrix_profiles.build_profile(matrix_profiles.P3, 2.07),
}
COLOURS = np.array([[(255, 0, 0), (0, 160, 0), (30, 60, 200), (128, 128, 128), (250, 240, 210)]], np.uint8)
PICTURE = Image.fromarray(COLOURS.repeat(8, axis=0).repeat(8, axis=1))


def encode(picture, kind="PNG", **settings):
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def tag(profile):
    """The picture in another colour space."""
    there = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    found = ImageCms.profileToProfile(PICTURE, ImageCms.createProfile("sRGB"), there, renderingIntent=1)
    found.info.clear()  # the profile
    return found


def measure_error(data):
    return np.abs(images.to_rgb(data).astype(int)[4, 4::8] - COLOURS[0]).max()


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    ("kind", "settings", "most"),
    [
        ("PNG", {}, 4),
        ("TIFF", {}, 4),
        ("WEBP", {"lossless": True}, 4),
        ("JPEG", {"quality": 100, "subsampling": 0}, 7),
        ("HEIF", {"quality": -1, "chroma": 444, "matrix_coefficients": 0}, 5),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}, 8),
    ],
)
def test_a_file_in_another_colour_space_has_the_colours_that_it_means(name, kind, settings, most):
    data = encode(tag(PROFILES[name]), kind, icc_profile=PROFILES[name], **settings)
    # one step of a wider space, or of a codec in it, is several of sRGB
    assert measure_error(data) <= most + {"BT.2020": 14, "an odd curve": 5}.get(name, 0)
    bare = np.asarray(tag(PROFILES[name])).astype(int)[4, 4::8]
    assert np.abs(bare - COLOURS[0]).max() > 15, "the numbers in the file are others"


def test_a_pil_image_with_a_profile_is_read_as_its_file():
    data = encode(tag(PROFILES["P3"]), icc_profile=PROFILES["P3"])
    assert np.array_equal(images.to_rgb(Image.open(io.BytesIO(data))), images.to_rgb(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_srgb_leaves_every_bit(kind):
    settings = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(
        images.to_rgb(encode(PICTURE, kind, icc_profile=SRGB, **settings)),
        images.to_rgb(encode(PICTURE, kind, **settings)),
    )


@pytest.mark.parametrize("profile", [b"junk", PROFILES["P3"][:200], b"\0" * 500, SRGB[:-30] + b"x" * 30])
def test_a_broken_profile_is_as_none(profile):
    found = images.to_rgb(encode(PICTURE, "JPEG", quality=100, subsampling=0, icc_profile=profile))
    assert np.abs(found.astype(int)[4, 4::8] - COLOURS[0]).max() <= 4


def test_alpha_and_palettes_keep_what_they_are():
    clear = tag(PROFILES["P3"]).convert("RGBA")
    clear.putalpha(Image.fromarray(np.repeat(np.array([[255, 0]], np.uint8), 4, axis=0)).resize(clear.size, 0))
    found = images.to_rgb(encode(clear, icc_profile=PROFILES["P3"]))
    assert np.abs(found[4, 4].astype(int) - COLOURS[0, 0]).max() <= 4 and (found[4, -1] == 255).all()
    few = tag(PROFILES["P3"]).quantize(8)
    assert measure_error(encode(few, icc_profile=PROFILES["P3"])) <= 6


def test_grey_and_sixteen_bits():
    linear = matrix_profiles.build_profile(matrix_profiles.SRGB, 1.0)
    grey = Image.new("L", (8, 8), 55)
    assert images.to_rgb(encode(grey, icc_profile=linear))[0, 0].tolist() == [128, 128, 128]
    deep = Image.fromarray(np.full((8, 8), 55 * 257, np.uint16))
    assert images.to_rgb(encode(deep, icc_profile=linear))[0, 0, 0] >= 120
    assert images.to_rgb(encode(grey, icc_profile=SRGB))[0, 0].tolist() == [55, 55, 55]


def test_a_profile_of_other_channels_is_as_none():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for picture in (PICTURE, PICTURE.convert("CMYK")):
        plain, tagged = (images.to_rgb(encode(picture, "TIFF", **more)) for more in ({}, {"icc_profile": lab}))
        assert np.array_equal(plain, tagged)


def test_lab_is_read():
    lab = ImageCms.profileToProfile(
        PICTURE, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert measure_error(encode(lab, "TIFF")) <= 12


def test_heic_that_names_its_primaries_only():
    data = encode(tag(PROFILES["P3"]), "HEIF", quality=-1, chroma=444, color_primaries=12, transfer_characteristics=13)
    assert measure_error(data) <= 6
    usual = encode(PICTURE, "HEIF", quality=-1, chroma=444, color_primaries=1, transfer_characteristics=13)
    assert measure_error(usual) <= 4


def add_chunk(data, kind, content):
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return data[:33] + struct.pack(">I", len(content)) + kind + content + checksum + data[33:]


def test_png_that_numbers_its_primaries():
    data = encode(tag(PROFILES["P3"]))
    assert measure_error(add_chunk(data, b"cICP", bytes((12, 13, 0, 1)))) <= 4
    assert np.array_equal(images.to_rgb(add_chunk(data, b"cICP", bytes((99, 13, 0, 1)))), images.to_rgb(data))


@pytest.mark.parametrize("numbers", [b"", b"\x0c", bytes((12, 13, 0, 1))])
def test_what_only_looks_like_such_numbers_is_none(numbers):
    data = encode(PICTURE)
    look = b"\0\0\0\x04cICP" + numbers
    for other in (data + look, add_chunk(data, b"tEXt", b"note" + look), add_chunk(data, b"cICP", numbers[:2])):
        assert np.array_equal(images.to_rgb(other), images.to_rgb(data))


def test_png_that_tells_its_gamma():
    grey = encode(Image.new("L", (8, 8), 55))
    linear, usual = (add_chunk(grey, b"gAMA", struct.pack(">I", gamma)) for gamma in (100_000, 45_455))
    assert images.to_rgb(linear)[0, 0].tolist() == [128, 128, 128] and images.to_rgb(usual)[0, 0, 0] == 55
    assert images.to_rgb(add_chunk(linear, b"sRGB", b"\0"))[0, 0, 0] == 55, "sRGB comes before"
    for broken in (0, 4_000_000_000):
        assert images.to_rgb(add_chunk(grey, b"gAMA", struct.pack(">I", broken)))[0, 0, 0] == 55


def test_png_that_tells_its_primaries():
    order = (3, 0, 1, 2)
    told = [round(100_000 * value) for index in order for value in matrix_profiles.ADOBE[index]]
    data = add_chunk(encode(tag(PROFILES["Adobe RGB"])), b"cHRM", struct.pack(">8I", *told))
    assert measure_error(add_chunk(data, b"gAMA", struct.pack(">I", 45_455))) <= 8
    nothing = add_chunk(add_chunk(encode(PICTURE), b"cHRM", bytes(32)), b"gAMA", struct.pack(">I", 45_455))
    assert measure_error(nothing) == 0


def test_adobe_rgb_by_its_mark_alone():
    exif = Image.Exif()
    exif[0x8769] = {0xA005: {1: "R03"}}
    data = encode(tag(PROFILES["Adobe RGB"]), "JPEG", quality=100, subsampling=0, exif=exif)
    assert measure_error(data) <= 7
    exif = Image.Exif()
    exif[0x8769] = {0xA005: {1: "R98"}}
    assert measure_error(encode(PICTURE, "JPEG", quality=100, subsampling=0, exif=exif)) <= 4


def test_avif_that_names_its_primaries_only():
    data = encode(tag(PROFILES["P3"]), "AVIF", quality=100, subsampling="4:4:4")
    at = data.index(b"colrnclx") + 8
    assert measure_error(data[:at] + struct.pack(">HH", 12, 13) + data[at + 4 :]) <= 8


def test_is_srgb():
    assert colour_profiles.is_srgb(SRGB) and colour_profiles.is_srgb(
        matrix_profiles.build_profile(matrix_profiles.SRGB)
    )
    assert not any(map(colour_profiles.is_srgb, PROFILES.values())) and not colour_profiles.is_srgb(b"junk")


@pytest.mark.parametrize("name", ["P3", "Adobe RGB"])
def test_bmp_with_a_profile_behind_its_pixels(name):
    """Source: BITMAPV5HEADER of Windows."""
    picture, profile = tag(PROFILES[name]), PROFILES[name]
    pixels = encode(picture, "BMP")[54:]
    header = struct.pack("<IiiHHIIiiII", 124, *picture.size, 1, 24, 0, len(pixels), 2835, 2835, 0, 0) + bytes(16)
    header += b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(pixels), len(profile), 0)
    body = header + pixels + profile
    data = b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 14 + 124) + body
    assert measure_error(data) <= 4
    plain = data.replace(b"DEBM", b"BGRs")
    assert np.array_equal(images.to_rgb(plain), np.asarray(picture)), "it says that it is sRGB"
