from __future__ import annotations

import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image


def test_api_full_size_of_a_large_photo(client, tmp_path) -> None:
    file = tmp_path / "large.png"
    large = np.zeros((1500, 2000, 3), np.uint8)
    large[500:1000, 600:1400] = (230, 180, 20)
    Image.fromarray(large).save(file)
    cut, *_ = client.predict(handle_file(file), {"points": [[1000, 750, 1]]}, "grabcut", api_name="/segment")
    assert Image.open(cut).size == (1024, 768)
    full = Image.open(client.predict(handle_file(file), 0, api_name="/segment_cutout"))
    assert full.size == (2000, 1500)
    alpha = np.asarray(full)[..., 3] > 0
    assert (alpha == (large[..., 0] > 0)).mean() > 0.995


def test_api_saving_before_there_is_a_mask(client) -> None:
    with pytest.raises(Exception, match="click"):
        client.predict(None, api_name="/segment_mask")
