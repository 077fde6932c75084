"""Colours and shapes, the same in every format."""

from __future__ import annotations

from istiolint.graph.drawing import EdgeKind, NodeKind

SEVERITY_COLOURS = {"error": "#c62828", "warning": "#e07b00", "info": "#1769aa", "": "#78909c"}
FILLS: dict[NodeKind, str] = {
    "gateway": "#e8eaf6",
    "route": "#f3e5f5",
    "service": "#e3f2fd",
    "external": "#efebe9",
    "host": "#ffffff",
    "subset": "#e0f2f1",
    "workload": "#f1f8e9",
    "policy": "#fff8e1",
}
EDGE_COLOURS: dict[EdgeKind, str] = {
    "binds": "#3949ab",
    "routes": "#8e24aa",
    "route": "#455a64",
    "mirror": "#90a4ae",
    "delegate": "#8e24aa",
    "subset": "#00897b",
    "selects": "#9e9e9e",
    "applies": "#f9a825",
    "allows": "#2e7d32",
    "denies": "#c62828",
}
DASHED: frozenset[EdgeKind] = frozenset(("mirror", "applies", "selects"))
