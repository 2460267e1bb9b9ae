"""The page around the tabs: header, tab strip, sending a picture from tab to tab."""

from demos.page.blocks import Page, TabModule, appearance_settings, build_page

__all__ = [
    "Page",
    "TabModule",
    "appearance_settings",
    "build_page",
]
