"""The page. Importing it first tells Gradio and the Hub client to be silent: they read these when they are imported."""

import os

from core.environment import GRADIO_ADDRESS, hide_proxies, hide_variables
from core.interpreter import check_interpreter

check_interpreter("gradio", "markupsafe")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

with hide_proxies(), hide_variables(GRADIO_ADDRESS):
    import gradio as gradio
