"""The way of one request, stage by stage (specification 0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.trace.actions import act
from istiolint.trace.ages import OtherAges
from istiolint.trace.capture import captured, ranged
from istiolint.trace.contests import Contests
from istiolint.trace.destinations import Cluster, Meant, Naming
from istiolint.trace.dialling import Dialled, dial
from istiolint.trace.forwarding import Forwarding, Load
from istiolint.trace.gateway_listeners import GatewayListeners
from istiolint.trace.kube_actions import Backends, act_kube
from istiolint.trace.kube_gateways import KubeGateways
from istiolint.trace.listeners import Outbound
from istiolint.trace.opaque import Chain, choose
from istiolint.trace.outcomes import carry_out, has_port, named, refused_patterns
from istiolint.trace.patterns import normalise
from istiolint.trace.result import Choice, RouteTaken, Step, Trace, behaviour
from istiolint.trace.scope import World
from istiolint.trace.servers import Inbound
from istiolint.trace.waypoints import Waypoints

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document
    from istiolint.trace.listeners import Listener
    from istiolint.trace.question import Client, Request
    from istiolint.trace.virtual_hosts import Table, VirtualHost


class Options(NamedTuple):
    """How to read what manifests leave open."""

    defaulted_ports: bool = True
    """Whether a Service's port without `targetPort` has it from the API server, as in any cluster."""


DEFAULT = Options()


class Tracer:
    """Traces requests through one mesh; what it works out of the mesh, it remembers."""

    def __init__(self, mesh: Mesh, options: Options = DEFAULT) -> None:
        self.mesh = mesh
        self.options = options
        self._other: Tracer | None = None
        self.world = mesh.index(World)
        self.outbound = mesh.index(Outbound)
        self.forwarding = Forwarding(mesh, Inbound(mesh, options.defaulted_ports))
        self.gateways = GatewayListeners(self.world, self.forwarding)
        self.kube_gateways = KubeGateways(self.world, self.forwarding)
        self.waypoints = Waypoints(self.world, self.forwarding)

    def trace(self, client: Client, request: Request) -> Trace:
        """What happens to a request of a client."""
        if client.kind == "gateway":
            gateway = self.kube_gateways.of(client)
            if gateway is not None:
                return self.kube_gateways.trace(client, gateway, request)
            return self.gateways.trace(client, request)
        dialled = dial(self.world.registry, request.host, client.namespace)
        if client.kind == "ambient":
            return self._ambient(client, request, dialled)
        if client.kind != "sidecar":
            said = Step("client", f"{client} has no sidecar: nothing is routed", _document(client))
            return self._direct(Trace(client, request, "no-sidecar", (said,)), dialled)
        if not captured(client.workload, request.port, "Outbound"):
            said = Step("client", f"the sidecar of {client} does not see port {request.port}", _document(client))
            return self._direct(Trace(client, request, "no-sidecar", (said,)), dialled)
        trace = self._routed(client, request, dialled)
        return trace._replace(steps=(*self._doubts(client), *trace.steps))

    def _ambient(self, client: Client, request: Request, dialled: Dialled) -> Trace:
        """From ztunnel: through the waypoint of the service, if it has one, else to any of its pods."""
        said = Step("ztunnel", f"the ztunnel of {client} takes it", _document(client))
        trace = Trace(client, request, "passthrough", (said,))
        entry = dialled.entry
        if entry is None:
            return trace
        waypoint = self.waypoints.of(entry)
        if waypoint is not None:
            return self.waypoints.trace(trace, waypoint, entry)
        return self._direct(trace._replace(outcome="forward"), dialled)

    def both_ages(self, client: Client, request: Request) -> Trace:
        """The trace, and what happens otherwise where it depends on an order of age that the files do not tell."""
        trace = self.trace(client, request)
        if not self.mesh.index(Contests).possible(trace):
            return trace
        if self._other is None:
            self._other = Tracer(self.mesh.index(OtherAges).mesh, self.options)
        other = self._other.trace(self.mesh.index(OtherAges).same(client), request)
        return trace if behaviour(other) == behaviour(trace) else trace._replace(otherwise=other)

    def _doubts(self, client: Client) -> tuple[Step, ...]:
        """What may be different with the client's own proxy."""
        found = self.forwarding.unknowns.of(client.workload, "outbound")
        if (sidecar := self.world.view(client).sidecar) is not None:
            said = f"{named(sidecar)} says what {client} sees"
            found = (Step("scope", said, sidecar.document, ("spec", "egress")), *found)
        if client.assumed:
            why = f"whether {client} has a sidecar is not in the files"
            found = (Step("client", f"{client} is taken to have a sidecar", _document(client), unknown=why), *found)
        if ranged(client.workload):
            why = "only some addresses go through the sidecar, by an annotation of the client"
            found = (Step("client", why, _document(client), unknown=why), *found)
        return found

    def _routed(self, client: Client, request: Request, dialled: Dialled) -> Trace:
        listener = self.outbound.listener(client, dialled, request.port)
        chain = choose(list(listener.chains), request.protocol, request.sni) if listener else None
        if listener is None or chain is None:
            return self._unknown(client, request, dialled, listener)
        if chain.http:
            return self._http(client, request, dialled, chain)
        return self._opaque(client, request, chain)

    # Unknown destinations

    def _unknown(self, client: Client, request: Request, dialled: Dialled, listener: Listener | None) -> Trace:
        why = "no listener has this port" if listener is None else "no filter chain of the listener takes it"
        step = self._policy_step(client, why)
        if self.world.view(client).outbound_policy == "REGISTRY_ONLY":
            return Trace(client, request, "closed", (step,))
        return self._direct(Trace(client, request, "passthrough", (step,)), dialled)

    def _policy_step(self, client: Client, why: str) -> Step:
        view = self.world.view(client)
        document = view.sidecar.document if view.sidecar and view.policy_path else self.mesh.config.source
        return Step("listener", f"{why}: {view.outbound_policy}", document, view.policy_path)

    def _direct(self, trace: Trace, dialled: Dialled) -> Trace:
        if dialled.entry is None:
            return trace
        request = trace.request
        load = Load(request.protocol, request, False, request.path, request.authority)
        backends = self.forwarding.dialled(trace.client, dialled.entry, request.port, load)
        return trace._replace(backends=backends)

    # Connections that are not read as HTTP

    def _opaque(self, client: Client, request: Request, chain: Chain) -> Trace:
        view = self.world.view(client)
        load = Load(request.protocol, request, False, request.path, request.authority)
        targets = tuple(self.forwarding.target(client, view, it, load) for it in chain.clusters)
        made_by = chain.service or chain.entry
        step = Step("listener", "forwarded without being read", made_by.document if made_by else None, chain.path)
        return Trace(client, request, "forward", (step,), targets=targets)

    # HTTP

    def _http(self, client: Client, request: Request, dialled: Dialled, chain: Chain) -> Trace:
        table = self.outbound.table(client, request.port)
        assert table is not None
        host = table.of_host(chain.entry.host) if chain.entry else table.find(request.authority)
        if host is None:
            step = self._policy_step(client, f"no host of port {request.port} is {request.authority}")
            if self.world.view(client).outbound_policy == "REGISTRY_ONLY":
                return Trace(client, request, "blackhole-502", (step,))
            return self._direct(Trace(client, request, "passthrough", (step,)), dialled)
        steps = (self._listener_step(request, chain), self._host_step(host), *refused_patterns(host.routes))
        if host.owner is None:
            action = Cluster(host.host, request.port, "")
            load = Load("http", request, True, request.path, request.authority)
            target = self.forwarding.target(client, self.world.view(client), action, load)
            return Trace(client, request, "forward", steps, targets=(target,))
        path = normalise(request.path, self.forwarding.normalisation)
        route = next((it for it in host.routes if it.takes(request, path, "http")), None)
        choice = Choice(host.routes, route, "http")
        if route is None:
            service = host.owner.service
            said = Step("route", f"no route of {named(service)} takes it", service.document, ("spec",))
            nothing = RouteTaken(service, None)
            return Trace(client, request, "no-route-404", (*steps, said), nothing, choice=choice)
        if route.entry.source is not None:
            view = self.world.view(client)
            backends = Backends(self.mesh, request.port, "http", False, lambda it, port: has_port(view, it, port))
            action_taken = act_kube(route, request, path, backends)
        else:
            naming = Naming(self.mesh.domain, request.port, lambda it: _known(table, it))
            action_taken = act(route, request, path, naming, "http")
        trace = Trace(client, request, "forward", steps, choice=choice)
        return carry_out(self.world, self.forwarding, trace, route, action_taken)

    def _listener_step(self, request: Request, chain: Chain) -> Step:
        if chain.entry is not None:
            said = f"port {request.port} of {chain.entry.host} is read as HTTP, and goes by the address"
            return Step("listener", said, chain.entry.document, ("spec", "ports"))
        return Step("listener", f"port {request.port} is one of HTTP: the Host header decides")

    def _host_step(self, host: VirtualHost) -> Step:
        if host.owner is not None:
            service = host.owner.service
            said = f"host {host.host} has the routes of {named(service)}"
            return Step("host", said, service.document, ("spec",), host.losers)
        assert host.entry is not None
        return Step("host", f"host {host.host} has its default route", host.entry.document, (), host.losers)


def _known(table: Table, host: str) -> Meant:
    """What a sidecar's table knows of a destination: only services that have its port, and of them that port."""
    entry = table.egress.with_port(host, table.port)
    return Meant(entry.alias, table.port) if entry is not None else Meant()


def _document(client: Client) -> Document | None:
    return client.workload.document if client.workload else None
