"""Which objects of a mesh have to do with a host or a workload: what to look at first when that one is in trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.complete import resource
from istiolint.mesh.kube_routes import GROUP
from istiolint.mesh.names import overlap
from istiolint.mesh.policies import KINDS
from istiolint.mesh.read import dig, sequence, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.mesh import Mesh
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document

ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")


def about_host(mesh: Mesh, host: str) -> frozenset[str]:
    """The objects about a host, as findings name them; the host as people write it: `reviews`, `reviews.shop`, in full.

    Empty where no object is about it.
    """
    hosts = _hosts(mesh, host.lower())
    workloads = [workload for it in mesh.services if it.fqdn in hosts for workload in mesh.behind(it)]
    return _named([*_of_hosts(mesh, hosts), *(it for one in workloads for it in _of_workload(mesh, one))])


def about_workload(mesh: Mesh, name: str) -> frozenset[str]:
    """The objects about a workload, given as `namespace/name` or `name`; its Services and theirs included."""
    space, _, plain = name.rpartition("/")
    wanted = [it for it in mesh.workloads if it.name == plain and (not space or it.namespace in ("", space))]
    hosts = {service.fqdn for it in wanted for service in mesh.services_of(it)}
    return _named([*(it for one in wanted for it in _of_workload(mesh, one)), *_of_hosts(mesh, hosts)])


def _hosts(mesh: Mesh, written: str) -> set[str]:
    """The full hosts that a person may mean."""
    name, _, space = written.removesuffix(f".svc.{mesh.domain}").removesuffix(".svc").partition(".")
    services = [it for it in mesh.services if it.name == name and (not space or it.namespace in ("", space))]
    return {written, *(it.fqdn for it in services)}


def _of_hosts(mesh: Mesh, hosts: set[str]) -> Iterator[Document]:
    def meant(pattern: str) -> bool:
        return any(overlap(pattern.lower(), host) for host in hosts)

    for service in mesh.services:
        if service.fqdn in hosts:
            yield service.document
            yield from _namespace(mesh, service.namespace)
    for entry in mesh.service_entries:
        if any(map(meant, entry.hosts)):
            yield entry.document
    for rule in mesh.destination_rules:
        if meant(rule.fqdn):
            yield rule.document
    for route in mesh.virtual_services:
        if any(map(meant, route.hosts)) or any(it.fqdn in hosts for it in route.destinations):
            yield route.document
    for gateway in mesh.gateways:
        if any(meant(host.host) and host.host != "*" for server in gateway.servers for host in server.hosts):
            yield gateway.document
    for kind in ROUTES:
        for document in mesh.documents(kind, GROUP):
            if any(map(meant, _route_hosts(document, mesh))):
                yield document


def _route_hosts(document: Document, mesh: Mesh) -> Iterator[str]:
    """Hosts that a route of the Gateway API is for, and those that it leads to."""
    spec, own = document.value.get("spec"), mesh.namespace_of(document)
    yield from (host for host in sequence(dig(spec, "hostnames")) if isinstance(host, str))
    backends = [it for rule in sequence(dig(spec, "rules")) for it in sequence(dig(rule, "backendRefs"))]
    for reference in (*backends, *sequence(dig(spec, "parentRefs"))):
        if text(dig(reference, "kind")) in ("", "Service"):
            yield mesh.fqdn(text(dig(reference, "name")), text(dig(reference, "namespace")) or own)


def _of_workload(mesh: Mesh, workload: Workload) -> Iterator[Document]:
    yield workload.document
    yield from _namespace(mesh, workload.namespace)
    for service in mesh.services_of(workload):
        yield service.document
    for kind in KINDS:
        for policy in mesh.policies.applying(kind, workload):
            yield policy.document


def _namespace(mesh: Mesh, name: str) -> Iterator[Document]:
    found = mesh.namespaces.get(name)
    if found is not None:
        yield from found.documents


def _named(documents: list[Document]) -> frozenset[str]:
    return frozenset(str(resource(document)) for document in documents)
