"""GraphML, for graph tools such as Gephi and yEd; made by networkx."""

from __future__ import annotations

from istiolint.graph.drawing import Drawing


class Missing(Exception):
    """networkx is not installed."""


def render(drawing: Drawing) -> str:
    """A directed multigraph with the attributes of nodes and edges; raises Missing without networkx."""
    try:
        import networkx  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise Missing("--format graphml needs networkx: install istiolint with its extra, graph") from error
    graph = networkx.MultiDiGraph(name="mesh")
    for node in drawing.nodes:
        graph.add_node(
            node.id, label=node.title, kind=node.kind, namespace=node.namespace, place=node.place,
            severity=node.severity, findings=len(node.marks),
        )  # fmt: skip
    for edge in drawing.edges:
        graph.add_edge(edge.source, edge.target, kind=edge.kind, label=edge.label, place=edge.place)
    return "\n".join(networkx.generate_graphml(graph)) + "\n"
