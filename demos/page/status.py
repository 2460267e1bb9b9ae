"""What the running server holds and does, as JSON: models, bytes, queue; nothing of any visitor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import core
from core import models
from core.engine import Engine
from demos.ui import MODEL_QUEUE

if TYPE_CHECKING:
    from gradio import Blocks
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


def status_route(engine: Engine, demo: Blocks) -> Route:
    """GET /status, for `launch(app_kwargs={"routes": [...]})`; the clock starts now."""
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    started = time.monotonic()

    def report_status(_: Request) -> Response:
        told = {
            "version": core.__version__,
            "uptime": round(time.monotonic() - started, 1),
            "models": _model_status(engine.run(models.loaded_models)),
            "queue": queue_status(demo),
        }
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return Route("/status", report_status)


def queue_status(demo: Blocks) -> dict[str, Any]:
    """How many events wait and run, those of the models' own queue apart, and how many may wait."""
    waiting = demo._queue
    # a copy at once, for events come meanwhile
    queues = list(waiting.event_queue_per_concurrency_id.items())
    lines = {name: (len(line.queue), line.current_concurrency) for name, line in queues}
    of_models = lines.get(MODEL_QUEUE["concurrency_id"], (0, 0))
    return {
        "waiting": len(waiting),
        "running": sum(running for _, running in lines.values()),
        "model_waiting": of_models[0],
        "model_running": of_models[1],
        "limit": waiting.max_size,
    }


def _model_status(held: models.LoadedModels) -> dict[str, Any]:
    loaded = [
        {"name": s.row.name, "task": s.row.task, "tier": s.row.tier, "bytes": s.bytes,
         "device": held.device if s.bytes else "cpu"}
        for s in held.loaded
    ]  # fmt: skip
    return {"loaded": loaded, "bytes": sum(s.bytes for s in held.loaded), "budget": held.budget, "busy": held.busy}
