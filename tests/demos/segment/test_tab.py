from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image

from core import images, samples
from core import masks as masks_


def test_api_one_click_on_the_flower(client) -> None:
    file = handle_file(samples.sample_path("flower"))
    cut, mask, candidates, badge, code, _ = client.predict(
        file, {"points": [[300, 200, 1]]}, "grabcut", api_name="/segment"
    )
    alpha = np.asarray(Image.open(cut))[..., 3]
    assert alpha.shape == images.to_rgb(samples.sample_path("flower")).shape[:2]
    assert ((alpha > 0) == (np.asarray(Image.open(mask).convert("L")) > 127)).all()
    assert alpha[200, 300] == 255 and alpha[10, 10] == 0
    assert "GrabCut" in badge and "points=[[300, 200]]" in code
    assert candidates["choices"][0][0].startswith("1: ")

    chosen, *_ = client.predict(file, 0, 0, 2, "transparent", 8, "#ffffff", api_name="/segment_choose")
    soft = np.asarray(Image.open(chosen))[..., 3]
    assert ((soft > 0) & (soft < 255)).sum() > 0, "feathering leaves alpha between"

    saved = client.predict(file, 0, api_name="/segment_cutout")
    assert (np.asarray(Image.open(saved))[..., 3] == alpha).all()
    saved = client.predict(None, api_name="/segment_mask")
    assert ((np.asarray(Image.open(saved)) > 0) == (alpha > 0)).all()
    written = json.loads(Path(client.predict(None, api_name="/segment_json")).read_text())
    assert (masks_.from_rle(written["annotations"][0]["segmentation"]) == (alpha > 0)).all()
    tinted = np.asarray(Image.open(client.predict(file, None, 0.5, api_name="/segment_overlay")))
    changed = (tinted != images.to_rgb(samples.sample_path("flower"))).any(axis=2)
    assert (changed == (alpha > 0)).mean() > 0.99


def test_api_a_box_as_text(client) -> None:
    cut, *_ = client.predict(
        handle_file(samples.sample_path("flower")), '{"box": [150, 50, 450, 350]}', "", api_name="/segment"
    )
    alpha = np.asarray(Image.open(cut))[..., 3]
    assert alpha.any() and not alpha[:, 460:].any() and not alpha[360:].any()


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ({"points": [[9999, 5, 1]]}, "in the picture"),
        ({"points": [[5, 5, 0]]}, "removes?"),
        ({"points": [[5, 5, 1], [5, 5, 0]]}, "both"),
        ({"points": [[5, 5]]}, "points"),
        ({"points": [[5, 5, 1]] * 100}, "64"),
        ({"box": [5, 5, 5, 9]}, "area"),
        ("{" * 500, "points"),
        ([[1, 2]], "points"),
    ],
)
def test_api_says_what_is_wrong(client, prompt, says) -> None:
    with pytest.raises(Exception, match=says):
        client.predict(handle_file(samples.sample_path("cat")), prompt, "grabcut", api_name="/segment")


def test_api_a_model_that_is_not_here_says_how_to_get_it(client) -> None:
    from core import models

    if not any(s.row.name == "sam-vit-b" and s.state == "absent" for s in models.status()):
        pytest.skip("Segment Anything is on this machine")
    with pytest.raises(Exception, match="prefetch sam-vit-b"):
        client.predict(
            handle_file(samples.sample_path("cat")), {"points": [[5, 5, 1]]}, "sam-vit-b", api_name="/segment"
        )
