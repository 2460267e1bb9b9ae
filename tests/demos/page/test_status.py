"""GET /status of a running server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import urllib.request

import gradio as gr
import pytest

from core import models
from demos import ui
from tests import ROOT


def read_status(url):
    with urllib.request.urlopen(f"{url}status", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "application/json" and answer.headers["Cache-Control"] == "no-store"
        return json.loads(answer.read())


def test_it_tells_what_is_loaded_on_the_whole_page(url, nothing_loaded):
    before = read_status(url)
    assert before["models"] == {"loaded": [], "bytes": 0, "budget": None, "busy": False}
    assert before["queue"] == {"waiting": 0, "running": 0, "model_waiting": 0, "model_running": 0, "limit": 256}
    models.load("autoencoder")
    after = read_status(url)
    (vae,) = after["models"]["loaded"]
    assert vae == {"name": "pocket-vae", "task": "autoencoder", "tier": "pocket", "bytes": vae["bytes"],
                   "device": models.device()}  # fmt: skip
    assert after["models"]["bytes"] == vae["bytes"] > 2_000_000 and after["models"]["budget"] > 10**8
    assert after["uptime"] >= before["uptime"] and re.fullmatch(r"\d+\.\d+\.\d+", after["version"])
    with models.borrow("autoencoder"):
        assert read_status(url)["models"]["busy"]


@pytest.fixture
def blocked_server(serve_page):
    """A server whose one event waits until the test lets it go: (address, entered, leave)."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def work():
        entered.release()
        leave.wait(120)
        return "done"

    with gr.Blocks(analytics_enabled=False) as demo:
        demo.queue(max_size=7)
        gr.Button().click(work, None, gr.Textbox(), api_name="work", **ui.MODEL_QUEUE)
    yield serve_page(lambda: demo), entered, leave
    leave.set()


def test_it_counts_what_waits_and_what_runs(blocked_server):
    url, entered, leave = blocked_server
    from gradio_client import Client

    client = Client(url, verbose=False)
    jobs = [client.submit(api_name="/work") for _ in range(3)]
    assert entered.acquire(timeout=20)
    for _ in range(1200):
        found = read_status(url)["queue"]
        if found["waiting"] == 2:
            break
        threading.Event().wait(0.05)
    assert found == {"waiting": 2, "running": 1, "model_waiting": 2, "model_running": 1, "limit": 7}
    leave.set()
    assert [job.result(timeout=20) for job in jobs] == ["done"] * 3
    assert read_status(url)["queue"]["waiting"] == 0


def test_it_asks_for_no_password(serve_page):
    with gr.Blocks(analytics_enabled=False) as demo:
        gr.Markdown("x")
    assert set(read_status(serve_page(lambda: demo, "--auth", "class:word"))) == {
        "version",
        "uptime",
        "models",
        "queue",
    }


def test_asking_imports_no_torch_and_looks_at_no_disk():
    code = (
        "import json, sys, urllib.request, app\n"
        "from core.engine import Local\n"
        "from core.models.files import sources\n"
        "import gradio as gr\n"
        "from core.models.files import sources\nsources.locate_weights = None\n"
        "with gr.Blocks() as demo: gr.Markdown('x')\n"
        "_, url, _ = app.launch(demo, app.parser().parse_args([]), Local())\n"
        "json.load(urllib.request.urlopen(url + 'status'))\n"
        "print('torch' in sys.modules)\n"
        "demo.close()"
    )
    facts = {"env": {**os.environ, "HF_HUB_OFFLINE": "1"}, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, **facts)
    assert done.stdout.splitlines()[0] == "False"
