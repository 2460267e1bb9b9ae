"""The page. Importing it first tells Gradio and the Hub client to be silent: they read these when they are imported."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
