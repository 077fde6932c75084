"""What is asked about: the ports of hosts, of clients in the mesh and of each gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import MESH, cluster_name, is_wildcard
from istiolint.records import NamedTuple
from istiolint.regions.hosts import Host, asked_hosts, concrete

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.compare.callers import Caller
    from istiolint.compare.sides import Side
    from istiolint.trace.question import Protocol
    from istiolint.trace.tracer import Tracer


class Unit(NamedTuple):
    """A port of a host, and in which trees there is such a thing."""

    host: Host
    before: bool
    after: bool
    gateway: Caller | None = None
    """The gateway that is asked; None: any client."""


def inside(before: Side, after: Side) -> list[Unit]:
    """What clients in the mesh may dial, in order."""
    return _united(_inside(before.tracer), _inside(after.tracer), None)


def at_gateway(before: Side, after: Side, gateway: Caller) -> list[Unit]:
    """What a gateway may be asked for, in order."""
    one = asked_hosts(before.tracer, gateway.before) if gateway.before is not None else []
    other = asked_hosts(after.tracer, gateway.after) if gateway.after is not None else []
    return _united(one, other, gateway)


def _united(before: Iterable[Host], after: Iterable[Host], gateway: Caller | None) -> list[Unit]:
    """The hosts of both; a port is one thing, however it is spoken to."""
    sides = [dict.fromkeys(it) for it in (before, after)]
    ports = [{(it.host, it.port) for it in side} for side in sides]
    return [
        Unit(it, (it.host, it.port) in ports[0], (it.host, it.port) in ports[1], gateway)
        for it in sorted({**sides[0], **sides[1]})
    ]


def _inside(tracer: Tracer) -> Iterator[Host]:
    """The ports of all services; and hosts that only VirtualServices have, on the ports where they may be known."""
    world = tracer.world
    domain = world.mesh.domain
    registry = world.registry
    for entry in registry.entries:
        ports = entry.ports
        if entry.alias and not ports:
            ports = next((it.ports for it in registry.by_host.get(registry.concrete(entry.alias), ())), ())
        for port in ports:
            if port.protocol != "udp":
                yield Host(dialled(entry.host, domain), port.number, _protocol(port.port_class))
    for _, routed in world.routes.by_gateway.get(MESH, ()):
        plain = [host for host in routed.hosts if host not in registry.by_host and host != "*"]
        numbers = {80}
        for host in routed.hosts if plain else ():
            near = registry.entries if is_wildcard(host) else registry.by_host.get(host, ())
            numbers.update(
                port.number
                for entry in near
                if entry.host == host or (is_wildcard(host) and entry.host.endswith(host[1:]))
                for port in entry.ports
                if port.port_class in ("http", "auto")
            )
        for host in plain:
            yield from (Host(dialled(host, domain), port, "http") for port in sorted(numbers))


def dialled(host: str, domain: str) -> str:
    """How a client says a host."""
    name = cluster_name(host, domain)
    return f"{name.service}.{name.namespace}" if name and name.namespace else concrete(host)


def _protocol(port_class: str) -> Protocol:
    if port_class in ("http", "auto"):
        return "http"
    return "https" if port_class == "tls" else "tcp"
