from __future__ import annotations

import hashlib

import numpy as np
import pytest

from core import images, samples
from core.errors import InputError


@pytest.mark.parametrize("sample", samples.load_samples().values(), ids=lambda s: s.name)
def test_every_sample_is_the_picture_it_says_with_its_licence(sample):
    assert hashlib.sha256(sample.path.read_bytes()).hexdigest() == sample.sha256
    assert images.to_rgb(sample.path).ndim == 3
    assert sample.caption
    assert sample.origin
    assert sample.licence


def test_an_unknown_sample_names_the_known_ones():
    with pytest.raises(InputError, match="cat"):
        samples.sample_path("unicorn")


def test_the_outlines_of_a_photo_are_as_large_as_it(picture) -> None:
    drawn = samples.hand_outlines("coffee")
    assert drawn.shape == picture("coffee").shape[:2] and set(np.unique(drawn.view(np.uint8))) == {0, 1}
    # the cup's rim, and the wood that nobody outlines
    assert drawn[14:22, 270:300].any() and not drawn[250:, 500:].any()
    with pytest.raises(InputError, match="coffee"):
        samples.hand_outlines("cat")
