"""The registry: which hosts exist, for whom, with which ports (semantics 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh import listings
from istiolint.mesh.answers import UNKNOWN, Absent, Unknown
from istiolint.mesh.names import HostMap, cluster_name, declared, is_wildcard, overlap, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from istiolint.mesh.answers import Answer
    from istiolint.mesh.listing import Listed
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.ports import Port
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service


class Host:
    """A host of the registry as one namespace sees it."""

    __slots__ = ("_numbers", "_ports", "definers", "entries", "external", "name", "plausible", "services")

    def __init__(
        self,
        name: str,
        services: tuple[Service, ...] = (),
        entries: tuple[ServiceEntry, ...] = (),
        plausible: bool = False,
        external: bool = False,
    ) -> None:
        self.name = name
        """The full host that was looked up."""
        self.services = services
        """Services of this host: normally one, or one of each overlay; for a wildcard all that it covers."""
        self.entries = entries
        """ServiceEntries of this host, or of the most specific wildcard that covers it."""
        self.plausible = plausible
        """Found only if objects without a namespace are in the namespace that is asked for."""
        self.external = external
        """Declared to exist elsewhere (or part of every cluster): nothing more is known about it."""
        self.definers: list[Service | ServiceEntry] = [*services, *entries]
        """All that define it, Services first."""
        self._ports: tuple[Port, ...] | None = None
        self._numbers: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"Host({self.name})"

    @property
    def ports(self) -> tuple[Port, ...]:
        """The ports of all that define it."""
        if self._ports is None:
            self._ports = tuple([port for thing in self.definers for port in thing.ports])
        return self._ports

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its port numbers, ascending, each once."""
        if self._numbers is None:
            self._numbers = tuple(sorted({port.number for port in self.ports}))
        return self._numbers

    @property
    def by_wildcard(self) -> bool:
        """Whether only a wildcard ServiceEntry covers it: requests pass, but no route can name it as destination."""
        return not self.services and bool(self.entries) and all(self.name not in it.hosts for it in self.entries)

    @property
    def namespace(self) -> str | None:
        """Namespace of who defines it: Services before ServiceEntries; None for external hosts."""
        definers = self.definers
        return definers[0].namespace if definers else None


class Registry:
    """Services and ServiceEntries by host."""

    __slots__ = ("_default_export", "_mesh", "services")

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._default_export = mesh.config.default_export("defaultServiceExportTo")
        self.services = mesh.listing(listings.SERVICES)
        """Services by host."""

    @property
    def by_name(self) -> Listed[Service]:
        """Services of all namespaces by their short name."""
        return self._mesh.listing(listings.SERVICES_BY_NAME)

    @property
    def entries(self) -> HostMap[ServiceEntry]:
        """ServiceEntries by host."""
        return self._mesh.index(_entries)

    def sees(self, viewer: str, thing: Service | ServiceEntry) -> bool:
        """Whether destinations of `viewer` may be it; those of its own namespace may whatever it exports."""
        return thing.namespace == viewer or visible(thing.export_to or self._default_export, thing.namespace, viewer)

    def find(self, host: str, viewer: str) -> tuple[Host | None, Service | ServiceEntry | None]:
        """The host as `viewer` sees it, if it is there; else something of that name that it cannot see."""
        services = self.services.get(host)
        entries = self.entries
        groups = [group for _, group in entries.entries(host)] if entries else []
        return self._seen(host, viewer, services, groups)

    def overlapping(self, pattern: str, viewer: str) -> Host | None:
        """All that `viewer` sees of the hosts that a wildcard covers, or that cover it."""
        services = self._covered(pattern[1:])
        entries = [it for _, group in self.entries.overlapping(pattern) for it in group]
        return self._seen(pattern, viewer, services, [entries] if entries else [])[0]

    def _covered(self, tail: str) -> Sequence[Service]:
        """Services whose hosts end with `tail`; those of a namespace are at hand."""
        its = self._mesh.listing(listings.SERVICES_BY_TAIL).get(tail)
        return its or [it for it in self._mesh.services if it.fqdn.endswith(tail)]

    def _seen(
        self, host: str, viewer: str, services: Sequence[Service], groups: list[list[ServiceEntry]]
    ) -> tuple[Host | None, Service | ServiceEntry | None]:
        seen = tuple([it for it in services if self.sees(viewer, it)])
        hidden: Service | ServiceEntry | None = services[0] if services and not seen else None
        for group in groups:
            entries = tuple([it for it in group if self.sees(viewer, it)])
            if entries:
                return Host(host, seen, entries), None
            hidden = hidden or group[0]
        return (Host(host, seen), None) if seen else (None, hidden)


def _entries(mesh: Mesh) -> HostMap[ServiceEntry]:
    found: HostMap[ServiceEntry] = HostMap()
    for entry in mesh.service_entries:
        for host in entry.hosts:
            found.add(host, entry)
    return found


def look_up(mesh: Mesh, written: str, namespace: str) -> Answer[Host]:
    """The host that an object of `namespace` means by `written`, if that namespace sees it."""
    host = mesh.fqdn(written, namespace)
    found, hidden = mesh.registry.find(host, namespace)
    if found is not None:
        return found
    name = cluster_name(host, mesh.domain)
    external = host == f"kubernetes.default.svc.{mesh.domain}" or declared(mesh.settings.external_hosts, host, written)
    if external or (name and name.namespace and declared(mesh.settings.external_namespaces, name.namespace)):
        return Host(host, external=True)
    if name is not None:
        services = mesh.registry.services.get(f"{name.service}..svc.{mesh.domain}")
        if not name.namespace:
            services = mesh.registry.by_name.get(name.service)
        if services:
            return Host(host, tuple(services), plausible=True)
    return mesh.evidence.absent_host(written, namespace, hidden)


def look_up_any(mesh: Mesh, pattern: str, namespace: str) -> Answer[Host]:
    """What `namespace` sees of the hosts that a wildcard (or a plain host) means."""
    if not is_wildcard(pattern):
        return mesh.host(pattern, namespace)
    found = mesh.registry.overlapping(pattern, namespace)
    if found is not None:
        return found
    if any(overlap(pattern, external) for external in mesh.settings.external_hosts):
        return Host(pattern, external=True)
    return Absent() if mesh.world == "complete" else UNKNOWN


def port_of(mesh: Mesh, written: str, number: int, namespace: str) -> Answer[Port]:
    """Port `number` of a host; absent where none of the manifests that define the host has it."""
    host = mesh.host(written, namespace)
    if isinstance(host, (Absent, Unknown)):
        return host
    ports = host.ports
    for port in ports:
        if port.number == number:
            return port
    unsure = any(not thing.ports or mesh.is_patched(thing.document) for thing in host.definers)
    if host.external or not ports or unsure:
        return UNKNOWN
    numbers = host.numbers
    return Absent(not host.plausible, str(numbers[0]) if len(numbers) == 1 else "", thing=host)
