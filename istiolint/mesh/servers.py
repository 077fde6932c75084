"""Servers of Istio Gateways on the pods that they share, by port and host (semantics 8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.gateways import Server
from istiolint.mesh.names import HostMap
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from istiolint.mesh.gateways import Gateway, ServerHost
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.workloads import Workload

Selector = tuple[tuple[str, str], ...]
"""Labels of a Gateway's selector, in order."""
ServerClass = Literal["http", "tls", "tcp"]
"""What a server reads of a connection before it can tell it from others: a request, its SNI, nothing."""
ANY = "*"


class Claim(NamedTuple):
    """A host that a server asks for."""

    gateway: Gateway
    server: Server
    host: ServerHost | None
    """None: the whole port."""


def server_class(server: Server) -> ServerClass:
    """How a server shares its port with others."""
    if server.plaintext:
        return "http"
    return "tls" if server.protocol in ("HTTPS", "TLS") else "tcp"


def selector_of(gateway: Gateway) -> Selector:
    """The selector of a Gateway in a form that can be compared; empty: all gateway pods."""
    return tuple(sorted(gateway.selector.items()))


class Servers:
    """Who listens where. Made once for a mesh: `mesh.index(Servers)`."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._selectors: dict[Selector, tuple[Workload, ...]] = {}
        self._by_pair: dict[tuple[str, str], list[Selector]] = {}
        self._by_pod: dict[int, list[Selector]] = {}
        self._kin: dict[Selector, tuple[Selector, ...]] = {}
        self._hosts: dict[tuple[Selector, int, str, str], dict[tuple[ServerClass, str], list[Claim]]] = {}
        self._tls: dict[Selector, HostMap[Gateway]] = {}
        self._classes: dict[tuple[Selector, int, str], dict[ServerClass, list[Claim]]] = {}
        for gateway in mesh.gateways:
            self._enter(gateway)

    def _enter(self, gateway: Gateway) -> None:
        selector = selector_of(gateway)
        if selector not in self._selectors:
            found = self._mesh.select(gateway.selector, None) if selector else ()
            self._selectors[selector] = pods = tuple(found) if found else ()
            for pair in selector:
                self._by_pair.setdefault(pair, []).append(selector)
            for pod in pods:
                self._by_pod.setdefault(id(pod), []).append(selector)
        for server in gateway.servers:
            if server_class(server) == "tls":
                hosts = self._tls.setdefault(selector, HostMap())
                for host in server.hosts:
                    hosts.add(host.host.lower(), gateway)
            if server.number:
                classes = self._classes.setdefault((selector, server.number, server.bind), {})
                classes.setdefault(server_class(server), []).append(Claim(gateway, server, None))
                for host in server.hosts:
                    groups = self._hosts.setdefault((selector, server.number, server.bind, host.host.lower()), {})
                    kind = (server_class(server), host.namespace)
                    groups.setdefault(kind, []).append(Claim(gateway, server, host))

    def pods(self, gateway: Gateway) -> tuple[Workload, ...]:
        """Pods of the files that a Gateway configures; empty where none are known, or all are meant."""
        return self._selectors.get(selector_of(gateway), ())

    def kin(self, selector: Selector) -> tuple[Selector, ...]:
        """Selectors that pick some of the same pods, this one first.

        Where the files need not hold all pods, one selector that has all labels of another picks some of its pods.
        """
        found = self._kin.get(selector)
        if found is None:
            self._kin[selector] = found = tuple(dict.fromkeys((selector, *self._related(selector))))
        return found

    def _related(self, selector: Selector) -> Iterator[Selector]:
        if not selector:
            yield from self._selectors
            return
        if () in self._selectors:
            yield ()
        for pod in self._selectors.get(selector, ()):
            yield from self._by_pod[id(pod)]
        if self._mesh.world != "complete":
            own = set(selector)
            for pair in selector:
                for other in self._by_pair.get(pair, ()):
                    if own.issubset(other) or own.issuperset(other):
                        yield other

    def of_host(
        self, gateway: Gateway, server: Server, host: ServerHost, wanted: Callable[[ServerClass, str], bool]
    ) -> Iterator[Claim]:
        """All that ask for a host on the port of a server and its pods, itself included.

        `wanted` chooses by class of the server and by the namespace that the host is for.
        """
        for selector in self.kin(selector_of(gateway)):
            groups = self._hosts.get((selector, server.number, server.bind, host.host.lower()), {})
            for (kind, namespace), claims in groups.items():
                if wanted(kind, namespace):
                    yield from claims

    def of_class(self, gateway: Gateway, server: Server, kind: ServerClass) -> Iterator[Claim]:
        """All servers of a class on the port of a server and its pods."""
        for selector in self.kin(selector_of(gateway)):
            yield from self._classes.get((selector, server.number, server.bind), {}).get(kind, ())

    def tls_for(self, gateway: Gateway, host: str) -> bool | None:
        """Whether a server with TLS on the pods of a Gateway takes a host; None: no server there has TLS at all."""
        known = [self._tls[it] for it in self.kin(selector_of(gateway)) if it in self._tls]
        return any(next(hosts.overlapping(host.lower()), None) for hosts in known) if known else None

    def rivals(self, claim: Claim, found: Iterator[Claim]) -> Iterator[Claim]:
        """Those of other Gateways, as far as they are surely applied together with this one."""
        for other in found:
            if other.gateway.reference != claim.gateway.reference and self._mesh.together(
                other.gateway.document, claim.gateway.document
            ):
                yield other
