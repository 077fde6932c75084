"""VirtualServices: hosts, gateways, destinations, delegates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from istiolint.mesh.listings import ROUTES, WIDE_ROUTES
from istiolint.mesh.names import MESH, HostMap, complete, gateway_reference, is_wildcard
from istiolint.mesh.order import age
from istiolint.mesh.read import dig, mapping, number, sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.finding import Path
    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document

Section = Literal["http", "tcp", "tls"]
SECTIONS: tuple[Section, ...] = ("http", "tls", "tcp")


class Destination(NamedTuple):
    """A place where a VirtualService sends requests (or copies of them)."""

    host: str
    """As written."""
    fqdn: str
    """In full."""
    subset: str
    port: int | None
    role: Literal["route", "mirror"]
    section: Section
    weight: int | None
    path: Path
    """Of the `destination` (or `mirror`) mapping."""
    document: Document


class Delegation(NamedTuple):
    """An http route's `delegate`."""

    namespace: str
    name: str
    path: Path


class VirtualService:
    """A VirtualService."""

    __slots__ = ("_destinations", "_domain", "document", "gateways", "hosts", "name", "namespace", "spec")

    def __init__(self, document: Document, namespace: str, domain: str) -> None:
        self.document = document
        self.name = document.name
        self.namespace = namespace
        self._domain = domain
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        self.hosts: tuple[str, ...] = tuple(
            [complete(host, namespace, domain) for host in texts(self.spec.get("hosts"))]
        )
        """Its hosts in full, in order; empty for a delegate."""
        self.gateways: tuple[str, ...] = tuple(
            [gateway_reference(item, namespace) for item in texts(self.spec.get("gateways"))]
        ) or (MESH,)
        """`ns/name` each, or `mesh`."""
        self._destinations: tuple[Destination, ...] | None = None

    def __repr__(self) -> str:
        return f"VirtualService({self.namespace}/{self.name})"

    @property
    def in_mesh(self) -> bool:
        """Whether it acts in sidecars (as against on gateways only)."""
        return MESH in self.gateways

    @property
    def export_to(self) -> tuple[str, ...]:
        """Words of `exportTo`; empty where there are none."""
        return texts(self.spec.get("exportTo"))

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """All destinations and mirrors with a host, in order of text."""
        if self._destinations is None:
            self._destinations = tuple(self._read())
        return self._destinations

    @property
    def delegations(self) -> tuple[Delegation, ...]:
        """Its references to delegates that have a name."""
        return tuple(
            Delegation(text(item.get("namespace")) or self.namespace, name, ("spec", "http", index, "delegate"))
            for index, route in enumerate(sequence(self.spec.get("http")))
            if (item := mapping(dig(route, "delegate"))) and (name := text(item.get("name")))
        )

    def _read(self) -> list[Destination]:
        found: list[Destination | None] = []
        for section in SECTIONS:
            for index, entry in enumerate(sequence(self.spec.get(section))):
                if not isinstance(entry, dict):
                    continue
                at: Path = ("spec", section, index)
                for place, route in enumerate(sequence(entry.get("route"))):
                    if isinstance(route, dict):
                        path = (*at, "route", place, "destination")
                        its = self._one(route.get("destination"), "route", section, route.get("weight"), path)
                        found.append(its)
                if section == "http":
                    found.append(self._one(entry.get("mirror"), "mirror", section, None, (*at, "mirror")))
                    for place, mirror in enumerate(sequence(entry.get("mirrors"))):
                        path = (*at, "mirrors", place, "destination")
                        found.append(self._one(dig(mirror, "destination"), "mirror", section, None, path))
        return [it for it in found if it is not None]

    def _one(
        self, value: object, role: Literal["route", "mirror"], section: Section, weight: object, path: Path
    ) -> Destination | None:
        if not isinstance(value, dict) or not (host := text(value.get("host"))):
            return None
        port, full = value.get("port"), complete(host, self.namespace, self._domain)
        to = number(port.get("number")) if isinstance(port, dict) else None
        subset = text(value.get("subset"))
        return Destination(host, full, subset, to, role, section, number(weight), path, self.document)


class Routes:
    """VirtualServices that act in sidecars by full host, the oldest first."""

    __slots__ = ("_listed", "_mesh")

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._listed = mesh.listing(ROUTES)

    def get(self, host: str) -> list[VirtualService]:
        """Those of exactly this host text."""
        found = self._listed.get(host)
        return self._mesh.index(_by_age, host) if len(found) > 1 else list(found)

    def entries(self, host: str) -> Iterator[tuple[str, list[VirtualService]]]:
        """All entries that cover a host (exact or wildcard), the most specific first, with their host texts."""
        if not is_wildcard(host) and (exact := self.get(host)):
            yield host, exact
        yield from self.wide.entries(host)

    @property
    def wide(self) -> HostMap[VirtualService]:
        """Those of wildcard hosts."""
        return self._mesh.index(_wide_routes)


def _by_age(mesh: Mesh, host: str) -> list[VirtualService]:
    return sorted(mesh.listing(ROUTES).get(host), key=age)


def _wide_routes(mesh: Mesh) -> HostMap[VirtualService]:
    found: HostMap[VirtualService] = HostMap()
    for service in sorted(mesh.listing(WIDE_ROUTES).get(""), key=age):
        for host in dict.fromkeys(service.hosts):
            if is_wildcard(host):
                found.add(host, service)
    return found
