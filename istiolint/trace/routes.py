"""The routes of a VirtualService that one proxy gets for one port, in order (specification 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import MESH
from istiolint.mesh.read import matches
from istiolint.records import NamedTuple
from istiolint.trace.delegation import Entry, Match, no_match

if TYPE_CHECKING:
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.trace.delegation import AnyRouted
    from istiolint.trace.kube_routes import KubeRoute
    from istiolint.trace.question import Client, Request


class Route(NamedTuple):
    """One route of a table: a match of an entry, or an entry without match."""

    routed: AnyRouted | None
    """None: the route of a Gateway of the Gateway API, which its entry names."""
    entry: Entry
    match: Match

    @property
    def owner(self) -> VirtualService | KubeRoute:
        """The object that it is written in (or under, where a delegate has it)."""
        if self.entry.source is not None:
            return self.entry.source
        assert self.routed is not None
        return self.routed.service

    def takes(self, request: Request, path: str, scheme: str) -> bool:
        """Whether it takes a request with this normalised path."""
        return self.match.condition.holds(request, path, scheme)

    @property
    def catch_all(self) -> bool:
        """Whether no route behind it is ever reached."""
        return self.match.condition.catch_all


class Place(NamedTuple):
    """Where routes are made for: the port of the table, the gateway, and the proxy's namespace and labels."""

    port: int
    gateway: str
    namespace: str
    labels: dict[str, str]


def mesh_place(client: Client, port: int) -> Place:
    """The table of a port of a client's sidecar."""
    return Place(port, MESH, client.namespace, client.labels)


def admits(match: Match, place: Place) -> bool:
    """Whether a match is in a proxy's configuration at all.

    Where it names gateways, its source labels and source namespace are not looked at.
    """
    if match.port and match.port != place.port:
        return False
    if match.gateways:
        return place.gateway in match.gateways
    if match.labels and not matches(match.labels, place.labels):
        return False
    return not match.namespace or match.namespace == place.namespace


def routes_of(routed: AnyRouted, place: Place) -> tuple[Route, ...]:
    """The routes of a VirtualService for a place, up to the first that takes everything."""
    found = []
    for entry in routed.entries:
        for match in entry.matches or (no_match(entry),):
            if match.at is None and match.delegate_at is None:
                found.append(Route(routed, entry, match))
                return tuple(found)
            if admits(match, place):
                route = Route(routed, entry, match)
                found.append(route)
                if route.catch_all:
                    return tuple(found)
    return tuple(found)


class RouteLists:
    """Route lists, each made once. `mesh.index(RouteLists)`."""

    def __init__(self, _mesh: object) -> None:
        self._made: dict[tuple[object, ...], tuple[Route, ...]] = {}

    def of(self, routed: AnyRouted, place: Place) -> tuple[Route, ...]:
        """`routes_of`, remembered."""
        having = tuple(sorted(place.labels.items())) if routed.by_labels else ()
        space = place.namespace if routed.by_namespace else ""
        key = (id(routed), place.port, place.gateway, space, having)
        if key not in self._made:
            self._made[key] = routes_of(routed, place)
        return self._made[key]
