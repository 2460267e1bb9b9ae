"""A program that calls the page's own events, too, as the page's script does."""

from __future__ import annotations

from typing import Any

from gradio_client import Client

from demos.page.endpoints import WIRING


class PageClient(Client):
    """A gradio_client for which nothing that has a name is private; of the page's own events it knows no defaults."""

    def _get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super()._get_config()
        for event in config["dependencies"]:
            if event["api_name"] in WIRING:
                event["api_visibility"] = "undocumented"
        return config
