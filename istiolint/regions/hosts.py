"""What a client can be asked about: hosts with ports, and how they are spoken to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import MESH, cluster_name, is_wildcard, within
from istiolint.mesh.read import dig, sequence, texts
from istiolint.records import NamedTuple
from istiolint.trace.dialling import dial
from istiolint.trace.question import Request
from istiolint.trace.virtual_hosts import bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.trace.question import Client, Protocol
    from istiolint.trace.result import Trace
    from istiolint.trace.tracer import Tracer

DEFAULT_PORTS = {"http": 80, "https": 443}


class Host(NamedTuple):
    """Where a request may go."""

    host: str
    """As a client would say it; never a wildcard."""
    port: int
    protocol: Protocol


def asked_hosts(tracer: Tracer, client: Client) -> list[Host]:
    """All hosts that one client (or gateway) may be asked about, in order of their names.

    Of a client in the mesh these are the ports of all services, and on port 80 the hosts that only VirtualServices
    have; of a gateway those of its servers.
    """
    found = _outside(tracer, client) if client.kind == "gateway" else _inside(tracer, client)
    return sorted(dict.fromkeys(found))


def _outside(tracer: Tracer, client: Client) -> Iterator[Host]:
    gateway = tracer.kube_gateways.of(client)
    hosts = list(tracer.kube_gateways.hosts(gateway) if gateway is not None else tracer.gateways.hosts(client))
    names = {name for name, _, _ in hosts}
    for name, port, protocol in hosts:
        yield Host(concrete(name), port, protocol)
        if is_wildcard(name) and protocol != "tcp":
            trace = tracer.trace(client, plain_request(client, concrete(name), port, protocol))
            for other in _mentioned(trace):
                if other not in names and within(other, name):
                    yield Host(other, port, protocol)


def _mentioned(trace: Trace) -> Iterator[str]:
    """The names by which routes and policies of a gateway tell requests to one wildcard apart."""
    for route in trace.choice.routes if trace.choice else ():
        for test in route.match.condition.headers:
            if test.name == ":authority" and test.test.form == "exact":
                yield bare(test.test.value)
    asked = trace.gateway_verdict.asked if trace.gateway_verdict else None
    for policy in asked.policies if asked else ():
        for rule in sequence(policy.spec.get("rules")):
            for item in sequence(dig(rule, "to")):
                for field in ("hosts", "notHosts"):
                    yield from (bare(it) for it in texts(dig(item, "operation", field)) if "*" not in it)


def authorities(tracer: Tracer, client: Client, plain: Request) -> list[str]:
    """The forms of an authority that mean the same as the one of a plain request, which comes first."""
    names = [plain.host]
    if client.kind in ("sidecar", "ambient"):
        entry = dial(tracer.world.registry, plain.host, client.namespace).entry
        name = cluster_name(entry.host, tracer.world.mesh.domain) if entry is not None and entry.kube else None
        table = tracer.outbound.table(client, plain.port) if name is not None else None
        if name is not None and table is not None and entry is not None:
            short = f"{name.service}.{name.namespace}"
            known = (short, f"{short}.svc", entry.host, name.service)
            own = table.find(plain.host)
            names += [it for it in known if own is not None and table.find(it) is own]
    ported = [f"{it}:{plain.port}" for it in names]
    return list(dict.fromkeys((plain.authority, *names, *ported)))


def _inside(tracer: Tracer, client: Client) -> Iterator[Host]:
    world = tracer.world
    for entry in world.registry.entries:
        for port in entry.ports:
            if port.protocol != "udp" and not entry.alias:
                name = cluster_name(entry.host, world.mesh.domain)
                host = ".".join(filter(None, (name.service, name.namespace))) if name else concrete(entry.host)
                yield Host(host, port.number, _protocol(port.port_class))
    table = tracer.outbound.table(client, 80)
    for _, routed in world.routes.by_gateway.get(MESH, ()):
        for host in routed.hosts:
            if host not in world.registry.by_host and table is not None and table.find(concrete(host)) is not None:
                yield Host(concrete(host), 80, "http")


def _protocol(port_class: str) -> Protocol:
    if port_class in ("http", "auto"):
        return "http"
    return "https" if port_class == "tls" else "tcp"


def concrete(name: str) -> str:
    """A name that a wildcard means."""
    return "any.example.com" if name == "*" else name.replace("*", "any", 1)


def plain_request(client: Client, host: str, port: int, protocol: Protocol) -> Request:
    """The plainest request to a host: `GET /`, or a connection where nothing more of it is seen."""
    sni = host if protocol == "https" else ""
    if protocol == "tcp" or (protocol == "https" and client.kind != "gateway"):
        return Request(protocol, host, port, "", "", "", (), sni)
    authority = host if DEFAULT_PORTS[protocol] == port else f"{host}:{port}"
    return Request(protocol, host, port, authority, "GET", "/", (), sni)


def hosts_meant(tracer: Tracer, client: Client, written: str) -> list[Host]:
    """The hosts that `HOST`, `HOST:PORT` or a URL means: with no port given, all ports that the host has.

    Raises BadQuestion.
    """
    from istiolint.trace.asking import Details, request_of

    asked = request_of(written, Details(), client.kind == "gateway")
    scheme, mark, rest = written.rpartition("://")
    if mark and (":" in rest or scheme != "http"):
        return [Host(asked.host, asked.port, asked.protocol)]
    asked = asked._replace(host=concrete(asked.host))
    if client.kind == "gateway":
        named = [it for it in asked_hosts(tracer, client) if it.port == asked.port or ":" not in rest]
        found = [it._replace(host=asked.host) for it in _served(tracer, client, asked.host, named)]
    else:
        entry = dial(tracer.world.registry, asked.host, client.namespace).entry
        ports = entry.ports if entry is not None else ()
        found = [
            Host(asked.host, it.number, _protocol(it.port_class))
            for it in ports
            if it.protocol != "udp" and (it.number == asked.port or ":" not in rest)
        ]
    return list(dict.fromkeys(found)) or [Host(asked.host, asked.port, asked.protocol)]


def _served(tracer: Tracer, client: Client, host: str, named: list[Host]) -> list[Host]:
    """The ports of a gateway that serve a host: by its name, else by a wildcard."""
    exact = [it for it in named if it.host == host]
    if exact:
        return exact
    gateway = tracer.kube_gateways.of(client)
    hosts = tracer.kube_gateways.hosts(gateway) if gateway is not None else tracer.gateways.hosts(client)
    return [Host(name, port, protocol) for name, port, protocol in hosts if is_wildcard(name) and within(host, name)]
