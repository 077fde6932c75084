"""The outbound listener of a sidecar that takes a connection (specification 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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
        key = (id(view), port, _labels(client))
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
        if entry is None or entry.alias:
            return None
        found = entry.port(port)
        if found is None or found.port_class == "http":
            return None
        view = self.world.view(client)
        egress = next((it for it in view.egress if it.port is None), None)
        if egress is None or entry not in egress.find(entry.host):
            return None
        if not entry.virtual and not (self._per_pod(entry) and self._others(client, entry)):
            return None
        place = mesh_place(client, port)
        return Listener("address", tuple(self._chains(view, egress, entry, place, False)), egress)

    def _per_pod(self, entry: Entry) -> bool:
        """Whether a service without address has listeners of its own for each of its pods."""
        return entry.kube and entry.resolution == "passthrough"

    def _others(self, client: Client, entry: Entry) -> bool:
        """Whether a headless service leads to another pod: a client has no listener for its own address.

        Where it leads to one of several, the first is taken for all.
        """
        pods = self.endpoints.pods(entry)
        return bool(pods) and pods[0] is not client.workload

    def _of_port(self, client: Client, port: int) -> Listener | None:
        view = self.world.view(client)
        key = (id(view), port, _labels(client))
        if key not in self._shared:
            self._shared[key] = self._build(view, mesh_place(client, port))
        return self._shared[key]

    def _build(self, view: View, place: Place) -> Listener | None:
        """The listener that all services without an address of their own share, and all HTTP services."""
        port = place.port
        for egress in view.egress:
            chains: list[Chain] = []
            ignored: list[tuple[Entry, str]] = []
            protocol = ""
            for entry in egress.on_port(port):
                found = entry.port(port)
                if found is None or entry.alias:
                    continue
                if found.port_class != "http" and (entry.virtual or self._per_pod(entry)):
                    continue
                if protocol and {protocol, found.protocol} & CLOSED_TO_SNIFFING and protocol != found.protocol:
                    ignored.append((entry, f"its protocol {found.protocol} cannot share the port with {protocol}"))
                    continue
                protocol = protocol or found.protocol
                known = {chain.conditions for chain in chains}
                for chain in self._chains(view, egress, entry, place, True):
                    if chain.conditions not in known:
                        chains.append(chain)
                    elif not chain.http:
                        ignored.append((entry, "another service has the same connections of this port"))
            if chains:
                return Listener("port", tuple(chains), egress, tuple(ignored))
        return None

    def _chains(self, view: View, egress: Egress, entry: Entry, place: Place, shared: bool) -> list[Chain]:
        found = entry.port(place.port)
        kind = found.port_class if found else "http"
        if egress.port is not None and egress.protocol:
            kind = "http" if egress.protocol in ("HTTP", "HTTP2", "GRPC", "GRPC-WEB") else kind
        if kind == "http":
            return [Chain(True)]
        naming = Naming(self.world.mesh.domain, place.port, lambda host: self._meant(view, host))
        if kind == "tls":
            return tls_chains(egress, entry, place, naming, shared)
        chains = tcp_chains(egress, entry, place, naming)
        if kind == "auto":
            return [Chain(True, entry=None if shared else entry), *chains]
        return chains

    def _meant(self, view: View, host: str) -> Meant:
        known = view.known(host)
        return meant(known.entry if known else None)


def _labels(client: Client) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(client.labels.items()))
