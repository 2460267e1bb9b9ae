"""A frozen graph of TensorFlow cut down to its network, so that OpenCV reads it.

The graphs of TensorFlow's object detection begin with a loop over pictures and end with anchors and suppression, which
no other library understands. Between the two is an ordinary network. A graph is a Protocol Buffers message, of which
this reads what it needs: nodes with a name, an operation and inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

# fields of the messages GraphDef and NodeDef, and of an entry of NodeDef's attributes
NODE, NAME, OPERATION, INPUT, ATTRIBUTE, KEY, VALUE = 1, 1, 2, 3, 5, 1, 2
BYTES = 2  # the wire type of what has a length
FLOAT32 = b"\x30\x01"  # the attribute value "type: DT_FLOAT"
NETWORK_OPERATIONS = frozenset(
    ["Const", "Identity", "Conv2D", "DepthwiseConv2dNative", "FusedBatchNorm", "Relu6", "BiasAdd", "Add"]
)
PICTURE = "picture"  # the name of the input


def read_network(path: Path, prefixes: tuple[str, ...], first: str) -> npt.NDArray[np.uint8]:
    """The graph's network alone, as bytes for `cv2.dnn.readNetFromTensorflow`.

    Args:
        path: the file, such as frozen_inference_graph.pb.
        prefixes: of the names of the network's nodes.
        first: the name of the node that the picture enters by; it gets the input "picture".

    Raises:
        ValueError: the file is no graph, or has no such node.
    """
    kept = [_write_node(PICTURE, "Placeholder", ())]
    found = False
    for node in _read_fields(memoryview(path.read_bytes()), NODE):
        name, operation = _read_text(node, NAME), _read_text(node, OPERATION)
        if name == first:
            found = True
            kept.append(_write_node(name, "Identity", (PICTURE,)))
        elif name.startswith(prefixes) and operation in NETWORK_OPERATIONS:
            kept.append(_write_field(NODE, bytes(node)))
    if not found:
        raise ValueError(f"{path.name} has no node {first}")
    return np.frombuffer(b"".join(kept), np.uint8)


def _read_fields(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """The contents of every field of that number that has a length."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        length, at = _read_length(message, at, key & 7)
        if at + length > len(message):
            raise ValueError("a Protocol Buffers message that is cut short")
        if key == (wanted << 3 | BYTES):
            yield message[at : at + length]
        at += length


def _read_length(message: memoryview, at: int, wire: int) -> tuple[int, int]:
    """Bytes of a field's contents, and where they begin."""
    if wire == BYTES:
        return _read_varint(message, at)
    if wire == 0:
        return _read_varint(message, at)[1] - at, at
    if wire in (1, 5):
        return (8 if wire == 1 else 4), at
    raise ValueError(f"no Protocol Buffers message: wire type {wire}")


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where it ends."""
    number = shift = 0
    while True:
        if at >= len(message):
            raise ValueError("a Protocol Buffers message that is cut short")
        byte = message[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at


def _read_text(message: memoryview, field: int) -> str:
    return bytes(next(_read_fields(message, field), memoryview(b""))).decode()


def _write_node(name: str, operation: str, inputs: tuple[str, ...]) -> bytes:
    """A node that hands on float32 numbers."""
    attribute = _write_field(KEY, b"dtype") + _write_field(VALUE, FLOAT32)
    parts = [(NAME, name.encode()), (OPERATION, operation.encode()), *((INPUT, each.encode()) for each in inputs)]
    return _write_field(NODE, b"".join(_write_field(*part) for part in (*parts, (ATTRIBUTE, attribute))))


def _write_field(field: int, content: bytes) -> bytes:
    return _write_varint(field << 3 | BYTES) + _write_varint(len(content)) + content


def _write_varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
