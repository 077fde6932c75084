"""JSON: the drawing as it is, for programs and for the page."""

from __future__ import annotations

import json
from typing import Any

from istiolint.graph.drawing import Drawing

VERSION = 1
"""Grows when a field is removed or changes its meaning."""


def render(drawing: Drawing) -> str:
    """One object: version, namespaces, nodes and edges."""
    return json.dumps({"version": VERSION, **plain(drawing)}, indent=1, ensure_ascii=False) + "\n"


def plain(drawing: Drawing) -> dict[str, Any]:
    """The drawing as plain values."""
    nodes = [
        {
            "id": node.id, "kind": node.kind, "title": node.title, "namespace": node.namespace, "place": node.place,
            "severity": node.severity, "facts": [list(fact) for fact in node.facts],
            "findings": [mark._asdict() for mark in node.marks],
        }
        for node in drawing.nodes
    ]  # fmt: skip
    return {
        "namespaces": [{"name": name, "said": said} for name, said in drawing.spaces],
        "nodes": nodes,
        "edges": [edge._asdict() for edge in drawing.edges],
        "findings": [mark._asdict() for mark in drawing.loose],
    }
