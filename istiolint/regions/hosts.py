"""What a client can be asked about: hosts with ports, and how they are spoken to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import MESH, cluster_name
from istiolint.records import NamedTuple
from istiolint.trace.question import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.trace.question import Client, Protocol
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
    hosts = tracer.kube_gateways.hosts(gateway) if gateway is not None else tracer.gateways.hosts(client)
    for name, port, protocol in hosts:
        yield Host(concrete(name), port, protocol)


def _inside(tracer: Tracer, client: Client) -> Iterator[Host]:
    world = tracer.world
    for entry in world.registry.entries:
        for port in entry.ports:
            if port.protocol != "udp" and not entry.alias:
                name = cluster_name(entry.host, world.mesh.domain)
                host = f"{name.service}.{name.namespace}" if name and name.namespace else concrete(entry.host)
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
