"""Mermaid: a flowchart, as Markdown pages of forges show it."""

from __future__ import annotations

from istiolint.graph.drawing import Drawing, Edge, Node, NodeKind
from istiolint.graph.style import FILLS, SEVERITY_COLOURS

SHAPES: dict[NodeKind, tuple[str, str]] = {
    "gateway": ("[/", "\\]"), "route": ("[[", "]]"), "service": ("[", "]"), "external": ("[(", ")]"),
    "host": ("[", "]"), "subset": ("([", "])"), "workload": ("(", ")"), "policy": ("{{", "}}"),
}  # fmt: skip
ARROWS = {"mirror": "-.->", "applies": "-.->", "selects": "-.->"}


def render(drawing: Drawing) -> str:
    """A flowchart with a subgraph for each namespace."""
    names = {node.id: f"n{at}" for at, node in enumerate(drawing.nodes)}
    by_space: dict[str, list[Node]] = {}
    for node in drawing.nodes:
        by_space.setdefault(node.namespace, []).append(node)
    lines = ["flowchart LR"]
    for at, (namespace, nodes) in enumerate(sorted(by_space.items())):
        if namespace:
            lines.append(f"  subgraph s{at}[{_quoted(namespace)}]")
        lines += [f"    {_node(node, names)}" for node in nodes]
        if namespace:
            lines.append("  end")
    lines += [f"  {_edge(edge, names)}" for edge in drawing.edges]
    for kind, fill in FILLS.items():
        if any(node.kind == kind for node in drawing.nodes):
            lines.append(f"  classDef {kind} fill:{fill},stroke:{SEVERITY_COLOURS['']},color:#1c2529")
    for severity, colour in SEVERITY_COLOURS.items():
        marked = [names[node.id] for node in drawing.nodes if severity and node.severity == severity]
        if marked:
            lines.append(f"  classDef {severity} stroke:{colour},stroke-width:3px")
            lines.append(f"  class {','.join(marked)} {severity}")
    return "\n".join(lines) + "\n"


def _node(node: Node, names: dict[str, str]) -> str:
    opening, closing = SHAPES[node.kind]
    return f"{names[node.id]}{opening}{_quoted(node.title)}{closing}:::{node.kind}"


def _edge(edge: Edge, names: dict[str, str]) -> str:
    arrow = ARROWS.get(edge.kind, "-->")
    label = f"|{_quoted(edge.label)}|" if edge.label else ""
    return f"{names[edge.source]} {arrow}{label} {names[edge.target]}"


def _quoted(text: str) -> str:
    escaped = text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return f'"{escaped}"'
