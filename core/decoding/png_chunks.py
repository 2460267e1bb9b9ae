"""The parts of a PNG file: what it holds besides its pixels, and the file without the parts that are broken."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# without these there are no pixels, or others: what is left of a file whose other parts cannot be read
NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")


@dataclass(frozen=True)
class Chunk:
    """A part of a file: its kind, such as b"IHDR", its content, and whether its checksum holds."""

    kind: bytes
    content: bytes
    whole: bool


def read_chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks of a PNG file in their order, as far as they can be followed; none for another file.

    Source: PNG specification, third edition (W3C 2025), section 5.
    """
    at = len(SIGNATURE) if data.startswith(SIGNATURE) else len(data)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if not kind.isalpha() or length > 2**31:
            return
        content = data[at + 8 : at + 8 + length]
        checksum = data[at + 8 + length : at + 12 + length]
        yield Chunk(kind, content, checksum == zlib.crc32(content, zlib.crc32(kind)).to_bytes(4, "big"))
        at += 12 + length


def keep_needed(data: bytes) -> bytes:
    """The same picture without text, dates and colours' notes, for a file in which one of those is broken."""
    kept = [chunk for chunk in read_chunks(data) if chunk.kind in NEEDED]
    return SIGNATURE + b"".join(_write_chunk(chunk) for chunk in kept) + _write_chunk(Chunk(b"IEND", b"", True))


def _write_chunk(chunk: Chunk) -> bytes:
    length = len(chunk.content).to_bytes(4, "big")
    return length + chunk.kind + chunk.content + zlib.crc32(chunk.content, zlib.crc32(chunk.kind)).to_bytes(4, "big")
