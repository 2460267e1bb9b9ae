#!/usr/bin/env bash
# gradio 6.31.0: once an ImageEditor was an input of any event that has ended, every later event of the page, of whatever
# components, makes the browser export and upload all that the editor holds, more than once an event.
# One would guess: a component's value is sent with the events that have it among their inputs, and with no others; or,
# as the editor has no listeners of its own, that it is sent once, when it is asked for.
# Wants Chromium: $CHROMIUM, or /usr/bin/chromium, or the one that Playwright fetches.
# Fails if gradio behaves otherwise.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gradio==6.31.0 playwright==1.65.0 pillow
export GRADIO_ANALYTICS_ENABLED=False HF_HUB_DISABLE_TELEMETRY=1 GRADIO_TEMP_DIR="$folder/files"
chromium=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$chromium" ]; then venv/bin/playwright install chromium; chromium=""; fi
export chromium

cat > try.py <<'PY'
import os

import gradio as gr
import numpy as np
from playwright.sync_api import sync_playwright

print("gradio", gr.__version__)
y, x = np.mgrid[:300, :400]
photo = np.stack([x % 256, y % 256, (x * y) % 256], axis=2).astype(np.uint8)
with gr.Blocks() as demo:
    editor = gr.ImageEditor({"background": photo, "layers": [], "composite": None})
    read, other = gr.Button("read", elem_id="read"), gr.Button("other", elem_id="other")
    size, clicks = gr.Textbox(elem_id="size"), gr.Number(0, elem_id="clicks")
    read.click(lambda held: str(held["background"].shape), editor, size)
    other.click(lambda count: count + 1, clicks, clicks)
_, url, _ = demo.launch(prevent_thread_lock=True, quiet=True)

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=os.environ["chromium"] or None, args=["--no-sandbox"])
    page = browser.new_page()
    uploads = []
    page.on("request", lambda request: uploads.append(request.url) if request.url.endswith("/upload") else None)
    page.goto(url)
    page.locator("canvas").first.wait_for()

    def press_other(times):
        """Uploads while the button that has nothing to do with the editor is pressed so often."""
        before, start = len(uploads), int(page.locator("#clicks input").input_value())
        for number in range(1, times + 1):
            page.locator("#other").click()
            page.wait_for_function(f"document.querySelector('#clicks input').value == {start + number}")
            page.wait_for_timeout(1500)
        return len(uploads) - before

    never_read = press_other(4)
    page.locator("#read").click()
    page.wait_for_function("document.querySelector('#size textarea').value != ''")
    page.wait_for_timeout(1500)
    asked = len(uploads)
    once_read = press_other(4)
    print(f"uploads at 4 presses of the other button, before the editor was read: {never_read}")
    print(f"uploads when the editor was read: {asked}")
    print(f"uploads at 4 presses of the other button, after that: {once_read}")
    assert never_read == 0 and asked >= 1 and once_read >= 4
    browser.close()
demo.close()
PY
venv/bin/python try.py
