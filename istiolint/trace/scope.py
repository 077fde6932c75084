"""What one client sees: the Sidecar in effect, its egress listeners, their services and VirtualServices
(specification 3).

Nothing is listed before it is asked for: a host is looked up among those of its name, a port among those of its number.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from istiolint.mesh.kube_routes import reference
from istiolint.mesh.names import MESH, HostMap, overlap, within
from istiolint.mesh.read import dig, labels, number, sequence, text, texts
from istiolint.mesh.virtual_services import SECTIONS
from istiolint.mesh.visibility import words_of
from istiolint.records import NamedTuple
from istiolint.trace.delegation import Routes
from istiolint.trace.kube_routes import KubeRouted
from istiolint.trace.registry import Entry, Registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.finding import Path
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.trace.delegation import AnyRouted
    from istiolint.trace.question import Client

EVERYWHERE = "*"
FIRST = 10**9

Ranked = tuple[int, int, "AnyRouted"]
"""A VirtualService with its group (0: private, 1: exported to the client's namespace, 2: public) and rank by age."""


class Egress:
    """An egress listener of a client: what it imports."""

    __slots__ = (
        "_about", "_found", "_imported", "_on_port", "_routed", "excludes", "gateway", "imports", "namespace", "path",
        "port", "protocol", "registry", "visible",
    )  # fmt: skip

    def __init__(self, world: World, namespace: str, listener: dict[str, Any], path: Path, gateway: bool) -> None:
        self.registry = world.registry
        self.visible = world
        self.namespace = namespace
        self.path = path
        self.gateway = gateway
        self.port = number(dig(listener, "port", "number"))
        """Its port; None: it takes all that the listeners before it leave."""
        self.protocol = text(dig(listener, "port", "protocol")).upper()
        self.imports: dict[str, list[str]] = {}
        self.excludes: dict[str, list[str]] = {}
        for written in texts(listener.get("hosts")):
            scope, slash, host = written.partition("/")
            if not slash or "/" in host:
                continue
            into = self.imports
            if scope.startswith("~"):
                into, scope = self.excludes, scope[1:] or EVERYWHERE
            into.setdefault(namespace if scope == "." else scope, []).append(host)
        self._found: dict[str, list[Entry]] = {}
        self._on_port: dict[int, list[Entry]] = {}
        self._imported: dict[int, bool] = {}
        self._about: dict[str, list[Ranked]] = {}
        self._routed: list[Ranked] | None = None

    # Services

    def imports_entry(self, entry: Entry) -> bool:
        """Whether it imports a service that its namespace sees."""
        if self.port is not None and self.protocol != "HTTP_PROXY" and entry.port(self.port) is None:
            return False
        for scope in (entry.namespace, EVERYWHERE):
            if any(within(entry.host, pattern) for pattern in self.excludes.get(scope, ())):
                return False
        return any(
            within(entry.host, pattern)
            for scope in (entry.namespace, EVERYWHERE)
            for pattern in self.imports.get(scope, ())
        )

    def find(self, host: str) -> list[Entry]:
        """The services of exactly this host: those of the one namespace that counts, in order."""
        if host not in self._found:
            seen = self.registry.seen(self.registry.by_host.get(host, ()), self.namespace)
            mine = [entry for entry in seen if self.imports_entry(entry)]
            chosen = self._chosen(mine) if len(mine) > 1 else None
            self._found[host] = [it for it in mine if chosen is None or it.namespace == chosen.namespace]
        return self._found[host]

    def _chosen(self, entries: list[Entry]) -> Entry:
        """Of services with one host the one whose namespace counts."""
        best = entries[0]
        for entry in entries[1:]:
            preferred = not self.gateway and entry.namespace == self.namespace
            settled = not self.gateway and best.namespace == self.namespace
            if preferred or (entry.kube and not best.kube and not settled):
                best = entry
        return best

    def finds(self, entry: Entry) -> bool:
        """Whether a service is one of the listener's."""
        return entry in self.find(entry.host)

    def on_port(self, port: int) -> list[Entry]:
        """The services that have this port, in order; empty where the listener is not for it."""
        if self.port not in (None, port):
            return []
        if port not in self._on_port:
            seen = self.registry.seen(self.registry.by_port.get(port, ()), self.namespace)
            self._on_port[port] = [entry for entry in seen if self.finds(entry)]
        return self._on_port[port]

    def sharing(self, port: int) -> list[Entry]:
        """The services whose listeners on a port may be bound to no address, in order; of those with HTTP the first,
        since all of them share one."""
        if self.port not in (None, port):
            return []
        if self.port is not None:
            return self.on_port(port)
        registry = self.registry
        found = [it for it in registry.open_by_port.get(port, ()) if self.finds(it)]
        first = registry.first_seen(registry.http_by_port.get(port, ()), self.namespace, self.finds)
        found = sorted([*found, first], key=lambda it: it.age) if first else found
        return registry.seen(found, self.namespace)

    def with_port(self, host: str, port: int) -> Entry | None:
        """The service of this host that has this port, as the route table of the port knows it."""
        return next((entry for entry in reversed(self.find(host)) if entry.port(port) is not None), None)

    # VirtualServices

    def imports_routed(self, routed: AnyRouted) -> bool:
        """Whether some host of a VirtualService is listed for the VirtualService's own namespace, or all."""
        scopes = (routed.service.namespace, EVERYWHERE)
        patterns = [pattern for scope in scopes for pattern in self.imports.get(scope, ())]
        meets = within if isinstance(routed, KubeRouted) else overlap
        return EVERYWHERE in patterns or any(meets(host, it) for host in routed.hosts for it in patterns)

    def _ranked(self, candidates: Iterable[tuple[int, AnyRouted]]) -> list[Ranked]:
        found = []
        for at, routed in candidates:
            group = self.visible.group(routed, self.namespace)
            if group is not None and self.imports_routed(routed):
                # Routes of the Gateway API of the client's own namespace come before all others of their group.
                own = isinstance(routed, KubeRouted) and routed.service.namespace == self.namespace
                found.append((group, at - FIRST if own else at, routed))
        return sorted(found, key=lambda it: it[:2])

    def routed(self) -> list[Ranked]:
        """All its VirtualServices, in Istio's order."""
        if self._routed is None:
            self._routed = self._ranked(self.visible.routes.by_gateway.get(MESH, ()))
        return self._routed

    def about(self, host: str) -> list[Ranked]:
        """Its VirtualServices with a host that overlaps this one, in Istio's order."""
        if host not in self._about:
            groups = [group for _, group in self.visible.mesh_hosts.overlapping(host)]
            candidates = {at: routed for group in groups for at, routed in group}
            self._about[host] = self._ranked(candidates.items())
        return self._about[host]


class Known(NamedTuple):
    """A host for which a client has clusters."""

    entry: Entry
    ports: frozenset[int]
    """The ports that it has clusters for."""


def _joined(known: Known | None, entry: Entry, only: set[int] | None) -> Known | None:
    """What is known of a host once another service of it, or more of its ports, come in."""
    numbers = frozenset(port.number for port in entry.ports if port.protocol != "udp")
    if only is not None:
        numbers &= only
        if not numbers:
            return known
    if known is None:
        return Known(entry, numbers)
    first = known.entry
    if entry.kube and not first.kube:
        return Known(entry, numbers)
    if entry is not first and not _alike(first, entry):
        return known
    return Known(first, known.ports | numbers)


def _alike(one: Entry, other: Entry) -> bool:
    """Whether two services of one host are taken together."""
    return (
        (one.namespace, one.kube, one.resolution) == (other.namespace, other.kube, other.resolution)
        and one.export_to == other.export_to
        and (one.thing.labels, one.thing.selector) == (other.thing.labels, other.thing.selector)
    )


class View:
    """What one client sees: all listeners together."""

    __slots__ = ("_known", "egress", "namespace", "outbound_policy", "policy_path", "sidecar", "world")

    def __init__(self, world: World, namespace: str, sidecar: Policy | None, gateway: bool) -> None:
        self.world = world
        self.namespace = namespace
        self.sidecar = sidecar
        """The Sidecar in effect, None: everything exported is imported."""
        spec = sidecar.spec if sidecar else {}
        listeners = [it for it in sequence(spec.get("egress")) if isinstance(it, dict)]
        self.egress = [
            Egress(world, namespace, listener, ("spec", "egress", index), gateway)
            for index, listener in enumerate(listeners or [{"hosts": ["*/*"]}])
        ]
        self.outbound_policy = world.mesh.config.outbound_policy
        self.policy_path: Path = ()
        """Where the Sidecar says what happens to unknown destinations; empty: the mesh does."""
        if isinstance(written := spec.get("outboundTrafficPolicy"), dict):
            self.outbound_policy = text(written.get("mode")) or "REGISTRY_ONLY"
            self.policy_path = ("spec", "outboundTrafficPolicy")
        self._known: dict[str, Known | None] = {}

    def egress_for(self, port: int) -> Egress | None:
        """The listener that serves the route table of a port: one for just this port, else the catch-all."""
        exact = next((it for it in self.egress if it.port == port), None)
        return exact or next((it for it in self.egress if it.port is None), None)

    def known(self, host: str) -> Known | None:
        """The service of a host that the client has clusters for, imported or a destination of a VirtualService."""
        if host not in self._known:
            self._known[host] = self._look_up(host)
        return self._known[host]

    def _look_up(self, host: str) -> Known | None:
        known: Known | None = None
        for egress in self.egress:
            for entry in egress.find(host):
                known = _joined(known, entry, None if egress.port is None else {egress.port})
            wanted = self.world.wanted(egress, host)
            extra = self._destination(host) if wanted is not None else None
            if wanted is not None and extra is not None:
                if egress.port is not None:
                    wanted = {egress.port}
                known = _joined(known, extra, None if 0 in wanted else wanted)
        return known

    def _destination(self, host: str) -> Entry | None:
        """The service that a route means by a host: of the client's namespace even if hidden, else the best seen."""
        entries = self.world.registry.by_host.get(host, [])
        own = [it for it in entries if it.namespace == self.namespace]
        seen = own or [it for it in entries if self.world.registry.level(it, self.namespace) is not None]
        return next((it for it in seen if it.kube), seen[0] if seen else None)


class World:
    """Services, VirtualServices, and what each client sees of them. Made once for a mesh: `mesh.index(World)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.registry = mesh.index(Registry)
        self.routes = mesh.index(Routes)
        self.mesh_hosts: HostMap[tuple[int, AnyRouted]] = HostMap()
        """VirtualServices of sidecars by host, with their ranks by age."""
        for at, routed in self.routes.by_gateway.get(MESH, ()):
            for host in dict.fromkeys(routed.hosts):
                self.mesh_hosts.add(host, (at, routed))
        self._words = {id(it): _words(mesh, it) for it in self.routes.all}
        self._destinations: dict[str, list[tuple[int, AnyRouted, int, str]]] | None = None
        self._views: dict[tuple[str, int, bool], View] = {}

    @cached_property
    def _label_keys(self) -> tuple[str, ...]:
        """The labels that some route of a VirtualService asks of its clients."""
        found: set[str] = set()
        for service in self.mesh.virtual_services:
            for section in SECTIONS:
                for item in sequence(service.spec.get(section)):
                    for match in sequence(dig(item, "match")):
                        found.update(labels(dig(match, "sourceLabels")))
        return tuple(sorted(found))

    def labels_key(self, having: dict[str, str]) -> tuple[str | None, ...]:
        """What of a client's labels makes a difference to its routes."""
        return tuple([having.get(key) for key in self._label_keys])

    def group(self, routed: AnyRouted, namespace: str) -> int | None:
        """How a namespace sees a VirtualService: 0 as a private one, 1 by an explicit export, 2 as a public one."""
        words = self._words[id(routed)]
        own = routed.service.namespace
        if not words or "*" in words:
            return 2
        if "~" in words:
            return None
        if namespace == own and ("." in words or own in words):
            return 0
        return 1 if namespace in words and namespace != own else None

    def view(self, client: Client) -> View:
        """What a client sees."""
        gateway = client.kind in ("gateway", "waypoint")
        sidecar = None if gateway else self.mesh.policies.sidecar(client.namespace, client.labels)
        key = (client.namespace, id(sidecar), gateway)
        if key not in self._views:
            self._views[key] = View(self, client.namespace, sidecar, gateway)
        return self._views[key]

    def wanted(self, egress: Egress, host: str) -> set[int] | None:
        """The ports of a host that VirtualServices of a listener send to (0: some without port); None: they do not."""
        if egress.gateway:
            return None
        if self._destinations is None:
            self._destinations = {}
            for at, routed in self.routes.by_gateway.get(MESH, ()):
                for name, port, spaces in _destinations(routed, self.mesh):
                    self._destinations.setdefault(name, []).append((at, routed, port, spaces))
        found = None
        for _, routed, port, spaces in self._destinations.get(host, ()):
            if spaces and egress.namespace not in spaces.split():
                continue
            if self.group(routed, egress.namespace) is not None and egress.imports_routed(routed):
                found = (found or set()) | {port}
        return found


def _words(mesh: Mesh, routed: AnyRouted) -> tuple[str, ...]:
    return routed.words if isinstance(routed, KubeRouted) else words_of(mesh, routed.service)


def _destinations(routed: AnyRouted, mesh: Mesh) -> Iterable[tuple[str, int, str]]:
    """Hosts and ports (0: none given) that a VirtualService sends to, and the namespaces for which that counts.

    Where some match of an entry names a source namespace, only those named count, whatever its other matches say.
    """
    if isinstance(routed, KubeRouted):
        for entry in routed.entries:
            for item in sequence(entry.action.get("backendRefs")):
                its = reference(item, (), routed.service.namespace, "", "Service")
                yield f"{its.name}.{its.namespace}.svc.{mesh.domain}", its.port, ""
        return
    for entry in routed.entries:
        only = " ".join(sorted({match.namespace for match in entry.matches if match.namespace}))
        places = [(dig(it, "destination"), "route") for it in sequence(entry.action.get("route"))]
        places.append((entry.action.get("mirror"), "mirror"))
        places += [(dig(it, "destination"), "mirrors") for it in sequence(entry.action.get("mirrors"))]
        for place, field in places:
            if host := text(dig(place, "host")):
                yield mesh.fqdn(host, entry.owners[field].namespace), number(dig(place, "port", "number")) or 0, only
    for destination in routed.service.destinations:
        if destination.section != "http":
            yield destination.fqdn, destination.port or 0, ""
