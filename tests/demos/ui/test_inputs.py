from __future__ import annotations

import pytest
from gradio.data_classes import FileData, ListFiles

from demos import ui


@pytest.mark.parametrize("name", ["notes.txt", "IMG_1.HIF", "named", "photo.png"])
def test_a_file_of_any_kind_is_let_in(name, tmp_path):
    path = str(tmp_path / name)
    several = ui.File(file_count="multiple", file_types=["image"])
    assert several.preprocess(ListFiles([FileData(path=path)])) == [path]
    assert ui.File(file_types=["image"]).preprocess(FileData(path=path)) == path
