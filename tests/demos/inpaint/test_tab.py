from __future__ import annotations

import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from core import images, samples


@pytest.fixture
def upload_files(tmp_path):
    found = np.zeros((300, 451), bool)
    found[100:120, 200:230] = True
    path = tmp_path / "mask.png"
    Image.fromarray(found).save(path)
    return handle_file(samples.sample_path("cat")), handle_file(path), found


def test_api_inpaint(client, upload_files, picture) -> None:
    cat, path, hole = upload_files
    result, badge, code = client.predict(cat, path, "telea", "", 0, api_name="/inpaint")
    filled = images.to_rgb(result)
    assert (filled[~hole] == picture("cat")[~hole]).all()
    assert (filled[hole] != picture("cat")[hole]).any()
    assert "Telea" in badge
    assert "method='telea'" in code


def test_api_outpaint(client, picture) -> None:
    cat = handle_file(samples.sample_path("cat"))
    result, badge, *_ = client.predict(cat, 10, 0, 5, 0, "ns", "", 0, api_name="/outpaint")
    larger = images.to_rgb(result)
    assert larger.shape == (305, 461, 3)
    assert (larger[5:, 10:] == picture("cat")).all()
    assert "Navier" in badge and "colours flow in" in badge


def test_api_refuses_with_a_sentence(client, upload_files, tmp_path) -> None:
    cat, path, _ = upload_files
    with pytest.raises(AppError, match="paint over what should go"):
        client.predict(cat, None, "telea", "", 0, api_name="/inpaint")
    Image.new("L", (9, 9), 255).save(tmp_path / "small.png")
    with pytest.raises(AppError, match="451 × 300, but 9 × 9"):
        client.predict(cat, handle_file(tmp_path / "small.png"), "telea", "", 0, api_name="/inpaint")
    with pytest.raises(AppError, match="prefetch sd-inpainting"):
        client.predict(cat, path, "diffusion", "a hat", 0, api_name="/inpaint")
    with pytest.raises(AppError, match="At least one side"):
        client.predict(cat, 0, 0, 0, 0, "telea", "", 0, api_name="/outpaint")
