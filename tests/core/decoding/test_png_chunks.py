from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.decoding import png_chunks

PICTURE = Image.new("P", (5, 4))
PICTURE.putpalette([9, 9, 9, 200, 0, 0])
PICTURE.putdata([0, 1] * 10)


def encode(**settings):
    out = io.BytesIO()
    PICTURE.save(out, "PNG", transparency=0, **settings)
    return out.getvalue()


def test_the_parts_of_a_file_in_their_order():
    chunks = list(png_chunks.read_chunks(encode(dpi=(72, 72))))
    assert [chunk.kind for chunk in chunks] == [b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"]
    assert all(chunk.whole for chunk in chunks) and chunks[0].content[:8] == (5).to_bytes(4, "big") + (4).to_bytes(
        4, "big"
    )


def test_a_broken_checksum_and_a_cut_are_seen():
    data = bytearray(encode(dpi=(72, 72)))
    data[data.index(b"pHYs") + 5] ^= 1
    whole = {chunk.kind: chunk.whole for chunk in png_chunks.read_chunks(bytes(data))}
    assert whole == {b"IHDR": True, b"PLTE": True, b"tRNS": True, b"pHYs": False, b"IDAT": True, b"IEND": True}
    *_, last = png_chunks.read_chunks(encode()[:-20])
    assert last.kind == b"IDAT" and not last.whole


@pytest.mark.parametrize("data", [b"", b"GIF89a", png_chunks.SIGNATURE, png_chunks.SIGNATURE + b"\0" * 40])
def test_what_has_no_parts(data):
    assert list(png_chunks.read_chunks(data)) == []


def test_what_is_kept_shows_the_same_pixels():
    kept = png_chunks.keep_needed(encode(dpi=(72, 72), icc_profile=b"broken"))
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.info == {"transparency": 0}
        assert np.array_equal(
            np.asarray(picture.convert("RGBA")), np.asarray(Image.open(io.BytesIO(encode())).convert("RGBA"))
        )
