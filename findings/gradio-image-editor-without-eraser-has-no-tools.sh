#!/usr/bin/env bash
# gradio 6.31.0: ImageEditor(eraser=False), which its documentation gives for hiding the eraser, hides every tool: the
# toolbar raises an error while it is built, so no brush, colour, size, undo or zoom is there. So does brush=False.
# One would guess: all is as without the option, but for the eraser. Nothing on the page or in the server's output tells.
# Wants Chromium: $CHROMIUM, or /usr/bin/chromium, or the one that Playwright fetches.
# Fails if gradio behaves otherwise.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gradio==6.31.0 playwright==1.65.0
export GRADIO_ANALYTICS_ENABLED=False HF_HUB_DISABLE_TELEMETRY=1 GRADIO_TEMP_DIR="$folder/files"
chromium=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$chromium" ]; then venv/bin/playwright install chromium; chromium=""; fi
export chromium

cat > try.py <<'PY'
import os

import gradio as gr
from playwright.sync_api import sync_playwright

print("gradio", gr.__version__)


def look(**options):
    """The names of the editor's buttons, how many strokes of the mouse it drew, and the errors of the page."""
    with gr.Blocks() as demo:
        gr.ImageEditor(elem_id="editor", sources=(), transforms=(), layers=False, **options)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["chromium"] or None, args=["--no-sandbox"])
        page = browser.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        canvas = page.locator("#editor canvas").first
        canvas.wait_for()
        page.wait_for_timeout(3000)
        buttons = page.locator("#editor button").evaluate_all("all => all.map(one => one.ariaLabel || one.title)")
        blank, box = canvas.screenshot(), canvas.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x - 60, y)
        page.mouse.down()
        page.mouse.move(x + 60, y, steps=12)
        page.mouse.up()
        page.mouse.move(5, 5)
        page.wait_for_timeout(1000)
        drawn = canvas.screenshot() != blank
        browser.close()
    demo.close()
    print(f"{options}: buttons {buttons}, a stroke shows: {drawn}, errors of the page: {errors}")
    return buttons, drawn, errors


usual, drawn, errors = look()
assert {"Brush", "Erase", "Undo"} <= set(usual) and drawn and not errors
for option in ("eraser", "brush"):
    left, _, errors = look(**{option: False})
    assert left == [] and any("props_invalid_value" in error for error in errors)
PY
venv/bin/python try.py
