"""Hosts that several VirtualServices speak for (semantics 5, 8.2): who counts, and what is merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from istiolint.admission.unreachable import is_well_formed
from istiolint.checks.merged_routes import Taker, earlier, pools
from istiolint.checks.naming import across_files, called, host_shown, note_at, rewritten
from istiolint.checks.phrases import listed
from istiolint.checks.rewritten import free
from istiolint.checks.same_traffic import share_traffic
from istiolint.finding import Defect
from istiolint.mesh.kube_routes import GROUP, parents
from istiolint.mesh.names import MESH, is_wildcard
from istiolint.mesh.order import age, created
from istiolint.mesh.read import mapping, sequence
from istiolint.mesh.visibility import scopes, somewhere_both

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.source.document import Document
    from istiolint.source.node import Node

MANY = 3
LOOK_AT = 50
"""So many others of one host are looked at."""

# Sidecars: the first VirtualService of a host counts


def host_claimed_twice(hosts: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of two VirtualServices for one host a sidecar uses the first, and drops the other one (semantics 5)."""
    route = mesh.virtual_service_of(hosts.document)
    file = hosts.document.file
    own = scopes(mesh, route) if route.in_mesh else ()
    found = {host: others for host in dict.fromkeys(route.hosts) if (others := _clashing(route, host, own, mesh))}
    if found:
        host, others = next((it for it in found.items() if it[1][0].document.file == file), next(iter(found.items())))
        named = list(dict.fromkeys(called(it) for group in found.values() for it in group))
        yield _at(hosts, route, host).defect(
            hosts=listed(map(host_shown, found)),
            others=listed(named if len(named) <= MANY else [*named[:MANY], "others"]),
            outcome=_outcome(route, others),
            witness=_witness(route, others),
            notes=note_at(others[0].document, ("spec", "hosts"), "the same host"),
            confidence=across_files(mesh, hosts.document, (it.document for it in others)),
        )


def _clashing(route: VirtualService, host: str, own: Iterable[str], mesh: Mesh) -> list[VirtualService]:
    """Others for a host that some of the same clients see, those of the same file first; a few of them."""
    seen = mesh.index(_Scoped, host)
    near = [it for scope in sorted(own) for it in seen.of_file.get((scope, route.document.file), ())[:LOOK_AT]]
    far = [it for scope in sorted(own) for it in seen.of.get(scope, ())[:LOOK_AT]]
    clashes = (it for it in dict.fromkeys((*near, *far)) if _rival(route, it, mesh))
    return list(islice(clashes, MANY + 1))


def _rival(route: VirtualService, other: VirtualService, mesh: Mesh) -> bool:
    """Whether another VirtualService of one of its hosts is used for the same traffic."""
    return (
        (other.namespace, other.name) != (route.namespace, route.name)
        and share_traffic(route, other)
        and mesh.together(route.document, other.document)
    )


def private_routes_hide_public(hosts: Node, mesh: Mesh) -> Iterator[Defect]:
    """In its namespaces, a VirtualService that is exported to them alone comes before a public one (semantics 3.2)."""
    route = mesh.virtual_service_of(hosts.document)
    own = scopes(mesh, route) if route.in_mesh else frozenset()
    public = "*" in own
    for host in dict.fromkeys(route.hosts) if own else ():
        seen = mesh.index(_Scoped, host)
        others = seen.private if public else seen.of.get("*", ())
        other = next((it for it in others[:LOOK_AT] if _rival(route, it, mesh)), None)
        if other is not None:
            private = scopes(mesh, other) if public else own
            yield _at(hosts, route, host).defect(
                host=host_shown(host),
                winner=called(other) if public else "this VirtualService",
                loser="this one" if public else called(other),
                namespaces=listed(sorted(private)),
                notes=note_at(other.document, ("spec", "hosts"), "the same host"),
            )
            return


class _Scoped:
    """VirtualServices for sidecars of one full host (as it is written), by who sees them."""

    def __init__(self, mesh: Mesh, host: str) -> None:
        self.of: dict[str, list[VirtualService]] = {}
        self.of_file: dict[tuple[str, str], list[VirtualService]] = {}
        self.private: list[VirtualService] = []
        routes = mesh.mesh_routes.get(host)
        for route in routes if len(routes) > 1 else ():
            seen = scopes(mesh, route)
            if "*" not in seen:
                self.private.append(route)
            for scope in seen:
                self.of.setdefault(scope, []).append(route)
                self.of_file.setdefault((scope, route.document.file), []).append(route)


def host_named_twice(hosts: Node, mesh: Mesh) -> Iterator[Defect]:
    """A short name and the full name that Istio makes of it are one host."""
    route = mesh.virtual_service_of(hosts.document)
    seen: dict[str, Node] = {}
    for host in hosts.items():
        if not isinstance(host.value, str):
            continue
        full = mesh.fqdn(host.value, route.namespace)
        first = seen.setdefault(full, host)
        if first is not host and first.value != host.value:
            yield host.defect(host=host.value, other=first.value, notes=[first.note("the same host")])


def wildcard_beside_host(hosts: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of a wildcard and a narrower host of another VirtualService, only the narrower counts; nothing is merged."""
    route = mesh.virtual_service_of(hosts.document)
    if not route.in_mesh:
        return
    for host in route.hosts:
        wide = is_wildcard(host)
        pairs = mesh.index(_narrower).get(host, []) if wide else _wider(host, mesh)
        for other, theirs in pairs:
            if somewhere_both(mesh, route, other) and mesh.together(route.document, other.document):
                yield _at(hosts, route, host).defect(
                    host=host_shown(theirs if wide else host),
                    wide=host_shown(host if wide else theirs),
                    winner=called(other) if wide else "this VirtualService",
                    loser="this one" if wide else called(other),
                    notes=note_at(other.document, ("spec", "hosts"), "the other host"),
                )
                return


def virtual_service_beside_http_route(hosts: Node, mesh: Mesh) -> Iterator[Defect]:
    """Routes of the Gateway API for a Service are not merged with a VirtualService for it (semantics 3.2)."""
    route = mesh.virtual_service_of(hosts.document)
    if not route.in_mesh or not route.spec.get("http"):
        return
    for host in route.hosts:
        for other, path in mesh.index(_service_routes).get(host, ()):
            if mesh.together(route.document, other):
                space = mesh.namespace_of(other)
                yield _at(hosts, route, host).defect(
                    host=host_shown(host),
                    other=f"{other.kind} {space}/{other.name}" if space else f"{other.kind} {other.name}",
                    namespace=space or "the same namespace",
                    notes=note_at(other, path, "attached to the Service"),
                )
                return


def _service_routes(mesh: Mesh) -> dict[str, list[tuple[Document, Path]]]:
    """HTTPRoutes and GRPCRoutes that are attached to a Service, by its full name."""
    found: dict[str, list[tuple[Document, Path]]] = {}
    for kind in ("HTTPRoute", "GRPCRoute"):
        for document in mesh.documents(kind, GROUP):
            for parent in parents(document, mesh.namespace_of(document)):
                if (parent.group, parent.kind) == ("", "Service") and parent.name:
                    host = f"{parent.name}.{parent.namespace}.svc.{mesh.domain}"
                    found.setdefault(host, []).append((document, parent.path))
    return found


def unqualified_host(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A host with a dot is taken as a full name: `reviews.prod` is no Service (semantics 2.1)."""
    if not isinstance(host.value, str) or host.value[:1] == "*":
        return
    parts = host.value.split(".")
    if len(parts) != 2 and not (len(parts) == 3 and parts[2] == "svc"):
        return
    full = f"{parts[0]}.{parts[1]}.svc.{mesh.domain}"
    services = mesh.registry.services.get(full)
    if services and not mesh.registry.find(host.value, mesh.namespace_of(host.document))[0]:
        yield host.defect(
            host=host.value,
            full=full,
            repair=rewritten(host, full),
            notes=note_at(services[0].document, ("metadata", "name"), "the Service that is meant"),
        )


def _outcome(route: VirtualService, others: list[VirtualService]) -> str:
    stamps = {created(it.document): it for it in (route, *others)}
    if "~" in stamps or len(stamps) < 2:
        return "sidecars use the one that was created first, and drop the others"
    oldest = stamps[min(stamps)]
    return f"sidecars use {'this one' if oldest is route else called(oldest)}, the oldest, and drop the others"


def _witness(route: VirtualService, others: list[VirtualService]) -> str:
    """What happens to a request of the one that loses: `, and GET /v2 is answered with 404`."""
    one = others[0]
    for loser, winner, name in ((route, one, called(one)), (one, route, "this one")):
        entries = sequence(winner.spec.get("http"))
        path = next((it for it in _paths(loser) if entries and free(entries, it)), "")
        if path:
            return f"; where {name} is used, GET {path} is answered with 404"
    return ""


def _paths(route: VirtualService) -> Iterator[str]:
    """Paths that surely have a route, as long as no earlier one takes them."""
    for entry in sequence(route.spec.get("http")):
        matches = sequence(mapping(entry).get("match"))
        if not matches:
            yield "/"
        for match in matches:
            uri = mapping(mapping(match).get("uri"))
            path = uri.get("exact") or uri.get("prefix")
            if isinstance(path, str) and mapping(match).keys() <= {"uri", "name"}:
                yield path


def _at(hosts: Node, route: VirtualService, host: str) -> Node:
    """The entry of `spec.hosts` that means a full host."""
    return hosts.get(route.hosts.index(host)) or hosts


def _wider(host: str, mesh: Mesh) -> Iterator[tuple[VirtualService, str]]:
    for wide, routes in mesh.mesh_routes.wide.entries(host):
        yield from ((it, wide) for it in routes)


def _narrower(mesh: Mesh) -> dict[str, list[tuple[VirtualService, str]]]:
    """By wildcard, the plain hosts of VirtualServices for sidecars that it covers."""
    found: dict[str, list[tuple[VirtualService, str]]] = {}
    wide_routes = mesh.mesh_routes.wide
    for route in sorted(mesh.virtual_services, key=age) if wide_routes else ():
        for host in dict.fromkeys(route.hosts) if route.in_mesh else ():
            for wide, _ in wide_routes.entries(host) if not is_wildcard(host) else ():
                found.setdefault(wide, []).append((route, host))
    return found


# Gateways: the routes of all VirtualServices of a host are merged


def routes_depend_on_age(http: Node, mesh: Mesh) -> Iterator[Defect]:
    """A gateway tries routes of the oldest VirtualService first: a wider match there takes all (semantics 8.2)."""
    route = mesh.virtual_service_of(http.document)
    found: dict[str, list[tuple[str, Path, Taker]]] = {}
    for gateway in route.gateways:
        for host in route.hosts if gateway != MESH else ():
            for path, taker in earlier(mesh, route, gateway, host):
                found.setdefault(called(taker.route), []).append((host, path, taker))
    for other, group in found.items():
        host, path, taker = group[0]
        lost = len({place for _, place, _ in group})
        sure = "~" not in (created(route.document), created(taker.route.document))
        node = http.document.node(*path) or http
        yield node.defect(
            such=_such(node.value if "match" in path else {}),
            other=other,
            host=host_shown(host),
            what="all requests of this match" if lost == 1 else f"all requests of this and {lost - 1} more matches",
            condition=", because it is older" if sure else ", if it was created first",
            notes=note_at(taker.route.document, taker.path, "this match takes them"),
        )


def _such(match: object) -> str:
    """A request that fits an http match, where one is known: ` (such as GET /api)`."""
    from istiolint.regions.shadows import example

    found = example(match) if isinstance(match, dict) and is_well_formed(match) else ""
    return f" (such as {found})" if found else ""


def host_on_several_virtual_services(hosts: Node, mesh: Mesh) -> Iterator[Defect]:
    """The routes of all VirtualServices for one host of a gateway stand in one list (semantics 8.2)."""
    route = mesh.virtual_service_of(hosts.document)
    for gateway in route.gateways:
        for host in route.hosts if gateway != MESH else ():
            pool = mesh.index(pools).get((gateway, host))
            rest = (
                other
                for other in (pool.routes if pool is not None else ())
                if (other.namespace, other.name) != (route.namespace, route.name)
                and mesh.together(route.document, other.document)
            )
            others = list(islice(rest, MANY + 1))
            if others:
                named = list(dict.fromkeys(map(called, others)))
                yield _at(hosts, route, host).defect(
                    host=host_shown(host),
                    gateway=gateway,
                    others=listed(named if len(named) <= MANY else [*named[:MANY], "others"]),
                    notes=note_at(others[0].document, ("spec", "hosts"), "the same host"),
                )
                return
