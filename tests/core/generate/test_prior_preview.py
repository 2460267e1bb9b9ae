from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.generate import prior_preview

POCKET = "pocket-diffusion"


def test_the_words_alone_suggest_a_thing():
    found = prior_preview.preview_prior("tomato", model=POCKET)
    (names,) = found.things
    assert names[0][0] == "tomato" and names[0][1] > 0.5 and sum(share for _, share in names) <= 1 + 1e-5
    assert found.image.shape == (128, 128, 3) and found.model == POCKET
    red, green, _ = found.image[48:80, 48:80].reshape(-1, 3).mean(0)
    assert red > green + 60, "a tomato is red"
    assert np.array_equal(found.image, prior_preview.preview_prior("토마토", model=POCKET).image)


def test_two_things_share_the_picture():
    found = prior_preview.preview_prior("banana left of tomato", model=POCKET)
    assert [names[0][0] for names in found.things] == ["banana", "tomato"]


def test_a_model_without_a_prior_says_so(hub):
    hub("sd-turbo")
    with pytest.raises(InputError, match="SD-Turbo begins with noise"):
        prior_preview.preview_prior("a cat", model="sd-turbo")
