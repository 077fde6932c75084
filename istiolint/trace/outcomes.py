"""The rest of the way, once it is known which route is taken and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.trace.forwarding import Load
from istiolint.trace.patterns import valid
from istiolint.trace.result import RouteTaken, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh.order import Placed
    from istiolint.trace.actions import Action
    from istiolint.trace.forwarding import Forwarding
    from istiolint.trace.result import Trace
    from istiolint.trace.routes import Route
    from istiolint.trace.scope import View, World


def carry_out(world: World, forwarding: Forwarding, trace: Trace, route: Route, action: Action) -> Trace:
    """The rest of the way, once it is known what a route does."""
    client, request = trace.client, trace.request
    entry, match = route.entry, route.match
    taken = RouteTaken(
        route.owner,
        entry.http,
        match.at,
        entry.delegate,
        entry.delegate_http,
        match.delegate_at,
    )
    trace = trace._replace(
        steps=(*trace.steps, _route_step(route)), route=taken, path=action.path, authority=action.authority,
        fault=action.fault, timeout=action.timeout, retries=action.retries, headers=action.headers, cors=action.cors,
    )  # fmt: skip
    if action.redirect is not None:
        return trace._replace(outcome="redirect", redirect=action.redirect)
    if action.status is not None:
        return trace._replace(outcome="direct-response", status=action.status)
    view = world.view(client)
    remote = request.source_ip if client.kind == "gateway" else ""
    load = Load("http", request, True, action.path or request.path, action.authority or request.authority, remote)
    targets = tuple(forwarding.target(client, view, it, load) for it in action.clusters)
    mirrors = tuple(forwarding.mirror(client, view, it.cluster, it.percent) for it in action.mirrors)
    return trace._replace(targets=targets, mirrors=mirrors)


def _route_step(route: Route) -> Step:
    entry, match = route.entry, route.match
    service = route.owner
    said = f"route {entry.http} of {named(service)}"
    if entry.source is not None:
        return Step("route", said, service.document, ("spec", "rules", entry.http))
    path: tuple[str | int, ...] = ("spec", "http", entry.http)
    document = service.document
    if entry.delegate is not None:
        delegate = entry.delegate
        said += f", route {entry.delegate_http} of its delegate {delegate.namespace}/{delegate.name}"
        document, path = delegate.document, ("spec", "http", entry.delegate_http or 0)
        if match.delegate_at is not None:
            path = (*path, "match", match.delegate_at)
    elif match.at is not None:
        path = (*path, "match", match.at)
    return Step("route", said, document, path)


def named(thing: Placed) -> str:
    """`VirtualService shop/pay`."""
    return f"{thing.document.kind} {thing.namespace}/{thing.name}"


def has_port(view: View, host: str, port: int) -> bool:
    """Whether a client has clusters for a port of a host."""
    known = view.known(host)
    return known is not None and port in known.ports


def refused_patterns(routes: Iterable[Route]) -> Iterator[Step]:
    """What follows of regular expressions that Envoy refuses: the proxy keeps the whole table that it had before."""
    for route in routes:
        for pattern in route.match.condition.patterns:
            if not valid(pattern):
                why = f"Envoy refuses the regular expression {pattern}, and with it the whole route table"
                yield Step("route", why, route.owner.document, ("spec",), unknown=why)
