from __future__ import annotations

import numpy as np

from core import classify
from core.classify import activations
from demos import cnn as tab
from tests.demos.cnn.samples import ABOUT, GREY
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_feature_maps_take_the_first_layer_until_one_is_picked() -> None:
    layers = classify.Layers(names=("stem", "head"), shapes=((1, 4, 4), (1, 2, 2)), **ABOUT)
    maps = activations.FeatureMaps(
        maps=np.zeros((2, 3, 4), np.float32), channels=np.array([5, 1]), total=9, layer="stem", **ABOUT
    )
    engine = FakeEngine(layers, maps)
    sheet, sentence, _, code = find_api_handler(build_tab_page(engine, tab), "feature_maps")(
        GREY, "", 2, "each", "auto"
    )
    assert engine.calls[1].args[1] == "stem" and "9 maps of 3 × 4" in sentence
    assert sheet.shape == (90, 8 * 120 + 7 * 4, 3) and "'stem', count=2" in code
    assert maps.place_of(2) == ((124, 0), (120, 90)) and maps.rank_at(124, 89) == 2
    assert np.array_equal(eval(code.splitlines()[-1], {"found": maps}), sheet), "the code shown makes the same picture"
