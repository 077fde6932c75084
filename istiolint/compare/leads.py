"""Which hosts lead to which: what requests may be sent to once they are routed, the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.kube_routes import reference
from istiolint.mesh.names import overlap
from istiolint.mesh.read import dig, mapping, sequence
from istiolint.records import NamedTuple
from istiolint.trace.kube_routes import HTTP_KINDS, OPAQUE_KINDS, KubeRoute, kube_routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.trace.registry import Entry, Registry


class Router(NamedTuple):
    """An object with routes: the hosts that it speaks for, and where it sends them."""

    hosts: tuple[str, ...]
    """In full and in lower case; those of the VirtualServices that delegate to it, too."""
    destinations: frozenset[str]
    gateways: bool
    """Whether requests may come to it that are for none of its hosts, at some gateway."""


class Leads:
    """The routers of one tree. `mesh.index(Leads)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._roots: dict[tuple[str, str], list[VirtualService]] = {}
        for service in mesh.virtual_services:
            for its in service.delegations:
                self._roots.setdefault((its.namespace, its.name), []).append(service)
        routers = [self.of_service(it) for it in mesh.virtual_services]
        routers += [self.of_route(it) for it in kube_routes(mesh, (*HTTP_KINDS, *OPAQUE_KINDS))]
        self.routers = tuple(routers)
        self._sending: dict[str, list[Router]] = {}
        self._about: dict[str, list[Router]] = {}
        self._wild: list[Router] = []
        for router in routers:
            for host in router.destinations:
                self._sending.setdefault(host, []).append(router)
            for host in router.hosts:
                self._about.setdefault(host, []).append(router)
            if any(host[:1] == "*" for host in router.hosts):
                self._wild.append(router)

    def of_service(self, service: VirtualService) -> Router:
        """What a VirtualService, or those that delegate to it, speak for."""
        roots = self._roots.get((service.namespace, service.name), ())
        hosts = dict.fromkeys(host.lower() for it in (service, *roots) for host in it.hosts)
        opaque = any(sequence(service.spec.get(section)) for section in ("tls", "tcp"))
        return Router(tuple(hosts), frozenset(it.fqdn for it in service.destinations), opaque)

    def of_route(self, route: KubeRoute) -> Router:
        """What a route of the Gateway API speaks for."""
        domain = self.mesh.domain
        services = [it for it in route.parents if it.kind == "Service"]
        return Router(
            tuple(f"{it.name}.{it.namespace}.svc.{domain}" for it in services),
            frozenset(
                f"{its.name}.{its.namespace}.svc.{domain}"
                for written in _backends(route.spec)
                if (its := reference(written, (), route.namespace, "", "Service"))
            ),
            len(services) < len(route.parents),
        )

    def sending(self, host: str) -> Iterable[Router]:
        """Those that send to a host."""
        return self._sending.get(host, ())

    def about(self, host: str) -> Iterator[Router]:
        """Those that speak for a host, or for one that a wildcard means."""
        if host[:1] == "*":
            yield from (it for it in self.routers if any(overlap(host, own) for own in it.hosts))
            return
        yield from self._about.get(host, ())
        yield from (it for it in self._wild if any(overlap(host, own) for own in it.hosts))


def _backends(value: Any) -> Iterator[dict[str, Any]]:
    """All references to backends in the rules of a route, those of mirrors too."""
    for rule in sequence(dig(value, "rules")):
        items = [it for it in sequence(dig(rule, "backendRefs")) if isinstance(it, dict)]
        yield from items
        for holder in (rule, *items):
            for item in sequence(dig(holder, "filters")):
                if mirror := mapping(dig(item, "requestMirror", "backendRef")):
                    yield mirror


def aliases(registry: Registry, host: str) -> list[Entry]:
    """ExternalName Services that stand for a host, whatever the number of steps."""
    return [it for it in registry.entries if it.alias and host in (it.alias, registry.concrete(it.alias))]
