"""What a route does with a request: redirect, answer, or send on, rewritten (specification 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, mapping, number, sequence, text
from istiolint.records import NamedTuple
from istiolint.trace.destinations import Cluster, Naming, host_header
from istiolint.trace.patterns import substitute
from istiolint.trace.result import NONE, Chance, Fault, Redirect

if TYPE_CHECKING:
    from istiolint.trace.matching import Condition
    from istiolint.trace.question import Request
    from istiolint.trace.routes import Route

DEFAULT_PORTS = {"http": 80, "https": 443}


class Copy(NamedTuple):
    """A mirror: where to, and the share of requests."""

    cluster: Cluster
    percent: float


class Action(NamedTuple):
    """What happens to a request."""

    redirect: Redirect | None = None
    status: int | None = None
    clusters: tuple[Cluster, ...] = ()
    path: str | None = None
    """After rewriting; None: as it was."""
    authority: str | None = None
    timeout: str | None = None
    fault: Fault | None = None
    mirrors: tuple[Copy, ...] = ()
    retries: dict[str, Any] | None = None
    headers: dict[str, Any] = NONE
    cors: dict[str, Any] | None = None


def act(route: Route, request: Request, path: str, naming: Naming, scheme: str) -> Action:
    """What a route does with a request that it takes; `path` is normalised, `scheme` that of the connection."""
    written, entry = route.entry.action, route.entry
    fault, timeout = _fault(written.get("fault")), text(written.get("timeout")) or None
    headers, cors = mapping(written.get("headers")), mapping(written.get("corsPolicy")) or None
    if isinstance(redirect := written.get("redirect"), dict):
        return Action(_redirect(redirect, request, path, naming.port, scheme), fault=fault, headers=headers, cors=cors)
    if isinstance(answer := written.get("directResponse"), dict):
        return Action(status=number(answer.get("status")), fault=fault, headers=headers, cors=cors)
    service = entry.delegate or route.owner
    place = entry.delegate_http if entry.delegate else entry.http
    clusters = naming.clusters(written.get("route"), ("spec", "http", place or 0, "route"), service)
    new_path, authority = _rewritten(mapping(written.get("rewrite")), route.match.condition, path)
    authority = host_header(written) or authority or next((it.authority for it in clusters if it.authority), "")
    return Action(
        clusters=clusters,
        path=new_path if new_path != path else None,
        authority=authority if authority and authority != request.authority else None,
        timeout=timeout,
        fault=fault,
        mirrors=_mirrors(route, naming),
        retries=mapping(written.get("retries")) or None,
        headers=headers,
        cors=cors,
    )


def _rewritten(rewrite: dict[str, Any], condition: Condition, path: str) -> tuple[str, str]:
    """Path and authority after a rewrite (the authority empty where it stays)."""
    bare, mark, query = path.partition("?")
    if isinstance(pattern := rewrite.get("uriRegexRewrite"), dict):
        bare = substitute(text(pattern.get("match")), text(pattern.get("rewrite")), bare)
    elif uri := text(rewrite.get("uri")):
        if condition.path.form == "prefix":
            bare = uri + bare[len(condition.path.value) :]
        else:
            bare = uri
    return bare + mark + query, text(rewrite.get("authority"))


def _redirect(written: dict[str, Any], request: Request, path: str, port: int, scheme: str) -> Redirect:
    asked = text(written.get("scheme"))
    new_scheme = asked or scheme
    new_port = number(written.get("port")) or 0
    if not new_port and written.get("derivePort") == "FROM_REQUEST_PORT":
        new_port = port
    if new_port == DEFAULT_PORTS.get(new_scheme):
        new_port = 0
    host = text(written.get("authority")) or _own_host(request.authority, scheme, new_scheme, bool(new_port))
    new_path = path
    if uri := text(written.get("uri")):
        query = path.partition("?")[2]
        new_path = uri + (f"?{query}" if query and "?" not in uri else "")
    location = f"{new_scheme}://{host}{f':{new_port}' if new_port else ''}{new_path}"
    return Redirect(number(written.get("redirectCode")) or 301, location)


def _own_host(authority: str, scheme: str, new_scheme: str, ported: bool) -> str:
    """The request's own host for a redirect: its port goes where it is replaced, or was the old scheme's default."""
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        return authority
    default = new_scheme != scheme and number(port) == DEFAULT_PORTS.get(scheme)
    return host if ported or default else authority


def _percent(value: Any, missing: float) -> float:
    found = dig(value, "value")
    if isinstance(value, dict):
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else 0.0
    return missing


def _fault(written: Any) -> Fault | None:
    """Faults that happen at all: without a percentage none does."""
    found: list[Chance | None] = []
    for kind, field in (("delay", "fixedDelay"), ("abort", "httpStatus")):
        item = mapping(dig(written, kind))
        value = item.get(field)
        old = item.get("percent")
        percent = _percent(item.get("percentage"), float(old) if isinstance(old, int) else 0.0)
        found.append(Chance(value, percent) if isinstance(value, str | int) and percent > 0 else None)
    return Fault(found[0], found[1]) if any(found) else None


def _mirrors(route: Route, naming: Naming) -> tuple[Copy, ...]:
    written, entry = route.entry.action, route.entry
    found = []
    if isinstance(written.get("mirror"), dict):
        old = written.get("mirrorPercent")
        percent = _percent(written.get("mirrorPercentage"), float(old) if isinstance(old, int) else 100.0)
        owner = entry.owners["mirror"]
        key = naming.cluster(written["mirror"], owner)
        place = entry.delegate_http if owner is entry.delegate else entry.http
        path = ("spec", "http", place or 0, "mirror")
        found.append(Copy(Cluster(*key, None, owner.document, path), percent))
    for at, item in enumerate(sequence(written.get("mirrors"))):
        if isinstance(item, dict):
            owner = entry.owners["mirrors"]
            key = naming.cluster(item.get("destination"), owner)
            place = entry.delegate_http if owner is entry.delegate else entry.http
            where = ("spec", "http", place or 0, "mirrors", at)
            found.append(Copy(Cluster(*key, None, owner.document, where), _percent(item.get("percentage"), 100.0)))
    return tuple(it for it in found if it.percent > 0)
