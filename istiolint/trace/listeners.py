"""The outbound listener of a sidecar that takes a connection (specification 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.ports import port_class, spoken
from istiolint.records import NamedTuple
from istiolint.trace.clusters import Endpoints
from istiolint.trace.destinations import Meant, Naming, meant
from istiolint.trace.opaque import Chain, tcp_chains, tls_chains
from istiolint.trace.routes import Place, mesh_place
from istiolint.trace.scope import World
from istiolint.trace.virtual_hosts import Table

if TYPE_CHECKING:
    from istiolint.trace.dialling import Dialled
    from istiolint.trace.question import Client
    from istiolint.trace.registry import Entry
    from istiolint.trace.scope import Egress, View

CLOSED_TO_SNIFFING = frozenset(("mongo", "mysql"))
"""Protocols in which the server speaks first: no inspector may stand before them."""


class Listener(NamedTuple):
    """A listener of a sidecar."""

    kind: Literal["address", "port"]
    """`address`: of one service, chosen by IP; `port`: shared by all services of the port."""
    chains: tuple[Chain, ...]
    egress: Egress
    ignored: tuple[tuple[Entry, str], ...] = ()
    """Services that got no chain here, and why."""


class Outbound:
    """The listeners and tables of sidecars. Made once for a mesh: `mesh.index(Outbound)`."""

    def __init__(self, mesh: object) -> None:
        self.world: World = mesh.index(World)  # type: ignore[attr-defined]
        self.endpoints = mesh.index(Endpoints)  # type: ignore[attr-defined]
        self._shared: dict[tuple[object, ...], Listener | None] = {}
        self._tables: dict[tuple[object, ...], Table] = {}

    def table(self, client: Client, port: int) -> Table | None:
        """The route table of a port for a client; None where no egress listener serves the port."""
        view = self.world.view(client)
        key = (id(view), port, self.world.labels_key(client.labels))
        if key not in self._tables:
            egress = view.egress_for(port)
            if egress is None:
                return None
            self._tables[key] = Table(self.world, egress, mesh_place(client, port))
        return self._tables[key]

    def listener(self, client: Client, dialled: Dialled, port: int) -> Listener | None:
        """The listener that takes a connection to a port of what was dialled; None: only the virtual one does."""
        return self._own(client, dialled, port) or self._of_port(client, port)

    def _own(self, client: Client, dialled: Dialled, port: int) -> Listener | None:
        """The listener of the address that was dialled."""
        entry = dialled.entry
        if entry is None or entry.alias or entry.port(port) is None:
            return None
        if not entry.virtual and not (entry.per_pod and self._others(client, entry)):
            return None
        view = self.world.view(client)
        for egress in view.egress:
            if egress.port in (None, port) and entry in egress.find(entry.host):
                kind = _kind(egress, entry, port)
                if kind == "http" and egress.port is None:
                    return None
                if kind != "http":
                    chains = self._chains(view, egress, entry, mesh_place(client, port), False)
                    return Listener("address", tuple(chains), egress)
        return None

    def _others(self, client: Client, entry: Entry) -> bool:
        """Whether a headless service leads to another pod: a client has no listener for its own address.

        Where it leads to one of several, the first is taken for all.
        """
        pods = self.endpoints.pods(entry)
        return bool(pods) and pods[0] is not client.workload

    def _of_port(self, client: Client, port: int) -> Listener | None:
        view = self.world.view(client)
        key = (id(view), port, self.world.labels_key(client.labels))
        if key not in self._shared:
            self._shared[key] = self._build(view, mesh_place(client, port))
        return self._shared[key]

    def _build(self, view: View, place: Place) -> Listener | None:
        """The listener that all services without an address of their own share, and all HTTP services."""
        for egress in view.egress:
            shared = Shared()
            for entry in egress.sharing(place.port):
                kind = _kind(egress, entry, place.port)
                if not entry.alias and (kind == "http" or not (entry.virtual or entry.per_pod)):
                    found = entry.port(place.port)
                    shared.add(entry, found.protocol if found else "", self._chains(view, egress, entry, place, True))
            if shared.chains:
                return Listener("port", tuple(shared.chains), egress, tuple(shared.ignored))
        return None

    def _chains(self, view: View, egress: Egress, entry: Entry, place: Place, shared: bool) -> list[Chain]:
        kind = _kind(egress, entry, place.port)
        if kind == "http":
            return [Chain(True)]
        naming = Naming(self.world.mesh.domain, place.port, lambda host: self._meant(view, host))
        if kind == "tls":
            return tls_chains(egress, entry, place, naming, shared)
        chains = tcp_chains(egress, entry, place, naming)
        if kind == "auto":
            return [*chains, Chain(True, entry=None if shared else entry)]
        return chains

    def _meant(self, view: View, host: str) -> Meant:
        known = view.known(host)
        return meant(known.entry if known else None)


class Shared:
    """A listener while services that share it come in, the first of them first."""

    def __init__(self) -> None:
        self.chains: list[Chain] = []
        self.ignored: list[tuple[Entry, str]] = []
        self._protocol = ""
        """Of the first service; `mixed` once the listener looks at the first bytes."""

    def add(self, entry: Entry, protocol: str, chains: list[Chain]) -> None:
        """Merge the chains of one more service."""
        http = any(chain.http for chain in chains)
        if http and self._protocol == "mixed":
            if len(chains) > 1:
                self.ignored.append((entry, "the listener exists already, and takes from it HTTP only"))
            return
        if self._protocol and {protocol, self._protocol} & CLOSED_TO_SNIFFING and protocol != self._protocol:
            self.ignored.append((entry, f"its protocol {protocol} cannot share the port with {self._protocol}"))
            return
        self._protocol = "mixed" if http else self._protocol or protocol
        known = {chain.conditions for chain in self.chains}
        for chain in chains:
            if chain.conditions not in known:
                known.add(chain.conditions)
                self.chains.append(chain)
            else:
                self.ignored.append((entry, "another service has the same connections of this port"))


def _kind(egress: Egress, entry: Entry, port: int) -> str:
    """How the port of a service is listened to: a listener for just one port says it itself."""
    if egress.port is not None:
        return port_class(spoken(egress.protocol))
    found = entry.port(port)
    return found.port_class if found else "http"
