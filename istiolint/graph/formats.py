"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from istiolint.graph.drawing import Drawing

FORMATS = {
    "dot": "dot", "mermaid": "mermaid", "json": "as_json", "graphml": "graphml", "html": "html", "svg": "svg",
}  # fmt: skip
"""Name to the module of `istiolint.graph` that has it as `render`."""


def render(form: str, drawing: Drawing) -> str:
    """The drawing in a format. Raises graphml.Missing where a library is not there."""
    made: Callable[[Drawing], str] = import_module(f"istiolint.graph.{FORMATS[form]}").render
    return made(drawing)
