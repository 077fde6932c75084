"""The way through a gateway of the Gateway API: listener, route, and on as from any client (specification 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.gateways import KubeGateway
from istiolint.mesh.kube_routes import is_gateway
from istiolint.mesh.names import within
from istiolint.mesh.read import dig, labels, matches, sequence, text
from istiolint.mesh.workloads import GATEWAY_NAME
from istiolint.records import NamedTuple
from istiolint.trace.forwarding import Load
from istiolint.trace.kube_actions import Backends, act_kube
from istiolint.trace.kube_routes import HTTP_KINDS, OPAQUE_KINDS, KubeRoute, by_precedence, kube_routes
from istiolint.trace.outcomes import carry_out, has_port, named
from istiolint.trace.patterns import normalise
from istiolint.trace.result import Choice, Step, Trace
from istiolint.trace.routes import Route
from istiolint.trace.virtual_hosts import bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh.gateways import Listener
    from istiolint.mesh.mesh import Mesh
    from istiolint.trace.delegation import Entry
    from istiolint.trace.forwarding import Forwarding
    from istiolint.trace.question import Client, Protocol, Request
    from istiolint.trace.scope import World

KINDS = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
}
"""The kinds of routes that a listener takes, by its protocol."""


class Attached(NamedTuple):
    """A route at a listener, and the hosts that they share."""

    listener: Listener
    route: KubeRoute
    hosts: tuple[str, ...]


class KubeGateways:
    """Gateways of the Gateway API in one mesh."""

    def __init__(self, world: World, forwarding: Forwarding) -> None:
        self.world = world
        self.forwarding = forwarding
        self._routes: list[KubeRoute] | None = None
        self._attached: dict[int, tuple[Attached, ...]] = {}
        self._tables: dict[tuple[object, ...], dict[str, tuple[Entry, ...]]] = {}

    def of(self, client: Client) -> KubeGateway | None:
        """The Gateway that a gateway's pods belong to; None: they are those of Istio's own Gateways."""
        name = client.labels.get(GATEWAY_NAME)
        found = self.world.mesh.gateways_by_name.things.get((client.namespace, name), []) if name else []
        return next((it for it in found if isinstance(it, KubeGateway)), None)

    def trace(self, client: Client, gateway: KubeGateway, request: Request) -> Trace:
        """What a gateway does with a request from outside."""
        blank = Trace(client, request, "no-listener")
        listeners = [it for it in gateway.listeners if it.number == request.port]
        if not listeners:
            step = Step("listener", f"{named(gateway)} has no listener for port {request.port}", gateway.document)
            return blank._replace(steps=(step,))
        listener = self._choose(gateway, listeners, request)
        if listener is None:
            step = Step("listener", f"no listener of port {request.port} takes this connection", gateway.document)
            return blank._replace(outcome="refused", steps=(step,))
        step = Step(
            "listener", f"listener {listener.name} of {named(gateway)} takes it", gateway.document, listener.path
        )
        trace = blank._replace(steps=(step, *self.forwarding.unknowns.of(client.workload, "gateway")))
        http = listener.protocol in ("HTTP", "HTTPS")
        if client.workload is not None:
            outside = client._replace(ip=request.source_ip)
            load = Load("http", request, http, request.path, request.authority)
            subject = self.forwarding.subject(outside, request.port, load, http, False)
            trace = trace._replace(gateway_verdict=self.forwarding.verdict(client.workload, subject))
        return self._http(trace, gateway, listener) if http else self._opaque(trace, gateway, listener)

    def hosts(self, gateway: KubeGateway) -> Iterator[tuple[str, int, Protocol]]:
        """What a gateway can be asked for: names (or wildcards), each with its port and how it is spoken to."""
        for listener in gateway.listeners:
            if listener.protocol in ("HTTP", "HTTPS"):
                protocol: Protocol = "http" if listener.protocol == "HTTP" else "https"
                names: Iterable[str] = self._table(gateway, listener)
            else:
                protocol = "https" if listener.protocol == "TLS" else "tcp"
                here = (it for it in self.attached(gateway) if it.listener is listener)
                names = (host for it in here for host in it.hosts)
            for name in dict.fromkeys(names):
                yield name, listener.number, protocol

    # Listeners and their routes

    def _choose(self, gateway: KubeGateway, listeners: list[Listener], request: Request) -> Listener | None:
        if request.protocol == "http":
            return next((it for it in listeners if it.protocol in ("HTTP", "TCP")), None)
        secure = [it for it in listeners if it.protocol in ("HTTPS", "TLS")]
        fitting = [it for it in secure if not it.hostname or within(request.sni.lower(), it.hostname.lower())]
        best = max(fitting, key=lambda it: _weight(it.hostname), default=None)
        if request.protocol == "https" and best is not None:
            return best
        return next((it for it in listeners if it.protocol == "TCP"), None)

    def attached(self, gateway: KubeGateway) -> tuple[Attached, ...]:
        """All routes at all listeners of a Gateway."""
        key = id(gateway.document)
        if key not in self._attached:
            if self._routes is None:
                self._routes = kube_routes(self.world.mesh, (*HTTP_KINDS, *OPAQUE_KINDS))
            self._attached[key] = tuple(
                Attached(listener, route, hosts)
                for route in self._routes
                for listener in gateway.listeners
                if attaches(self.world.mesh, route, gateway, listener) and (hosts := _hosts(route, gateway, listener))
            )
        return self._attached[key]

    def _table(self, gateway: KubeGateway, listener: Listener) -> dict[str, tuple[Entry, ...]]:
        """Routes by host: of all listeners of the port for plaintext, else of the one that the server name chose."""
        key = (id(gateway.document), listener.number, "" if listener.protocol == "HTTP" else listener.name)
        if key not in self._tables:
            found: dict[str, list[Entry]] = {}
            for it in self.attached(gateway):
                same = it.listener is listener or (
                    listener.protocol == "HTTP" == it.listener.protocol and it.listener.number == listener.number
                )
                if same and it.route.kind in HTTP_KINDS:
                    for host in it.hosts:
                        found.setdefault(host, []).extend(it.route.entries())
            self._tables[key] = {host: by_precedence(entries) for host, entries in found.items()}
        return self._tables[key]

    # Requests

    def _http(self, trace: Trace, gateway: KubeGateway, listener: Listener) -> Trace:
        client, request = trace.client, trace.request
        entries = _find(self._table(gateway, listener), bare(request.authority))
        scheme = "https" if listener.protocol == "HTTPS" else "http"
        path = normalise(request.path, self.forwarding.normalisation)
        routes = tuple([Route(None, it, it.matches[0]) for it in entries or ()])
        route = next((it for it in routes if it.takes(request, path, scheme)), None)
        if entries is not None:
            trace = trace._replace(choice=Choice(routes, route, scheme))
        if route is None:
            what = f"no host of the listener is {request.authority}" if entries is None else "no route takes it"
            step = Step("route", what, gateway.document, listener.path)
            return trace._replace(outcome="no-route-404", steps=(*trace.steps, step))
        view = self.world.view(client)
        backends = Backends(
            self.world.mesh, request.port, scheme, True, lambda host, port: has_port(view, host, port)
        )  # fmt: skip
        action = act_kube(route, request, path, backends)
        return carry_out(self.world, self.forwarding, trace._replace(outcome="forward"), route, action)

    def _opaque(self, trace: Trace, gateway: KubeGateway, listener: Listener) -> Trace:
        client, request = trace.client, trace.request
        sni = request.sni.lower()
        found = [it for it in self.attached(gateway) if it.listener is listener and it.route.kind in OPAQUE_KINDS]
        fitting = [
            (max((_weight(host) for host in it.hosts if within(sni, host)), default=(False, 0)), it.route)
            for it in found
            if it.route.kind == "TCPRoute" or any(within(sni, host) for host in it.hosts)
        ]
        if not fitting:
            step = Step("route", "no route takes this connection", gateway.document, listener.path)
            return trace._replace(outcome="refused", steps=(*trace.steps, step))
        best = max(weight for weight, _ in fitting)
        route = next(it for weight, it in fitting if weight == best)
        view = self.world.view(client)
        backends = Backends(self.world.mesh, request.port, "", True, lambda host, port: has_port(view, host, port))
        index, rule = route.rules[0] if route.rules else (0, {})
        load = Load(request.protocol, request, False, request.path, request.authority, request.source_ip)
        targets = tuple(
            self.forwarding.target(client, view, it, load) for it in backends.clusters(route, rule, index)
        )  # fmt: skip
        step = Step(
            "route", f"forwarded by {named(route)} without being read", route.document, ("spec", "rules", index)
        )
        return trace._replace(outcome="forward", targets=targets, steps=(*trace.steps, step))


def attaches(mesh: Mesh, route: KubeRoute, gateway: KubeGateway, listener: Listener) -> bool:
    """Whether a route is attached to a listener."""
    if route.kind not in _kinds(gateway, listener) or not _admits(mesh, gateway, listener, route.namespace):
        return False
    return any(
        is_gateway(its)
        and (its.namespace, its.name) == (gateway.namespace, gateway.name)
        and its.section in ("", listener.name)
        and its.port in (0, listener.number)
        for its in route.parents
    )


def _kinds(gateway: KubeGateway, listener: Listener) -> tuple[str, ...]:
    allowed = sequence(dig(_written(gateway, listener), "allowedRoutes", "kinds"))
    named_kinds = tuple(text(dig(it, "kind")) for it in allowed)
    return tuple(it for it in KINDS.get(listener.protocol, ()) if not named_kinds or it in named_kinds)


def _admits(mesh: Mesh, gateway: KubeGateway, listener: Listener, namespace: str) -> bool:
    """Whether routes of a namespace may attach."""
    if listener.from_namespaces == "All":
        return True
    if listener.from_namespaces != "Selector":
        return listener.from_namespaces == "Same" and namespace == gateway.namespace
    selector = dig(_written(gateway, listener), "allowedRoutes", "namespaces", "selector")
    found = mesh.namespaces.get(namespace)
    having = {"kubernetes.io/metadata.name": namespace, **(found.labels if found else {})}
    return matches(labels(dig(selector, "matchLabels")), having) and all(
        _expression_holds(it, having) for it in sequence(dig(selector, "matchExpressions"))
    )


def _expression_holds(written: object, having: dict[str, str]) -> bool:
    key, operator = text(dig(written, "key")), text(dig(written, "operator"))
    values = sequence(dig(written, "values"))
    if operator in ("Exists", "DoesNotExist"):
        return (key in having) == (operator == "Exists")
    return (having.get(key) in values) == (operator == "In")


def _written(gateway: KubeGateway, listener: Listener) -> object:
    return gateway.spec["listeners"][listener.path[-1]]


def _hosts(route: KubeRoute, gateway: KubeGateway, listener: Listener) -> tuple[str, ...]:
    """The hosts that a route has at a listener: those that no other listener of the port owns."""
    own = listener.hostname.lower() or "*"
    found: dict[str, None] = {}
    for host in route.hostnames or (own,):
        if within(host, own):
            found[host] = None
        elif within(own, host):
            found[own] = None
    rivals = [
        it.hostname.lower()
        for it in gateway.listeners
        if it is not listener and (it.number, it.protocol) == (listener.number, listener.protocol)
    ]
    return tuple(
        host for host in found if not any(it and within(host, it) and _weight(it) > _weight(own) for it in rivals)
    )


def _weight(hostname: str) -> tuple[bool, int]:
    """How specific the hostname of a listener is."""
    if hostname in ("", "*"):
        return (False, 0)
    return (hostname[:1] != "*", len(hostname))


def _find(table: dict[str, tuple[Entry, ...]], name: str) -> tuple[Entry, ...] | None:
    """The routes of the most specific host of a table; None: it has no such host."""
    if name in table:
        return table[name]
    rest = name
    while "." in rest:
        rest = rest.partition(".")[2]
        if f"*.{rest}" in table:
            return table[f"*.{rest}"]
    return table.get("*")
