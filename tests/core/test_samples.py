from __future__ import annotations

import hashlib

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
