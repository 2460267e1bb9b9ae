"""The live webcam: it outlasts a lost line, and says so whenever it stands still."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.browser.test_edges import open_sub_tab

FRAMES = re.compile(r"[1-9]\d* frames/s")
ASKED = re.compile("/component_server")
SRC = "document.querySelector('#edges-live img').src"


@pytest.fixture
def camera(browser, url):
    """camera(locale): the tab in a browser with a pretended camera; `window.asked` counts how often it was wanted."""
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    opened = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=flags)

    def go(locale="en-US"):
        page = opened.new_context(permissions=["camera"], locale=locale).new_page()
        page.set_default_timeout(60_000)
        page.add_init_script(
            "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); window.asked = 0;"
            "navigator.mediaDevices.getUserMedia = wanted => { window.asked += 1; return window.refuse"
            " ? Promise.reject(new DOMException('', window.refuse)) : real(wanted); }"
        )
        page.goto(f"{url}?tab=edges")
        open_sub_tab(page, "live")
        return page

    yield go
    opened.close()


def start_camera(page):
    page.locator("#edges-live-start").click()
    page.locator("#edges-live").get_by_text(FRAMES).wait_for()


def wait_for_new_picture(page):
    page.wait_for_function(f"before => {SRC} != before", arg=page.evaluate(SRC))


def stands_still(page):
    """Whether a second brings no new picture; one that was on its way may still come."""
    page.wait_for_timeout(500)
    before = page.evaluate(SRC)
    page.wait_for_timeout(1000)
    return page.evaluate(SRC) == before


def test_it_says_that_the_line_is_lost_and_goes_on_afterwards(camera):
    page = camera()
    start_camera(page)
    page.context.set_offline(True)
    page.locator("#edges-live").get_by_text("Reconnecting").wait_for()
    assert stands_still(page)
    page.context.set_offline(False)
    page.locator("#edges-live").get_by_text(FRAMES).wait_for()
    wait_for_new_picture(page)
    assert page.evaluate("window.asked") == 1


@pytest.mark.parametrize("answer", ["500", "no JSON"])
def test_a_server_that_answers_with_an_error_is_asked_again(camera, answer):
    page = camera()
    start_camera(page)
    status, body = (500, "{}") if answer == "500" else (200, "<html>")
    page.route(ASKED, lambda route: route.fulfill(status=status, body=body))
    page.locator("#edges-live").get_by_text("Reconnecting").wait_for()
    page.unroute(ASKED)
    page.locator("#edges-live").get_by_text(FRAMES).wait_for()
    wait_for_new_picture(page)


@pytest.mark.parametrize("event", ["new Event('ended')", "new Event('nothing')"])
@pytest.mark.parametrize(("locale", "gone"), [("en-US", "The camera is gone"), ("ko-KR", "카메라가 끊겼습니다")])
def test_a_camera_that_is_unplugged_is_said_and_can_be_started_again(camera, event, locale, gone):
    page = camera(locale)
    page.locator("#edges-live-start").click()
    wait_for_new_picture(page)
    page.evaluate(
        "document.querySelector('#edges-live video').srcObject.getTracks()"
        f".forEach(track => {{ track.stop(); track.dispatchEvent({event}); }})"
    )
    page.locator("#edges-live").get_by_text(gone).wait_for()
    assert stands_still(page)
    page.locator("#edges-live-start").click()
    wait_for_new_picture(page)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotFoundError", "finds no camera"),
        ("NotReadableError", "another program may be using it"),
        ("NotAllowedError", "allow it in the address bar"),
    ],
)
def test_why_there_is_none_is_said_and_start_tries_again(camera, name, words):
    page = camera()
    page.evaluate("name => { window.refuse = name; }", name)
    page.locator("#edges-live-start").click()
    page.locator("#edges-live").get_by_text(words).wait_for()
    page.evaluate("window.refuse = ''")
    start_camera(page)
    assert page.evaluate("window.asked") == 2


def test_two_starts_are_one_and_a_stop_says_so(camera):
    page = camera()
    page.locator("#edges-live-start").dblclick()
    page.locator("#edges-live").get_by_text(FRAMES).wait_for()
    page.locator("#edges-live-start").click()
    wait_for_new_picture(page)
    assert page.evaluate("window.asked") == 1
    page.locator("#edges-live-stop").click()
    page.locator("#edges-live").get_by_text("The camera is off").wait_for()
    assert stands_still(page)


def test_a_camera_that_freezes_does_not_count_as_running(camera):
    page = camera()
    start_camera(page)
    page.evaluate("document.querySelector('#edges-live video').pause()")
    page.evaluate(
        "Object.defineProperty(document.querySelector('#edges-live video').srcObject.getVideoTracks()[0], 'muted',"
        " {value: true, configurable: true})"
    )
    page.locator("#edges-live").get_by_text("no new picture").wait_for()
    page.evaluate("document.querySelector('#edges-live video').play()")
    page.evaluate("delete document.querySelector('#edges-live video').srcObject.getVideoTracks()[0].muted")
    page.locator("#edges-live").get_by_text(FRAMES).wait_for()


def test_nobody_looking_it_pauses_and_a_phone_that_was_locked_gives_the_camera_back(camera):
    page = camera()
    start_camera(page)
    hide = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    assert stands_still(page)
    page.evaluate("document.querySelector('#edges-live video').srcObject.getTracks().forEach(track => track.stop())")
    page.wait_for_timeout(500)
    page.evaluate(hide, False)
    page.locator("#edges-live").get_by_text(FRAMES).wait_for()
    wait_for_new_picture(page)
