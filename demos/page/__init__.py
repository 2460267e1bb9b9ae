"""The page around the tabs: header, tab strip, sending a picture from tab to tab."""

from demos.page.blocks import appearance_settings, build_page
from demos.page.exchange import Page
from demos.page.tab import Tab

__all__ = [
    "Page",
    "Tab",
    "appearance_settings",
    "build_page",
]
