"""The mesh as a graph: plain dicts of nodes and labelled edges, for walks and drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.names import shown
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.source.document import Document

NodeKind = Literal["host", "subset", "object", "workload"]
Label = Literal["binds", "routes", "route", "mirror", "delegate", "subset", "selects"]

NodeId = tuple[NodeKind, str]
"""`("host", fqdn)`, `("subset", "fqdn|v1")`, `("object", "VirtualService shop/reviews")`, `("workload", ...)`."""


class Edge(NamedTuple):
    """An edge, and where it is written."""

    label: Label
    """`binds`: Gateway to VirtualService; `routes`: host to the VirtualService that speaks for it; `route`, `mirror`,
    `delegate`: VirtualService to its destination; `subset`: host to subset; `selects`: host or subset to workload."""
    source: NodeId
    target: NodeId
    document: Document
    path: Path


class Graph(NamedTuple):
    """Nodes with their titles, and edges by source and by target."""

    nodes: dict[NodeId, str]
    outgoing: dict[NodeId, list[Edge]]
    incoming: dict[NodeId, list[Edge]]

    def reachable(self, start: NodeId) -> set[NodeId]:
        """All nodes to which a way leads from `start`, itself included."""
        seen, todo = {start}, [start]
        while todo:
            for edge in self.outgoing.get(todo.pop(), ()):
                if edge.target not in seen:
                    seen.add(edge.target)
                    todo.append(edge.target)
        return seen


def host_node(host: str) -> NodeId:
    """The node of a full host."""
    return ("host", host)


def subset_node(host: str, subset: str) -> NodeId:
    """The node of a subset of a full host."""
    return ("subset", f"{host}|{subset}")


def object_node(kind: str, namespace: str, name: str) -> NodeId:
    """The node of an object."""
    return ("object", f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}")


def graph(mesh: Mesh) -> Graph:
    """Hosts, subsets, VirtualServices, Gateways and workloads of a mesh, linked."""
    found = Graph({}, {}, {})
    for service in mesh.services:
        source = _node(found, host_node(service.fqdn), shown(service.fqdn))
        for workload in mesh.behind(service):
            title = f"{workload.kind} {workload.name}"
            target = _node(found, ("workload", f"{workload.kind} {workload.namespace}/{workload.name}"), title)
            _link(found, Edge("selects", source, target, service.document, ("spec", "selector")))
    for entry in mesh.service_entries:
        for host in entry.hosts:
            _node(found, host_node(host), host)
    for rule in mesh.destination_rules:
        source = _node(found, host_node(rule.fqdn), shown(rule.fqdn))
        for subset in rule.subsets:
            target = _node(found, subset_node(rule.fqdn, subset.name), subset.name)
            _link(found, Edge("subset", source, target, rule.document, subset.path))
    for gateway in mesh.gateways_by_name:
        source = _node(found, object_node("Gateway", gateway.namespace, gateway.name), gateway.name)
        for route in mesh.bound(gateway):
            target = _node(found, _of(route), route.name)
            _link(found, Edge("binds", source, target, route.document, ("spec", "gateways")))
    for route in mesh.virtual_services:
        _routes(found, route)
    return found


def _of(service: VirtualService) -> NodeId:
    return object_node("VirtualService", service.namespace, service.name)


def _routes(found: Graph, service: VirtualService) -> None:
    source = _node(found, _of(service), service.name)
    for index, host in enumerate(service.hosts):
        spoken = _node(found, host_node(host), shown(host))
        _link(found, Edge("routes", spoken, source, service.document, ("spec", "hosts", index)))
    for destination in service.destinations:
        target = _node(found, host_node(destination.fqdn), shown(destination.fqdn))
        if destination.subset:
            target = _node(found, subset_node(destination.fqdn, destination.subset), destination.subset)
        _link(found, Edge(destination.role, source, target, service.document, destination.path))
    for delegation in service.delegations:
        delegate = object_node("VirtualService", delegation.namespace, delegation.name)
        target = _node(found, delegate, delegation.name)
        _link(found, Edge("delegate", source, target, service.document, delegation.path))


def _node(found: Graph, node: NodeId, title: str) -> NodeId:
    found.nodes.setdefault(node, title)
    return node


def _link(found: Graph, edge: Edge) -> None:
    found.outgoing.setdefault(edge.source, []).append(edge)
    found.incoming.setdefault(edge.target, []).append(edge)
