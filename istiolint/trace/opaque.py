"""Filter chains for connections that are not read as HTTP: TCP and TLS routing of a sidecar (specification 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.names import gateway_reference
from istiolint.mesh.read import labels, matches, number, sequence, text, texts
from istiolint.records import NamedTuple
from istiolint.trace.delegation import opaque_services
from istiolint.trace.destinations import Cluster, Naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.finding import Path
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.trace.registry import Entry
    from istiolint.trace.routes import Place
    from istiolint.trace.scope import Egress


class Chain(NamedTuple):
    """A filter chain: its conditions, and what it does with a connection."""

    http: bool = False
    """Only for recognisable plaintext HTTP, which the route table of the port handles (or that of one service)."""
    sni: tuple[str, ...] = ()
    """Server names, exact or `*.suffix`; empty: no condition."""
    subnets: tuple[str, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    service: VirtualService | None = None
    """The VirtualService that made it; None: a service's default."""
    path: Path = ()
    entry: Entry | None = None
    """The service that made it; with `http`, the only one of its table (None: the port's shared table)."""

    @property
    def conditions(self) -> tuple[object, ...]:
        """What makes two chains of one listener equal for Envoy, which takes only one of them."""
        return (self.http, tuple(sorted(self.sni)), tuple(sorted(self.subnets)))


def admits(match: dict[str, Any], place: Place, owner: str) -> bool:
    """Whether a proxy gets a `tls` or `tcp` match at all."""
    gateways = texts(match.get("gateways"))
    if gateways and place.gateway not in [gateway_reference(it, owner) for it in gateways]:
        return False
    port, space = number(match.get("port")), text(match.get("sourceNamespace"))
    return (
        (not port or port == place.port)
        and (not space or space == place.namespace)
        and matches(labels(match.get("sourceLabels")), place.labels)
    )


def tls_chains(egress: Egress, entry: Entry, place: Place, naming: Naming, by_name: bool) -> list[Chain]:
    """The chains of a port of TLS class; `by_name`: only its host name tells the service from others."""
    found: list[Chain] = []
    handled = set()
    for service in opaque_services(egress.about(entry.host)):
        for index, item in _entries(service, "tls"):
            for match in sequence(item.get("match")):
                if not isinstance(match, dict) or not admits(match, place, service.namespace):
                    continue
                chain = Chain(False, texts(match.get("sniHosts")), texts(match.get("destinationSubnets")))
                if chain.conditions not in handled:
                    handled.add(chain.conditions)
                    path: Path = ("spec", "tls", index)
                    clusters = naming.clusters(item.get("route"), (*path, "route"), service)
                    found.append(chain._replace(clusters=clusters, service=service, path=path, entry=entry))
    if not found:
        found.append(_default(entry, place, (entry.host,) if by_name else ()))
    return found


def tcp_chains(egress: Egress, entry: Entry, place: Place, naming: Naming) -> list[Chain]:
    """The chains of a port of any other class, as far as it is not read as HTTP."""
    found: list[Chain] = []
    for service in opaque_services(egress.about(entry.host)):
        for index, item in _entries(service, "tcp"):
            path: Path = ("spec", "tcp", index)
            written = [it for it in sequence(item.get("match")) if isinstance(it, dict)]
            fitting = [it for it in written if admits(it, place, service.namespace)]
            open_ended = not written or any(not texts(it.get("destinationSubnets")) for it in fitting)
            if not fitting and written:
                continue
            subnets = tuple(net for it in fitting for net in texts(it.get("destinationSubnets")))
            clusters = naming.clusters(item.get("route"), (*path, "route"), service)
            found.append(Chain(False, (), () if open_ended else subnets, clusters, service, path, entry))
            if open_ended:
                return found
    return [*found, _default(entry, place, ())]


def _entries(service: VirtualService, section: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, item in enumerate(sequence(service.spec.get(section))):
        if isinstance(item, dict):
            yield index, item


def _default(entry: Entry, place: Place, sni: tuple[str, ...]) -> Chain:
    return Chain(False, sni, (), (Cluster(entry.host, place.port, ""),), entry=entry)


def choose(chains: list[Chain], protocol: str, sni: str) -> Chain | None:
    """The chain that Envoy takes for a connection; None: none of them.

    At each level (server name, then protocol) those without a condition are used only where none with one fits.
    """
    named = _by_name(chains, sni.lower() if protocol == "https" else "")
    read = [chain for chain in named if chain.http]
    if read and protocol == "http":
        return read[0]
    return next((chain for chain in named if not chain.http), None)


def _by_name(chains: list[Chain], sni: str) -> list[Chain]:
    if sni:
        exact = [chain for chain in chains if sni in chain.sni]
        if exact:
            return exact
        rest = sni
        while "." in rest:
            rest = rest.partition(".")[2]
            wild = [chain for chain in chains if f"*.{rest}" in chain.sni]
            if wild:
                return wild
    return [chain for chain in chains if not chain.sni or "*" in chain.sni]
