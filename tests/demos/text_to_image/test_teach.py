from __future__ import annotations

from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from core import generate, images
from core.errors import InputError
from core.generate import lora
from demos import text_to_image as tab
from demos import ui
from tests.demos.text_to_image.samples import PICTURES
from tests.stand_ins.fakes import EngineCall, StepEngine, build_tab_page, find_api_handler


def save_pictures(folder, count):
    paths = [folder / f"{i}.png" for i in range(count)]
    for path in paths:
        Image.new("RGB", (8, 8)).save(path)
    return [str(path) for path in paths]


def test_a_lesson_shows_the_loss_then_both_pictures_and_the_file(tmp_path, monkeypatch):
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

    paths = save_pictures(tmp_path, 2)
    monkeypatch.setattr(ui, "show_toast", lambda *_, **__: pytest.fail("nothing was left out"))
    engine = Teaching(lora.LoraProgress(index=5, total=20, loss=0.25), adapter)
    told = list(find_api_handler(build_tab_page(engine, tab), "teach")(paths, "my cat", 20, 1, "sd-turbo"))
    assert "Step 5 of 20, loss 0.250" in told[1][1]
    shown, badge, file, code = told[-1]
    assert [item["caption"] for item in shown.value] == ["weight 0", "weight 1"]
    pictures = [images.to_rgb(item["image"]["path"]) for item in shown.value]
    assert all(np.array_equal(a, b) for a, b in zip(pictures, PICTURES, strict=True))
    assert "SD-Turbo" in badge and file.endswith(".safetensors") and "lora.train_lora(" in code
    taught, *drawn = engine.calls
    assert taught.args == ([Path(path) for path in paths], "my cat") and taught.kwargs["steps"] == 20
    assert [(call.args, call.kwargs["seed"]) for call in drawn] == [(("my cat",), 1)] * 2


@pytest.mark.parametrize(("good", "taken", "left"), [(2, 2, "bad.pdf"), (12, 10, "bad.pdf, 10.png, 11.png")])
def test_files_that_cannot_teach_are_left_out_and_named(good, taken, left, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(ui, "show_toast", lambda key, **facts: said.append(ui.localise(key, **facts)))
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7")
    paths = save_pictures(tmp_path, good)
    engine = StepEngine(InputError("errors.text_empty", name="word"))
    with pytest.raises(gr.Error, match="word must not be empty"):
        list(find_api_handler(build_tab_page(engine, tab), "teach")([str(bad), *paths], "my cat", 20, 1, "sd-turbo"))
    assert engine.calls[0].args[0] == [Path(path) for path in paths[:taken]]
    (sentence,) = said
    assert sentence.startswith(f"{good + 1 - taken} of the files were left out") and sentence.endswith(left)


def test_files_none_of_which_is_a_picture_go_to_the_sentence_that_says_why(tmp_path):
    from demos.text_to_image import teach

    assert teach._choose_readable([tmp_path / "none.png"]) == [tmp_path / "none.png"]
