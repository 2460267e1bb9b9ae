from __future__ import annotations

import pytest

from core.people import frozen_graph


def test_only_the_network_is_kept_and_the_picture_enters_it(tmp_path) -> None:
    loop = frozen_graph._write_node("Loop/first", "Switch", ("x",))
    first = frozen_graph._write_node("Net/input", "Identity", ("Loop/first",))
    conv = frozen_graph._write_node("Net/conv", "Conv2D", ("Net/input",))
    shape = frozen_graph._write_node("Net/shape", "Shape", ("Net/conv",))
    # a node of the version that has no length, and one of more than 127 bytes
    versions, long = b"\x18\x16", frozen_graph._write_node("Net/" + 200 * "x", "Relu6", ())
    file = tmp_path / "graph.pb"
    file.write_bytes(loop + first + versions + conv + shape + long)
    kept = bytes(frozen_graph.read_network(file, ("Net/",), "Net/input"))
    picture = frozen_graph._write_node("picture", "Placeholder", ())
    assert kept == picture + frozen_graph._write_node("Net/input", "Identity", ("picture",)) + conv + long


@pytest.mark.parametrize("content", [b"", b"\x0a\xff", b"\x0f", b"\x0a\x03\x0a\x01x"])
def test_another_file_is_refused(tmp_path, content) -> None:
    file = tmp_path / "graph.pb"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"has no node|Protocol Buffers"):
        frozen_graph.read_network(file, ("Net/",), "Net/input")
