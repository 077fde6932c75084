"""Graphviz: `dot -Tsvg`."""

from __future__ import annotations

import json

from istiolint.graph.drawing import Drawing, Node, NodeKind
from istiolint.graph.style import DASHED, EDGE_COLOURS, FILLS, SEVERITY_COLOURS

SHAPES: dict[NodeKind, str] = {
    "gateway": "house", "route": "cds", "service": "box", "external": "box", "host": "box", "subset": "ellipse",
    "workload": "component", "policy": "note",
}  # fmt: skip


def render(drawing: Drawing) -> str:
    """A directed graph with a cluster for each namespace."""
    lines = [
        "digraph mesh {",
        '  graph [rankdir=LR, fontname="Helvetica", compound=true, newrank=true];',
        '  node [fontname="Helvetica", fontsize=11, style="filled,rounded"];',
        '  edge [fontname="Helvetica", fontsize=9];',
    ]
    spaces = dict(drawing.spaces)
    by_space: dict[str, list[Node]] = {}
    for node in drawing.nodes:
        by_space.setdefault(node.namespace, []).append(node)
    for namespace, nodes in sorted(by_space.items()):
        indent = "  "
        if namespace:
            label = f"{namespace}\n{spaces.get(namespace, '')}".strip()
            lines.append(f"  subgraph {_quoted('cluster ' + namespace)} {{")
            lines.append(f'    label={_quoted(label)}; color="#b0bec5"; fontsize=13;')
            indent = "    "
        lines += [indent + _node(node) for node in nodes]
        if namespace:
            lines.append("  }")
    for edge in drawing.edges:
        style = "dashed" if edge.kind in DASHED else "solid"
        label = f", label={_quoted(edge.label)}" if edge.label else ""
        attributes = f'color="{EDGE_COLOURS[edge.kind]}", style={style}{label}, class="{edge.kind}"'
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [{attributes}];")
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: Node) -> str:
    tip = "\n".join([*(f"{name}: {value}" for name, value in node.facts), *(mark.message for mark in node.marks)])
    shape, fill = SHAPES[node.kind], FILLS[node.kind]
    style = ', style="dashed,rounded"' if node.kind == "host" else ""
    width = 2 if node.severity else 1
    return (
        f"{_quoted(node.id)} [label={_quoted(node.title)}, shape={shape}, fillcolor={_quoted(fill)}, "
        f"color={_quoted(SEVERITY_COLOURS[node.severity])}, penwidth={width}{style}, tooltip={_quoted(tip)}];"
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
