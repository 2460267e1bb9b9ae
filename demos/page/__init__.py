"""The page around the tabs: header, tab strip, sending a picture from tab to tab."""

from demos.page.blocks import Page, TabModule, appearance, build

__all__ = [
    "Page",
    "TabModule",
    "appearance",
    "build",
]
