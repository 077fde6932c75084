"""What is drawn: plain nodes and edges, without a word of how."""

from __future__ import annotations

from typing import Literal

from istiolint.records import NamedTuple

NodeKind = Literal["gateway", "route", "service", "external", "host", "subset", "workload", "policy"]
"""`route`: a VirtualService or HTTPRoute; `external`: of a ServiceEntry; `host`: a name that no manifest defines."""

EdgeKind = Literal["binds", "routes", "route", "mirror", "delegate", "subset", "selects", "applies", "allows", "denies"]
"""`binds`: gateway to route; `routes`: host to the route that speaks for it; `route`, `mirror`, `delegate`: route to
destination; `selects`: service or subset to workload; `applies`: policy to workload; `allows`, `denies`: caller to
policy."""

SEVERITIES = ("info", "warning", "error")


class Mark(NamedTuple):
    """A finding on a node."""

    severity: str
    rule: str
    message: str
    place: str
    """`file:line`."""


class Node(NamedTuple):
    """A thing of the mesh."""

    id: str
    kind: NodeKind
    title: str
    namespace: str
    """Empty: none is given."""
    place: str = ""
    """`file:line` of its manifest; empty: there is none."""
    facts: tuple[tuple[str, str], ...] = ()
    """What is worth knowing, by name."""
    marks: tuple[Mark, ...] = ()

    @property
    def severity(self) -> str:
        """Of its worst finding; empty: it has none."""
        return worst(mark.severity for mark in self.marks)


class Edge(NamedTuple):
    """From one thing to another."""

    source: str
    target: str
    kind: EdgeKind
    label: str = ""
    place: str = ""


class Drawing(NamedTuple):
    """A mesh, ready to be drawn; nodes and edges in a fixed order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    loose: tuple[Mark, ...] = ()
    """Findings on what is no node."""
    spaces: tuple[tuple[str, str], ...] = ()
    """Namespaces, with what holds for all of one: its mTLS mode and policies."""


def worst(severities: object) -> str:
    """The most severe of some; empty where there are none."""
    found = set(severities)  # type: ignore[call-overload]
    return next((it for it in reversed(SEVERITIES) if it in found), "")


def within(drawing: Drawing, namespaces: tuple[str, ...]) -> Drawing:
    """The part that lies in some namespaces, and what it is linked with."""
    if not namespaces:
        return drawing
    inside = {node.id for node in drawing.nodes if node.namespace in namespaces}
    edges = tuple(it for it in drawing.edges if it.source in inside or it.target in inside)
    shown = inside | {end for edge in edges for end in (edge.source, edge.target)}
    nodes = tuple(node for node in drawing.nodes if node.id in shown)
    spaces = tuple(it for it in drawing.spaces if it[0] in namespaces)
    return Drawing(nodes, edges, (), spaces)
