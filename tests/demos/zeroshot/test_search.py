from __future__ import annotations

from gradio_client import handle_file

from core import samples


def test_api_search(client) -> None:
    files = [{"image": handle_file(samples.sample_path(name)), "caption": None} for name in ("rocket", "cat")]
    found, said, *_ = client.predict("고양이", files, "", api_name="/zeroshot_search")
    assert len(found) == 2 and float(found[0]["caption"]) > float(found[1]["caption"])
    assert "cat" in said
