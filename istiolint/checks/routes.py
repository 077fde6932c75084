"""What a route does to a request: whether it is ever used, where it leads, what it rewrites (semantics 4 to 7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.known_hosts import known_host, serving
from istiolint.checks.naming import called, host_shown, labels_shown, note_at
from istiolint.checks.phrases import listed
from istiolint.finding import Change, Defect, Repair
from istiolint.mesh.answers import Absent
from istiolint.mesh.gateway_hosts import section_of
from istiolint.mesh.hosts import Host
from istiolint.mesh.names import MESH, is_wildcard
from istiolint.mesh.read import dig, labels, mapping, number, sequence, text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.source.node import Node

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")
CARRIES = {"http": ("http", "auto"), "tls": ("tls",), "tcp": ("tcp", "auto")}
"""Classes of ports for which sidecars use each list of routes (semantics 4)."""

# Routes and the ports of the hosts that they are for


def routes_unfit_for_port(section: Node, mesh: Mesh) -> Iterator[Defect]:
    """Sidecars use `http` routes for HTTP ports, `tls` for TLS ones, `tcp` for others (semantics 4)."""
    route = mesh.virtual_service_of(section.document)
    if not section.value or set(route.gateways) != {MESH} or section.key not in CARRIES:
        return
    hosts: list[Host] = []
    for name in route.hosts:
        host = known_host(route, name, mesh)
        if host is None or host.entries or not host.ports or _carries(host, str(section.key)):
            return  # routes for an outside host act on port 80, too
        hosts.append(host)
    if hosts:
        kinds = dict.fromkeys(f"{port.number} ({port.protocol.upper()})" for host in hosts for port in host.ports)
        right = [name for name in CARRIES if any(_carries(host, name) for host in hosts)]
        yield section.defect(
            section=section.key,
            hosts=listed(host_shown(host.name) for host in hosts),
            ports=listed(kinds),
            right=listed(right, "or") if right else "none",
            on="key",
            notes=note_at(hosts[0].ports[0].document, hosts[0].ports[0].path, "this says what the port carries"),
        )


def _carries(host: Host, section: str) -> bool:
    """Whether sidecars use routes of this list for a port of the host."""
    fits = CARRIES[section]
    return any(port.port_class in fits for port in host.ports)


def destination_port_unresolved(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """Without `port`, a sidecar sends to the port that the caller used; a host without it cannot be reached."""
    yield from _unresolved(destination, mesh, everywhere=True)


def destination_port_partly_unresolved(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """Without `port`, requests to some ports of the host lead to ports that the destination does not have."""
    yield from _unresolved(destination, mesh, everywhere=False)


def _unresolved(destination: Node, mesh: Mesh, everywhere: bool) -> Iterator[Defect]:
    route = mesh.virtual_service_of(destination.document)
    written = destination.text("host")
    full = mesh.fqdn(written, route.namespace)
    if not written or not route.in_mesh or destination.get("port") is not None or route.hosts == (full,):
        return
    host, target = destination.get("host"), known_host(route, full, mesh)
    if host is None or target is None or not target.numbers or not all(it.ports for it in target.definers):
        return
    wanted = _ports_matched(destination)
    asked: dict[int, str] = {}
    for name in route.hosts:
        its = known_host(route, name, mesh)
        if its is None:
            return
        for port in its.ports:
            if port.port_class in CARRIES["http"] and (wanted is None or port.number in wanted):
                asked.setdefault(port.number, name)
    lost = [port for port in asked if port not in target.numbers]
    if lost and (len(lost) == len(asked)) is everywhere:
        definer = target.definers[0]
        yield host.defect(
            ports=listed(lost),
            asked=host_shown(asked[lost[0]]),
            host=host_shown(target.name),
            known=listed(target.numbers),
            notes=note_at(definer.document, ("spec", "ports"), "its ports"),
        )


def gateway_port_unknown_to_destination(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """Without `port`, a gateway sends to the one port of a Service; of several, to that of its own server."""
    route = mesh.virtual_service_of(destination.document)
    written = destination.text("host")
    if not written or destination.get("port") is not None or route.gateways == (MESH,):
        return
    host, target = destination.get("host"), known_host(route, mesh.fqdn(written, route.namespace), mesh)
    if host is None or target is None or len(target.numbers) < 2 or target.entries:
        return
    wanted = _ports_matched(destination)
    for gateway in route.gateways:
        found = serving(route, gateway, mesh) if gateway != MESH else None
        for server in found.servers if found is not None else ():
            port = server.number
            redirects = server.plaintext and server.tls.get("httpsRedirect") is True
            if section_of(server) != "http" or redirects or port in target.numbers:
                continue
            if found is not None and (wanted is None or port in wanted):
                definer = target.definers[0]
                yield host.defect(
                    gateway=called(found.gateway),
                    port=port,
                    host=host_shown(target.name),
                    known=listed(target.numbers, "or"),
                    notes=(
                        *note_at(definer.document, ("spec", "ports"), "its ports"),
                        *note_at(found.gateway.document, (*server.path, "port"), "the port that is asked"),
                    ),
                )
                return


def _ports_matched(destination: Node) -> set[int] | None:
    """The ports to which the matches of a destination's route are limited; None: all."""
    entry = destination.document.node(*destination.path[:3])
    matches = sequence(entry.value.get("match")) if entry is not None and isinstance(entry.value, dict) else []
    ports = [number(dig(match, "port")) for match in matches]
    return None if not ports or None in ports else {port for port in ports if port is not None}


def external_name_destination(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """An ExternalName Service stands for another host, which must be known, with a port of its own (semantics 2.3)."""
    route = mesh.virtual_service_of(destination.document)
    found = mesh.host(destination.text("host"), route.namespace)
    if not isinstance(found, Host) or not found.services or not found.services[0].external_name or found.plausible:
        return
    host = destination.get("host")
    aliases = [it for it in found.services if it.external_name and mesh.together(route.document, it.document)]
    if len(aliases) < len(found.services) or found.entries:
        return
    alias = aliases[0]
    why = ""
    if not any(it.ports for it in aliases):
        why = "has no ports"
    elif isinstance(absent := mesh.host(alias.external_name, alias.namespace), Absent) and absent.certain:
        why = f"stands for {alias.external_name}, which is neither a Service nor a ServiceEntry"
    if why and host is not None:
        yield host.defect(
            service=called(alias),
            why=why,
            notes=note_at(alias.document, ("spec", "externalName"), "what it stands for"),
        )


def short_host_of_other_namespace(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A short name is completed with the namespace of the VirtualService, not with that of the Service or caller."""
    route = mesh.virtual_service_of(host.document)
    if not isinstance(host.value, str) or "." in host.value or is_wildcard(host.value) or not route.in_mesh:
        return
    found = mesh.host(host.value, route.namespace)
    if isinstance(found, Absent) and found.reason == "elsewhere" and found.near:
        document = getattr(found.thing, "document", None)
        yield host.defect(
            host=host.value,
            full=mesh.fqdn(host.value, route.namespace),
            right=found.near,
            repair=Repair(f"write {found.near}", (Change("set", host.path, found.near, host.document),), safe=False),
            notes=note_at(document, ("metadata", "name"), "the Service of that name") if document is not None else (),
            confidence=None if found.certain else "low",
        )


# Single routes


def delay_in_percent(delay: Node) -> Iterator[Defect]:
    """`percent` of a delay is the old field without fractions."""
    percent = delay.get("percent")
    if percent is None or not isinstance(percent.value, int) or percent.value <= 0:
        return
    new = f"{{value: {percent.value}}}"
    changes = (Change("rename", percent.path, "percentage"), Change("set", percent.path, new))
    repair = Repair(f"write percentage: {new}", changes) if delay.get("percentage") is None else None
    yield percent.defect(on="key", repair=repair)


def fault_without_percentage(fault: Node) -> Iterator[Defect]:
    """The share of requests that a fault hits is 0 where it is not given (semantics 7)."""
    if isinstance(fault.value, dict) and not any(key in fault.value for key in ("percentage", "percent")):
        yield fault.defect(fault=fault.key, on="key")


def method_not_upper_case(method: Node) -> Iterator[Defect]:
    """Methods are compared letter by letter, and those of HTTP are in capitals (semantics 6)."""
    if isinstance(method.value, str) and method.value not in METHODS and method.value.upper() in METHODS:
        right = method.value.upper()
        repair = Repair(f"write {right}", (Change("set", method.path, right, method.document),))
        yield method.defect(method=method.value, right=right, repair=repair)


def source_ignored(match: Node) -> Iterator[Defect]:
    """In a match that names gateways, nobody looks at the source (semantics 6)."""
    if not sequence(dig(match.value, "gateways")):
        return
    for field in ("sourceLabels", "sourceNamespace"):
        node = match.get(field)
        if node is not None and node.value:
            gateways = match.get("gateways")
            notes = [gateways.note("the gateways", on="key")] if gateways is not None else []
            written = labels_shown(labels(node.value)) if field == "sourceLabels" else str(node.value)
            callers = f"without {written}" if field == "sourceLabels" else f"of namespaces other than {written}"
            yield node.defect(field=field, callers=callers, on="key", notes=notes)


def rewrite_doubles_slash(route: Node) -> Iterator[Defect]:
    """A rewrite replaces just the text of the prefix: `/api` by `/` makes `//x` of `/api/x` (semantics 7)."""
    target = text(dig(route.value, "rewrite", "uri"))
    prefixes = _prefixes(route)
    if target.endswith("/") and prefixes:
        for node in prefixes:
            if not node.value.endswith("/") and f"{node.value}/" not in {other.value for other in prefixes}:
                example = f"{node.value}/x"
                after = target + "/x"
                whole = any(_ends_the_path(other, node.value) for other in _other_prefixes(route))
                if not whole:
                    yield node.defect(prefix=node.value, target=target, before=example, after=after)
                    return


def rewrite_joins_words(route: Node) -> Iterator[Defect]:
    """A prefix with a slash at its end that is replaced by a text without one joins two words (semantics 7)."""
    target = text(dig(route.value, "rewrite", "uri"))
    if not target or target.endswith("/"):
        return
    for node in _prefixes(route):
        if len(node.value) > 1 and node.value.endswith("/"):
            yield node.defect(prefix=node.value, target=target, before=f"{node.value}x", after=f"{target}x")
            return


def _prefixes(route: Node) -> list[Node]:
    """The prefixes of a route that rewrites."""
    if not isinstance(mapping(route.value).get("rewrite"), dict):
        return []
    found = [match.at("uri", "prefix") for match in route.items("match")]
    return [node for node in found if node is not None and isinstance(node.value, str) and node.value]


def _other_prefixes(route: Node) -> list[str]:
    """Prefixes of the routes before this one."""
    routes = route.document.node(*route.path[:-1])
    found = []
    for other in routes.items() if routes is not None else ():
        if other.path == route.path:
            break
        found += [text(dig(match.value, "uri", "prefix")) for match in other.items("match")]
    return found


def _ends_the_path(earlier: str, prefix: str) -> bool:
    """Whether an earlier route takes all paths below a prefix, so that only the prefix itself is left."""
    return earlier == f"{prefix}/"


# TLS


def plaintext_to_https_port(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """HTTP routes send plaintext, also to a port for TLS, unless a DestinationRule says otherwise (semantics 10)."""
    route = mesh.virtual_service_of(destination.document)
    full = mesh.fqdn(destination.text("host"), route.namespace)
    target = known_host(route, full, mesh)
    if target is None or target.entries:
        return
    asked = number(dig(destination.value, "port", "number"))
    ports = [it for it in target.ports if it.number == asked or (asked is None and len(target.ports) == 1)]
    if not ports or ports[0].port_class != "tls":
        return
    clients = {(route.namespace, False)} if route.in_mesh else set()
    for gateway in route.gateways:
        served = serving(route, gateway, mesh) if gateway != MESH else None
        if served is not None:
            clients.add((served.gateway.namespace, True))
    subset = destination.text("subset")
    sent = [mesh.mtls.client(full, it, ports[0].number, subset, gateway=outside) for it, outside in sorted(clients)]
    if not sent or any(it.sends in ("simple", "mutual") or it.rule is not None for it in sent):
        return
    place = destination.at("port", "number") or destination.get("host") or destination
    yield place.defect(
        host=host_shown(full),
        port=ports[0].number,
        protocol=ports[0].protocol.upper(),
        notes=note_at(ports[0].document, ports[0].path, "this port takes TLS"),
        confidence=None if mesh.world == "complete" else "low",
    )


# Time


def retry_never_made(route: Node) -> Iterator[Defect]:
    """An attempt that may take as long as the whole request leaves no time for another one (semantics 7)."""
    if not isinstance(route.value, dict) or "timeout" not in route.value or "retries" not in route.value:
        return
    whole, each = route.get("timeout"), route.at("retries", "perTryTimeout")
    if whole is None or each is None or dig(route.value, "retries", "attempts") == 0:
        return
    from istiolint.admission.durations import nanoseconds

    limit, attempt = nanoseconds(str(whole.value)), nanoseconds(str(each.value))
    if limit and attempt and attempt >= limit:
        yield each.defect(
            attempt=each.value, limit=whole.value, notes=[whole.note("the time for the request with all its attempts")]
        )
