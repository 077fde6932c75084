"""The servers of all Gateways that select one gateway pod, merged into listeners (specification 8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.order import age
from istiolint.mesh.read import matches
from istiolint.records import NamedTuple
from istiolint.trace.result import Loser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from istiolint.mesh.gateways import Gateway, Server

PLAIN_HTTP = ("HTTP", "HTTP2", "GRPC", "GRPC-WEB")

ServerKind = Literal["http", "https", "passthrough", "tls", "tcp"]
"""What a server does: plaintext HTTP, HTTP in TLS that it terminates, TLS that it passes on by SNI, TLS that it
terminates without reading what is in it, TCP."""


class Bound(NamedTuple):
    """A server in a listener of a gateway pod."""

    gateway: Gateway
    server: Server
    port: int
    """Of the pod."""

    @property
    def kind(self) -> ServerKind:
        """What it does."""
        return kind_of(self.server)

    @property
    def sni(self) -> tuple[str, ...]:
        """The server names that it asks for; empty: any."""
        hosts = dict.fromkeys(host.host.lower() for host in self.server.hosts)
        return () if "*" in hosts else tuple(hosts)


class Ported(NamedTuple):
    """The servers of one port of a gateway pod."""

    port: int
    servers: tuple[Bound, ...]
    dropped: tuple[Loser, ...]


def kind_of(server: Server) -> ServerKind:
    """What a server does."""
    if server.protocol in PLAIN_HTTP:
        return "http"
    if server.tls_mode in ("PASSTHROUGH", "AUTO_PASSTHROUGH") and server.protocol in ("HTTPS", "TLS"):
        return "passthrough"
    if server.protocol == "HTTPS" and server.tls:
        return "https"
    return "tls" if server.tls and server.protocol in ("HTTPS", "TLS") else "tcp"


def host_texts(gateway: Gateway, server: Server) -> list[str]:
    """The hosts of a server as Istio compares them: `./` is the Gateway's namespace, `*/` is left out."""
    found = []
    for host in server.hosts:
        written = gateway.spec["servers"][server.path[-1]]["hosts"][host.path[-1]]
        scoped = "/" in written and host.namespace != "*"
        if "/" in written and not scoped and host.host == "*":
            return ["*"]
        found.append(f"{host.namespace}/{host.host}" if scoped else host.host)
    return found


def selecting(gateways: Iterable[Gateway], labels: dict[str, str]) -> list[Gateway]:
    """The Gateways that select a pod with these labels, the oldest first."""
    return sorted((it for it in gateways if matches(it.selector, labels)), key=age)


def merged(gateways: Iterable[Gateway], resolve: Callable[[int], int | None]) -> dict[int, Ported]:
    """The servers of these Gateways (in order) by port of the pod; `resolve` gives that for a port of a server."""
    return _Merge(resolve).of(gateways)


class _Merge:
    def __init__(self, resolve: Callable[[int], int | None]) -> None:
        self._resolve = resolve
        self._servers: dict[int, list[Bound]] = {}
        self._dropped: dict[int, list[Loser]] = {}
        self._tls_hosts: dict[int, dict[tuple[str, str], str]] = {}
        self._routes: set[tuple[object, ...]] = set()

    def of(self, gateways: Iterable[Gateway]) -> dict[int, Ported]:
        for gateway in gateways:
            for server in gateway.servers:
                port = self._resolve(server.number) if server.number else None
                if port is not None:
                    self._enter(gateway, server, port)
        return {
            port: Ported(port, tuple(servers), tuple(self._dropped.get(port, ())))
            for port, servers in self._servers.items()
        }

    def _enter(self, gateway: Gateway, server: Server, port: int) -> None:
        bound = Bound(gateway, server, port)
        why = self._refused(bound)
        if why:
            self._dropped.setdefault(port, []).append(Loser(gateway.document, server.path, why))
            return
        if bound.kind == "https":
            self._routes.add(_route_name(bound))
        self._servers.setdefault(port, []).append(bound)

    def _refused(self, bound: Bound) -> str:
        """Why a server is left out; empty where it is not."""
        server, gateway = bound.server, bound.gateway
        if server.tls:
            known = self._tls_hosts.setdefault(bound.port, {})
            name = f"{gateway.namespace}/{gateway.name}"
            texts = host_texts(gateway, server)
            taken = {host: known[host, server.bind] for host in texts if (host, server.bind) in known}
            if taken:
                host, owner = next(iter(taken.items()))
                return f"Gateway {owner} has {host} on this port already, so all hosts of this server are lost"
            known.update({(host, server.bind): name for host in texts})
        others = [it for it in self._servers.get(bound.port, ()) if it.server.bind == server.bind]
        if not others:
            return ""
        first = next((it for it in others if it.kind in ("http", "tcp")), None)
        if first is not None and others[0] is first:
            if bound.kind != "http" or (first.kind != "http" and first.server.protocol != server.protocol):
                return f"Gateway {first.gateway.reference} has the port for {first.server.protocol}"
        elif bound.kind == "https" and _route_name(bound) in self._routes:
            return "another server of this Gateway has the same port and port name"
        return ""


def _route_name(bound: Bound) -> tuple[object, ...]:
    server, gateway = bound.server, bound.gateway
    return (server.number, server.port_name, gateway.name, gateway.namespace, server.bind)
