"""ServiceEntries: several for one host, ports that take too much or something else (semantics 2, 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from istiolint.checks.naming import called, note_at
from istiolint.checks.phrases import listed
from istiolint.finding import Defect
from istiolint.mesh.destination_rules import policy_at
from istiolint.mesh.order import created
from istiolint.mesh.read import dig, mapping, text
from istiolint.mesh.visibility import scopes, somewhere_both

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.ports import Port
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.source.node import Node

Clash = Callable[["ServiceEntry", "Port", "ServiceEntry", "Port"], bool]
TLS_OUT = ("SIMPLE", "MUTUAL")
WEB = (80, 443)
EAST_WEST = 15443
"""The port by which gateways of other clusters take mTLS."""
LOOK_AT, FEW = 50, 5
"""So many others of one host and port are looked at; so many that say the same as each other."""
EVERYBODY, PUBLIC = "*", "public"
"""Who sees an entry: all entries stand under the one, those that are exported to all under the other."""

# Several ServiceEntries for a host and port


def entry_protocol_conflict(ports: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of two protocols for one host and port, the older ServiceEntry's counts (semantics 2.3)."""
    for port, host, other, theirs in _rivals(ports, mesh, lambda _, own, __, its: own.protocol != its.protocol):
        node = ports.document.node(*port.path, "protocol") or ports.document.node(*port.path) or ports
        yield node.defect(
            host=host,
            port=port.number,
            own=_protocol(port),
            other=called(other),
            its=_protocol(theirs),
            outcome=_outcome(mesh.service_entry_of(ports.document), other),
            notes=note_at(other.document, (*theirs.path, "protocol"), "the other protocol"),
        )


def entries_differ(ports: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of two ServiceEntries for one host and port, the older one's resolution and endpoints count (semantics 2.3)."""
    own = mesh.service_entry_of(ports.document)
    for port, host, other, _ in _rivals(ports, mesh, _differ):
        what = next(field for field, mine, its in _facts(own, other) if mine != its)
        node = ports.document.node("spec", what) or ports.document.node(*port.path) or ports
        yield node.defect(
            host=host,
            port=port.number,
            what=what,
            other=called(other),
            outcome=_outcome(own, other),
            on="key" if node.path == ("spec", what) else "value",
            notes=note_at(other.document, ("spec", what), "what the other one has"),
        )


def entry_host_twice(ports: Node, mesh: Mesh) -> Iterator[Defect]:
    """Two ServiceEntries that say the same of one host and port."""
    for port, host, other, theirs in _rivals(ports, mesh, _same):
        node = ports.document.node(*port.path) or ports
        yield node.defect(
            host=host,
            port=port.number,
            other=called(other),
            notes=note_at(other.document, theirs.path, "the same port of the same host"),
        )


def _rivals(ports: Node, mesh: Mesh, clash: Clash) -> Iterator[tuple[Port, str, ServiceEntry, Port]]:
    """One port for each other ServiceEntry that has it, too, for the same host and for some of the same clients.

    Of those that say the same only a few are looked at, and not all of the others.
    """
    own = mesh.service_entry_of(ports.document)
    seen: set[tuple[str, str]] = {(own.namespace, own.name)}
    for port in own.ports:
        for host in own.hosts:
            for other, theirs in mesh.index(_Ported, host.lower(), port.number).others(own, port):
                if (other.namespace, other.name) in seen or not clash(own, port, other, theirs):
                    continue
                if mesh.together(own.document, other.document):
                    seen.add((other.namespace, other.name))
                    yield port, host, other, theirs
                    if len(seen) > 3:
                        return


def _by_port(mesh: Mesh) -> dict[tuple[str, int], list[tuple[ServiceEntry, Port]]]:
    """Ports of ServiceEntries by full host and number."""
    found: dict[tuple[str, int], list[tuple[ServiceEntry, Port]]] = {}
    for entry in mesh.service_entries:
        for host in dict.fromkeys(entry.hosts):
            for port in entry.ports:
                found.setdefault((host.lower(), port.number), []).append((entry, port))
    return found


Said = dict[object, list[tuple["ServiceEntry", "Port"]]]


class _Ported:
    """The ports of one number that ServiceEntries of one host have, by who sees them and by what they say."""

    def __init__(self, mesh: Mesh, host: str, number: int) -> None:
        self._mesh = mesh
        self._seen: dict[str, Said] = {}
        found = mesh.index(_by_port).get((host, number), ())
        for entry, port in found if len(found) > 1 else ():
            sense = _sense(entry, port)
            for scope in {EVERYBODY, *scopes(mesh, entry)}:
                self._seen.setdefault(scope, {}).setdefault(sense, []).append((entry, port))
            if EVERYBODY in scopes(mesh, entry):
                self._seen.setdefault(PUBLIC, {}).setdefault(sense, []).append((entry, port))

    def others(self, own: ServiceEntry, port: Port) -> Iterator[tuple[ServiceEntry, Port]]:
        """Of those that some of the same clients see, a few that say the same, and a few of each that do not."""
        if not self._seen:
            return
        mine, own_scopes = _sense(own, port), scopes(self._mesh, own)
        for scope in (EVERYBODY,) if EVERYBODY in own_scopes else (*sorted(own_scopes), PUBLIC):
            groups = self._seen.get(scope, {})
            yield from groups.get(mine, ())[:FEW]
            for sense, group in islice(groups.items(), LOOK_AT):
                if sense != mine:
                    yield from group[:FEW]


def _sense(entry: ServiceEntry, port: Port) -> object:
    """What a port of an entry means, as far as entries are compared."""
    return (port.protocol, entry.addresses, *(str(it) for _, it, _ in _facts(entry, entry)))


def _alike(own: ServiceEntry, port: Port, other: ServiceEntry, theirs: Port) -> bool:
    """Whether both have a port for the same traffic; TCP ports at different addresses have not."""
    if port.protocol != theirs.protocol:
        return False
    apart = own.addresses and other.addresses and not set(own.addresses) & set(other.addresses)
    return not (apart and port.port_class == "tcp")


def _differ(own: ServiceEntry, port: Port, other: ServiceEntry, theirs: Port) -> bool:
    return _alike(own, port, other, theirs) and any(mine != its for _, mine, its in _facts(own, other))


def _same(own: ServiceEntry, port: Port, other: ServiceEntry, theirs: Port) -> bool:
    return _alike(own, port, other, theirs) and all(mine == its for _, mine, its in _facts(own, other))


def _facts(one: ServiceEntry, other: ServiceEntry) -> list[tuple[str, object, object]]:
    """What must be the same for both to mean the same thing."""
    return [
        ("resolution", one.resolution, other.resolution),
        ("location", one.external, other.external),
        ("workloadSelector", one.selector, other.selector),
        ("endpoints", _endpoints(one), _endpoints(other)),
    ]


def _endpoints(entry: ServiceEntry) -> object:
    return sorted((it.address, sorted(it.ports.items()), sorted(it.labels.items())) for it in entry.endpoints)


def _outcome(own: ServiceEntry, other: ServiceEntry) -> str:
    if own.namespace != other.namespace:
        return "callers use the one of their own namespace, else the oldest"
    stamps = {created(own.document): "this one", created(other.document): called(other)}
    if "~" in stamps or len(stamps) < 2:
        return "only the one that was created first counts"
    return f"only {stamps[min(stamps)]}, the oldest, counts"


def _protocol(port: Port) -> str:
    return port.protocol.upper() if port.protocol != "auto" else "no protocol"


# Ports that take more than their host


def tcp_port_shared(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """TCP ports without addresses are told apart by number alone: the first host gets all connections (semantics 4)."""
    own = mesh.service_entry_of(port.document)
    its = _open_port(own, port, mesh)
    if its is None or own.resolution == "NONE":
        return
    for other, theirs in mesh.index(_open_ports).get(its.number, ()):
        if (
            (other.namespace, other.name) != (own.namespace, own.name)
            and not set(other.hosts) & set(own.hosts)
            and somewhere_both(mesh, own, other)
            and mesh.together(own.document, other.document)
        ):
            node = port.get("number") or port
            yield node.defect(
                port=its.number,
                hosts=listed([*own.hosts[:1], *other.hosts[:1]]),
                other=called(other),
                notes=note_at(other.document, theirs.path, "the same port, without addresses, too"),
            )
            return


def web_port_as_tcp(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """Port 443 as plain TCP without addresses takes the traffic for every other host on that port (semantics 4)."""
    own = mesh.service_entry_of(port.document)
    its = _open_port(own, port, mesh)
    if its is not None and its.number in WEB and own.resolution != "NONE" and port.text("protocol"):
        node = port.get("protocol") or port
        better = "TLS" if its.number == 443 else "HTTP"
        yield node.defect(port=its.number, host=own.hosts[0] if own.hosts else own.name, better=better)


def tcp_without_addresses(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """A TCP port without addresses takes all connections to its number (semantics 2.3, 4)."""
    if next(tcp_port_shared(port, mesh), None) or next(web_port_as_tcp(port, mesh), None):
        return
    own = mesh.service_entry_of(port.document)
    its = _open_port(own, port, mesh, unknown=True)
    if its is not None:
        yield port.defect(port=its.number, host=own.hosts[0] if own.hosts else own.name)


def _open_port(entry: ServiceEntry, node: Node, mesh: Mesh, unknown: bool = False) -> Port | None:
    """The port at a node if connections to it can only be told by its number; `unknown`: or if it says no protocol."""
    its = next((port for port in entry.ports if port.path == node.path), None)
    if its is None or entry.addresses or _allocated(mesh):
        return None
    if its.protocol == "auto":
        return its if unknown and not node.text("protocol") else None
    return its if its.port_class == "tcp" and (its.protocol == "tcp" or not unknown) else None


def _allocated(mesh: Mesh) -> bool:
    """Whether Istio gives hosts addresses of their own, and sidecars answer DNS with them."""
    metadata = mesh.config.proxy_metadata
    return metadata.get("ISTIO_META_DNS_CAPTURE") == "true" and "true" in (
        metadata.get("ISTIO_META_DNS_AUTO_ALLOCATE"),
        metadata.get("PILOT_ENABLE_IP_AUTOALLOCATE"),
    )


def _open_ports(mesh: Mesh) -> dict[int, list[tuple[ServiceEntry, Port]]]:
    """TCP ports without addresses, by number."""
    found: dict[int, list[tuple[ServiceEntry, Port]]] = {}
    for entry in mesh.service_entries:
        if not entry.addresses and entry.resolution != "NONE":
            for port in entry.ports:
                if port.port_class == "tcp":
                    found.setdefault(port.number, []).append((entry, port))
    return found


# Ports that do something else


def double_tls(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """What a port with TLS carries is encrypted already; a DestinationRule that adds TLS encrypts it again."""
    own = mesh.service_entry_of(port.document)
    its = next((it for it in own.ports if it.path == port.path), None)
    protocol = port.get("protocol")
    if its is None or its.port_class != "tls" or protocol is None:
        return
    if mesh.index(_http_destinations) & {(host, number) for host in own.hosts for number in (its.number, None)}:
        return  # plain HTTP is sent there, for the rule to encrypt
    for host in own.hosts:
        effective = mesh.in_effect(host, own.namespace)
        rule = effective.merged.policy_rule if effective is not None else None
        if rule is None or not mesh.together(own.document, rule.document):
            continue
        policy, below = policy_at(rule.policy, its.number)
        mode = text(dig(policy, "tls", "mode"))
        if mode in TLS_OUT:
            yield protocol.defect(
                port=its.number,
                protocol=str(protocol.value).upper(),
                mode=mode,
                by=called(rule),
                host=host,
                notes=note_at(rule.document, ("spec", "trafficPolicy", *below, "tls", "mode"), "TLS is added here"),
            )
            return


def _http_destinations(mesh: Mesh) -> frozenset[tuple[str, int | None]]:
    """Hosts and ports to which http routes lead."""
    return frozenset(
        (it.fqdn, it.port) for route in mesh.virtual_services for it in route.destinations if it.section == "http"
    )


def plaintext_to_443(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """HTTP on port 443 of an outside host needs a DestinationRule that adds TLS."""
    own = mesh.service_entry_of(port.document)
    its = next((it for it in own.ports if it.path == port.path), None)
    protocol = port.get("protocol")
    if its is None or protocol is None or not own.external or its.port_class != "http" or its.target != 443:
        return
    if any(mesh.mesh_routes.get(host) for host in own.hosts):
        return  # requests may be sent to another port
    for host in own.hosts:
        effective = mesh.in_effect(host, own.namespace)
        if effective is None and mesh.world != "complete":
            return
        policy, _ = policy_at(effective.policy if effective is not None else {}, its.number)
        if mapping(policy.get("tls")) or (
            effective is not None and any(it.policy for it in effective.subsets.values())
        ):
            return
        rule = effective.merged.rule if effective is not None else None
        yield protocol.defect(
            protocol=str(protocol.value).upper(),
            host=host,
            port=its.number,
            why=f"{called(rule)} does not add TLS" if rule is not None else "no DestinationRule adds TLS",
            notes=note_at(rule.document, ("spec",), "the rule in effect") if rule is not None else (),
        )
        return


def mesh_mtls_to_stranger(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """Certificates of the mesh, shown to a host outside of it, which knows nothing of them (semantics 10)."""
    rule = mesh.destination_rule_of(tls.document)
    mode = tls.get("mode")
    if mode is None or mode.value != "ISTIO_MUTUAL":
        return
    entries = mesh.registry.entries.get(rule.fqdn)
    if not entries or mesh.registry.services.get(rule.fqdn) or not all(map(_foreign, entries)):
        return
    if all(mesh.together(rule.document, it.document) for it in entries):
        notes = note_at(entries[0].document, ("spec", "location"), "outside of the mesh (MESH_EXTERNAL is the default)")
        yield mode.defect(host=rule.fqdn, entry=called(entries[0]), notes=notes)


def _foreign(entry: ServiceEntry) -> bool:
    """Whether a host is surely not another mesh, nor reached by a gateway of one."""
    if not entry.external or entry.has_selector or entry.resolution == "NONE":
        return False
    ports = {port.target for port in entry.ports} | {port for it in entry.endpoints for port in it.ports.values()}
    names = (*entry.hosts, *(it.address for it in entry.endpoints))
    return EAST_WEST not in ports and not any(name.endswith((".local", ".global")) for name in names)
