from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core import images, samples
from core.decoding import decoder, files, png_chunks
from core.errors import InputError

PHOTO = Image.fromarray(images.fit(images.to_rgb(samples.sample_path("coffee")), 160))
WHOLE = np.asarray(PHOTO)


def encode(picture=PHOTO, kind="PNG", **settings):
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def add_chunk(data, kind, content, at=33, checksum=None):
    """The PNG with one more chunk, before its pixels or, at -12, behind them."""
    found = zlib.crc32(kind + content).to_bytes(4, "big") if checksum is None else checksum
    return data[:at] + struct.pack(">I", len(content)) + kind + content + found + data[at:]


def measure_agreement(data):
    """The share of rows that are as in the whole file."""
    found, whole = images.to_rgb(data).astype(int), WHOLE.astype(int)
    return (np.abs(found - whole).mean(axis=(1, 2)) < 12).mean()


BROKEN_NOTES = {
    "checksum before the pixels": add_chunk(encode(), b"gAMA", struct.pack(">I", 45455), checksum=b"\0\0\0\0"),
    "checksum behind the pixels": add_chunk(encode(), b"tEXt", b"a\0b", at=-12, checksum=b"\0\0\0\0"),
    "gamma too short": add_chunk(encode(), b"gAMA", b"\0"),
    "gamma too short, behind the pixels": add_chunk(encode(), b"gAMA", b"\0", at=-12),
    "text that unpacks to 100 MB": add_chunk(encode(), b"zTXt", b"a\0\0" + zlib.compress(bytes(100 << 20))),
    "profile that is no profile": add_chunk(encode(), b"iCCP", b"x\0\0" + b"broken"),
    "profile packed in an unknown way": add_chunk(encode(), b"iCCP", b"x\0\7" + b"broken"),
    "EXIF that is none": add_chunk(encode(), b"eXIf", b"\xff" * 30),
    "EXIF behind the pixels": add_chunk(encode(), b"eXIf", b"II*\0\xff\xff\xff\xff", at=-12),
    "no end": encode()[:-12],
    "half an end": encode()[:-6],
    "more behind its end": encode() + b"<html>" * 100,
    "frames that are out of order": add_chunk(encode(), b"fcTL", bytes(26)),
}


@pytest.mark.parametrize("name", BROKEN_NOTES)
def test_a_png_whose_notes_are_broken_has_all_its_pixels(name):
    assert np.array_equal(images.to_rgb(BROKEN_NOTES[name]), WHOLE)


def test_transparency_and_palette_survive_broken_notes():
    few = PHOTO.quantize(16)
    data = add_chunk(encode(few, transparency=0), b"gAMA", b"\0")
    assert np.array_equal(images.to_rgb(data), images.to_rgb(encode(few, transparency=0)))


@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"subsampling": 0, "quality": 98}])
@pytest.mark.parametrize("missing", [2, 40, 300])
def test_a_jpeg_without_its_end_is_read(settings, missing):
    assert measure_agreement(encode(kind="JPEG", **settings)[:-missing]) > 0.85


def test_a_progressive_jpeg_without_its_last_scans_is_read():
    data = encode(kind="JPEG", progressive=True)
    scans = [at for at in range(len(data) - 1) if data[at : at + 2] == b"\xff\xda"]
    assert len(scans) > 5
    for cut in (scans[-1], scans[-1] + 5, scans[-2] + 20):
        assert images.to_rgb(data[:cut]).shape == WHOLE.shape and measure_agreement(data[:cut]) > 0.9


def test_a_jpeg_with_more_behind_its_end_is_read():
    data = encode(kind="JPEG")
    assert np.array_equal(images.to_rgb(data + b"\0" * 5000), images.to_rgb(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "GIF", "TGA", "PPM"])
def test_what_was_cut_short_is_read_while_half_of_it_is_there(kind):
    data = encode(kind=kind)
    whole = images.to_rgb(data).astype(int)
    found = images.to_rgb(data[: int(len(data) * 0.85)]).astype(int)
    assert (np.abs(found - whole).mean(axis=(1, 2)) < 2).mean() > 0.6
    for share in (0.05, 0.3):
        with pytest.raises(InputError) as error:
            images.to_rgb(data[: int(len(data) * share)])
        assert error.value.key in ("errors.picture_damaged", "errors.picture_unknown")


@pytest.mark.parametrize("kind", ["WEBP", "HEIF", "AVIF"])
def test_what_can_only_be_decoded_whole_is_damaged(kind):
    data = encode(kind=kind)
    with pytest.raises(InputError) as error:
        images.to_rgb(data[: len(data) // 2])
    assert error.value.key == "errors.picture_damaged"


def test_a_black_picture_with_broken_notes_is_not_taken_for_an_empty_one():
    black = encode(Image.new("RGB", (20, 20)))
    assert not images.to_rgb(add_chunk(black, b"gAMA", b"\0", at=-12)).any()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_only_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "lime")]
    settings = {"lossless": True} if kind == "WEBP" else {}
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], **settings)
    assert (images.to_rgb(data) == (255, 0, 0)).all()
    if kind == "GIF":
        assert (images.to_rgb(data[:-30]) == (255, 0, 0)).all(), "the last frame is cut"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_broken_exif_block_is_as_none(kind):
    for exif in (
        b"Exif\0\0II*\0\xff\xff\xff\x7f",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40,
        b"Exif\0\0nonsense",
    ):
        assert images.to_rgb(encode(kind=kind, exif=exif)).shape == WHOLE.shape


def test_every_way_of_holding_a_camera():
    corner = Image.new("RGB", (4, 2), "white")
    corner.putpixel((0, 0), (255, 0, 0))
    found = []
    for orientation in range(10):
        exif = Image.Exif()
        exif[274] = orientation
        read = images.to_rgb(encode(corner, exif=exif))
        (y, x), *_ = np.argwhere((read == (255, 0, 0)).all(axis=2))
        found.append((*read.shape[:2], int(y), int(x)))
    upright = [
        (2, 4, 0, 0),
        (2, 4, 0, 3),
        (2, 4, 1, 3),
        (2, 4, 1, 0),
        (4, 2, 0, 0),
        (4, 2, 0, 1),
        (4, 2, 3, 1),
        (4, 2, 3, 0),
    ]
    assert found[1:9] == upright and found[0] == found[9] == upright[0]


@pytest.mark.parametrize("adobe", [True, False])
def test_cmyk_jpegs_are_not_inverted(adobe):
    data = encode(PHOTO.convert("CMYK"), "JPEG", quality=98, subsampling=0)
    if not adobe:
        at = data.index(b"\xff\xee")
        data = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    assert np.abs(images.to_rgb(data).astype(int) - WHOLE).mean() < 4


def test_a_damaged_file_of_a_callers_is_an_input_error():
    opened = Image.open(io.BytesIO(encode()[:3000]))
    with pytest.raises(InputError) as error:
        images.to_rgb(opened)
    assert error.value.key == "errors.picture_damaged"


def test_pillows_switch_for_cut_files_stays_off():
    from PIL import ImageFile

    images.to_rgb(encode(kind="JPEG")[:-40])
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_note_of_some_megabytes_is_no_hindrance():
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("parameters", "x" * (3 << 20))
    assert np.array_equal(images.to_rgb(encode(pnginfo=notes)), WHOLE)


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(files, "MAX_PIXELS", 160 * 50)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "HEIF"])
def test_what_is_too_large_is_read_smaller(kind, small_limit):
    found = images.to_rgb(encode(kind=kind))
    expected = np.asarray(PHOTO.reduce(2))
    assert found.shape == expected.shape == (-(-PHOTO.height // 2), 80, 3)
    assert np.abs(found.astype(int) - expected).mean() < 8


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_can_be_made_smaller(mode, small_limit):
    whole = (
        Image.fromarray(np.asarray(PHOTO.convert("L")).astype(np.uint16) * 257)
        if mode == "I;16"
        else PHOTO.convert(mode)
    )
    data = encode(whole, "TIFF")
    found = images.to_rgb(data)
    assert found.shape[1] == 80 and images.to_rgb(whole).shape == found.shape
    grey = np.asarray(PHOTO.convert("L").reduce(2))
    assert np.abs(found.mean(axis=2) - grey).mean() < 25


def test_arrays_are_made_smaller_by_the_same_rule(small_limit):
    assert np.array_equal(images.to_rgb(WHOLE), images.to_rgb(encode()))
    assert images.to_rgb(WHOLE[..., 0]).shape == images.to_rgb(encode()).shape


def test_a_mask_of_the_size_that_the_picture_had_fits(small_limit):
    shape = images.to_rgb(encode(kind="JPEG")).shape[:2]
    drawn = np.zeros(WHOLE.shape[:2], np.uint8)
    drawn[20:60, 30:91] = 1
    for mask in (
        drawn.astype(bool),
        drawn,
        drawn * 255,
        encode(Image.fromarray(drawn)),
        encode(Image.fromarray(drawn * 255), "JPEG"),
    ):
        found = images.to_mask(mask, shape)
        assert found.shape == shape and found[10:30, 15:45].mean() > 0.98 and abs(found.mean() - drawn.mean()) < 0.01
    with pytest.raises(InputError):
        images.to_mask(np.zeros((70, 160), bool), shape)


def test_an_upright_picture_is_made_smaller_after_it_was_turned(small_limit):
    exif = Image.Exif()
    exif[274] = 6
    for kind in ("JPEG", "PNG"):
        assert images.to_rgb(encode(kind=kind, exif=exif)).shape == (80, -(-PHOTO.height // 2), 3)


def test_a_jpeg_is_made_smaller_while_it_is_decoded(monkeypatch):
    data = encode(Image.new("RGB", (1600, 1200), (90, 120, 150)), "JPEG")
    monkeypatch.setattr(files, "MAX_PIXELS", 200_000)
    assert decoder.decode_image(data, shrink=False).size == (400, 300)


def test_a_png_that_is_only_a_header_is_damaged():
    for data in (png_chunks.SIGNATURE, encode()[:33], encode()[:60]):
        with pytest.raises(InputError) as error:
            images.to_rgb(data)
        assert error.value.key == "errors.picture_damaged"


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
@pytest.mark.parametrize("read", [images.to_rgb, lambda picture: images.to_mask(picture, (5, 5))])
def test_a_picture_without_pixels_gets_a_sentence(size, read):
    with pytest.raises(InputError) as error:
        read(Image.new("RGB", size))
    assert error.value.key == "errors.array_shape"
