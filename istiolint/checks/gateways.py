"""Servers of Istio Gateways: who gets a port and a host, and behind which Service (semantics 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from istiolint.checks.naming import called, labels_shown, note_at
from istiolint.checks.phrases import listed
from istiolint.finding import Defect, Note
from istiolint.mesh.order import created
from istiolint.mesh.read import dig, sequence
from istiolint.mesh.servers import Claim, ServerClass, Servers, server_class

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import Gateway, Server, ServerHost
    from istiolint.mesh.workloads import Workload
    from istiolint.source.node import Node

MANY = 3
WITHOUT_PORT, HTTPS_PORT = 80, 443
"""The ports that URLs of http and https leave out."""
"""So many others are named; more would not help to find the mistake."""
WORDS: dict[ServerClass, str] = {"http": "plaintext HTTP", "tls": "TLS", "tcp": "plain TCP"}

# Hosts and ports that more than one server asks for


def server_host_taken(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of two servers for one host and port, the younger Gateway's is dropped unless both are plain HTTP."""
    yield from _taken(server, mesh, lambda own, other: not (own == other == "http"))


def host_on_several_gateways(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """Plain HTTP servers for one host and port are merged: routes of all of them apply, the oldest first."""
    yield from _taken(server, mesh, lambda own, other: own == other == "http")


def port_taken_by_other_protocol(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """A port of a gateway speaks plain HTTP, or TLS, or one plain TCP protocol (semantics 8.1)."""
    own = _server(server, mesh)
    if own is None:
        return
    gateway, one = own
    kind = server_class(one)
    servers = mesh.index(Servers)
    found: list[Claim] = []
    others: tuple[ServerClass, ...] = ("http", "tls", "tcp")
    for other in others:
        if other != kind or kind == "tcp":
            claims = servers.of_class(gateway, one, other)
            found += islice((it for it in claims if _beside(own, it, mesh) and not _share(one, it.server)), MANY + 1)
    where = server.at("port", "number")
    if found and where is not None:
        yield where.defect(
            port=one.number,
            kind=WORDS[kind],
            others=_named(found, gateway, with_class=True),
            outcome=_outcome(own, found),
            notes=_notes(found, "the other server"),
        )


def same_sni_twice(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """One SNI that two TLS servers ask for in different words makes the proxy refuse the whole port (semantics 19a)."""
    own = _server(server, mesh)
    if own is None or not _ends_tls(own[1]):
        return
    gateway, one = own
    servers = mesh.index(Servers)
    for host in one.hosts:
        others = servers.of_host(gateway, one, host, _elsewhere(host.namespace))
        claims = (it for it in others if it.server is not one and _ends_tls(it.server) and _applied(gateway, it, mesh))
        found = list(islice(claims, MANY + 1))
        node = server.document.node(*host.path)
        if found and node is not None:
            yield node.defect(
                host=host.host,
                port=one.number,
                others=_named(found, gateway),
                notes=_notes(found, "the same host in other words"),
            )


def tls_host_twice_in_gateway(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """A TLS server one of whose hosts an earlier server of the Gateway has is dropped whole (semantics 8.1)."""
    yield from _earlier(server, mesh, tls=True)


def host_twice_in_gateway(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """Two plain HTTP servers of one Gateway and port for the same host are one."""
    yield from _earlier(server, mesh, tls=False)


def redundant_server_host(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """A host of a server that another one of its list covers."""
    own = _server(server, mesh)
    if own is None:
        return
    hosts = own[1].hosts
    wide = {host.host[1:]: host for host in hosts if host.host[:1] == "*"}
    seen: dict[str, ServerHost] = {}
    for host in hosts:
        cover = seen.setdefault(host.host.lower(), host)
        if cover is host and host.host[:1] != "*":
            tails = (host.host[at:] for at in range(len(host.host) + 1) if at == len(host.host) or host.host[at] == ".")
            cover = next((wide[tail] for tail in tails if tail in wide), host)
        node = server.document.node(*host.path)
        other = server.document.node(*cover.path)
        if cover is host or node is None or other is None:
            continue
        if cover.namespace in ("*", host.namespace):
            yield node.defect(host=node.value, other=other.value, notes=[other.note("this one covers it")])
        elif host.namespace == "*":
            yield other.defect(host=other.value, other=node.value, notes=[node.note("this one covers it")])


def redirect_without_https(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """A redirect to HTTPS is of use only where something answers HTTPS for the host."""
    own = _server(server, mesh)
    redirect = server.at("tls", "httpsRedirect")
    if own is None or redirect is None or redirect.value is not True or not own[1].plaintext:
        return
    gateway, one = own
    servers = mesh.index(Servers)
    lost = []
    for host in one.hosts:
        found = servers.tls_for(gateway, host.host)
        if found is False or (found is None and mesh.world == "complete"):
            lost.append(f'"{host.host}"')
    if lost:
        yield redirect.defect(hosts=listed([*lost[:MANY], *(["others"] if len(lost) > MANY else [])], "or"))


def https_not_enforced(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """Beside a server with TLS for a host, one without it answers in plaintext unless it redirects (semantics 8.1)."""
    own = _server(server, mesh)
    if own is None or not own[1].plaintext or own[1].tls.get("httpsRedirect") is True:
        return
    gateway, one = own
    servers = mesh.index(Servers)
    both = [host for host in one.hosts if host.host != "*" and servers.tls_for(gateway, host.host)]
    if both and not any(_redirects(it.spec) for it in mesh.bound(gateway)):
        host = both[0].host.replace("*", "www", 1)
        port = f":{one.number}" if one.number != WITHOUT_PORT else ""
        yield (server.get("hosts") or server).defect(witness=f"http://{host}{port}/", host=both[0].host, on="key")


def _redirects(spec: dict[str, Any]) -> bool:
    """Whether a VirtualService sends some requests to https itself."""
    return any(dig(entry, "redirect", "scheme") == "https" for entry in sequence(spec.get("http")))


def _ends_tls(server: Server) -> bool:
    """Whether a server decrypts, and so tells its hosts to the proxy; for others, the routes do."""
    return server_class(server) == "tls" and server.tls_mode not in ("", "PASSTHROUGH", "AUTO_PASSTHROUGH")


Wanted = Callable[[ServerClass, str], bool]


def _elsewhere(namespace: str) -> Wanted:
    """Servers with TLS that ask for a host for other namespaces than this one."""
    return lambda kind, other: kind == "tls" and other != namespace


def _clashing(own: ServerClass, namespace: str, clash: Callable[[ServerClass, ServerClass], bool]) -> Wanted:
    """Servers of clashing classes that ask for a host for this namespace."""
    return lambda kind, other: other == namespace and clash(own, kind)


def _server(node: Node, mesh: Mesh) -> tuple[Gateway, Server] | None:
    gateway = mesh.gateway_of(node.document)
    own = next((it for it in gateway.servers if it.path == node.path), None)
    return (gateway, own) if own is not None and own.number else None


def _applied(gateway: Gateway, claim: Claim, mesh: Mesh) -> bool:
    """Whether both are surely there: of one Gateway, or of two that are applied together."""
    if claim.gateway.reference == gateway.reference:
        return claim.gateway is gateway
    return mesh.together(gateway.document, claim.gateway.document)


def _beside(own: tuple[Gateway, Server], claim: Claim, mesh: Mesh) -> bool:
    return claim.server is not own[1] and _applied(own[0], claim, mesh)


def _share(one: Server, other: Server) -> bool:
    """Whether two servers have a host in common (then that is said instead)."""
    hosts = {host.host.lower() for host in one.hosts}
    return any(host.host.lower() in hosts for host in other.hosts)


def _taken(server: Node, mesh: Mesh, clash: Callable[[ServerClass, ServerClass], bool]) -> Iterator[Defect]:
    own = _server(server, mesh)
    if own is None:
        return
    gateway, one = own
    kind = server_class(one)
    servers = mesh.index(Servers)
    taken: list[ServerHost] = []
    found: list[Claim] = []
    for host in one.hosts:
        same = servers.of_host(gateway, one, host, _clashing(kind, host.namespace, clash))
        clashes = list(islice(servers.rivals(Claim(gateway, one, host), same), MANY + 1))
        taken += [host] if clashes else []
        found += [it for it in clashes if all(it.gateway is not other.gateway for other in found)]
    node = server.document.node(*taken[0].path) if taken else None
    if node is not None:
        yield node.defect(
            hosts=listed(f'"{host.host}"' for host in taken),
            port=one.number,
            others=_named(found, gateway),
            outcome=_outcome(own, found),
            notes=_notes(found, "the same host and port"),
        )


def _earlier(server: Node, mesh: Mesh, tls: bool) -> Iterator[Defect]:
    own = _server(server, mesh)
    if own is None or server_class(own[1]) != ("tls" if tls else "http"):
        return
    gateway, one = own
    for other in gateway.servers:
        if other is one:
            return
        if other.number != one.number or other.bind != one.bind or server_class(other) != server_class(one):
            continue
        known = {(host.namespace, host.host.lower()): host for host in other.hosts}
        for host in one.hosts:
            same = known.get((host.namespace, host.host.lower()))
            node = server.document.node(*host.path)
            first = server.document.node(*same.path) if same is not None else None
            if node is not None and first is not None:
                yield node.defect(host=node.value, port=one.number, notes=[first.note("the first server for it")])
                return


def _named(claims: Iterable[Claim], own: Gateway, with_class: bool = False) -> str:
    names: dict[str, None] = {}
    for claim in claims:
        name = "another server of this Gateway" if claim.gateway is own else called(claim.gateway)
        names[f"{WORDS[server_class(claim.server)]} of {name}" if with_class else name] = None
    shown = list(names)
    return listed(shown if len(shown) <= MANY else [*shown[:MANY], "others"])


def _outcome(own: tuple[Gateway, Server], claims: list[Claim]) -> str:
    """Which server is left, as far as the manifests tell the ages of the Gateways."""
    gateway, server = own
    inside = all(claim.gateway is gateway for claim in claims)
    if {server_class(server), *(server_class(claim.server) for claim in claims)} == {"http", "tls"}:
        return "the one with TLS works only if " + ("it comes first" if inside else "its Gateway is the oldest")
    if inside:
        return "only the first server is used"
    stamps = {created(it.document): it.name for it in (gateway, *(claim.gateway for claim in claims))}
    if "~" in stamps or len(stamps) < 2:
        return "only the server of the Gateway that was created first is used"
    return f"only the server of {stamps[min(stamps)]}, the oldest, is used"


def _notes(claims: Iterable[Claim], text: str) -> list[Note]:
    found: list[Note] = []
    for claim in islice(claims, MANY):
        found += note_at(claim.gateway.document, claim.host.path if claim.host else claim.server.path, text)
    return found


# Services and certificates of the gateway's pods


def gateway_port_not_on_service(server: Node, mesh: Mesh) -> Iterator[Defect]:
    """What arrives at a gateway comes through its Service: a port that this does not have gets nothing."""
    own = _server(server, mesh)
    where = server.at("port", "number")
    if own is None or where is None:
        return
    gateway, one = own
    pods = [it for it in mesh.index(Servers).pods(gateway) if mesh.together(gateway.document, it.document)]
    known: dict[int, None] = {}
    services = [service for pod in pods for service in mesh.services_of(pod)]
    if not pods or (not services and mesh.world != "complete") or any(_open(pod, one.number) for pod in pods):
        return
    for pod in pods:
        for service in mesh.services_of(pod):
            for port in service.ports:
                if port.protocol == "udp":
                    continue
                known[port.number] = None
                target = pod.port_number(port.target)
                if target == one.number:
                    return
    if one.number in known:
        return
    names = list(dict.fromkeys(called(service) for service in services))
    yield where.defect(
        port=one.number,
        selector=labels_shown(gateway.selector),
        what=f"{listed(names)} {'have' if len(names) > 1 else 'has'} only {listed(sorted(known))}"
        if names
        else "no Service selects these pods",
        notes=[note for service in services[:1] for note in note_at(service.document, ("spec", "ports"), "its ports")],
    )


def _open(pod: Workload, number: int) -> bool:
    """Whether a port of a pod can be reached without a Service."""
    return pod.host_network or any(
        port.get("hostPort") == number for container, _ in pod.containers for port in container.get("ports") or []
    )


def plaintext_on_443(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """Who asks https:// without a port gets no TLS from a plaintext server, unless something before it ends TLS."""
    own = _server(port.document.node(*port.path[:-1]) or port, mesh)
    if own is None or own[1].number != HTTPS_PORT or not own[1].plaintext:
        return
    number = port.get("number")
    pods = mesh.index(Servers).pods(own[0])
    services = {id(it): it for pod in pods for it in mesh.services_of(pod)}.values()
    if number is not None and not any(_ends_tls_before(it.document.strings("annotations")) for it in services):
        protocol = port.get("protocol")
        yield number.defect(
            protocol=own[1].protocol, notes=[protocol.note("this is plaintext")] if protocol is not None else ()
        )


def _ends_tls_before(annotations: dict[str, str]) -> bool:
    """Whether a Service asks its load balancer for certificates."""
    return any(word in name.lower() for name in annotations for word in ("ssl", "tls", "certificate", "certs"))
