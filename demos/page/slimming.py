"""What of Gradio's settings a page needs: Gradio writes into it what only its own description of the API reads."""

from __future__ import annotations

import json
import re
from typing import Any

# of a component, for the list of endpoints that programs may call; /gradio_api/info has it
_DESCRIPTIONS = ("api_info", "api_info_as_input", "api_info_as_output", "example_inputs")
_SETTINGS = re.compile(rb"<script>window\.gradio_config = (\{.*?\});</script>", re.DOTALL)
_API = re.compile(rb"<script>window\.gradio_api_info = (\{.*?\});</script>", re.DOTALL)
_NO_API = b'<script>window.gradio_api_info = {"named_endpoints": {}, "unnamed_endpoints": {}};</script>'
_WORD = re.compile(r'__i18n__\{\\"__type__\\": \\"translation_metadata\\", \\"key\\": \\"([a-z_.0-9]+)\\"\}')
# the longest of all; they stand where they are shown, and no answer of the server brings one
_NOTES = "notes."


def slim_page(page: bytes, language: str) -> bytes:
    """A page of Gradio's without what it does not show, its words in one language, in their places.

    Args:
        page: HTML in UTF-8.
        language: "en" or "ko", which the page is in.
    """
    found = _SETTINGS.search(page)
    if found is None:
        return page
    settings = _slim_settings(found[1].decode(), language)
    start, end = found.span()
    page = page[:start] + b"<script>window.gradio_config = " + settings.encode() + b";</script>" + page[end:]
    return _API.sub(lambda _: _NO_API, page, count=1)


def _slim_settings(text: str, language: str) -> str:
    settings: dict[str, Any] = json.loads(text)
    words = (settings.get("i18n_translations") or {}).get(language, {})
    settings["i18n_translations"] = {language: {k: v for k, v in words.items() if not k.startswith(_NOTES)}}
    for component in settings.get("components", []):
        for name in _DESCRIPTIONS:
            component.pop(name, None)
    for event in settings.get("dependencies", []):
        # what follows another event has that one's number there, for which Gradio looks in vain among all components
        if event.get("trigger_after") is not None:
            event["targets"] = []
    # as Gradio writes it: nothing in it ends the script
    written = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    written = _WORD.sub(lambda found: json.dumps(words[found[1]], ensure_ascii=False)[1:-1], written)
    return written.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
