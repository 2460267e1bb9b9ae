from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from core import generate, images
from core.generate import lora
from demos import text_to_image as tab
from tests.demos.text_to_image.samples import PICTURES
from tests.stand_ins.fakes import EngineCall, StepEngine, build_tab_page, find_api_handler


def test_a_lesson_shows_the_loss_then_both_pictures_and_the_file():
    adapter = lora.Adapter(
        word="my cat", tensors={"unet.x": torch.zeros(2, 2)}, losses=(0.1,), model="sd-turbo", seconds=9
    )
    without, with_it = (
        generate.GeneratedImages(images=(p,), seed=1, parameters={}, model="sd-turbo", seconds=1) for p in PICTURES
    )

    class Teaching(StepEngine):
        def run(self, fn, /, *args, **kwargs):
            self.calls.append(EngineCall(fn, args, kwargs))
            return with_it if kwargs["weight"] else without

    engine = Teaching(lora.LoraProgress(index=5, total=20, loss=0.25), adapter)
    told = list(find_api_handler(build_tab_page(engine, tab), "teach")(["a.png", "b.png"], "my cat", 20, 1, "sd-turbo"))
    assert "Step 5 of 20, loss 0.250" in told[1][1]
    shown, badge, file, code = told[-1]
    assert [item["caption"] for item in shown.value] == ["weight 0", "weight 1"]
    pictures = [images.to_rgb(item["image"]["path"]) for item in shown.value]
    assert all(np.array_equal(a, b) for a, b in zip(pictures, PICTURES, strict=True))
    assert "SD-Turbo" in badge and file.endswith(".safetensors") and "lora.train_lora(" in code
    taught, *drawn = engine.calls
    assert taught.args == ([Path("a.png"), Path("b.png")], "my cat") and taught.kwargs["steps"] == 20
    assert [(call.args, call.kwargs["seed"]) for call in drawn] == [(("my cat",), 1)] * 2
