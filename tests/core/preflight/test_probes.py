"""Every tab is tried, with the row that it begins with."""

from __future__ import annotations

import numpy as np
import pytest

from core import models, preflight, samples
from core.preflight import probes

# tasks with weights that the lecture uses
LECTURE = {"edges", "classify", "zeroshot", "segment", "detect", "text_to_image", "edges_to_image", "autoencoder"}
LECTURE |= {"inpaint"}


def test_every_tab_of_the_app_is_tried_with_what_it_begins_with():
    import app

    # those with a probe come first
    assert preflight.list_tabs()[: len(probes.PROBES)] == tuple(probes.PROBES)
    assert set(preflight.list_tabs()) == {tab.id for tab in app.TABS}
    tried = {task for probe in probes.PROBES.values() for task, _ in (probe.default_model, *probe.further)}
    assert tried >= LECTURE, "each task with weights is tried somewhere"
    for tab in app.TABS:
        # a tab may come without one; one that names a probe is tried with all that it loads
        assert tab.probe is None or tab.probe in probes.PROBES
        if tab.probe is not None:
            probe = probes.PROBES[tab.probe]
            assert set(tab.models) <= {probe.default_model[0], *(task for task, _ in probe.further)}
            assert samples.sample_path(probe.sample).is_file()
    assert {tab.probe for tab in app.TABS} >= set(probes.PROBES), "each probe is some tab's"


@pytest.mark.parametrize("name", ["edges", "cnn", "autoencoder", "inpaint"])
def test_the_probe_uses_the_row_that_is_shown(name):
    probe = probes.PROBES[name]
    picture = np.full((40, 50, 3), 90, np.uint8)
    picture[10:20] = 200
    assert probe.call(picture).model == models.describe(*probe.default_model).name
