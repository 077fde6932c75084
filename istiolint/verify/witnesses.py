"""Requests worth asking about: one for each port of a Service, each route of its host, each host of a gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from istiolint.mesh.answers import Absent, Unknown
from istiolint.mesh.names import cluster_name, is_wildcard, overlap
from istiolint.mesh.read import dig, mapping, matches, sequence
from istiolint.records import NamedTuple
from istiolint.regions.shadows import PLAIN, plainest
from istiolint.verify.assertion import Asked

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import Gateway, Server
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.mesh.workloads import Workload

SCHEMES = {"HTTP": "http", "HTTP2": "http", "GRPC": "http", "GRPC-WEB": "http", "HTTPS": "https", "TLS": "https"}


class Outside(NamedTuple):
    """A request to a gateway."""

    gateway: str
    asked: Asked


def inside(mesh: Mesh) -> list[Asked]:
    """Requests to every port of every Service, in order of their names: plain ones, and one for each route."""
    found: dict[tuple[Any, ...], Asked] = {}
    for service in sorted(mesh.services, key=lambda it: (it.namespace, it.name)):
        name = cluster_name(service.fqdn, mesh.domain)
        if name is None or not name.namespace or service.external_name:
            continue
        host = f"{name.service}.{name.namespace}"
        services = mesh.mesh_routes.get(service.fqdn) or ()
        for port in service.ports:
            number = "" if port.number in (80,) else f":{port.number}"
            if port.port_class in ("http", "auto"):
                for it in of_routes(mesh, f"http://{host}{number}", services):
                    found.setdefault(_key(it), it)
            elif port.port_class in ("tls", "tcp"):
                scheme = "https" if port.port_class == "tls" else "tcp"
                asked = Asked(f"{scheme}://{host}:{port.number}")
                found.setdefault(_key(asked), asked)
    return list(found.values())


def outside(mesh: Mesh) -> list[Outside]:
    """Requests to every host of every gateway whose pods are in the files."""
    found: dict[tuple[Any, ...], Outside] = {}
    pods = sorted((it for it in mesh.workloads if it.gateway), key=lambda it: (it.namespace, it.name))
    for gateway in mesh.gateways:
        for pod in pods:
            if matches(gateway.selector, pod.labels):
                for it in _through(mesh, gateway, pod):
                    found.setdefault((it.gateway, *_key(it.asked)), it)
    return sorted(found.values(), key=lambda it: (it.gateway, it.asked.url, it.asked.method, it.asked.headers))


def _through(mesh: Mesh, gateway: Gateway, pod: Workload) -> Iterator[Outside]:
    name = f"{pod.namespace or '~'}/{pod.name}"
    for server in gateway.servers:
        protocol = server.protocol.upper()
        if protocol not in SCHEMES:
            if server.number:
                yield Outside(name, Asked(f"tcp://{gateway.name}:{server.number}"))
            continue
        scheme = SCHEMES[protocol]
        port = "" if (scheme, server.number) in (("http", 80), ("https", 443)) else f":{server.number}"
        for host, services in _hosts(mesh, gateway, server).items():
            for asked in of_routes(mesh, f"{scheme}://{host}{port}", services):
                yield Outside(name, asked)


def _hosts(mesh: Mesh, gateway: Gateway, server: Server) -> dict[str, list[VirtualService]]:
    """The hosts of a server, each a name that exists, with the VirtualServices that speak for them."""
    found: dict[str, list[VirtualService]] = {}
    for service in mesh.bound(gateway):
        for host in service.hosts:
            for its in server.hosts:
                if overlap(host, its.host):
                    narrow = host if is_wildcard(its.host) else its.host
                    if narrow != "*":
                        found.setdefault(narrow.replace("*", "any", 1), []).append(service)
    return found


def of_routes(mesh: Mesh, base: str, services: Iterable[VirtualService]) -> Iterator[Asked]:
    """A plain request, and one for each match of some VirtualServices that one can be made for."""
    yield Asked(f"{base}/")
    for service in services:
        for its in (service, *_delegates(mesh, service)):
            for item in sequence(its.spec.get("http")):
                for match in sequence(dig(item, "match")):
                    asked = of_match(base, mapping(match))
                    if asked is not None:
                        yield asked


def _delegates(mesh: Mesh, service: VirtualService) -> Iterator[VirtualService]:
    for delegation in service.delegations:
        found = mesh.virtual_service(delegation.name, delegation.namespace)
        if not isinstance(found, Absent | Unknown):
            yield from found


def of_match(base: str, match: dict[str, Any]) -> Asked | None:
    """A request that such a match takes; None where there is none, or it needs more than a URL and headers."""
    found = plainest(match)
    if found is None or found.claims is not None or found.authority != PLAIN.authority:
        return None
    if not found.method.isupper():
        return None
    return Asked(base + found.path, found.method, "/", found.headers)


def _key(asked: Asked) -> tuple[Any, ...]:
    return (asked.url, asked.method, asked.headers)
