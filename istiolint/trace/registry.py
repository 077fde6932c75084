"""Services as proxies see them: of Kubernetes Services and of ServiceEntries, one per host (specification 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.order import created

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.ports import Port
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service
    from istiolint.source.document import Document

Resolution = Literal["cluster", "dns", "passthrough", "alias"]
"""`cluster`: a load-balanced set of endpoints; `dns`: names that the proxy looks up; `passthrough`: the address that
was dialled; `alias`: an ExternalName Service, which stands for another host."""


class Entry:
    """A host of the registry."""

    __slots__ = (
        "_by_port", "addresses", "age", "alias", "export_to", "external", "host", "kube", "namespace", "ports",
        "resolution", "thing",
    )  # fmt: skip

    def __init__(self, thing: Service | ServiceEntry, host: str, kube: bool, export_to: frozenset[str]) -> None:
        self.thing = thing
        self.host = host
        self.kube = kube
        self.namespace = thing.namespace
        self.export_to = export_to
        self.ports: tuple[Port, ...] = thing.ports
        self.alias = ""
        """The host that an ExternalName Service stands for."""
        self.external = False
        """Outside of the mesh: no automatic mTLS."""
        self.addresses: tuple[str, ...] = ()
        """Addresses of a ServiceEntry; a Kubernetes Service has one that no manifest tells."""
        self.resolution: Resolution = "cluster"
        name = thing.name if kube else host
        document = thing.document
        self.age = (created(document), name, thing.namespace, document.file, document.index)
        self._by_port: dict[int, Port] | None = None

    def __repr__(self) -> str:
        return f"Entry({self.host} of {self.namespace})"

    @property
    def document(self) -> Document:
        """Its manifest."""
        return self.thing.document

    @property
    def virtual(self) -> bool:
        """Whether it has an address of its own that clients dial."""
        return bool(self.addresses) or (self.kube and self.resolution == "cluster")

    @property
    def per_pod(self) -> bool:
        """Whether, having no address, it has listeners for each of its pods, as far as it is not HTTP."""
        if self.resolution != "passthrough" or self.addresses:
            return False
        return self.kube or bool(self.thing.selector)

    def port(self, number: int) -> Port | None:
        """Its port of that number that a proxy serves (not UDP)."""
        if self._by_port is None:
            self._by_port = {}
            for port in self.ports:
                if port.protocol != "udp":
                    self._by_port.setdefault(port.number, port)
        return self._by_port.get(number)


def _of_service(service: Service, default: frozenset[str]) -> Entry:
    entry = Entry(service, service.fqdn, True, frozenset(service.export_to) or default)
    if service.external_name:
        entry.resolution, entry.alias = "alias", service.external_name.rstrip(".")
    elif service.headless:
        entry.resolution = "passthrough"
    return entry


_RESOLUTIONS: dict[str, Resolution] = {"NONE": "passthrough", "STATIC": "cluster"}


def _of_service_entry(item: ServiceEntry, default: frozenset[str]) -> Iterator[Entry]:
    for host in dict.fromkeys(item.hosts):
        entry = Entry(item, host, False, frozenset(item.export_to) or default)
        entry.addresses = item.addresses
        entry.external = item.external
        entry.resolution = _RESOLUTIONS.get(item.resolution, "dns")
        yield entry


class Registry:
    """All hosts, the oldest first. Made once for a mesh: `mesh.index(Registry)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.domain = mesh.domain
        default = frozenset(mesh.config.default_export("defaultServiceExportTo"))
        entries = [_of_service(it, default) for it in mesh.services]
        entries += [entry for it in mesh.service_entries for entry in _of_service_entry(it, default)]
        self.entries = sorted(entries, key=lambda it: it.age)
        self.rank: dict[int, int] = {id(entry): at for at, entry in enumerate(self.entries)}
        """Position of an entry by age."""
        self.by_host: dict[str, list[Entry]] = {}
        self.by_port: dict[int, list[Entry]] = {}
        self.http_by_port: dict[int, list[Entry]] = {}
        """Those whose port is HTTP."""
        self.open_by_port: dict[int, list[Entry]] = {}
        """Those whose port is not HTTP, and whose listener is not bound to an address."""
        self.wildcards: list[Entry] = []
        self.aliases: dict[str, list[Entry]] = {}
        """ExternalName Services by the concrete host that they stand for in the end."""
        self._explicit: set[str] = set()
        """Namespaces to which something is exported by name."""
        for entry in self.entries:
            self._explicit.update(entry.namespace if word == "." else word for word in entry.export_to)
            self.by_host.setdefault(entry.host, []).append(entry)
            if entry.host[:1] == "*":
                self.wildcards.append(entry)
            for number in {port.number for port in entry.ports if port.protocol != "udp"}:
                self._enter(entry, number)
        for entry in self.entries:
            if entry.alias and (host := self.concrete(entry.alias)):
                self.aliases.setdefault(host, []).append(entry)

    def _enter(self, entry: Entry, number: int) -> None:
        self.by_port.setdefault(number, []).append(entry)
        port = entry.port(number)
        if entry.alias or port is None:
            return
        if port.port_class == "http":
            self.http_by_port.setdefault(number, []).append(entry)
        elif not entry.virtual and not entry.per_pod:
            self.open_by_port.setdefault(number, []).append(entry)

    def concrete(self, host: str) -> str:
        """The host that an alias stands for after any number of steps; empty where they lead in a circle."""
        seen = set()
        while host not in seen:
            seen.add(host)
            alias = next((it.alias for it in self.by_host.get(host, ()) if it.alias), "")
            if not alias:
                return host
            host = alias
        return ""

    def level(self, entry: Entry, namespace: str) -> int | None:
        """How a namespace sees an entry: 0 by an explicit export, 1 as a public one, None not at all."""
        words = entry.export_to
        if not words or "*" in words:
            return 1
        if "~" in words:
            return None
        return 0 if namespace in words or ("." in words and entry.namespace == namespace) else None

    def seen(self, entries: Iterable[Entry], namespace: str) -> list[Entry]:
        """Those of some entries (by age) that a namespace sees: explicit exports first."""
        levels: tuple[list[Entry], list[Entry]] = ([], [])
        for entry in entries:
            level = self.level(entry, namespace)
            if level is not None:
                levels[level].append(entry)
        return levels[0] + levels[1] if levels[0] else levels[1]

    def first_seen(self, entries: Iterable[Entry], namespace: str, wanted: Callable[[Entry], bool]) -> Entry | None:
        """The first of `seen` that is wanted, without looking at all."""
        public: Entry | None = None
        explicit = namespace in self._explicit
        for entry in entries:
            level = self.level(entry, namespace) if public is None or explicit else None
            if level == 0 and wanted(entry):
                return entry
            if level == 1 and public is None and wanted(entry):
                public = entry
                if not explicit:
                    break
        return public
