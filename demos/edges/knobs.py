"""A detector and its own sliders, made from `core.edges.METHODS`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.edges import GRADIENTS, METHODS, Parameter
from demos import ui
from demos.ui import t

# where the page starts instead of the library's defaults: what looks best on the examples
START: dict[str, dict[str, Any]] = {
    "canny": {"sigma": 1.0, "low": 60, "high": 150},
    "sobel": {"gain": 2.0},
    "scharr": {"gain": 2.0},
    "prewitt": {"gain": 2.0},
    "roberts": {"gain": 3.0},
    "laplacian": {"gain": 3.0},
    "log": {"gain": 3.0},
    "dog": {"gain": 3.0},
}
# what stays open, the first of these that a method has: two where the switch to colour stands beside them, else three
OPEN = ("low", "high", "threshold", "gain", "sigma", "scales")


@dataclass(frozen=True)
class DetectorControls:
    """The method, and `settings`: the method and its parameters as JSON, which the browser puts together."""

    method: gr.Dropdown
    settings: gr.JSON


def build_detector_controls(name: str, label: str, chosen: str | None) -> DetectorControls:
    """The method and its sliders; only those of the chosen one are visible. None: no method until one is picked."""
    choices = [(t(f"edges.method_{method}"), method) for method in METHODS]
    if chosen is None:
        choices = [(t("edges.method_none"), ""), *choices]
    method = ui.Dropdown(choices, value=chosen or "", label=t(label), elem_id=f"{name}-method")
    groups, knobs = [], {}
    for known in METHODS:
        with gr.Group(visible=known == chosen, elem_id=f"{name}-{known}") as group:
            knobs[known] = _method_controls(name, known)
        groups.append(group)
    settings = gr.JSON(start_settings(chosen) if chosen else None, visible="hidden", elem_id=f"{name}-settings")
    _gather_settings(method, knobs, settings)

    def show_group(picked: str) -> list[gr.Group]:
        return [gr.Group(visible=known == picked) for known in METHODS]

    method.change(show_group, method, groups, **ui.QUIET)
    return DetectorControls(method, settings)


def _method_controls(name: str, method: str) -> dict[str, gr.components.Component]:
    """A control for each parameter of the method, in their order; those that few turn are folded away."""
    parameters = METHODS[method].parameters
    kept = open_parameters(method)
    made = {p: _parameter_control(name, method, p, parameters[p]) for p in parameters if p in kept}
    with ui.more_settings(f"{name}-{method}-more"):
        made |= {p: _parameter_control(name, method, p, parameters[p]) for p in parameters if p not in kept}
    return {p: made[p] for p in parameters}


def open_parameters(method: str) -> list[str]:
    """The parameters of the method that stay open, at most three."""
    return [p for p in OPEN if p in METHODS[method].parameters][: 2 if method in GRADIENTS else 3]


def start_settings(method: str) -> dict[str, Any]:
    """The settings that the page starts with for `method`."""
    return {"method": method} | {p: _start_value(method, p, spec) for p, spec in METHODS[method].parameters.items()}


def _start_value(method: str, parameter: str, spec: Parameter) -> Any:
    return START.get(method, {}).get(parameter, spec.default)


def _parameter_control(name: str, method: str, parameter: str, spec: Parameter) -> gr.components.Component:
    value = _start_value(method, parameter, spec)
    shared: dict[str, Any] = {"label": t(f"edges.knob_{parameter}"), "elem_id": f"{name}-{method}-{parameter}"}
    if isinstance(spec.default, bool):
        return gr.Checkbox(value, **shared)
    if spec.choices:
        words = [(t(f"edges.{parameter}_{c}") if isinstance(c, str) else f"{c} × {c}", c) for c in spec.choices]
        return ui.Radio(words, value=value, **shared)
    return ui.Slider(spec.low, spec.slider_max or spec.high, value, step=spec.step, **shared)


def _gather_settings(method: gr.Dropdown, knobs: dict[str, dict[str, Any]], settings: gr.JSON) -> None:
    """The browser puts the chosen method's values together: no server call, and one handler serves every method."""
    flat = [knob for group in knobs.values() for knob in group.values()]
    names = {known: list(group) for known, group in knobs.items()}
    js = f"""(method, ...values) => {{
        let at = 0;
        for (const [known, names] of Object.entries({json.dumps(names)})) {{
            if (known === method)
                return [{{method, ...Object.fromEntries(names.map((name, i) => [name, values[at + i]]))}}];
            at += names.length;
        }}
        return [null];
    }}"""
    gr.on(
        [method.change, *(knob.change for knob in flat)],
        None,
        [method, *flat],
        settings,
        js=js,
        **ui.QUIET,
    )
