from __future__ import annotations

import gradio as gr
import pytest

from core.errors import ModelUnavailable
from demos import cnn as tab
from demos.cnn import layers
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_handler


def test_a_model_that_is_not_here_is_a_sentence_where_the_layers_come_from() -> None:
    engine = FakeEngine(ModelUnavailable("inpaint.no_network"))
    with pytest.raises(gr.Error):
        find_handler(build_tab_page(engine, tab), "fill_layers")("resnet50")
    with pytest.raises(gr.Error):
        layers.LayerHandlers(engine, "cnn.first_layer").fill_layers("resnet50")


def test_another_model_starts_without_a_layer() -> None:
    assert layers.reset_layer() == layers.DEFAULT
