"""Requests that pass a waypoint, and those that do not (semantics 14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.ambient_parts import ambient_namespaces, ambient_services, captures, enrolled
from istiolint.checks.naming import across_files, called, labels_shown, note_at
from istiolint.checks.policy_rules import action, dry, rules, selected, sources
from istiolint.finding import Defect, Path
from istiolint.mesh import Absent
from istiolint.mesh.hosts import Host
from istiolint.mesh.kube_routes import GROUP, is_gateway, parents, reference
from istiolint.mesh.names import MESH
from istiolint.mesh.read import dig, labels, sequence
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import KubeGateway
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document
    from istiolint.source.node import Node

THROUGH = "istio.io/ingress-use-waypoint"
"""The label that sends what comes from gateways through the waypoint, too."""
ACCOUNT = "gateway.istio.io/service-account"
"""The annotation of a Gateway that says which service account its pods run as."""


def source_labels_at_waypoint(having: Node, mesh: Mesh) -> Iterator[Defect]:
    """A waypoint is not the caller: a match by the caller's labels is left out there (semantics 14.3)."""
    if not mesh.index(ambient_namespaces) or not having.value:
        return
    route = mesh.virtual_service_of(having.document)
    match = having.document.node(*having.path[:-1])
    if not route.in_mesh or (match is not None and match.get("gateways") is not None):
        return
    for host in route.hosts:
        for service in ambient_services(host, route.namespace, mesh):
            waypoint = enrolled(service.labels, service.namespace, mesh)
            if waypoint and mesh.together(route.document, service.document):
                yield having.defect(
                    on="key",
                    waypoint=waypoint,
                    service=called(service),
                    labels=labels_shown(labels(having.value)),
                    notes=note_at(service.document, ("metadata", "name"), "requests for it pass the waypoint"),
                )
                return


def waypoint_not_allowed(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """What comes through a waypoint has the waypoint's identity, which pods must allow (semantics 14.2)."""
    policy = mesh.policy_of(root.document)
    if not captures(mesh, policy.namespace) or action(policy) != "ALLOW" or dry(policy):
        return
    callers = [path for index, rule in rules(policy) for path in _callers(index, rule)]
    for workload in selected(policy, mesh) if callers else ():
        if mesh.dataplane(workload) != "ambient" or mesh.policies.perhaps("AuthorizationPolicy", workload):
            continue
        found = _before(workload, mesh)
        if found is not None and not _admitted(found.waypoint, workload, mesh):
            name = f"{found.waypoint.namespace}/{found.waypoint.name}"
            node = root.document.node(*callers[0])
            yield (node or root).defect(
                on="key",
                workload=called(workload),
                service=called(found.service),
                waypoint=name,
                account=f"{mesh.config.trust_domain}/ns/{found.waypoint.namespace}/sa/{_account(found.waypoint)}",
                notes=note_at(found.waypoint.document, ("metadata", "name"), "requests come from here"),
                # a policy that is not here may allow the waypoint
                confidence=across_files(mesh, policy.document, (workload.document, found.waypoint.document)),
            )
            return


def _callers(index: int, rule: dict[str, object]) -> Iterator[Path]:
    """Where a rule names callers."""
    for place, part in enumerate(sources(rule)):
        if part.get("principals") or part.get("namespaces") or part.get("serviceAccounts"):
            yield ("spec", "rules", index, "from", place, "source")


class _Passed(NamedTuple):
    """A Service of a workload whose requests pass a waypoint."""

    service: Service
    waypoint: KubeGateway


def _before(workload: Workload, mesh: Mesh) -> _Passed | None:
    for service in mesh.services_of(workload):
        name = enrolled(service.labels, service.namespace, mesh)
        found = mesh.ambient.waypoint(name) if name else ()
        for gateway in () if isinstance(found, Absent) or not found else found:
            if gateway.waypoint and gateway.waypoint_for in ("service", "all"):
                return _Passed(service, gateway) if mesh.together(service.document, gateway.document) else None
    return None


def _account(waypoint: KubeGateway) -> str:
    """The service account that a waypoint runs as: one of its own name, unless it names another."""
    return waypoint.document.strings("annotations").get(ACCOUNT) or waypoint.name


def _admitted(waypoint: KubeGateway, workload: Workload, mesh: Mesh) -> bool:
    """Whether some ALLOW policy of a workload lets a waypoint in, or may do."""
    from istiolint.trace.rules import Peer, Subject, rule_holds

    domains = mesh.config.trust_domains
    peer = Peer(mesh.config.trust_domain, waypoint.namespace, _account(waypoint))
    ports = [
        target
        for it in mesh.services_of(workload)
        for port in it.ports
        if (target := workload.port_number(port.target))
    ]
    for policy in mesh.policies.applying("AuthorizationPolicy", workload):
        if action(policy) != "ALLOW" or dry(policy):
            continue
        for _, rule in rules(policy):
            if "ip" in str(rule).lower() and any(part.get("ipBlocks") for part in sources(rule)):
                return True
            if any(
                rule_holds(rule, policy.namespace, "ALLOW", Subject(peer, it, None, trust_domains=domains))
                for it in ports
            ):
                return True
    return not ports


def policy_not_for_gateways(target: Node, mesh: Mesh) -> Iterator[Defect]:
    """What a gateway sends on does not pass the waypoint, unless a label says so (semantics 14.1)."""
    policy = mesh.policy_of(target.document)
    if target.text("kind") != "Service" or not target.text("name") or not captures(mesh, policy.namespace):
        return
    found = mesh.host(target.text("name"), policy.namespace)
    for service in found.services if isinstance(found, Host) and not found.plausible else ():
        if not enrolled(service.labels, service.namespace, mesh) or _through(service, mesh):
            continue
        for document, path, gateway in mesh.index(_from_gateways).get(service.fqdn, ()):
            if mesh.together(policy.document, document) and mesh.together(policy.document, service.document):
                yield (target.get("name") or target).defect(
                    gateway=gateway,
                    service=called(service),
                    kind=_said(policy),
                    label=THROUGH,
                    notes=note_at(document, path, "this route leads past the waypoint"),
                )
                return


def _said(policy: Policy) -> str:
    return f"{policy.kind} {policy.name}"


def _through(service: Service, mesh: Mesh) -> bool:
    """Whether what comes from gateways passes the waypoint of a Service, or may do."""
    space = mesh.namespaces.get(service.namespace)
    said = service.labels.get(THROUGH) or (space.labels.get(THROUGH, "") if space is not None else "true")
    return said == "true"


def _from_gateways(mesh: Mesh) -> dict[str, list[tuple[Document, Path, str]]]:
    """Routes of gateways (with the place and the gateway), by the full host of the Service that they lead to."""
    found: dict[str, list[tuple[Document, Path, str]]] = {}
    for route in mesh.virtual_services:
        gateway = next((it for it in route.gateways if it != MESH), "")
        for it in route.destinations if gateway else ():
            if it.role == "route":
                found.setdefault(it.fqdn, []).append((route.document, it.path, gateway))
    for kind in ("HTTPRoute", "GRPCRoute"):
        for document in mesh.documents(kind, GROUP):
            space = mesh.namespace_of(document)
            parent = next((it for it in parents(document, space) if is_gateway(it)), None)
            if parent is None:
                continue
            for index, rule in enumerate(sequence(dig(document.value, "spec", "rules"))):
                for place, item in enumerate(sequence(dig(rule, "backendRefs"))):
                    path: Path = ("spec", "rules", index, "backendRefs", place)
                    its = reference(item, path, space, "", "Service")
                    host = f"{its.name}.{its.namespace}.svc.{mesh.domain}"
                    found.setdefault(host, []).append((document, path, f"{parent.namespace}/{parent.name}"))
    return found
