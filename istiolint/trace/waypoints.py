"""Waypoints: which one stands before a Service, its policies and its routes (specification 14.1, 14.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.gateways import KubeGateway
from istiolint.mesh.names import MESH, overlap
from istiolint.mesh.namespaces import USE_WAYPOINT
from istiolint.mesh.workloads import GATEWAY_NAME
from istiolint.trace.actions import act
from istiolint.trace.authorization import judge
from istiolint.trace.destinations import Cluster, Naming, meant
from istiolint.trace.forwarding import Load
from istiolint.trace.kube_actions import Backends, act_kube
from istiolint.trace.outcomes import carry_out, has_port, named
from istiolint.trace.patterns import normalise
from istiolint.trace.question import Client
from istiolint.trace.result import Choice, Step, Trace
from istiolint.trace.routes import Place, Route, RouteLists

if TYPE_CHECKING:
    from collections.abc import Callable

    from istiolint.mesh.policies import Policy
    from istiolint.trace.destinations import Meant
    from istiolint.trace.forwarding import Forwarding
    from istiolint.trace.registry import Entry
    from istiolint.trace.result import Verdict
    from istiolint.trace.scope import World


class Waypoints:
    """The waypoints of one mesh."""

    def __init__(self, world: World, forwarding: Forwarding) -> None:
        self.world = world
        self.forwarding = forwarding

    def of(self, entry: Entry) -> KubeGateway | None:
        """The waypoint of a Service; a label that names none that exists, or one that is not for services, is final."""
        mesh = self.world.mesh
        having = entry.thing.labels
        if having.get(USE_WAYPOINT) == "none":
            return None
        reference = mesh.ambient.waypoint_name(having, entry.namespace)
        if not reference:
            return None
        namespace, _, name = reference.partition("/")
        for it in mesh.gateways_by_name.things.get((namespace, name), ()):
            if isinstance(it, KubeGateway) and it.waypoint and it.waypoint_for in ("service", "all"):
                return it
        return None

    def trace(self, trace: Trace, gateway: KubeGateway, entry: Entry) -> Trace:
        """What a waypoint does with a request to a service."""
        client, request = trace.client, trace.request
        port = entry.port(request.port)
        http = request.protocol == "http" and port is not None and port.port_class in ("http", "auto")
        step = Step("waypoint", f"goes to waypoint {gateway.namespace}/{gateway.name}", gateway.document)
        verdict = self._verdict(trace, gateway, entry, http)
        trace = trace._replace(steps=(*trace.steps, step), gateway_verdict=verdict, outcome="forward")
        proxy = Client(
            gateway.namespace, gateway.name, "waypoint", {GATEWAY_NAME: gateway.name}, gateway.name, client.ip
        )
        inside = trace._replace(client=proxy)
        done = self._routed(inside, entry) if http else self._plain(inside, entry, False)
        return done._replace(client=client)

    # Policies

    def _acting(self, kind: str, gateway: KubeGateway, entry: Entry) -> list[Policy]:
        """The policies of a kind that are attached to a waypoint, or to the service."""
        return [it for it in self.world.mesh.policies.of(kind) if attached(it, gateway, entry)]

    def _verdict(self, trace: Trace, gateway: KubeGateway, entry: Entry, http: bool) -> Verdict:
        client, request = trace.client, trace.request
        load = Load(request.protocol, request, http, request.path, request.authority)
        subject = self.forwarding.subject(client, request.port, load, http, True)
        tokens = self._acting("RequestAuthentication", gateway, entry)
        return judge(tokens, self._acting("AuthorizationPolicy", gateway, entry), subject)

    # Routes

    def _routed(self, trace: Trace, entry: Entry) -> Trace:
        client, request = trace.client, trace.request
        path = normalise(request.path, self.forwarding.normalisation)
        routes = self._routes(client, entry, request.port)
        route = next((it for it in routes if it.takes(request, path, "http")), None)
        trace = trace._replace(choice=Choice(tuple(routes), route, "http"))
        if route is None:
            return self._plain(trace, entry, True)
        view = self.world.view(client)
        if route.entry.source is not None:
            backends = Backends(
                self.world.mesh, request.port, "http", False, lambda host, port: has_port(view, host, port)
            )  # fmt: skip
            action = act_kube(route, request, path, backends)
        else:
            naming = Naming(self.world.mesh.domain, request.port, self._meant(client))
            action = act(route, request, path, naming, "http")
        return carry_out(self.world, self.forwarding, trace, route, action)

    def _meant(self, client: Client) -> Callable[[str], Meant]:
        view = self.world.view(client)

        def known(host: str) -> Meant:
            found = view.known(host)
            return meant(found.entry if found else None)

        return known

    def _routes(self, client: Client, entry: Entry, port: int) -> list[Route]:
        """The routes of all VirtualServices and HTTPRoutes about a service, one list after the other."""
        lists = self.world.mesh.index(RouteLists)
        place = Place(port, MESH, client.namespace, {})
        found: list[Route] = []
        for _, routed in self.world.routes.by_gateway.get(MESH, ()):
            near = routed.service.namespace in (client.namespace, entry.namespace)
            if near and any(overlap(entry.host, host) for host in routed.hosts):
                found += lists.of(routed, place)
        return found

    def _plain(self, trace: Trace, entry: Entry, http: bool) -> Trace:
        """Straight to the service, where no route says otherwise."""
        client, request = trace.client, trace.request
        load = Load(request.protocol, request, http, request.path, request.authority)
        cluster = Cluster(entry.host, request.port, "")
        target = self.forwarding.target(client, self.world.view(client), cluster, load)
        step = Step("route", f"no route is about {named(entry.thing)}", entry.document)
        return trace._replace(targets=(target,), steps=(*trace.steps, step))


def attached(policy: Policy, gateway: KubeGateway, entry: Entry) -> bool:
    """Whether a policy acts at a waypoint for a service."""
    for target in policy.targets:
        if target.kind == "Gateway" and (policy.namespace, target.name) == (gateway.namespace, gateway.name):
            return True
        if target.kind == "GatewayClass" and policy.root and target.name == gateway.class_name:
            return True
        its = (entry.document.kind, entry.namespace, entry.thing.name)
        if (target.kind, policy.namespace, target.name) == its:
            return True
    return False
