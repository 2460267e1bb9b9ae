from __future__ import annotations

import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from core import samples


def test_api_classify(client) -> None:
    result, badge, code = client.predict(
        handle_file(samples.sample_path("cat")),
        ["개", "고양이"],
        "a photo of a {}",
        0,
        True,
        "",
        api_name="/zeroshot_classify",
    )
    assert result.index("<th scope='row'>고양이") < result.index("<th scope='row'>개")
    assert "cat" in result and "Concept space" in badge and "none_of_these=True" in code


def test_api_matrix_and_map(client) -> None:
    files = [{"image": handle_file(samples.sample_path(name)), "caption": None} for name in ("cat", "rocket")]
    table, *_ = client.predict(files, "a cat\na rocket", "", api_name="/zeroshot_matrix")
    assert table.count("<tr>") == 3 and table.count("class='best'") == 2
    drawn, *_ = client.predict(files, "a cat\na rocket", False, "", api_name="/zeroshot_map")
    assert drawn.count("<image ") == 2


def test_api_errors_are_sentences(client) -> None:
    with pytest.raises(AppError, match="different"):
        client.predict(
            handle_file(samples.sample_path("cat")), ["cat", "CAT"], "{}", 0, False, "", api_name="/zeroshot_classify"
        )
    with pytest.raises(AppError, match="exactly once"):
        client.predict(
            handle_file(samples.sample_path("cat")), ["cat"], "a photo", 0, False, "", api_name="/zeroshot_classify"
        )
