"""The page's Blocks: what came is checked before a handler sees it, and refused with one sentence.

What Gradio raises while it reads the inputs is about what was sent, and a traceback of that is of no use to whoever
runs the server. What our own code raises is a fault of ours, and stays as loud as it was.
"""

from __future__ import annotations

import copy
import logging
import traceback
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.context import LocalContext
from gradio.exceptions import ComponentProcessingError
from gradio.processing_utils import check_all_files_in_cache
from gradio.utils import get_type_hints

from core import checks
from core.errors import InputError, PlaygroundError
from demos import ui
from demos.page import endpoints
from demos.ui import received

_OURS = tuple(str(Path(__file__).parents[2] / folder) for folder in ("core", "demos"))
log = logging.getLogger(__name__)


class CheckedBlocks(gr.Blocks):
    """Blocks that hand a handler only what its components can send."""

    def get_api_info(self, *args: Any, **kwargs: Any) -> Any:
        """As Gradio's, with names that can be read and with every default."""
        info = super().get_api_info(*args, **kwargs)
        endpoints.describe_endpoints(self, info)
        return info

    async def process_api(self, block_fn: BlockFunction | int, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        """As Gradio's, for events that the server answers; the visitor is known from here on, and so the language."""
        event = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        request = kwargs.get("request")
        LocalContext.request.set(request[0] if isinstance(request, list) else request)
        try:
            if event.fn is None:
                raise InputError("errors.call_unknown")
            check_event_data(event, kwargs.get("event_data"))
        except PlaygroundError as error:
            raise ui.error_toast(error) from error
        return await super().process_api(event, inputs, *args, **kwargs)

    async def preprocess_data(self, block_fn: BlockFunction, inputs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Gradio's, one input after the other, so that a sentence can name the one which cannot be read."""
        try:
            if len(inputs) < len(block_fn.inputs):
                raise InputError("errors.values_few", expected=len(block_fn.inputs), got=len(inputs))
            return [
                await self._preprocess_one(block_fn, i, value, *args, **kwargs)
                for i, value in zip(range(len(block_fn.inputs)), inputs, strict=False)
            ]
        except PlaygroundError as error:
            raise ui.error_toast(error) from error

    async def _preprocess_one(self, block_fn: BlockFunction, place: int, value: Any, *args: Any, **kwargs: Any) -> Any:
        component, alone = block_fn.inputs[place], copy.copy(block_fn)
        alone.inputs, alone.component_prop_inputs = [component], []
        try:
            checked = value if component.stateful else received.check_value(component, value)
            (read,) = await super().preprocess_data(alone, [checked], *args, **kwargs)
        except PlaygroundError:
            raise
        except Exception as error:
            if is_ours(error):
                raise
            log_refusal(error)
            name = received.component_name(component)
            raise InputError("errors.value_unreadable", name=name, got=checks.short_repr(value)) from error
        return read


def check_event_data(event: BlockFunction, came: Any) -> None:
    """Nothing, where the handler takes no event data, or can read what came.

    Raises:
        InputError: it cannot.
    """
    hints = get_type_hints(event.fn).values()  # type: ignore[no-untyped-call]
    kinds = [hint for hint in hints if _is_event_data(hint)]
    for kind in kinds if came is not None else []:
        try:
            check_all_files_in_cache(came._data)
            kind(came.target, came._data)
        except Exception as error:
            raise InputError("errors.event_data", got=checks.short_repr(came._data)) from error


def is_ours(error: BaseException) -> bool:
    """Whether our own code raised it, and not a library that was handed what a visitor sent."""
    frames = traceback.extract_tb(_find_cause(error).__traceback__)
    return bool(frames) and frames[-1].filename.startswith(_OURS)


def log_refusal(error: Exception) -> None:
    """One line that says where it was raised, and nothing of what was sent, which may hold the terminal's own codes."""
    cause = _find_cause(error)
    at = traceback.extract_tb(cause.__traceback__)[-1]
    log.warning("refused: %s in %s, line %s", type(cause).__name__, at.filename, at.lineno)


def _find_cause(error: BaseException) -> BaseException:
    """What Gradio was told by a component, where that is what it hands on."""
    return error.__cause__ if isinstance(error, ComponentProcessingError) and error.__cause__ else error


def _is_event_data(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, gr.EventData)
