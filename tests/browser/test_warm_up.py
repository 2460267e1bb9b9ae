"""When the browser tells the server which tab is open."""

from __future__ import annotations

import queue

from core.engine import Local
from demos import cnn, edges, page
from demos.page.links import ServerAddresses


class Recorder:
    """A warm-up that loads nothing and remembers the tabs."""

    def __init__(self):
        self.tabs = queue.Queue()

    def prioritise_tab(self, tab):
        self.tabs.put(tab)


def test_the_page_tells_its_open_tab_by_itself_and_every_other_one_when_it_is_opened(browser, serve_page):
    told = Recorder()
    url = serve_page(lambda: page.build_page(Local(), [edges.TAB, cnn.TAB], ServerAddresses(), told))
    opened = browser.new_page()
    opened.goto(url)
    assert told.tabs.get(timeout=30) == "edges"
    opened.locator("#tab-cnn-button").click()
    assert told.tabs.get(timeout=30) == "cnn"
    opened.goto(f"{url}?tab=cnn")
    # an address opens its own tab, and not the first one on the way
    assert told.tabs.get(timeout=60) == "cnn"
    opened.locator("#tab-edges-button").click()
    assert told.tabs.get(timeout=30) == "edges"
    opened.close()
