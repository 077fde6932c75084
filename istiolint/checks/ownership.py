"""Objects that decide about the Services of another namespace (semantics 3.2, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import called, host_shown, note_at
from istiolint.finding import Defect
from istiolint.mesh.hosts import Host
from istiolint.mesh.kube_routes import GROUP, reference
from istiolint.mesh.names import is_wildcard
from istiolint.mesh.visibility import scopes

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.source.node import Node


def route_for_own_callers_only(parent: Node, mesh: Mesh) -> Iterator[Defect]:
    """A route attached to a Service of another namespace counts for the callers of its own alone (semantics 8.3)."""
    own = mesh.namespace_of(parent.document)
    its = reference(parent.value, parent.path, own, GROUP, "Gateway")
    if (its.group, its.kind) != ("", "Service") or not own or not its.namespace or its.namespace == own:
        return
    found = mesh.host(f"{its.name}.{its.namespace}.svc.{mesh.domain}", own)
    if isinstance(found, Host) and found.services and not found.plausible:
        yield (parent.get("namespace") or parent).defect(
            namespace=own,
            service=f"{its.namespace}/{its.name}",
            notes=note_at(found.services[0].document, ("metadata", "name"), "the Service"),
        )


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
                caller=_caller(home, mesh),
                notes=note_at(service.document, ("metadata", "namespace"), "the Service's namespace"),
            )
        return


def _caller(home: str, mesh: Mesh) -> str:
    """Somebody of another namespace, by name where the files have one."""
    for namespace, pods in mesh.workload_index.by_namespace.items():
        if namespace not in ("", home):
            pod = next((it for it in pods if not it.gateway and mesh.dataplane(it) != "ambient"), None)
            if pod is not None:
                return called(pod)
    return "any other namespace"
