"""The virtual hosts of one route table of a sidecar, found by authority (specification 5).

A table is never built as a whole: an authority can only belong to a few hosts, and for each of them it is decided which
VirtualService owns it, if any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import is_wildcard, within
from istiolint.records import NamedTuple
from istiolint.trace.kube_routes import KubeRouted
from istiolint.trace.result import Loser
from istiolint.trace.routes import Place, Route, RouteLists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.trace.delegation import AnyRouted
    from istiolint.trace.registry import Entry
    from istiolint.trace.scope import Egress, Ranked, World

SERVED = ("http", "auto")
"""Classes of ports that have HTTP routes."""

LAST = (3, 0)
"""The rank of default routes: behind those of every VirtualService."""


class VirtualHost(NamedTuple):
    """What a request for a host meets."""

    host: str
    """The service's host, or the plain host of a VirtualService."""
    entry: Entry | None
    """None: a plain host."""
    owner: AnyRouted | None
    """The VirtualService whose routes count; None: the default route to the service."""
    routes: tuple[Route, ...]
    rank: tuple[int, int]
    losers: tuple[Loser, ...] = ()


class Table:
    """The route table of one port, for one kind of client."""

    __slots__ = ("_found", "_hosts", "_serving", "domain", "egress", "lists", "place", "port", "world")

    def __init__(self, world: World, egress: Egress, place: Place) -> None:
        self.world = world
        self.egress = egress
        self.place = place
        self.port = place.port
        self.domain = world.mesh.domain
        self.lists = world.mesh.index(RouteLists)
        self._hosts: dict[str, VirtualHost | None] = {}
        self._found: dict[str, VirtualHost | None] = {}
        self._serving: dict[int, bool] = {}

    def find(self, authority: str) -> VirtualHost | None:
        """The virtual host for an `:authority`; None: the catch-all, an unknown destination."""
        name = bare(authority)
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> VirtualHost | None:
        if exact := self._best(self._named(name)):
            return exact
        rest = name
        while "." in rest:
            rest = rest.partition(".")[2]
            headless = [it for it in self._named(rest) if it.entry and it.entry.kube and _headless(it.entry)]
            wild = self.of_host(f"*.{rest}") if rest else None
            if found := self._best([*headless, *([wild] if wild else [])]):
                return found
        return None

    def _best(self, found: list[VirtualHost]) -> VirtualHost | None:
        return min(found, key=lambda it: (it.rank, it.entry is not None), default=None)

    def _named(self, name: str) -> list[VirtualHost]:
        """The virtual hosts that have `name` among their domains."""
        found = []
        own = self.of_host(name)
        if own is not None and (own.entry is not None or "*" not in name):
            found.append(own)
            if own.entry is not None:
                return found
        for host in (name, *self._long_forms(name)):
            others = [self.of_host(host)] if host != name else []
            others += [self.of_host(it) for it in self._concrete(host)]
            found += [it for it in others if it is not None and it.entry is not None]
        return found

    def _concrete(self, host: str) -> Iterator[str]:
        """The service that an ExternalName Service of this host stands for."""
        for entry in self.egress.find(host):
            if entry.alias and (concrete := self.world.registry.concrete(entry.alias)):
                yield concrete

    def _long_forms(self, name: str) -> Iterator[str]:
        """Hosts of services of which `name` is a short form."""
        if name.endswith("."):
            yield name[:-1]
            return
        dots = name.count(".")
        if dots == 0:
            yield f"{name}.{self.place.namespace}.svc.{self.domain}"
        elif dots == 1:
            yield f"{name}.svc.{self.domain}"
        elif dots == 2 and name.endswith(".svc"):
            yield f"{name}.{self.domain}"

    # One host

    def of_host(self, host: str) -> VirtualHost | None:
        """The virtual host of a service's host, or of a plain host of some VirtualService."""
        if host not in self._hosts:
            self._hosts[host] = self._of_host(host)
        return self._hosts[host]

    def _of_host(self, host: str) -> VirtualHost | None:
        entry = self.egress.with_port(host, self.port)
        served = entry is None or serves(entry, self.port)
        losers: list[Loser] = []
        for group, at, routed in self.egress.about(host):
            if not served or not self._claims(routed, host, entry):
                continue
            routes = self.lists.of(routed, self.place)
            path = ("spec", "hosts")
            if not routes:
                losers.append(
                    Loser(routed.service.document, path, f"has no route for port {self.port} and this client")
                )
                continue
            losers += self._beaten(host, entry, (group, at, routed))
            return VirtualHost(host, entry, routed, routes, (group, at), tuple(losers))
        if entry is None or not served or entry.alias:
            return None
        return VirtualHost(host, entry, None, (), LAST, tuple(losers))

    def _claims(self, routed: AnyRouted, host: str, entry: Entry | None) -> bool:
        """Whether a VirtualService about a host has the host in this table, if it has any routes."""
        if isinstance(routed, KubeRouted):
            near = entry is not None and routed.service.namespace in (entry.namespace, self.place.namespace)
            return near and host in routed.hosts
        if host in routed.hosts:
            if entry is not None:
                return True
            if is_wildcard(host) and any(within(it.host, host) for it in self.egress.on_port(self.port)):
                return False
            return self.port == 80 or self._serves(routed)
        return entry is not None and any(within(host, it) for it in routed.hosts) and self.most_specific(host) is routed

    def most_specific(self, host: str) -> AnyRouted | None:
        """The VirtualService whose host is nearest to a service's: by name, else by the longest wildcard."""
        nearest: tuple[int, AnyRouted] | None = None
        for _, _, routed in self.egress.about(host):
            length = max((len(it) for it in routed.hosts if within(host, it)), default=0)
            length += host in routed.hosts
            if length and (nearest is None or length > nearest[0]):
                nearest = (length, routed)
        return nearest[1] if nearest else None

    def _serves(self, routed: AnyRouted) -> bool:
        """Whether a VirtualService is about some service that has this port."""
        key = id(routed)
        if key not in self._serving:
            self._serving[key] = any(self._serves_host(routed, host) for host in routed.hosts)
        return self._serving[key]

    def _serves_host(self, routed: AnyRouted, host: str) -> bool:
        if not is_wildcard(host):
            entry = self.egress.with_port(host, self.port)
            return entry is not None and serves(entry, self.port)
        return any(
            within(entry.host, host) and serves(entry, self.port) and self.most_specific(entry.host) is routed
            for entry in self.egress.on_port(self.port)
        )

    def _beaten(self, host: str, entry: Entry | None, winner: Ranked) -> Iterator[Loser]:
        """The VirtualServices that would have the host, were it not for the winner."""
        for other in self.egress.about(host):
            if other[:2] > winner[:2] and self._claims(other[2], host, entry):
                yield loser(other, winner)


def loser(other: Ranked, winner: Ranked) -> Loser:
    """Why a VirtualService lost to another that is about the same host."""
    document, path = other[2].service.document, ("spec", "hosts")
    service = winner[2].service
    name = f"{service.namespace}/{service.name}"
    if winner[0] < other[0]:
        how = "is private to" if winner[0] == 0 else "is exported to"
        return Loser(document, path, f"{name} {how} the client's namespace, and comes first")
    ages = [it[2].service.document.metadata.get("creationTimestamp") for it in (winner, other)]
    if ages[0] != ages[1]:
        return Loser(document, path, f"{name} is older")
    why = "" if ages[0] else ", and the files do not say which is older"
    return Loser(document, path, f"{name} comes first by name{why}")


def serves(entry: Entry, port: int) -> bool:
    """Whether a port of a service has HTTP routes."""
    found = entry.port(port)
    return found is not None and found.port_class in SERVED


def bare(authority: str) -> str:
    """An authority in lower case and without its port, as it is compared with domains."""
    name, colon, port = authority.lower().rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") else authority.lower()


def _headless(entry: Entry) -> bool:
    return entry.resolution == "passthrough"
