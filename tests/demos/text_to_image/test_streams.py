from __future__ import annotations

import gradio as gr
import pytest

from core.errors import ModelUnavailable
from demos import text_to_image as tab
from tests.demos.text_to_image.samples import ALIKE
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler


@pytest.mark.parametrize("name", ["sweep", "prompt_gallery", "teach"])
def test_what_fails_says_so_in_the_badges_place(name):
    error = ModelUnavailable("errors.model_offline", name="sd-turbo", megabytes=2580, command="python -m x")
    given = {"sweep": ("a cat", "", "steps", "1", "none", "", None, *ALIKE), "prompt_gallery": ("sd-turbo",),
             "teach": (["a.png"], "a cat", 20, 1, "sd-turbo")}[name]  # fmt: skip
    told = []
    with pytest.raises(gr.Error):
        told.extend(find_api_handler(build_tab_page(StepEngine(error), tab), name)(*given))
    assert "Starting" in told[0][1] and "python -m x" in told[-1][1]
