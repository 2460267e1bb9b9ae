"""Of the parts that look at one picture only the open one asks the server, each other one as it is opened."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(params=["edges"])
def asked(request, visit):
    """The page of a tab, and the names of the server's functions that it has called."""
    page = visit(request.param)
    names = page.evaluate("Object.fromEntries(gradio_config.dependencies.map(event => [event.id, event.api_name]))")
    called: list[str] = []

    def note(request) -> None:
        if "/queue/join" in request.url:
            called.append(names[str(json.loads(request.post_data)["fn_index"])])

    page.on("request", note)
    return page, called


def test_a_part_that_nobody_looks_at_waits_until_it_is_opened(asked) -> None:
    page, called = asked
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    page.wait_for_timeout(1000)
    assert sorted(name.rstrip("_1") for name in called) == ["accept_picture", "show_edges", "show_other_method"]
    page.locator("#edges-tab-stages-button").click()
    page.locator("#edges-stages-final img").wait_for()
    assert sum(name.startswith("show_stages") for name in called) == 1
    # seen once, it is not asked for again until another picture comes
    page.locator("#edges-tab-detect-button").click()
    page.locator("#edges-tab-stages-button").click()
    page.wait_for_timeout(1000)
    assert sum(name.startswith("show_stages") for name in called) == 1
    shown = page.locator("#edges-stages-final img").get_attribute("src")
    page.locator("#edges-examples button").nth(1).click()
    page.wait_for_function(f"document.querySelector('#edges-stages-final img').src !== {json.dumps(shown)}")
    assert sum(name.startswith("show_edges") for name in called) == 1


def test_a_part_with_an_example_of_its_own_is_asked_for_once(asked) -> None:
    page, called = asked
    page.locator("#edges-tab-people-button").click()
    page.locator("#edges-people-other-figures table").wait_for()
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-tab-detect-button").click()
    page.locator("#edges-tab-people-button").click()
    page.wait_for_timeout(1000)
    # two detectors, as the part opens and as a picture comes, which changes nothing in their example
    assert sum(name.startswith("follow_picture") for name in called) == 4
    assert not any(name.startswith("compare_to_people") for name in called)


@pytest.mark.parametrize("asked", ["cnn"], indirect=True)
def test_a_class_that_is_chosen_is_explained_by_the_open_part_alone(asked) -> None:
    page, called = asked
    page.locator("#cnn-examples button").first.click()
    page.locator("#cnn-look-badge span").first.wait_for()
    page.wait_for_timeout(1000)
    assert {name.rstrip("_1") for name in called} == {"classify", "fill_layers", "grad_cam"}
    page.locator("#cnn-part-invariance-button").click()
    page.locator("#cnn-invariance-curve svg").wait_for()
    called.clear()
    page.locator("#cnn-top5 .confidence-set").nth(1).click()
    page.wait_for_function("document.querySelector('#cnn-invariance-curve')?.innerHTML.includes('tiger cat')")
    page.wait_for_timeout(500)
    assert called == ["invariance"]
    # the map of the class that was chosen meanwhile comes as its part is opened
    page.locator("#cnn-part-look-button").click()
    page.locator("#cnn-look-sentence").get_by_text("tiger cat").wait_for()
    assert called == ["invariance", "grad_cam"]
