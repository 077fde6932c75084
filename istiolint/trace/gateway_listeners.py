"""The way through a gateway: listener, server, route, and on as from any client (specification 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import gateway_reference, overlap
from istiolint.mesh.read import dig, number, sequence, texts
from istiolint.records import NamedTuple
from istiolint.trace.actions import act
from istiolint.trace.delegation import opaque_services
from istiolint.trace.destinations import Cluster, Naming, meant
from istiolint.trace.forwarding import Load
from istiolint.trace.gateway_routes import GatewayHost, GatewayTable, visible_routes
from istiolint.trace.gateway_servers import Bound, Ported, merged, selecting
from istiolint.trace.outcomes import carry_out, refused_patterns
from istiolint.trace.patterns import normalise
from istiolint.trace.result import Choice, Redirect, RouteTaken, Step, Trace, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.finding import Path
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.mesh.workloads import Workload
    from istiolint.trace.forwarding import Forwarding
    from istiolint.trace.question import Client, Protocol, Request
    from istiolint.trace.scope import World


class Door(NamedTuple):
    """A filter chain of a gateway's listener."""

    bound: tuple[Bound, ...]
    """Its servers: more than one only where they share a table of plaintext HTTP."""
    sni: tuple[str, ...]
    """Empty: no condition."""
    clusters: tuple[Cluster, ...] = ()
    """Where what is not read goes."""
    service: VirtualService | None = None
    path: Path = ()


class GatewayListeners:
    """Gateways of one mesh."""

    def __init__(self, world: World, forwarding: Forwarding) -> None:
        self.world = world
        self.forwarding = forwarding
        self._ports: dict[int, dict[int, Ported]] = {}
        self._doors: dict[tuple[int, int], tuple[Door, ...]] = {}
        self._tables: dict[tuple[object, ...], GatewayTable] = {}

    def trace(self, client: Client, request: Request) -> Trace:
        """What a gateway does with a request from outside."""
        blank = Trace(client, request, "no-listener")
        workload = client.workload
        if workload is None:
            return blank
        port = self._container_port(workload, request.port)
        if client.assumed:
            why = f"the pods and the Service of gateway {client} are not in the files"
            said = f"{client} is taken to be the gateway of Istio's own charts"
            blank = blank._replace(steps=(Step("client", said, unknown=why),))
        doors = self._doors_of(client, workload, port) if port is not None else ()
        if not doors or port is None:
            step = Step("listener", f"no Gateway has a server for port {request.port}")
            return blank._replace(steps=(*blank.steps, step))
        if clash := _clash(doors):
            step = Step("listener", f"two filter chains ask for {clash}: Envoy takes no such listener",
                        doors[0].bound[0].gateway.document, doors[0].bound[0].server.path)  # fmt: skip
            return blank._replace(outcome="listener-rejected", steps=(*blank.steps, step))
        door = _choose(doors, request)
        if door is None:
            return blank._replace(
                outcome="refused", steps=(Step("listener", f"port {port} has no server for this connection"),)
            )
        first = door.bound[0]
        step = Step(
            "listener", f"server {first.server.path[-1]} of Gateway {first.gateway.reference} takes it",
            first.gateway.document, first.server.path, self._ported(workload)[port].dropped,
        )  # fmt: skip
        trace = blank._replace(steps=(*blank.steps, step, *self.forwarding.unknowns.of(workload, "gateway")))
        http = first.kind in ("http", "https")
        trace = trace._replace(gateway_verdict=self._verdict(client, workload, port, request, http))
        return self._http(trace, door) if http else self._opaque(trace, door)

    def hosts(self, client: Client) -> Iterator[tuple[str, int, Protocol]]:
        """What a gateway can be asked for: names (or wildcards), each with its port and how it is spoken to."""
        workload = client.workload
        for port in self._ported(workload) if workload is not None else ():
            assert workload is not None
            for door in self._doors_of(client, workload, port):
                first = door.bound[0]
                if first.kind in ("http", "https"):
                    protocol: Protocol = "https" if first.kind == "https" else "http"
                    names = self._table(client, door).hosts
                else:
                    protocol = "tcp" if first.kind == "tcp" else "https"
                    names = door.sni if first.kind != "tcp" else (first.gateway.name,)
                yield from ((name, first.server.number, protocol) for name in names or ("*",))

    # Listeners

    def _container_port(self, workload: Workload, port: int) -> int | None:
        """The port of the pod behind a port of the gateway's Service."""
        for service in self.forwarding.inbound.services(workload):
            for its in service.ports:
                if its.number == port and its.protocol != "udp":
                    return workload.port_number(its.target)
        return port

    def _resolve(self, workload: Workload, port: int) -> int | None:
        """The port of the pod that a server's port means."""
        for service in self.forwarding.inbound.services(workload):
            for its in service.ports:
                if its.number == port and its.protocol != "udp":
                    return self.forwarding.inbound.target(workload, its)
        return port

    def _ported(self, workload: Workload) -> dict[int, Ported]:
        key = id(workload)
        if key not in self._ports:
            gateways = selecting(self.world.mesh.gateways, workload.labels)
            self._ports[key] = merged(gateways, lambda port: self._resolve(workload, port))
        return self._ports[key]

    def _doors_of(self, client: Client, workload: Workload, port: int) -> tuple[Door, ...]:
        key = (id(workload), port)
        if key not in self._doors:
            found = self._ported(workload).get(port)
            self._doors[key] = tuple(self._make(client, found)) if found else ()
        return self._doors[key]

    def _make(self, client: Client, ported: Ported) -> list[Door]:
        doors: list[Door] = []
        plain = tuple(bound for bound in ported.servers if bound.kind == "http")
        taken: set[str] = set()
        for bound in ported.servers:
            if bound.kind == "http":
                if bound is plain[0]:
                    doors.append(Door(plain, ()))
            elif bound.kind == "https":
                doors.append(Door((bound,), bound.sni))
            elif bound.kind == "passthrough":
                doors += self._by_sni(client, bound, taken)
            else:
                doors += self._tcp(client, bound)
        return doors

    def _naming(self, client: Client, bound: Bound) -> Naming:
        view = self.world.view(client)

        def known(host: str) -> object:
            found = view.known(host)
            return meant(found.entry if found else None)

        return Naming(self.world.mesh.domain, bound.server.number, known)  # type: ignore[arg-type]

    def _by_sni(self, client: Client, bound: Bound, taken: set[str]) -> list[Door]:
        """The chains of a PASSTHROUGH server: one for each match, unless one of its server names is taken."""
        doors: list[Door] = []
        naming = self._naming(client, bound)
        for service in opaque_services(visible_routes(self.world, client, bound.gateway)):
            if not _meets(bound, service):
                continue
            for index, item in enumerate(sequence(service.spec.get("tls"))):
                for match in sequence(dig(item, "match")):
                    if not isinstance(match, dict) or not _admits(match, bound, service.namespace):
                        continue
                    names = texts(match.get("sniHosts"))
                    if not taken.intersection(names):
                        taken.update(names)
                        path: Path = ("spec", "tls", index)
                        clusters = naming.clusters(item.get("route"), (*path, "route"), service)
                        sni = () if "*" in names else tuple(it.lower() for it in names)
                        doors.append(Door((bound,), sni, clusters, service, path))
        return doors

    def _tcp(self, client: Client, bound: Bound) -> list[Door]:
        """The chain of a server that reads nothing of what it passes on: the first VirtualService that fits."""
        naming = self._naming(client, bound)
        for service in opaque_services(visible_routes(self.world, client, bound.gateway)):
            if not _meets(bound, service):
                continue
            for index, item in enumerate(sequence(service.spec.get("tcp"))):
                written = [it for it in sequence(dig(item, "match")) if isinstance(it, dict)]
                if not written or any(_admits(it, bound, service.namespace) for it in written):
                    path: Path = ("spec", "tcp", index)
                    clusters = naming.clusters(item.get("route"), (*path, "route"), service)
                    return [Door((bound,), bound.sni if bound.kind == "tls" else (), clusters, service, path)]
        return []

    # Requests

    def _verdict(self, client: Client, workload: Workload, port: int, request: Request, http: bool) -> Verdict:
        outside = client._replace(ip=request.source_ip)
        load = Load("http", request, http, request.path, request.authority)
        subject = self.forwarding.subject(outside, port, load, http, False)
        return self.forwarding.verdict(workload, subject)

    def _opaque(self, trace: Trace, door: Door) -> Trace:
        client, request = trace.client, trace.request
        view = self.world.view(client)
        inner = request.protocol
        load = Load(inner, request, False, request.path, request.authority, request.source_ip)
        targets = tuple(self.forwarding.target(client, view, it, load) for it in door.clusters)
        step = Step("route", "forwarded without being read",
                    door.service.document if door.service else None, door.path)  # fmt: skip
        return trace._replace(outcome="forward", targets=targets, steps=(*trace.steps, step))

    def _http(self, trace: Trace, door: Door) -> Trace:
        client, request = trace.client, trace.request
        table = self._table(client, door)
        host = table.find(request.authority)
        scheme = "https" if door.bound[0].kind == "https" else "http"
        if host is None:
            step = Step("host", f"no host of this server is {request.authority}")
            return trace._replace(outcome="no-route-404", steps=(*trace.steps, step))
        if host.redirecting is not None and scheme == "http":
            return _to_https(trace, host)
        trace = trace._replace(steps=(*trace.steps, *refused_patterns(host.routes)))
        path = normalise(request.path, self.forwarding.normalisation)
        route = next((it for it in host.routes if it.takes(request, path, scheme)), None)
        trace = trace._replace(choice=Choice(host.routes, route, scheme))
        if route is None:
            only = host.owners[0].service if len(host.owners) == 1 else None
            step = Step("route", f"no route of host {host.host} takes it", only.document if only else None,
                        ("spec", "http") if only else ())  # fmt: skip
            taken = RouteTaken(only, None) if only else None
            return trace._replace(outcome="no-route-404", steps=(*trace.steps, step), route=taken)
        naming = Naming(self.world.mesh.domain, table.port, lambda it: table.known(route.owner, it))
        return carry_out(
            self.world, self.forwarding, trace._replace(outcome="forward"), route,
            act(route, request, path, naming, scheme),
        )  # fmt: skip

    def _table(self, client: Client, door: Door) -> GatewayTable:
        key = (client.namespace, id(client.workload), tuple(id(it.server) for it in door.bound))
        if key not in self._tables:
            self._tables[key] = GatewayTable(self.world, client, door.bound)
        return self._tables[key]


def _to_https(trace: Trace, host: GatewayHost) -> Trace:
    bound = host.redirecting
    assert bound is not None
    step = Step("action", f"Gateway {bound.gateway.reference} redirects {host.host} to https",
                bound.gateway.document, (*bound.server.path, "tls", "httpsRedirect"))  # fmt: skip
    location = f"https://{trace.request.authority}{trace.request.path}"
    return trace._replace(outcome="redirect", redirect=Redirect(301, location), steps=(*trace.steps, step))


def _clash(doors: tuple[Door, ...]) -> str:
    """A server name that two chains of a listener ask for; empty: none."""
    seen: set[str] = set()
    for door in doors:
        for name in door.sni or ("every connection",):
            if name in seen:
                return name
            seen.add(name)
    return ""


def _choose(doors: tuple[Door, ...], request: Request) -> Door | None:
    """The chain that takes a connection, if it can make anything of it."""
    found = None
    if request.protocol == "https" and request.sni:
        sni = request.sni.lower()
        names = [sni, *(f"*.{sni[at + 1 :]}" for at, it in enumerate(sni) if it == ".")]
        found = next((door for name in names for door in doors if name in door.sni), None)
    found = found or next((door for door in doors if not door.sni), None)
    if found is None:
        return None
    kind = found.bound[0].kind
    if kind == "http":
        return found if request.protocol == "http" else None
    if kind in ("https", "tls"):
        return found if request.protocol == "https" else None
    return found


def _meets(bound: Bound, service: VirtualService) -> bool:
    """Whether a server and a VirtualService are about some common host."""
    return any(
        entry.namespace in ("*", service.namespace) and overlap(host, entry.host)
        for entry in bound.server.hosts
        for host in service.hosts
    )


def _admits(match: dict[str, object], bound: Bound, namespace: str) -> bool:
    """Whether a match of a VirtualService is for a server."""
    port = number(match.get("port"))
    gateways = [gateway_reference(it, namespace) for it in texts(match.get("gateways"))]
    return (not port or port == bound.server.number) and (not gateways or bound.gateway.reference in gateways)
