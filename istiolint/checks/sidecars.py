"""Sidecars: what they import that does not exist, and what they hide that is used (semantics 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import called, host_shown, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.checks.sidecar_reach import Permission, by_port, called_services, calling, destinations, permissions
from istiolint.finding import Defect, Note
from istiolint.mesh import Absent
from istiolint.mesh.hosts import Host
from istiolint.mesh.names import cluster_name, is_wildcard, overlap
from istiolint.mesh.read import dig, number, sequence, text, texts
from istiolint.mesh.visibility import sees
from istiolint.mesh.workloads import TEMPLATES
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.services import Service
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.source.node import Node

ANY = "*"
REGISTRY_ONLY = "REGISTRY_ONLY"
LOOK_AT = 50
"""So many VirtualServices of a namespace are looked at."""


# What is imported


def egress_host_not_found(entry: Node, mesh: Mesh) -> Iterator[Defect]:
    """An egress host that no Service or ServiceEntry of its namespace has imports nothing (semantics 3.2)."""
    sidecar = mesh.policy_of(entry.document)
    written = entry.value if isinstance(entry.value, str) else ""
    scope, slash, dns = written.partition("/")
    if not slash or not dns or dns == ANY or scope[:1] in ("", "~") or (scope == "." and sidecar.root):
        return
    viewer = sidecar.namespace
    if dns == f"*.{viewer}.svc.{mesh.domain}":
        return  # all of its own namespace, even if there is nothing yet
    space = viewer if scope == "." else scope
    found = mesh.any_host(dns, viewer) if is_wildcard(dns) else mesh.host(dns, viewer)
    if isinstance(found, Absent):
        hidden = found.reason == "hidden"
        why = f"not exported to namespace {viewer}" if hidden else f"in no Service or ServiceEntry{_near(found)}"
        yield entry.defect(host=dns, why=why, confidence=None if found.certain else "low")
    elif isinstance(found, Host) and not found.external and not found.plausible:
        yield from _elsewhere(entry, dns, space, found, mesh)


def _near(found: Absent) -> str:
    return suggestion(found.near)


def _elsewhere(entry: Node, dns: str, space: str, found: Host, mesh: Mesh) -> Iterator[Defect]:
    """The host exists, but not for this viewer, or not in the namespace that is named."""
    viewer = mesh.namespace_of(entry.document)
    seen = [it for it in found.definers if sees(mesh, viewer, it)]
    if not seen and found.definers:
        thing = found.definers[0]
        why = f"not exported to namespace {viewer}"
        yield entry.defect(host=dns, why=why, notes=note_at(thing.document, ("metadata", "name"), "this one"))
        return
    spaces = sorted({it.namespace for it in seen})
    if not spaces or space == ANY or not space or space in spaces or "" in spaces:
        return
    if not all(mesh.together(entry.document, it.document) for it in seen[:3]):
        return
    name = cluster_name(mesh.fqdn(dns, viewer), mesh.domain)
    sure = mesh.world == "complete" or (name is not None and name.namespace in spaces)
    yield entry.defect(
        host=dns,
        why=f"in namespace {listed(spaces[:3])}, not {space}",
        notes=note_at(seen[0].document, ("metadata", "name"), f"in namespace {spaces[0]}"),
        repair=rewritten(entry, f"{spaces[0]}/{dns}") if len(spaces) == 1 else None,
        confidence=None if sure else "low",
    )


def outbound_policy_without_mode(policy: Node) -> Iterator[Defect]:
    """An `outboundTrafficPolicy` without mode is REGISTRY_ONLY here, whatever the mesh says (semantics 3.4)."""
    if isinstance(policy.value, dict) and not policy.value.get("mode"):
        yield policy.defect(on="key")


PAST = tuple(
    f"traffic.sidecar.istio.io/{it}"
    for it in ("excludeOutboundPorts", "excludeOutboundIPRanges", "includeOutboundIPRanges")
)
"""Annotations that lead connections of a pod past its sidecar."""


def registry_only_bypassed(annotations: Node, mesh: Mesh) -> Iterator[Defect]:
    """What goes past the sidecar is not held back by REGISTRY_ONLY (semantics 3.4, 17)."""
    written = annotations.value
    name = next((it for it in PAST if isinstance(written, dict) and written.get(it) not in (None, "", "*")), "")
    if not name or annotations.document.kind not in TEMPLATES:
        return
    workload = mesh.workload_of(annotations.document)
    sidecar = mesh.policies.sidecar(workload.namespace, workload.labels)
    policy = sidecar.spec.get("outboundTrafficPolicy") if sidecar is not None else None
    mode = text(policy.get("mode")) or REGISTRY_ONLY if isinstance(policy, dict) else mesh.config.outbound_policy
    if mode == REGISTRY_ONLY and name in workload.annotations and mesh.dataplane(workload) == "sidecar":
        says = called(sidecar) if sidecar is not None and policy is not None else "the mesh configuration"
        node = annotations.get(name)
        if node is not None:
            what = f"port {written[name]}" if name.endswith("Ports") else f"addresses by {name.rpartition('/')[2]}"
            yield node.defect(on="key", workload=called(workload), what=what, says=says)


def egress_proxy_deprecated(proxy: Node) -> Iterator[Defect]:
    """The deprecated `egressProxy` (specification IST0002)."""
    if proxy.value:
        yield proxy.defect(on="key")


# What is hidden


class Imports(NamedTuple):
    """What a Sidecar imports and excludes, as pairs of a namespace (or `ANY`) and a full host."""

    wanted: list[tuple[str, str]]
    excluded: list[tuple[str, str]]

    def service(self, host: str, namespace: str) -> bool:
        """Whether a host that is defined in `namespace` is imported."""
        return _any(self.wanted, (host,), namespace) and not _any(self.excluded, (host,), namespace)

    def routes(self, service: VirtualService) -> bool:
        """Whether a VirtualService is imported: one of its hosts suffices."""
        return _any(self.wanted, service.hosts, service.namespace)


def _any(entries: list[tuple[str, str]], hosts: tuple[str, ...], namespace: str) -> bool:
    return any(
        scope in (ANY, namespace) and (dns == ANY or any(overlap(dns, host) for host in hosts))
        for scope, dns in entries
    )


def _imports(sidecar: Policy, mesh: Mesh) -> Imports | None:
    """What a Sidecar imports; None where it is not one namespace's, or imports everything, or ports decide."""
    if not sidecar.namespace or (sidecar.root and not sidecar.selector):
        return None
    listeners = sequence(sidecar.spec.get("egress"))
    hosts = [host for it in listeners for host in texts(dig(it, "hosts"))]
    if not hosts or f"{ANY}/{ANY}" in hosts or any(dig(it, "port") for it in listeners):
        return None
    return _listed(listeners, sidecar, mesh)


def _listed(listeners: list[object], sidecar: Policy, mesh: Mesh) -> Imports:
    """What some egress listeners import and exclude."""
    found = Imports([], [])
    for host in (host for it in listeners for host in texts(dig(it, "hosts"))):
        scope, _, dns = host.partition("/")
        kept = scope.removeprefix("~") or ANY
        pair = sidecar.namespace if kept == "." else kept, mesh.fqdn(dns, sidecar.namespace)
        (found.excluded if scope[:1] == "~" else found.wanted).append(pair)
    return found


def sidecar_hides_routes(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A VirtualService counts only if its own namespace is imported too, not just the Service's (semantics 3.2)."""
    sidecar = mesh.policy_of(root.document)
    imports = _imports(sidecar, mesh)
    if imports is None or not mesh.virtual_services:
        return
    routes = mesh.index(_routes_of_others)
    hidden = [
        (service, host)
        for space in dict.fromkeys(scope for scope, _ in imports.wanted)
        for service, host in routes.get(space, ())[:LOOK_AT]
        if not imports.routes(service)
        and imports.service(host, space)
        and sees(mesh, sidecar.namespace, service)
        and mesh.together(sidecar.document, service.document)
    ]
    hidden = list({id(service): (service, host) for service, host in reversed(hidden)}.values())[::-1]
    if hidden:
        service, host = hidden[0]
        yield _place(root).defect(
            on="key",
            routes=called(service),
            host=host_shown(host),
            namespace=service.namespace,
            more=_more(len(hidden)),
            notes=_notes(hidden, "without effect for these pods"),
        )


def sidecar_hides_route_host(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A VirtualService of the namespace for a host that its Sidecar does not import (semantics 3.2, 5)."""
    sidecar = mesh.policy_of(root.document)
    imports = _imports(sidecar, mesh)
    if imports is None or sidecar.selector or not mesh.virtual_services:
        return
    unknown = [
        (service, host)
        for service, host, owner in mesh.index(_routes_to_others).get(sidecar.namespace, ())[:LOOK_AT]
        if not imports.service(host, owner)
        and imports.routes(service)
        and mesh.together(sidecar.document, service.document)
    ]
    unknown = list({id(service): (service, host) for service, host in reversed(unknown)}.values())[::-1]
    if unknown:
        service, host = unknown[0]
        yield _place(root).defect(
            on="key",
            routes=called(service),
            host=host_shown(host),
            more=_more(len(unknown)),
            notes=_notes(unknown, "routes of a host that is not imported"),
        )


def sidecar_misses_callee(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A policy lets these pods call a Service that they do not import: their calls carry no identity (semantics 3)."""
    sidecar = mesh.policy_of(root.document)
    imports = _imports(sidecar, mesh)
    if imports is None or not mesh.policies.of("AuthorizationPolicy"):
        return
    found: list[tuple[Permission, Service]] = []
    for permission in mesh.index(permissions).get(sidecar.namespace, ())[:LOOK_AT]:
        services = called_services(permission.policy, mesh)
        known = [
            it for it in services if imports.service(it.fqdn, it.namespace) or not sees(mesh, sidecar.namespace, it)
        ]
        routed = any(it.fqdn in mesh.index(destinations) for it in services)
        there = services and mesh.together(sidecar.document, permission.policy.document)
        if there and not known and not routed and calling(sidecar, permission, mesh):
            found.append((permission, services[0]))
    if found:
        permission, service = found[0]
        policies = dict.fromkeys(it.policy.name for it, _ in found)
        yield _place(root).defect(
            on="key",
            policy=called(permission.policy),
            caller=permission.caller,
            host=host_shown(service.fqdn),
            more=f"; {len(policies) - 1} more policies like it" if len(policies) > 1 else "",
            notes=note_at(permission.policy.document, permission.path, "allowed to call"),
        )


def egress_port_hides_hosts(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """A listener for one port takes it for its own hosts: the one without port leaves it out (semantics 3.2, 4)."""
    sidecar = mesh.policy_of(port.document)
    listeners = sequence(sidecar.spec.get("egress"))
    wanted = number(dig(port.value, "number"))
    own = listeners[int(port.path[2])]
    rest = [it for it in listeners if dig(it, "port") is None]
    if wanted is None or not rest or not sidecar.namespace or (sidecar.root and not sidecar.selector):
        return
    if port.text("protocol").upper() == "HTTP_PROXY" or dig(own, "bind") or port.text("protocol")[:4].upper() != "HTTP":
        return
    mine, others = _listed([own], sidecar, mesh), _listed(rest, sidecar, mesh)
    same = [it for it in listeners if number(dig(it, "port", "number")) == wanted and it is not own]
    if same:
        return
    for service in mesh.index(by_port).get(wanted, ())[:LOOK_AT]:
        if mine.service(service.fqdn, service.namespace) or not others.service(service.fqdn, service.namespace):
            continue
        if sees(mesh, sidecar.namespace, service) and mesh.together(sidecar.document, service.document):
            yield (port.get("number") or port).defect(
                host=host_shown(service.fqdn),
                port=wanted,
                notes=note_at(service.document, ("metadata", "name"), "not reached any more"),
            )
            return


def ingress_leaves_out_port(ingress: Node, mesh: Mesh) -> Iterator[Defect]:
    """The listeners of `ingress` stand for those of the Services: a port without one is sniffed (semantics 11)."""
    sidecar = mesh.policy_of(ingress.document)
    listed_ports = {number(dig(it, "port", "number")) for it in sequence(ingress.value)}
    if not listed_ports or not sidecar.selector:
        return
    for workload in mesh.workload_index.select(sidecar.selector, sidecar.namespace):
        for service in mesh.services_of(workload) if mesh.together(sidecar.document, workload.document) else ():
            for port in service.ports:
                target = workload.port_number(port.target)
                if port.port_class in ("udp", "auto") or target is None or target in listed_ports:
                    continue
                yield ingress.defect(
                    on="key",
                    port=target,
                    workload=called(workload),
                    service=called(service),
                    protocol=port.protocol.upper(),
                    notes=note_at(service.document, port.path, "leads there"),
                )
                return


def _more(count: int) -> str:
    """That there are others, as the end of a message."""
    return f"; {count - 1} more VirtualService{'s' if count > 2 else ''} like it" if count > 1 else ""


def _notes(found: list[tuple[VirtualService, str]], what: str) -> tuple[Note, ...]:
    return tuple(note for service, _ in found[:5] for note in note_at(service.document, ("spec", "hosts"), what))


def _place(root: Node) -> Node:
    return root.at("spec", "egress") or root


def _routes_of_others(mesh: Mesh) -> dict[str, list[tuple[VirtualService, str]]]:
    """VirtualServices with a host of another namespace, by the namespace that defines the host."""
    found: dict[str, list[tuple[VirtualService, str]]] = {}
    for routes in mesh.index(_routes_to_others).values():
        for service, host, owner in routes:
            found.setdefault(owner, []).append((service, host))
    return found


def _routes_to_others(mesh: Mesh) -> dict[str, list[tuple[VirtualService, str, str]]]:
    """VirtualServices in sidecars with a host of another namespace, by their own namespace."""
    found: dict[str, list[tuple[VirtualService, str, str]]] = {}
    for service in mesh.virtual_services:
        for host in service.hosts if service.in_mesh and service.namespace else ():
            its = mesh.host(host, service.namespace) if not is_wildcard(host) else None
            if isinstance(its, Host) and not its.external and not its.plausible and not its.by_wildcard:
                owner = its.namespace
                if owner and owner != service.namespace:
                    found.setdefault(service.namespace, []).append((service, host, owner))
    return found
