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

_Key = tuple[int, str, str]
"""Port of the pod, protocol and bind address of a server."""

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
    """What came of the servers so far, kept as the control plane keeps it."""

    def __init__(self, resolve: Callable[[int], int | None]) -> None:
        self._resolve = resolve
        self._merged: dict[_Key, list[Bound]] = {}
        self._dropped: dict[int, list[Loser]] = {}
        self._plain: dict[int, _Key] = {}
        """The first server of a port, where that was one without TLS."""
        self._later_binds: dict[int, set[str]] = {}
        self._tls_hosts: dict[int, dict[tuple[str, str], str]] = {}
        self._routes: set[str] = set()

    def of(self, gateways: Iterable[Gateway]) -> dict[int, Ported]:
        """All servers, by port."""
        for gateway in gateways:
            for server in gateway.servers:
                port = self._resolve(server.number) if server.number else None
                if port is not None and (why := self._enter(Bound(gateway, server, port))):
                    self._dropped.setdefault(port, []).append(Loser(gateway.document, server.path, why))
        found: dict[int, Ported] = {}
        for port in dict.fromkeys(key[0] for key in self._merged):
            keys = [key for key in self._merged if key[0] == port]
            bind = next((key[2] for key in keys if key[2] in ("", "0.0.0.0")), keys[0][2])
            servers = [bound for key in keys if key[2] == bind for bound in self._merged[key]]
            found[port] = Ported(port, tuple(servers), tuple(self._dropped.get(port, ())))
        return found

    def _enter(self, bound: Bound) -> str:
        """Take a server in; why it is left out, empty where it is not."""
        server, port = bound.server, bound.port
        if clash := self._taken(bound):
            return clash
        key, route = (port, server.protocol, server.bind), _route_name(bound)
        has_port = any(other[0] == port for other in self._merged)
        if not has_port:
            if not server.tls or server.plaintext:
                self._plain[port] = key
        elif port in self._plain:
            first = self._plain[port]
            same_bind = first[2] == server.bind
            if same_bind and not (first[1] in PLAIN_HTTP and server.plaintext):
                other = self._merged[first][0].gateway.reference
                return f"Gateway {other} has the port for {first[1]}"
            key = first if same_bind else key
        else:
            if route and route in self._routes:
                return "another server of this port has the same route table"
            known = self._later_binds.get(port)
            self._later_binds.setdefault(port, set()).add(server.bind)
            if not server.tls and known is not None and server.bind in known:
                return "it has no TLS settings, and the port is one of TLS"
        if route:
            self._routes.add(route)
        self._merged.setdefault(key, []).append(bound)
        return ""

    def _taken(self, bound: Bound) -> str:
        """Whether another server with TLS settings has one of the hosts already: then all of them are lost."""
        server, gateway = bound.server, bound.gateway
        if not server.tls:
            return ""
        known = self._tls_hosts.setdefault(bound.port, {})
        texts = host_texts(gateway, server)
        for host in texts:
            if (host, server.bind) in known:
                owner = known[host, server.bind]
                return f"Gateway {owner} has {host} on this port already, so all hosts of this server are lost"
        known.update({(host, server.bind): gateway.reference for host in texts})
        return ""


def _route_name(bound: Bound) -> str:
    """The name of the route table of a server; empty where it has none."""
    server, gateway = bound.server, bound.gateway
    if bound.kind == "http":
        return f"http.{bound.port}.{server.bind}"
    if bound.kind == "https":
        return f"https.{server.number}.{server.port_name}.{gateway.name}.{gateway.namespace}.{server.bind}"
    return ""
