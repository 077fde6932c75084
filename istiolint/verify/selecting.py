"""From patterns to clients and requests of one mesh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from istiolint.config import did_you_mean
from istiolint.records import NamedTuple
from istiolint.trace.question import Client, Protocol, Request, client_of, find_gateway
from istiolint.verify.patterns import fits

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.ports import Port
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload
    from istiolint.verify.assertion import Asked, Assertion, Called, Clients

DEFAULT_PORTS = {"http": 80, "https": 443, "tcp": 0}


class Case(NamedTuple):
    """One request of one client."""

    client: Client
    request: Request


class Cases(NamedTuple):
    """The cases of an assertion; or why there are none."""

    cases: tuple[Case, ...]
    nothing: str = ""


def cases_of(assertion: Assertion, mesh: Mesh) -> Cases:
    """Every client that an assertion means, with every request."""
    asked = assertion.request
    if assertion.clients is None:
        namespace, _, name = assertion.gateway.partition("/")
        client = find_gateway(mesh, namespace, name)
        if client is None:
            return Cases((), f"no gateway {assertion.gateway} is in the files{_near_workload(mesh, assertion.gateway)}")
        return Cases((Case(client, request_of(asked, outside=True)),))
    clients = [client_of(mesh, it, asked.ip) for it in selected(mesh, assertion.clients)]
    if not clients:
        wanted = assertion.clients.workloads[:1]
        near = _near_workload(mesh, wanted[0]) if wanted else ""
        return Cases((), f"no workload in the files is {assertion.clients}{near}")
    if assertion.called is None:
        requests = [request_of(asked, outside=False)]
    else:
        requests = [to_port(service, port, asked) for service, port in called_ports(mesh, assertion.called)]
    if not requests:
        return Cases((), f"no Service in the files is {assertion.called}")
    return Cases(tuple(Case(client, request) for client in clients for request in requests))


# Clients


def callers(mesh: Mesh) -> list[Workload]:
    """The workloads that may call, in order of their names: those with pods, and no gateways."""
    found = [it for it in mesh.workloads if not it.gateway and it.kind != "WorkloadGroup" and it.replicas]
    return sorted(found, key=lambda it: (it.namespace, it.name, it.kind))


def selected(mesh: Mesh, clients: Clients) -> list[Workload]:
    """The callers that `from` means."""
    everyone = callers(mesh)
    kept = _means(mesh, everyone, clients)
    left_out = _means(mesh, everyone, clients.without) if clients.without else set()
    return [it for it in everyone if id(it) in kept and id(it) not in left_out]


def _means(mesh: Mesh, everyone: list[Workload], clients: Clients) -> set[int]:
    chosen = everyone
    if clients.workloads:
        named = {id(it) for pattern in clients.workloads for it in _named(mesh, everyone, pattern)}
        chosen = [it for it in chosen if id(it) in named]
    if clients.namespaces:
        chosen = [it for it in chosen if any(fits(pattern, it.namespace) for pattern in clients.namespaces)]
    found = {id(it) for it in chosen}
    if clients.without:
        found -= _means(mesh, everyone, clients.without)
    return found


def _named(mesh: Mesh, everyone: list[Workload], pattern: str) -> list[Workload]:
    """The workloads of a pattern; where none has just this name, those of a Service or an app of that name."""
    found = [it for it in everyone if fits(pattern, name_of(it))]
    if found or "*" in pattern:
        return found
    namespace, _, name = pattern.partition("/")
    behind = [
        id(it) for its in mesh.services if (its.namespace, its.name) == (namespace, name) for it in mesh.behind(its)
    ]
    found = [it for it in everyone if id(it) in behind]
    return found or [it for it in everyone if it.namespace == namespace and it.labels.get("app") == name]


def name_of(workload: Workload) -> str:
    """`namespace/name`; `~/name` where no namespace is given."""
    return f"{workload.namespace or '~'}/{workload.name}"


def _near_workload(mesh: Mesh, name: str) -> str:
    return did_you_mean(name, [name_of(it) for it in mesh.workloads])


# Requests


def request_of(asked: Asked, outside: bool) -> Request:
    """The request of a URL; `outside`: through a gateway, which may end the TLS and read what is in it."""
    scheme, _, rest = asked.url.partition("://")
    where, slash, path = rest.partition("/")
    name, _, number = where.partition(":")
    protocol: Protocol = scheme  # type: ignore[assignment]
    port = int(number) if number else DEFAULT_PORTS[scheme]
    sni = asked.sni or (name if scheme == "https" else "")
    if scheme == "tcp" or (scheme == "https" and not outside):
        return Request(protocol, name, port, "", "", "", (), sni, asked.ip)
    authority = asked.host or where
    return Request(protocol, name, port, authority, asked.method, slash + path or "/", asked.headers, sni, asked.ip,
                   asked.claims)  # fmt: skip


def called_ports(mesh: Mesh, called: Called) -> list[tuple[Service, Port]]:
    """The ports of Services that `to` means."""
    found = []
    for service in sorted(mesh.services, key=lambda it: (it.namespace, it.name)):
        if _is_called(service, called):
            found += [
                (service, port)
                for port in service.ports
                if port.protocol != "udp" and (not called.ports or port.number in called.ports)
            ]
    return found


def _is_called(service: Service, called: Called) -> bool:
    name = f"{service.namespace or '~'}/{service.name}"
    if called.services and not any(fits(pattern, name) for pattern in called.services):
        return False
    if called.namespaces and not any(fits(pattern, service.namespace) for pattern in called.namespaces):
        return False
    return called.without is None or not _is_called(service, called.without)


def to_port(service: Service, port: Port, asked: Asked) -> Request:
    """A request to a port of a Service, of the kind that the port is for."""
    host = service.fqdn
    if port.port_class == "tls":
        return Request("https", host, port.number, "", "", "", (), host, asked.ip)
    if port.port_class == "tcp":
        return Request("tcp", host, port.number, "", "", "", (), "", asked.ip)
    authority = asked.host or (host if port.number == 80 else f"{host}:{port.number}")
    return Request("http", host, port.number, authority, asked.method, asked.path, asked.headers, "", asked.ip,
                   asked.claims)  # fmt: skip


_SUFFIX = re.compile(r"\.svc\.[^/:]*$")


def said(request: Request) -> str:
    """`GET http://reviews:9080/ (end-user: jason)`."""
    default = DEFAULT_PORTS[request.protocol] == request.port
    url = f"{request.protocol}://{_SUFFIX.sub('', request.host)}{'' if default else f':{request.port}'}"
    if not request.has_http:
        return url
    headers = "".join(f" ({name}: {value})" for name, value in request.headers)
    return f"{request.method} {url}{request.path}{headers}"
