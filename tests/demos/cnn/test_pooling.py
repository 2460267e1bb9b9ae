from __future__ import annotations

import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from core import samples
from core.classify import pooling


def test_api_pooling(client) -> None:
    lion = handle_file(samples.sample_path("lion"))
    shown, sentence, code = client.predict(lion, 2, api_name="/pool")
    assert len(shown) == len(pooling.KINDS) and "25.0%" in sentence and "images.fit" in code
    table = client.predict(lion, 100, 50, api_name="/pool_example")
    assert table.count("<td") == 16 + 3 * 4 and "max(" in table
    with pytest.raises(AppError, match="x must be"):
        client.predict(lion, 999, 0, api_name="/pool_example")
