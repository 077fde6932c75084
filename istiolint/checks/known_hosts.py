"""Hosts, servers and ports of which the files surely hold all that a VirtualService means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.gateway_hosts import Bindings
from istiolint.mesh.gateways import Gateway, Server
from istiolint.mesh.hosts import Host
from istiolint.mesh.names import is_wildcard
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService


def known_host(route: VirtualService, host: str, mesh: Mesh) -> Host | None:
    """A host of which the files surely hold the definition that this VirtualService means."""
    found = mesh.host(host, route.namespace) if not is_wildcard(host) else None
    if not isinstance(found, Host) or found.external or found.plausible or found.by_wildcard:
        return None
    for definer in found.definers:
        if not mesh.together(route.document, definer.document):
            return None
    return found


class Serving(NamedTuple):
    """A Gateway that a VirtualService is bound to, and its servers that take the hosts."""

    gateway: Gateway
    servers: tuple[Server, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of the servers, ascending."""
        return tuple(sorted({it.number for it in self.servers if it.number}))


def serving(route: VirtualService, gateway: str, mesh: Mesh) -> Serving | None:
    """What is known of a Gateway (`ns/name`) of a VirtualService; None where it is not known, or takes no host."""
    for binding in mesh.index(Bindings).of(route):
        found = binding.gateways[0]
        if len(binding.gateways) > 1 or not isinstance(found, Gateway) or found.reference != gateway:
            continue
        servers = tuple(it.server for it in binding.meetings if it.server is not None)
        if not servers or not mesh.together(route.document, found.document):
            return None
        return Serving(found, servers)
    return None
