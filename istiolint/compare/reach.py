"""Who can be affected by the documents that differ: hosts, ports and callers; where it is not sure, everything.

For each document it is asked what of the trace of a request could read it. Comparing everything finds no more: a law.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.compare.leads import Leads, aliases
from istiolint.compare.pairing import Pair
from istiolint.mesh.gateways import KubeGateway
from istiolint.mesh.kube_routes import GROUP as GATEWAY_API
from istiolint.mesh.kube_routes import is_gateway
from istiolint.mesh.mesh import NETWORKING
from istiolint.mesh.names import is_wildcard, overlap
from istiolint.mesh.policies import KINDS
from istiolint.mesh.read import matches
from istiolint.mesh.workloads import TEMPLATES
from istiolint.trace.kube_routes import HTTP_KINDS, OPAQUE_KINDS, KubeRoute
from istiolint.trace.question import client_of
from istiolint.verify.alike import Alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from istiolint.compare.callers import Caller
    from istiolint.compare.leads import Router
    from istiolint.compare.pairing import Pairing
    from istiolint.compare.sides import Changed, Side
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload
    from istiolint.regions.hosts import Host
    from istiolint.source.document import Document
    from istiolint.trace.registry import Entry

SETTINGS = frozenset(("ConfigMap", "IstioOperator", "Istio", ""))
"""Kinds that may hold MeshConfig, and nothing else that traffic depends on."""
IDLE = frozenset(("Telemetry", "ProxyConfig"))
"""Kinds of Istio that change nothing of where requests go."""
HOSTS = ("Service", "ServiceEntry")
SERVER_SIDE = frozenset(("PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication"))
BOTH_SIDES = frozenset(("EnvoyFilter", "WasmPlugin", "TrafficExtension"))


class Reach:
    """Hosts, ports and callers for which something may change."""

    def __init__(self) -> None:
        self.everything = False
        self.gateways = False
        """Whether every gateway is."""
        self._exact: set[str] = set()
        self._wild: set[str] = set()
        self.ports: set[int] = set()
        self.callers: set[str] = set()
        """Names of workloads."""
        self.spaces: set[str] = set()
        """Namespaces of which every client that is in no file is affected."""

    def add(self, hosts: Iterable[str]) -> None:
        """Hosts in full, or wildcards."""
        for host in hosts:
            (self._wild if is_wildcard(host) else self._exact).add(host.lower())

    def has_host(self, host: Host, domain: str) -> bool:
        """Whether something may change for all who ask for a host."""
        if self.everything or host.port in self.ports:
            return True
        for name in (host.host, f"{host.host}.svc.{domain}"):
            if name in self._exact or any(overlap(name, it) for it in self._wild):
                return True
        return False

    def has_caller(self, caller: Caller, gateway: bool) -> bool:
        """Whether something may change for a caller, whatever it asks for."""
        if self.everything or (gateway and self.gateways) or not self.callers.isdisjoint(caller.members):
            return True
        return caller.stranger and caller.before is not None and caller.before.namespace in self.spaces


def everything() -> Reach:
    """All there is."""
    found = Reach()
    found.everything = True
    return found


def reach(before: Side, after: Side, changed: Changed, pairing: Pairing, gateways: Iterable[Caller]) -> Reach:
    """What the documents that differ can affect; `gateways`: those of both trees."""
    return _Reaching(before, after, pairing, gateways).of(changed)


class _Reaching:
    """The documents one after the other."""

    def __init__(self, before: Side, after: Side, pairing: Pairing, gateways: Iterable[Caller]) -> None:
        self.found = Reach()
        clients = [client for it in gateways for client in (it.before, it.after) if client is not None]
        self.doors = [it.workload for it in clients if it.workload is not None]
        """The pods of gateways, those too that are in no file."""
        self.meshes: tuple[Mesh, Mesh] = (before.mesh, after.mesh)
        self.pairing = pairing
        self.leads = tuple(it.index(Leads) for it in self.meshes)
        self.registries = (before.tracer.world.registry, after.tracer.world.registry)
        self._touched: set[str] = set()

    def of(self, changed: Changed) -> Reach:
        """What some documents can affect."""
        both = (changed.before, changed.after)
        if self._mixed() and any(it.kind in (*TEMPLATES, *HOSTS) for documents in both for it in documents):
            return everything()
        for mesh, documents in zip(self.meshes, both, strict=True):
            for document in documents:
                if self.found.everything:
                    return self.found
                self._document(mesh, document)
        return self.found

    def _document(self, mesh: Mesh, document: Document) -> None:
        kind, group = document.kind, document.group
        if kind in SETTINGS:
            one, other = (it.config for it in self.meshes)
            self.found.everything = one.values != other.values or one.root_namespace != other.root_namespace
        elif kind in TEMPLATES and group in TEMPLATES[kind][0]:
            self._workload(mesh, mesh.workload_of(document))
        elif kind == "Service" and not group:
            self._service(mesh, mesh.service_of(document))
        elif kind == "Namespace" and not group:
            self._namespace(document.name)
        elif group == NETWORKING and kind == "ServiceEntry":
            self._entries(mesh.service_entry_of(document).hosts)
        elif group == NETWORKING and kind == "VirtualService":
            self._router(mesh.index(Leads).of_service(mesh.virtual_service_of(document)))
        elif group == NETWORKING and kind == "DestinationRule":
            self._rule(mesh.destination_rule_of(document).fqdn)
        elif group == NETWORKING and kind == "Gateway":
            self.found.gateways = True
        elif KINDS.get(kind) == group:
            self._policy(mesh.policy_of(document))
        elif group == GATEWAY_API:
            self._kube(mesh, document)
        elif group.endswith("istio.io"):
            self.found.everything = True

    # Routes

    def _router(self, router: Router) -> None:
        """Its hosts, those of others that speak for them too, and what it makes known by sending there."""
        self.found.gateways |= router.gateways
        self._hosts(router.hosts)
        for host in router.destinations:
            self._touch(host)

    def _hosts(self, hosts: Iterable[str]) -> None:
        """Hosts of which it may be decided anew whose they are."""
        for host in hosts:
            self.found.add([host])
            for leads in self.leads:
                for other in leads.about(host):
                    self.found.add(other.hosts)
            for registry in self.registries:
                for entries in registry.open_by_port.values():
                    self._share([it for it in entries if overlap(it.host, host)])

    def _rule(self, pattern: str) -> None:
        for host in self._known(lambda it: overlap(it.host, pattern)):
            self._touch(host)

    def _kube(self, mesh: Mesh, document: Document) -> None:
        namespace = mesh.namespace_of(document)
        if document.kind in (*HTTP_KINDS, *OPAQUE_KINDS):
            route = KubeRoute(document, namespace)
            self.found.gateways |= any(map(is_gateway, route.parents))
            self._router(mesh.index(Leads).of_route(route))
        elif document.kind == "Gateway" and not KubeGateway(document, namespace).waypoint:
            self.found.gateways = True
        else:
            self.found.everything = True

    # Destinations

    def _known(self, wanted: Callable[[Entry], bool]) -> set[str]:
        return {it.host for registry in self.registries for it in registry.entries if wanted(it)}

    def _touch(self, host: str) -> None:
        """A host to which something else may happen behind the routes."""
        if host in self._touched:
            return
        self._touched.add(host)
        self.found.add([host])
        for leads in self.leads:
            for router in leads.sending(host):
                self.found.add(router.hosts)
                self.found.gateways |= router.gateways
        for registry in self.registries:
            self._share(registry.by_host.get(host, ()))
            for alias in aliases(registry, host):
                self._touch(alias.host)

    def _share(self, entries: Iterable[Entry]) -> None:
        """Services whose listeners are not their own: connections to others on the port may end there."""
        for entry in entries:
            if not entry.virtual:
                self.found.ports.update(
                    it.number for it in entry.ports if it.port_class != "http" or self._narrow
                )  # fmt: skip

    @property
    def _narrow(self) -> bool:
        """Whether some Sidecar says itself what clients see."""
        return any(mesh.policies.of("Sidecar") for mesh in self.meshes)

    # Services

    def _service(self, mesh: Mesh, service: Service) -> None:
        if service.namespace == mesh.root_namespace or any(_selects(service, it) for it in self.doors):
            self.found.gateways = True
        for each in self.meshes:
            for workload in each.workload_index.select(service.selector, service.namespace) if service.selector else ():
                self._pods(each, workload)
        self._entries((service.fqdn,))

    def _entries(self, hosts: Iterable[str]) -> None:
        """Hosts of the registry, whose ports may be others than before."""
        for host in hosts:
            self._touch(host)
            entries = [registry.by_host.get(host, []) for registry in self.registries]
            if [_form(it) for it in entries[0]] == [_form(it) for it in entries[1]]:
                continue
            self._hosts([host])
            for entry in (*entries[0], *entries[1]):
                self.found.add([f"*.{entry.host}"] if entry.resolution == "passthrough" else ())
                self.found.ports.update(it.number for it in entry.ports if not self._quiet(entry, it.number))

    def _quiet(self, entry: Entry, number: int) -> bool:
        """Whether the listener that others share on a port is the same with an entry and without it."""
        if any(registry.open_by_port.get(number) for registry in self.registries) or self._narrow:
            return False
        port = entry.port(number)
        if entry.alias or port is None or (port.port_class != "http" and entry.virtual):
            return True
        return port.port_class == "http" and all(
            any(it.host != entry.host and (not it.export_to or "*" in it.export_to) for it in found)
            for found in (registry.http_by_port.get(number, ()) for registry in self.registries)
        )

    def _mixed(self) -> bool:
        """Whether some workloads and Services name a namespace and others do not, and may be in any."""
        spaces: set[str] = set()
        for mesh in self.meshes:
            spaces.update(it.namespace for it in mesh.services)
            spaces.update(it.namespace for it in mesh.service_entries)
            spaces.update(it.namespace for it in mesh.workloads)
        return "" in spaces and len(spaces) > 1

    # Workloads

    def _workload(self, mesh: Mesh, workload: Workload) -> None:
        if workload.gateway:
            self.found.gateways = True
        for each in self.meshes:
            self._pods(each, workload)
        if not self._same_client(workload):
            self.found.callers.add(_name(workload))
            self.found.callers.update(_name(it) for it in self._pair(workload) if it is not None)

    def _pair(self, workload: Workload) -> Pair:
        return next((it for it in self.pairing.pairs if workload in it), Pair(None, None))

    def _same_client(self, workload: Workload) -> bool:
        """Whether a workload calls as the same client in both trees."""
        pair = self._pair(workload)
        if pair.before is None or pair.after is None or not (pair.before.replicas and pair.after.replicas):
            return False
        one, other = client_of(self.meshes[0], pair.before), client_of(self.meshes[1], pair.after)
        alike = [mesh.index(Alike) for mesh in self.meshes]
        return one.service_account == other.service_account and alike[0].sending(one) == alike[1].sending(other)

    def _pods(self, mesh: Mesh, workload: Workload) -> None:
        """Everything that leads to the pods of a workload."""
        for service in mesh.services_of(workload):
            self._touch(service.fqdn)
        for entry in mesh.service_entries:
            if entry.selector and entry.namespace == workload.namespace and matches(entry.selector, workload.labels):
                for host in entry.hosts:
                    self._touch(host)

    def _namespace(self, name: str) -> None:
        """Labels of a namespace: its pods, its Services, and who may attach routes to Gateways."""
        if any(mesh.kube_gateways for mesh in self.meshes):
            self.found.everything = True
            return
        self._space(name)
        for mesh in self.meshes:
            self.found.callers.update(_name(it) for it in mesh.workload_index.by_namespace.get(name, ()))

    def _space(self, name: str) -> None:
        """All that lies in a namespace, as who is called."""
        for host in self._known(lambda it: it.namespace == name):
            self._touch(host)
        for mesh in self.meshes:
            for workload in mesh.workload_index.by_namespace.get(name, ()):
                self._pods(mesh, workload)
                self.found.gateways |= workload.gateway

    # Policies

    def _policy(self, policy: Policy) -> None:
        if policy.kind in IDLE:
            return
        if policy.targets or (policy.root and not policy.selector):
            self.found.everything = True
        elif policy.kind == "Sidecar":
            self._sidecar(policy)
        elif policy.kind in SERVER_SIDE or policy.kind in BOTH_SIDES:
            if policy.kind == "PeerAuthentication" and not policy.selector:
                self._space(policy.namespace)
            self._selected(policy)
        else:
            self.found.everything = True

    def _selected(self, policy: Policy) -> None:
        """The pods on which a policy acts."""
        for mesh in self.meshes:
            for workload in mesh.workloads:
                if policy.acts_on(workload):
                    self._pods(mesh, workload)
                    self.found.gateways |= workload.gateway
                    if policy.kind in BOTH_SIDES:
                        self.found.callers.add(_name(workload))
        self.found.gateways |= any(policy.acts_on(it) for it in self.doors)

    def _sidecar(self, policy: Policy) -> None:
        """The clients that it configures; and where some Sidecar has inbound listeners, the pods too."""
        inbound = any(it.spec.get("ingress") for mesh in self.meshes for it in mesh.policies.of("Sidecar"))
        if not policy.selector:
            self.found.spaces.add(policy.namespace)
        for mesh in self.meshes:
            for workload in mesh.workload_index.by_namespace.get(policy.namespace, ()):
                if matches(policy.selector, workload.labels):
                    self.found.callers.add(_name(workload))
                    if inbound:
                        self._pods(mesh, workload)


def _name(workload: Workload) -> str:
    return f"{workload.namespace or '~'}/{workload.name}"


def _form(entry: Entry) -> tuple[object, ...]:
    """What of a host makes a difference to the listeners and tables of clients."""
    return (
        entry.namespace, entry.kube, entry.resolution, entry.alias, entry.addresses, entry.external, entry.export_to,
        entry.age[:3], tuple((it.number, it.protocol, it.port_class) for it in entry.ports),
    )  # fmt: skip


def _selects(service: Service, workload: Workload) -> bool:
    return service.namespace == workload.namespace and matches(service.selector, workload.labels)
