"""From the mesh to a drawing: the graph of `mesh/graph.py`, with gateways, policies, mTLS and findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from istiolint.complete import place as place_of
from istiolint.graph.drawing import Drawing, Edge, Mark, Node, NodeKind
from istiolint.graph.identities import identity, workload_id
from istiolint.graph.labels import condition, share
from istiolint.graph.policies import policy_edges, policy_nodes, spaces, word
from istiolint.mesh.gateways import Gateway
from istiolint.mesh.graph import object_node
from istiolint.mesh.names import cluster_name
from istiolint.mesh.read import dig, matches

if TYPE_CHECKING:
    from istiolint.complete import Texts
    from istiolint.finding import Finding, Path
    from istiolint.mesh import Mesh
    from istiolint.mesh.graph import Edge as MeshEdge
    from istiolint.mesh.graph import NodeId
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.source.document import Document

Owners = dict[tuple[str, str, str, str], list[str]]
"""Nodes of an object: by its file, kind, namespace and name."""


class Model:
    """A drawing in the making."""

    def __init__(self, mesh: Mesh, texts: Texts) -> None:
        self.mesh = mesh
        self.texts = texts
        self.nodes: dict[str, Node] = {}
        self.edges: dict[Edge, None] = {}
        self.owners: Owners = {}
        self.virtual_services = {_node_of(it): it for it in mesh.virtual_services}
        self.gateways = {object_node("Gateway", it.namespace, it.name): it for it in mesh.gateways_by_name}

    def place(self, document: Document | None, path: Path = ()) -> str:
        """`file:line`; empty where there is none."""
        if document is None or document.index < 0 or document.spans.offsets[-1:].tolist() == [0]:
            return ""
        where = place_of(document, self.texts(document.file), path)
        return f"{where.file}:{where.line}"

    def own(self, document: Document, node: str) -> None:
        """Say that the findings of an object are a node's."""
        key = (document.file, document.kind, document.namespace or "", document.name)
        if node not in self.owners.setdefault(key, []):
            self.owners[key].append(node)

    def add(self, node: Node, document: Document | None = None) -> str:
        """A node, if it is not there yet; its identity."""
        self.nodes.setdefault(node.id, node)
        if document is not None:
            self.own(document, node.id)
        return node.id

    def link(self, edge: Edge) -> None:
        """An edge between nodes that are there."""
        if edge.source in self.nodes and edge.target in self.nodes and edge.source != edge.target:
            self.edges.setdefault(edge)


def draw(mesh: Mesh, texts: Texts, findings: Iterable[Finding] = ()) -> Drawing:
    """The drawing of a mesh, its nodes coloured by the findings on their objects."""
    model = Model(mesh, texts)
    for node in sorted(mesh.graph.nodes):
        _add(model, node, mesh.graph.nodes[node])
    _workloads(model)
    for edges in mesh.graph.outgoing.values():
        for edge in edges:
            model.link(_edge(model, edge))
    _subsets(model)
    _gateways(model)
    _kube_routes(model)
    for policy, document in policy_nodes(mesh, model.place):
        model.add(policy, document)
    for found in policy_edges(mesh):
        model.link(found)
    for rule in mesh.destination_rules:
        model.own(rule.document, f"host:{rule.fqdn}")
    loose = _mark(model, findings)
    nodes = tuple(sorted(model.nodes.values(), key=lambda it: it.id))
    return Drawing(nodes, tuple(sorted(model.edges)), loose, spaces(mesh))


# Nodes


def _add(model: Model, node: NodeId, title: str) -> None:
    kind, name = node
    if kind == "host":
        model.add(_host(model, name))
        for thing in (*model.mesh.registry.services.get(name, ()), *(model.mesh.registry.entries.get(name) or ())):
            model.own(thing.document, identity(node))
    elif kind == "subset":
        host, _, subset = name.partition("|")
        model.add(Node(identity(node), "subset", subset, _namespace(model, host)))
    elif kind == "object":
        _object(model, node, title)


def _namespace(model: Model, host: str) -> str:
    name = cluster_name(host, model.mesh.domain)
    if name is not None:
        return name.namespace
    entries = model.mesh.registry.entries.get(host) or ()
    return entries[0].namespace if entries else ""


def _host(model: Model, host: str) -> Node:
    mesh = model.mesh
    services = mesh.registry.services.get(host, ())
    entries = mesh.registry.entries.get(host) or ()
    name = cluster_name(host, mesh.domain)
    title = name.service if name else host
    facts = [("host", host)]
    things = [*services, *entries]
    for thing in things[:1]:
        facts.append(("ports", ", ".join(f"{it.number} {it.protocol}" for it in thing.ports)))
        first = thing.ports[0].number if thing.ports else None
        sent = mesh.mtls.client(host, thing.namespace, first)
        by = f" (DestinationRule {sent.rule.namespace}/{sent.rule.name})" if sent.rule else ""
        facts.append(("neighbours send", sent.sends + by))
    kind: NodeKind = "service" if services else "external" if entries else "host"
    if entries:
        facts.append(("resolution", entries[0].resolution or "NONE"))
    if kind == "host":
        facts.append(("defined", "in no manifest here"))
    place = model.place(things[0].document) if things else ""
    return Node(f"host:{host}", kind, title, _namespace(model, host), place, tuple(facts))


def _object(model: Model, node: NodeId, title: str) -> None:
    called = identity(node)
    if (gateway := model.gateways.get(node)) is not None:
        doors = gateway.servers if isinstance(gateway, Gateway) else gateway.listeners
        said = ", ".join(dict.fromkeys(f"{it.number} {it.protocol}" for it in doors))
        place = model.place(gateway.document)
        model.add(Node(called, "gateway", title, gateway.namespace, place, (("servers", said),)), gateway.document)
    elif (service := model.virtual_services.get(node)) is not None:
        facts = (("hosts", ", ".join(service.hosts)), ("gateways", ", ".join(service.gateways)))
        place = model.place(service.document)
        model.add(Node(called, "route", title, service.namespace, place, facts), service.document)
    else:
        namespace = node[1].partition(" ")[2].rpartition("/")[0]
        model.add(Node(called, "route", title, namespace, "", (("defined", "in no manifest here"),)))


def _node_of(service: VirtualService) -> NodeId:
    return object_node("VirtualService", service.namespace, service.name)


def _workloads(model: Model) -> None:
    mesh = model.mesh
    for workload in sorted(mesh.workloads, key=lambda it: (it.namespace, it.name, it.kind)):
        facts = [("kind", workload.kind), ("proxy", "gateway" if workload.gateway else mesh.dataplane(workload))]
        if not workload.gateway and mesh.dataplane(workload) != "none":
            server = mesh.mtls.server(workload)
            by = f" (PeerAuthentication {server.policy.namespace}/{server.policy.name})" if server.policy else ""
            facts.append(("mTLS", server.mode + by))
        facts.append(("service account", workload.service_account))
        facts.append(("labels", ", ".join(f"{key}={value}" for key, value in sorted(workload.labels.items()))))
        policies = mesh.policies.applying("AuthorizationPolicy", workload)
        facts += [("authorization", f"{word(it)} {it.namespace}/{it.name}") for it in policies]
        node = Node(
            workload_id(workload), "workload", workload.name, workload.namespace, model.place(workload.document),
            tuple(facts),
        )  # fmt: skip
        model.add(node, workload.document)


# Edges


def _edge(model: Model, edge: MeshEdge) -> Edge:
    label = ""
    if edge.label in ("route", "mirror", "delegate"):
        label = " ".join(filter(None, (share(edge), condition(edge))))
    elif edge.label == "selects" and edge.target[0] == "workload":
        target = model.nodes.get(identity(edge.target))
        label = next((value.partition(" ")[0] for name, value in target.facts if name == "mTLS"), "") if target else ""
    return Edge(identity(edge.source), identity(edge.target), edge.label, label, model.place(edge.document, edge.path))


def _subsets(model: Model) -> None:
    """Subsets to their pods, and hosts to subsets that routes name and no rule defines."""
    mesh = model.mesh
    for rule in mesh.destination_rules:
        pods = [pod for service in mesh.registry.services.get(rule.fqdn, ()) for pod in mesh.behind(service)]
        for subset in rule.subsets:
            for pod in pods:
                if matches(subset.labels, pod.labels):
                    source = f"subset:{rule.fqdn}|{subset.name}"
                    place = model.place(rule.document, subset.path)
                    model.link(Edge(source, workload_id(pod), "selects", "", place))
    defined = {edge.target for edge in model.edges if edge.kind == "subset"}
    for node in [it for it in model.nodes.values() if it.kind == "subset" and it.id not in defined]:
        model.nodes[node.id] = node._replace(facts=(("defined", "by no DestinationRule in effect"),))
        model.link(Edge(f"host:{node.id.removeprefix('subset:').partition('|')[0]}", node.id, "subset", "undefined"))


def _gateways(model: Model) -> None:
    """Gateways to their pods."""
    mesh = model.mesh
    pods = [it for it in mesh.workloads if it.gateway]
    for gateway in mesh.gateways:
        node = f"Gateway {gateway.namespace}/{gateway.name}" if gateway.namespace else f"Gateway {gateway.name}"
        for pod in pods:
            if matches(gateway.selector, pod.labels):
                place = model.place(gateway.document, ("spec", "selector"))
                model.link(Edge(node, workload_id(pod), "selects", "", place))


def _kube_routes(model: Model) -> None:
    """HTTPRoutes and their like, from their Gateways (or Services) to their backends."""
    from istiolint.mesh.kube_routes import GROUP, is_gateway, parents, reference
    from istiolint.mesh.read import number, sequence

    mesh = model.mesh
    for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"):
        for document in mesh.documents(kind, GROUP):
            namespace = mesh.namespace_of(document)
            name = f"{kind} {namespace}/{document.name}"
            hosts = [str(it) for it in sequence(dig(document.value, "spec", "hostnames"))]
            facts = (("hosts", ", ".join(hosts)),) if hosts else ()
            model.add(Node(name, "route", document.name, namespace, model.place(document), facts), document)
            for parent in parents(document, namespace):
                source = f"Gateway {parent.namespace}/{parent.name}"
                if not is_gateway(parent):
                    source = f"host:{mesh.fqdn(parent.name, parent.namespace)}"
                how = "binds" if is_gateway(parent) else "routes"
                model.link(Edge(source, name, how, "", model.place(document, parent.path)))  # type: ignore[arg-type]
            for index, rule in enumerate(sequence(dig(document.value, "spec", "rules"))):
                backends = sequence(dig(rule, "backendRefs"))
                total = sum(1 if (it := number(dig(its, "weight"))) is None else it for its in backends)
                for at, its in enumerate(backends):
                    path: Path = ("spec", "rules", index, "backendRefs", at)
                    target = reference(its, path, namespace, "", "Service")
                    weight = number(dig(its, "weight"))
                    part = 100 * (1 if weight is None else weight) / total if total else 0
                    label = f"{part:.3g} %" if len(backends) > 1 else ""
                    host = f"host:{mesh.fqdn(target.name, target.namespace)}"
                    model.link(Edge(name, host, "route", label, model.place(document, path)))


# Findings


def _mark(model: Model, findings: Iterable[Finding]) -> tuple[Mark, ...]:
    """Put findings on the nodes of their objects; those that have none."""
    marks: dict[str, list[Mark]] = {}
    loose: list[Mark] = []
    for finding in findings:
        where = f"{finding.place.file}:{finding.place.line}"
        mark = Mark(finding.severity, finding.rule, finding.message, where)
        its = finding.resource
        key = (finding.place.file, its.kind, its.namespace or "", its.name) if its else ("", "", "", "")
        nodes = [it for it in model.owners.get(key, ()) if it in model.nodes]
        for node in nodes:
            marks.setdefault(node, []).append(mark)
        if not nodes:
            loose.append(mark)
    for identity_, found in marks.items():
        model.nodes[identity_] = model.nodes[identity_]._replace(marks=tuple(found))
    return tuple(loose)
