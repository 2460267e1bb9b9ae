from __future__ import annotations

from types import SimpleNamespace

import pytest

import app
from core import models
from core.engine import Local
from demos import page, ui
from demos.page import model_lists
from demos.page.links import ServerAddresses


def make_request(host):
    return SimpleNamespace(client=SimpleNamespace(host=host), headers={"host": f"{host}:7860"})


@pytest.fixture(scope="module")
def lists():
    demo = page.build_page(Local(), app.TABS, ServerAddresses())
    return [block for block in demo.blocks.values() if isinstance(block, ui.ModelList)]


def read_choices(lists, host):
    shown = model_lists.ModelLists(Local(), lists).show_choices(make_request(host))
    return {
        each.task: shown[each]["choices"] if isinstance(shown[each], dict) else shown[each].choices for each in lists
    }


def test_every_list_of_models_is_filled(lists):
    assert {each.task for each in lists} == {"classify", "segment", "detect", "text_to_image", "zeroshot"}


def test_here_absent_rows_are_marked(lists, hub):
    choices = {name: said for said, name in read_choices(lists, "127.0.0.1")["text_to_image"]}
    assert choices["sd-turbo"].endswith("(to be fetched)") and len(choices) == len(models.rows("text_to_image"))
    hub("sd-turbo")
    choices = {name: said for said, name in read_choices(lists, "127.0.0.1")["text_to_image"]}
    assert choices["sd-turbo"] == models.row("text_to_image", "sd-turbo").title


def test_a_phone_is_offered_what_is_here_alone(lists, hub):
    for task, choices in read_choices(lists, "192.0.2.7").items():
        names = {name for _, name in choices} - {ui.AUTO}
        assert models.row(task).name in names and not any("to be fetched" in str(said) for said, _ in choices)
    assert "sd-turbo" not in {name for _, name in read_choices(lists, "192.0.2.7")["text_to_image"]}
    hub("sd-turbo")
    assert "sd-turbo" in {name for _, name in read_choices(lists, "192.0.2.7")["text_to_image"]}
