"""Objects that decide about the Services of another namespace (semantics 3.2, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import called, host_shown, note_at
from istiolint.finding import Defect
from istiolint.mesh.hosts import Host
from istiolint.mesh.names import is_wildcard
from istiolint.mesh.visibility import scopes

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.source.node import Node


def routes_for_foreign_service(hosts: Node, mesh: Mesh) -> Iterator[Defect]:
    """A public VirtualService may route a Service that is not of its namespace, for the callers of all others."""
    route = mesh.virtual_service_of(hosts.document)
    home = route.namespace
    if not route.in_mesh or home in ("", mesh.root_namespace) or not any(map(route.spec.get, ("http", "tcp", "tls"))):
        return
    for index, host in enumerate(route.hosts):
        found = mesh.host(host, home) if not is_wildcard(host) else None
        if not isinstance(found, Host) or found.entries or found.plausible or not found.services:
            continue
        service = found.services[0]
        if service.namespace in ("", home) or not mesh.together(route.document, service.document):
            continue
        if "*" in scopes(mesh, route):
            yield (hosts.get(index) or hosts).defect(
                host=host_shown(host),
                service=called(service),
                home=home,
                notes=note_at(service.document, ("metadata", "namespace"), "the Service's namespace"),
            )
        return
