"""Route tables of gateways: VirtualServices of one host appended to each other (specification 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import within
from istiolint.records import NamedTuple
from istiolint.trace.destinations import Meant, meant
from istiolint.trace.gateway_servers import Bound
from istiolint.trace.routes import Place, Route, RouteLists
from istiolint.trace.virtual_hosts import bare

if TYPE_CHECKING:
    from istiolint.mesh.gateways import Gateway
    from istiolint.mesh.order import Placed
    from istiolint.trace.delegation import AnyRouted
    from istiolint.trace.question import Client
    from istiolint.trace.scope import Ranked, World


class GatewayHost(NamedTuple):
    """A virtual host of a gateway."""

    host: str
    routes: tuple[Route, ...]
    owners: tuple[AnyRouted, ...]
    redirecting: Bound | None
    """The server that sends all plaintext requests of the host to https; None: none does."""


class GatewayTable:
    """The virtual hosts of some servers that share a route table."""

    def __init__(self, world: World, client: Client, servers: tuple[Bound, ...]) -> None:
        self.port = servers[0].server.number
        self._world = world
        self._client = client
        lists = world.mesh.index(RouteLists)
        routes: dict[str, list[Route]] = {}
        owners: dict[str, list[AnyRouted]] = {}
        redirecting: dict[str, Bound] = {}
        for bound in servers:
            redirects = bound.server.tls.get("httpsRedirect") is True
            place = Place(self.port, bound.gateway.reference, client.namespace, client.labels)
            for _, _, routed in visible_routes(world, client, bound.gateway):
                hosts = _common(bound, routed)
                made = lists.of(routed, place) if hosts else ()
                if not made:
                    continue
                for host in hosts:
                    routes.setdefault(host, []).extend(made)
                    owners.setdefault(host, []).append(routed)
                    if redirects:
                        redirecting[host] = bound
            if redirects:
                for entry in bound.server.hosts:
                    if entry.namespace == "*":
                        redirecting[entry.host] = bound
                        routes.setdefault(entry.host, [])
        self._hosts = {
            host: GatewayHost(
                host,
                tuple(sorted(found, key=lambda it: it.catch_all)),
                tuple(dict.fromkeys(owners.get(host, ()))),
                redirecting.get(host),
            )
            for host, found in routes.items()
        }

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names (or wildcards) of its virtual hosts."""
        return tuple(self._hosts)

    def find(self, authority: str) -> GatewayHost | None:
        """The virtual host for an authority: by name, else by the longest wildcard; None: 404."""
        name = bare(authority)
        if name in self._hosts:
            return self._hosts[name]
        rest = name
        while "." in rest:
            rest = rest.partition(".")[2]
            if f"*.{rest}" in self._hosts:
                return self._hosts[f"*.{rest}"]
        return self._hosts.get("*")

    def known(self, owner: Placed, host: str) -> Meant:
        """What the table knows of a destination in an object: first what its own namespace has."""
        world, namespace = self._world, self._client.namespace
        for entry in world.registry.by_host.get(host, ()):
            if entry.namespace == owner.namespace and world.registry.level(entry, namespace) is not None:
                return meant(entry)
        known = world.view(self._client).known(host)
        return meant(known.entry if known else None)


def visible_routes(world: World, client: Client, gateway: Gateway) -> list[Ranked]:
    """The VirtualServices of a Gateway that the gateway's pod sees, in Istio's order."""
    found = []
    for at, routed in world.routes.by_gateway.get(gateway.reference, ()):
        group = world.group(routed, client.namespace)
        if group is not None:
            found.append((group, at, routed))
    return sorted(found, key=lambda it: it[:2])


def _common(bound: Bound, routed: AnyRouted) -> list[str]:
    """The hosts that both a server and a VirtualService mean: of two the narrower."""
    found: dict[str, None] = {}
    for entry in bound.server.hosts:
        if entry.namespace not in ("*", routed.service.namespace):
            continue
        for host in routed.hosts:
            if within(entry.host, host):
                found[entry.host.lower()] = None
            elif within(host, entry.host):
                found[host.lower()] = None
    return list(found)
