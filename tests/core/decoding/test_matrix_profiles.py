from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.decoding import colour_profiles, matrix_profiles

RNG = np.random.default_rng(0)
COLOURS = RNG.integers(0, 256, (90, 70, 3)).astype(np.uint8)
SPACES = {
    "P3": (matrix_profiles.P3, None),
    "Adobe RGB": (matrix_profiles.ADOBE, 563 / 256),
    "linear": (matrix_profiles.SRGB, 1.0),
}


def convert_by_littlecms(profile, colours):
    there, here = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    return np.asarray(ImageCms.profileToProfile(Image.fromarray(colours), there, here, renderingIntent=1))


@pytest.mark.parametrize("name", SPACES)
def test_the_shortcut_agrees_with_littlecms(name):
    profile = matrix_profiles.build_profile(*SPACES[name])
    found = np.asarray(colour_profiles.convert_to_srgb(Image.fromarray(COLOURS), profile))
    assert np.abs(found.astype(int) - convert_by_littlecms(profile, COLOURS)).max() <= 1


def test_known_colours_of_p3():
    """Source: CSS Color 4, `color(display-p3 ...)` in sRGB."""
    profile = matrix_profiles.build_profile(matrix_profiles.P3)
    found = convert_by_littlecms(profile, np.array([[(255, 0, 0), (128, 128, 128), (200, 100, 50)]], np.uint8))
    assert np.abs(found[0].astype(int) - [(255, 0, 0), (128, 128, 128), (215, 93, 31)]).max() <= 1


def test_a_profile_says_what_it_was_built_from():
    told = ImageCms.ImageCmsProfile(io.BytesIO(matrix_profiles.build_profile(matrix_profiles.ADOBE, 2.2))).profile
    assert np.allclose(told.red_colorant[0], (0.60974, 0.31111, 0.01947), atol=5e-4)
    assert np.allclose(told.blue_colorant[0], (0.14919, 0.06322, 0.74457), atol=5e-4)
    assert told.xcolor_space.strip() == "RGB"
