"""From words to questions: a URL and headers to a request, a name to a client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from istiolint.records import NamedTuple
from istiolint.trace.question import INSTALLED, Request, find_client, find_gateway

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.trace.question import Client, Protocol

PORTS = {"http": 80, "https": 443, "tcp": 0}
_URL = re.compile(r"(?P<scheme>http|https|tcp)://(?P<host>\[[^]]+\]|[^/:?#]+)(?::(?P<port>\d+))?(?P<path>[/?][^#]*)?")


class BadQuestion(ValueError):
    """The words make no question; the message says why."""


class Details(NamedTuple):
    """What is said of a request besides its URL."""

    method: str = "GET"
    headers: tuple[str, ...] = ()
    """`Name: value` each; `Host` is the authority."""
    sni: str = ""
    source_ip: str = ""
    claims: Mapping[str, Any] | None = None


def request_of(url: str, details: Details, outside: bool) -> Request:
    """The request that a URL means; `outside`: at a gateway, which may end TLS and read the request.

    A sidecar sees of `https` only that it is TLS. Raises BadQuestion.
    """
    found = _URL.fullmatch(url if "://" in url else f"http://{url}")
    if found is None:
        raise BadQuestion(f"{url!r} is no URL such as http://reviews.shop:9080/path, https://host or tcp://host:5432")
    scheme, host = found["scheme"], found["host"]
    port = int(found["port"] or PORTS[scheme])
    if not 0 < port < 65536:
        raise BadQuestion(f"{url!r} needs a port between 1 and 65535")
    protocol: Protocol = scheme  # type: ignore[assignment]
    sni = details.sni or (host if scheme == "https" else "")
    if scheme == "tcp" or (scheme == "https" and not outside):
        return Request(protocol, host, port, method="", path="", sni=sni, source_ip=details.source_ip)
    headers = dict(_headers(details.headers))
    authority = headers.pop("host", "") or (host if port == PORTS[scheme] else f"{host}:{port}")
    path = found["path"] or "/"
    return Request(
        protocol, host, port, authority, details.method, path if path.startswith("/") else f"/{path}",
        tuple(headers.items()), sni, details.source_ip, details.claims,
    )  # fmt: skip


def _headers(written: Iterable[str]) -> Iterable[tuple[str, str]]:
    found: dict[str, str] = {}
    for it in written:
        name, colon, value = it.partition(":")
        if not colon or not name.strip():
            raise BadQuestion(f"header {it!r}: expected NAME: VALUE")
        key = name.strip().lower()
        found[key] = f"{found[key]},{value.strip()}" if key in found else value.strip()
    return found.items()


def caller(mesh: Mesh, name: str, namespace: str, ip: str = "") -> Client:
    """The client that `namespace/name` means (or `name`, in `namespace`). Raises BadQuestion where there is none."""
    space, slash, short = name.rpartition("/")
    space = space if slash else namespace
    found = find_client(mesh, space, short, ip)
    if found is None and not slash and not namespace:
        only = _only(name, (it.namespace for it in mesh.workloads if it.name == short))
        found = find_client(mesh, only, short, ip) if only is not None else None
    if found is None:
        names = [f"{it.namespace}/{it.name}" if it.namespace else it.name for it in mesh.workloads]
        raise BadQuestion(f"no workload of the files is {name}{_meant(name, names)}")
    return found


def gateway(mesh: Mesh, name: str, namespace: str, ip: str = "") -> Client:
    """The gateway that `namespace/name` means. Raises BadQuestion where there is none."""
    space, slash, short = name.rpartition("/")
    space = space if slash else namespace
    if not space and not slash:
        things = (*mesh.gateways_by_name, *mesh.workloads, *mesh.services)
        only = _only(name, (it.namespace for it in things if it.name == short))
        space = only if only is not None else mesh.root_namespace if short in INSTALLED else ""
    found = find_gateway(mesh, space, short, ip)
    if found is None:
        names = [f"{it.namespace}/{it.name}" for it in (*mesh.gateways_by_name, *mesh.workloads)]
        hint = _meant(name, names) or "; name its Deployment, its Service, or a Gateway"
        raise BadQuestion(f"no gateway of the files is {name}{hint}")
    return found


def _only(name: str, namespaces: Iterable[str]) -> str | None:
    """The one namespace that has the thing; None where none has it. Raises BadQuestion where several do."""
    found = sorted(set(namespaces))
    if len(found) > 1:
        several = ", ".join(f"{namespace}/{name}" for namespace in found)
        raise BadQuestion(f"{name} is in more than one namespace: {several}")
    return found[0] if found else None


def slip(mesh: Mesh, client: Client, request: Request) -> str:
    """What was most likely meant, where a pod asks a Service for a port that it does not have, or in a namespace that
    does not have the Service; empty where nothing looks like that."""
    if client.kind == "gateway":
        return ""
    here = mesh.registry.services.get(mesh.fqdn(request.host, client.namespace))
    if here:
        known = sorted({port.number for service in here for port in service.ports})
        if not known or request.port in known:
            return ""
        numbers = ", ".join(map(str, known))
        return f"Service {here[0].namespace}/{here[0].name} has no port {request.port}; it has {numbers}"
    elsewhere = [it for it in mesh.services if it.name == request.host and it.namespace]
    if not elsewhere or not client.namespace:
        return ""
    names = " or ".join(f"{it.name}.{it.namespace}" for it in elsewhere[:3])
    return f"namespace {client.namespace} has no Service {request.host}; {names} would be one of another namespace"


def _meant(name: str, names: list[str]) -> str:
    from istiolint.config import did_you_mean

    return did_you_mean(name, names)


def shown(request: Request) -> str:
    """`GET http://reviews.shop:9080/`, with `Host` where another is sent than the one that is dialled."""
    port = "" if PORTS[request.protocol] == request.port else f":{request.port}"
    url = f"{request.protocol}://{request.host}{port}"
    if not request.has_http:
        return url + (f" (SNI {request.sni})" if request.sni not in ("", request.host) else "")
    own = request.authority in (request.host, f"{request.host}:{request.port}")
    return f"{request.method} {url}{request.path}" + ("" if own else f" (Host: {request.authority})")
