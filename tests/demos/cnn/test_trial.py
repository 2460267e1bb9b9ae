from __future__ import annotations

import pytest

from tests.stand_ins.fakes import find_api_handler


def test_trying_without_a_head_says_what_to_do(cnn_demo, picture) -> None:
    with pytest.raises(Exception, match="trained head"):
        find_api_handler(cnn_demo, "transfer_predict")(picture("cat"), None)
    assert find_api_handler(cnn_demo, "transfer_predict")(None, None)[0] is None
