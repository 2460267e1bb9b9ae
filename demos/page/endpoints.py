"""What the page offers to programs (`gradio_client`): which of its events, under which names, with which defaults.

Gradio lists every event that has a name, calls an output without a label `value_93`, writes a label of ours as the key
of its translations, and knows of a Python default only when it is None.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.i18n import I18nData

from core import texts
from demos.ui import Language

# events that fill something of the page, or go on with what only it has; everything else with a name is for programs
WIRING = frozenset({
    "join", "edges_beside", "arithmetic", "edges_people_other", "feature_map", "pool_example", "transfer_add",
    "transfer_clear", "transfer_load", "segment_find", "segment_embed", "segment_choose", "segment_keep",
    "segment_drop", "words_to_masks_keep", "restore_settings", "inpaint_beside",
})  # fmt: skip
# parameters by the names that `core` gives them, where a handler's own says less
NAMES: Mapping[str, str] = MappingProxyType({
    "sent": "pictures", "side": "points_per_side", "sure": "predicted_iou", "steady": "stability", "least": "smallest",
    "share": "held_out", "five": "five_seeds", "sentences": "templates", "none": "none_of_them",
})  # fmt: skip
# what may be left out, though its component begins empty
OPTIONAL: Mapping[str, Any] = MappingProxyType({"negative": "", "candidate": None, "archive": None})


def hide_wiring(demo: gr.Blocks) -> None:
    """The events of `WIRING` are the page's own from now on."""
    for event in demo.fns.values():
        if event.api_name in WIRING:
            event.api_visibility = "private"


def describe_endpoints(demo: gr.Blocks, info: Mapping[str, Any]) -> None:
    """Gives every parameter and output in what `Blocks.get_api_info` says a name that can be read, in place.

    The words are English, or those of `--lang`: Gradio asks once, for all visitors.
    """
    for event in demo.fns.values():
        facts = info["named_endpoints"].get(f"/{event.api_name}")
        if facts is None or event.fn is None or event.api_visibility == "private":
            continue
        defaults = {**OPTIONAL, **_python_defaults(event.fn)}
        for parameter, component in zip(facts["parameters"], _list_listed(event.inputs), strict=True):
            _complete_parameter(parameter, component, defaults)
        for output, component in zip(facts["returns"], _list_listed(event.outputs), strict=True):
            output["label"] = _label(component, output["label"])


def format_endpoints(demo: gr.Blocks) -> str:
    """The endpoints as a Markdown table; of the parameters those in bold are needed."""
    head = "| endpoint | what | takes | returns |\n|---|---|---|---|\n"
    return head + "\n".join(_format_row(name, facts) for name, facts in demo.get_api_info()["named_endpoints"].items())


def _list_listed(components: Sequence[Block]) -> list[Block]:
    """Those that Gradio lists: states are the server's own."""
    return [component for component in components if not component.skip_api]


def _complete_parameter(parameter: dict[str, Any], component: Block, defaults: Mapping[str, Any]) -> None:
    own = parameter["parameter_name"]
    if not parameter["parameter_has_default"]:
        parameter |= {"parameter_has_default": own in defaults, "parameter_default": defaults.get(own)}
    parameter["parameter_name"] = NAMES.get(own, own)
    parameter["label"] = _label(component, parameter["label"], own)


def _python_defaults(handler: Callable[..., Any]) -> dict[str, Any]:
    try:
        known = inspect.signature(handler).parameters.values()
    # some built-in functions tell nobody what they take
    except (TypeError, ValueError):
        return {}
    return {each.name: each.default for each in known if each.default is not each.empty}


def _label(component: Block, given: str, name: str = "") -> str:
    """The component's label; without one, what `assets/texts/api.json` calls the last word of its id, or its name."""
    label = getattr(component, "label", None)
    if label:
        return _shorten_label(_say(label.key) if isinstance(label, I18nData) else str(label))
    word = (component.elem_id or name).rpartition("-")[2]
    try:
        return _say(f"api.{word}")
    except KeyError:
        return name or word or given


def _shorten_label(label: str) -> str:
    """Without Markdown, and without what only a visitor of the page is told.

    >>> _shorten_label("**Codes mixed**, then decoded"), _shorten_label("Top five (click one): best first")
    ('Codes mixed, then decoded', 'Top five')
    """
    return re.split(r"[(:]", label.replace("*", ""))[0].strip()


def _say(key: str) -> str:
    return texts.format_sentence(key, Language.forced or "en")


def _format_row(name: str, facts: Mapping[str, Any]) -> str:
    takes = ", ".join(map(_format_parameter, facts["parameters"])) or "-"
    returns = ", ".join(output["label"] for output in facts["returns"])
    cells = (f"`{name}`", facts["description"].strip(), takes, returns)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |".replace("\n", " ")


def _format_parameter(parameter: dict[str, Any]) -> str:
    name, default = parameter["parameter_name"], parameter["parameter_default"]
    if not parameter["parameter_has_default"]:
        return f"**{name}**"
    # pictures of the page, a long list of captions: that there is a default is enough
    plain = isinstance(default, (int, float)) or (isinstance(default, str) and 0 < len(default) <= 24)
    return f"{name} `{default}`" if plain else name
