from __future__ import annotations

import io
import json
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core import images
from core.errors import InputError
from core.generate import png_metadata

PICTURE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
PARAMETERS = {"prompt": "고양이 \U0001f63a <b>", "steps": 20, "guidance": 3.5, "seed": 2**32 - 1, "sampler": None}


def png_with_note(text, key=png_metadata.KEY):
    notes, data = PngImagePlugin.PngInfo(), io.BytesIO()
    notes.add_text(key, text, zip=True)
    Image.fromarray(PICTURE).save(data, "PNG", pnginfo=notes)
    return data.getvalue()


def test_what_is_written_is_read_and_the_pixels_stay(tmp_path):
    data = png_metadata.embed_parameters(PICTURE, PARAMETERS | {"secret": "path"})
    assert png_metadata.read_parameters(data) == {k: v for k, v in PARAMETERS.items() if v is not None}
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), PICTURE)
    file = tmp_path / "picture.png"
    file.write_bytes(data)
    assert png_metadata.read_parameters(file)["prompt"] == PARAMETERS["prompt"]


def test_unknown_names_and_wrong_types_are_left_out():
    note = {"prompt": 5, "steps": "20", "seed": True, "guidance": 2, "evil": "x", "model": ["a"], "negative": "dog"}
    assert png_metadata.read_parameters(png_with_note(json.dumps(note))) == {"guidance": 2, "negative": "dog"}


def test_what_a_drawing_would_refuse_is_told_apart():
    note = {"sampler": "heun", "steps": 0, "size": 63, "guidance": 31, "weight": -1, "seed": 7, "evil": "x"}
    taken, refused = png_metadata.split_parameters(png_with_note(json.dumps(note | {"count": 9, "model": None})))
    assert taken == {"seed": 7}
    assert refused == {name: note.get(name, 9) for name in ("sampler", "steps", "size", "guidance", "weight", "count")}


@pytest.mark.parametrize(
    "value",
    ['"seed": NaN', '"steps": Infinity', '"steps": 3.7', '"size": 1e999', f'"seed": {10**30}', f'"seed": {10**400}',
     '"prompt": "\\ud800"'],
)  # fmt: skip
def test_what_no_page_can_show_is_left_out(value):
    assert png_metadata.read_parameters(png_with_note(f'{{"negative": "dog", {value}}}')) == {"negative": "dog"}


def test_a_huge_picture_is_refused_before_it_is_decoded():
    header = b"IHDR" + (20_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    data = png_metadata.embed_parameters(PICTURE, {})
    with pytest.raises(InputError, match="At most 50 megapixels"):
        png_metadata.read_parameters(data[:12] + header + zlib.crc32(header).to_bytes(4, "big") + data[33:])


def test_a_damaged_chunk_behind_the_pixels_gets_a_sentence():
    chunk = b"gAMA\0"
    data, length = png_metadata.embed_parameters(PICTURE, {}), (1).to_bytes(4, "big")
    damaged = data[:-12] + length + chunk + zlib.crc32(chunk).to_bytes(4, "big") + data[-12:]
    with pytest.raises(InputError, match="A PNG that this page has saved is needed"):
        png_metadata.read_parameters(damaged)
    assert np.array_equal(images.to_rgb(damaged), PICTURE), "as a picture it is whole"


@pytest.mark.parametrize("note", ["", "no json", "[1, 2]", '"text"', "[" * 9_000, "x" * 30_000, "NaN"])
def test_a_foreign_note_gets_a_sentence(note):
    with pytest.raises(InputError, match="this one has none"):
        png_metadata.read_parameters(png_with_note(note))


def test_a_picture_of_elsewhere_gets_a_sentence():
    with pytest.raises(InputError, match="this one has none"):
        png_metadata.read_parameters(png_with_note("Steps: 20, Sampler: Euler", key="parameters"))


def test_a_bomb_of_text_is_not_opened():
    chunk = b"zTXt" + png_metadata.KEY.encode() + b"\0\0" + zlib.compress(b" " * 10**8)
    data = png_metadata.embed_parameters(PICTURE, {})
    length, crc = len(chunk) - 4, zlib.crc32(chunk)
    bomb = data[:33] + length.to_bytes(4, "big") + chunk + crc.to_bytes(4, "big") + data[33:]
    with pytest.raises(InputError):
        png_metadata.read_parameters(bomb)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", png_metadata.embed_parameters(PICTURE, {})[:60]]
)
def test_what_is_no_png_gets_a_sentence(data):
    with pytest.raises(InputError, match="A PNG that this page has saved is needed"):
        png_metadata.read_parameters(data)


@pytest.mark.parametrize("text", ["a cat \ud800", "\udfffa cat", "a\x00 cat"])
def test_what_cannot_be_written_is_left_out_of_a_note(text):
    data = png_metadata.embed_parameters(PICTURE, {"prompt": text, "adapter": text})
    assert png_metadata.read_parameters(data) == {"prompt": "a cat", "adapter": "a cat"}
