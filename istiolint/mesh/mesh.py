"""The mesh: every index and every question, each answered from plain dicts that are made when first needed."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from istiolint.mesh import destination_rules as rules_of
from istiolint.mesh import world
from istiolint.mesh.answers import UNKNOWN, Absent, Answer, Unknown
from istiolint.mesh.dataplane import Dataplane, dataplane
from istiolint.mesh.destination_rules import DestinationRule, Effective, NamespaceRules, Subset
from istiolint.mesh.gateways import Gateway, KubeGateway
from istiolint.mesh.hosts import Host, Registry
from istiolint.mesh.mesh_config import MeshConfig, mesh_config
from istiolint.mesh.mtls import Mtls
from istiolint.mesh.named import Named
from istiolint.mesh.names import cluster_name, complete, gateway_reference, namespaced
from istiolint.mesh.namespaces import BUILT_IN, Namespace
from istiolint.mesh.nearness import Names
from istiolint.mesh.order import age, place
from istiolint.mesh.policies import Policies
from istiolint.mesh.ports import Port
from istiolint.mesh.selection import SelectorIndex, WorkloadIndex
from istiolint.mesh.service_entries import ServiceEntry
from istiolint.mesh.services import Service
from istiolint.mesh.virtual_services import VirtualService
from istiolint.mesh.workloads import TEMPLATES, Workload

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from istiolint.mesh.settings import MeshSettings
    from istiolint.source.document import Document

NETWORKING = "networking.istio.io"
SECURITY = "security.istio.io"
GATEWAY_API = "gateway.networking.k8s.io"


class Mesh:
    """What the documents say about one mesh. Never changed; the same whatever the order of the documents."""

    def __init__(self, documents: Sequence[Document], settings: MeshSettings) -> None:
        self.settings = settings
        self.world = settings.world
        self._kinds: dict[tuple[str, str], list[Document]] = {}
        kinds = self._kinds
        for document in documents:
            key = (document.group, document.kind)
            if key in kinds:
                kinds[key].append(document)
            else:
                kinds[key] = [document]
        self._default_namespace = settings.namespace or ("default" if self.world == "complete" else "")
        self._hosts: dict[tuple[str, str], Answer[Host]] = {}
        self._wholes: dict[str, bool] = {}
        self._service_names: dict[str, Names] = {}

    # Documents and settings

    def documents(self, kind: str, group: str = "") -> list[Document]:
        """The documents of a kind in order of their files; in a complete world, of one name the last only."""
        key = (group, kind)
        found = self._kinds.get(key)
        if not found:
            return []
        places = [place(document) for document in found]
        if any(one > other for one, other in pairwise(places)):
            found = self._kinds[key] = sorted(found, key=place)
        if self.world != "complete":
            return found
        return list({(self.namespace_of(it), it.name or id(it)): it for it in found}.values())

    def namespace_of(self, document: Document) -> str:
        """The namespace of a document; empty where it names none and none is given (then: some namespace)."""
        return document.namespace or self._default_namespace

    @cached_property
    def config(self) -> MeshConfig:
        """MeshConfig, given or found in the files."""
        installations = self.documents("IstioOperator", "install.istio.io") + self.documents("Istio", "sailoperator.io")
        return mesh_config(self.settings, self.documents("ConfigMap"), installations)

    @property
    def domain(self) -> str:
        """The cluster's DNS domain."""
        return self.settings.cluster_domain

    @property
    def root_namespace(self) -> str:
        """The namespace whose policies count for the whole mesh."""
        return self.config.root_namespace

    def fqdn(self, host: str, namespace: str) -> str:
        """The full host that `host` means in an object of `namespace`."""
        return complete(host, namespace, self.domain)

    # Hosts, ports, subsets

    @cached_property
    def services(self) -> list[Service]:
        """All Services."""
        return [Service(it, self.namespace_of(it), self.domain) for it in self.documents("Service")]

    @cached_property
    def service_entries(self) -> list[ServiceEntry]:
        """All ServiceEntries."""
        found = self.documents("ServiceEntry", NETWORKING)
        return [ServiceEntry(it, self.namespace_of(it), self.domain) for it in found]

    @cached_property
    def registry(self) -> Registry:
        """All hosts."""
        return Registry(self.services, self.service_entries, self.config.default_export("defaultServiceExportTo"))

    def host(self, host: str, namespace: str) -> Answer[Host]:
        """The host that an object of `namespace` means by `host`, if that namespace sees it."""
        key = (host, namespace)
        if key not in self._hosts:
            self._hosts[key] = self._host(host, namespace)
        return self._hosts[key]

    def _host(self, written: str, namespace: str) -> Answer[Host]:
        host = self.fqdn(written, namespace)
        found, hidden = self.registry.find(host, namespace)
        if found is not None:
            return found
        if host == f"kubernetes.default.svc.{self.domain}" or _any(self.settings.external_hosts, host, written):
            return Host(host, external=True)
        name = cluster_name(host, self.domain)
        if name is not None:
            likely = self.registry.by_name.get(name.service, []) if not name.namespace else []
            if name.namespace:
                likely = self.registry.services.get(f"{name.service}..svc.{self.domain}", [])
            if likely:
                return Host(host, tuple(likely), plausible=True)
        return world.absent_host(self, written, namespace, hidden)

    def port(self, host: str, number: int, namespace: str) -> Answer[Port]:
        """Port `number` of a host, as an object of `namespace` means both."""
        found = self.host(host, namespace)
        if isinstance(found, (Absent, Unknown)):
            return found
        ports = found.ports
        for port in ports:
            if port.number == number:
                return port
        if found.external or not ports or any(not it.ports for it in found.definers):
            return UNKNOWN
        return Absent(not found.plausible, ", ".join(map(str, found.numbers)), thing=found)

    def service_names(self, namespace: str) -> Names:
        """Names of the Services of exactly this namespace."""
        if not self._service_names:
            by_namespace: dict[str, list[str]] = {}
            for service in self.services:
                by_namespace.setdefault(service.namespace, []).append(service.name)
            self._service_names = {space: Names(names) for space, names in by_namespace.items()}
        return self._service_names.get(namespace) or Names(())

    @cached_property
    def entry_names(self) -> Names:
        """Exact hosts of ServiceEntries."""
        return Names(self.registry.entries.exact)

    @cached_property
    def _other_names(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for workload in self.workloads:
            names = (workload.name, workload.labels.get("app"), workload.labels.get("app.kubernetes.io/name"))
            found.setdefault(workload.namespace, set()).update(name for name in names if name)
        return found

    def other_names(self, namespace: str) -> set[str]:
        """Names by which workloads of a namespace go: who bears one is no misspelling."""
        return self._other_names.get(namespace, set())

    def seems_whole(self, namespace: str) -> bool:
        """Whether nearly all Services of a namespace that routes refer to are in the files."""
        if namespace not in self._wholes:
            referred = self._referred.get(namespace, set())
            known = self.service_names(namespace)
            missing = sum(name not in known for name in referred)
            self._wholes[namespace] = len(referred) - missing >= world.ENOUGH and missing == 1
        return self._wholes[namespace]

    @cached_property
    def _referred(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for service in self.virtual_services:
            for destination in service.destinations:
                if name := cluster_name(destination.fqdn, self.domain):
                    found.setdefault(name.namespace, set()).add(name.service)
        return found

    # DestinationRules

    @cached_property
    def destination_rules(self) -> list[DestinationRule]:
        """All DestinationRules."""
        default = self.config.default_export("defaultDestinationRuleExportTo")
        found = self.documents("DestinationRule", NETWORKING)
        return [DestinationRule(it, self.namespace_of(it), self.domain, default) for it in found]

    @cached_property
    def rules_of_namespaces(self) -> dict[str, NamespaceRules]:
        """Merged DestinationRules by namespace."""
        groups: dict[str, list[DestinationRule]] = {}
        for rule in sorted(self.destination_rules, key=lambda it: (it.selector is None, age(it))):
            groups.setdefault(rule.namespace, []).append(rule)
        return {namespace: rules_of.merge(group) for namespace, group in groups.items()}

    @cached_property
    def rules_by_host(self) -> dict[str, list[DestinationRule]]:
        """DestinationRules by full host (wildcards as they are)."""
        found: dict[str, list[DestinationRule]] = {}
        for rule in self.destination_rules:
            found.setdefault(rule.fqdn, []).append(rule)
        return found

    @cached_property
    def rules_by_service(self) -> dict[str, list[DestinationRule]]:
        """DestinationRules for Services, by the Service's short name."""
        found: dict[str, list[DestinationRule]] = {}
        for rule in self.destination_rules:
            if name := cluster_name(rule.fqdn, self.domain):
                found.setdefault(name.service, []).append(rule)
        return found

    def in_effect(self, host: str, client: str, having: dict[str, str] | None = None) -> Effective | None:
        """The DestinationRule that clients in namespace `client` with labels `having` use for a full host.

        None where the files have none for them. Labels None: pods that no workloadSelector picks.
        """
        owner = self._owner(host, client)
        for step, entries in rules_of.candidates(self.rules_of_namespaces, self.root_namespace, host, owner, client):
            return rules_of.choose(entries, step, client, having)
        return None

    def _owner(self, host: str, client: str) -> str | None:
        if name := cluster_name(host, self.domain):
            return name.namespace
        found = self.host(host, client)
        return found.namespace if isinstance(found, Host) else None

    def subset(self, host: str, subset: str, client: str, having: dict[str, str] | None = None) -> Answer[Subset]:
        """A subset of a full host as clients of namespace `client` see it."""
        effective = self.in_effect(host, client, having)
        if effective is not None and subset in effective.subsets:
            return effective.subsets[subset]
        return world.absent_subset(self, host, subset, client, effective, general=having is None)

    # Workloads

    @cached_property
    def workloads(self) -> list[Workload]:
        """Everything that makes pods, and virtual machines."""
        found = [
            it for kind, (groups, _) in TEMPLATES.items() for group in groups for it in self.documents(kind, group)
        ]
        return [Workload(it, self.namespace_of(it)) for it in found]

    @cached_property
    def workload_index(self) -> WorkloadIndex:
        """Workloads by label and namespace."""
        return WorkloadIndex(self.workloads)

    @cached_property
    def _selectors(self) -> SelectorIndex:
        return SelectorIndex(self.services, self.workload_index)

    def select(self, selector: dict[str, str], namespace: str | None) -> Answer[tuple[Workload, ...]]:
        """Workloads with these labels in `namespace` (None: in any). Found: at least one."""
        return self.workload_index.select(selector, namespace) or world.absent_selection(self, selector, namespace)

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """Workloads that a Service selects; empty too where it has no selector."""
        return self.workload_index.select(service.selector, service.namespace) if service.selector else ()

    def services_of(self, workload: Workload) -> tuple[Service, ...]:
        """Services that select a workload."""
        return self._selectors.selecting(workload)

    def dataplane(self, workload: Workload) -> Dataplane:
        """Who carries its traffic: `sidecar`, `ambient`, `none` or `unknown`."""
        return dataplane(workload, self.namespaces.get(workload.namespace), self.world == "complete")

    # Gateways and VirtualServices

    @cached_property
    def gateways(self) -> list[Gateway]:
        """Istio Gateways."""
        return [Gateway(it, self.namespace_of(it)) for it in self.documents("Gateway", NETWORKING)]

    @cached_property
    def kube_gateways(self) -> list[KubeGateway]:
        """Gateway API Gateways."""
        return [KubeGateway(it, self.namespace_of(it)) for it in self.documents("Gateway", GATEWAY_API)]

    @cached_property
    def _gateways(self) -> Named[Gateway | KubeGateway]:
        return Named([*self.gateways, *self.kube_gateways])

    def gateway(self, reference: str, namespace: str) -> Answer[tuple[Gateway | KubeGateway, ...]]:
        """The Gateway that a VirtualService of `namespace` names (not for `mesh`); normally one."""
        full = gateway_reference(reference, namespace)
        scope, name = namespaced(full, namespace)
        found = self._gateways.find(scope, name)
        if found:
            return found
        if _any(self.settings.external_gateways, full, reference):
            return UNKNOWN
        return world.absent_named(self, self._gateways, scope, name, "/" in reference)

    @cached_property
    def virtual_services(self) -> list[VirtualService]:
        """All VirtualServices."""
        found = self.documents("VirtualService", NETWORKING)
        return [VirtualService(it, self.namespace_of(it), self.domain) for it in found]

    @cached_property
    def _virtual_services(self) -> Named[VirtualService]:
        return Named(self.virtual_services)

    def virtual_service(self, name: str, namespace: str) -> Answer[tuple[VirtualService, ...]]:
        """The VirtualService of that name, such as a delegate."""
        found = self._virtual_services.find(namespace, name)
        return found or world.absent_named(self, self._virtual_services, namespace, name, True)

    # Policies

    @cached_property
    def policies(self) -> Policies:
        """Everything that acts on workloads, by kind and reach."""
        return Policies(self)

    @cached_property
    def mtls(self) -> Mtls:
        """What ports accept, and what clients send."""
        return Mtls(self)

    # Namespaces

    @cached_property
    def namespaces(self) -> dict[str, Namespace]:
        """Namespaces that have a manifest."""
        groups: dict[str, list[Document]] = {}
        for document in self.documents("Namespace"):
            groups.setdefault(document.name, []).append(document)
        return {name: Namespace(name, tuple(group)) for name, group in groups.items() if name}

    @cached_property
    def used_namespaces(self) -> frozenset[str]:
        """Namespaces that documents name as theirs."""
        found = {it.namespace for group in self._kinds.values() for it in group}
        return frozenset(name for name in found if name)

    @cached_property
    def namespace_names(self) -> Names:
        """All namespaces that the files show, by manifest or by use."""
        return Names({*self.namespaces, *self.used_namespaces, *BUILT_IN})

    def namespace(self, name: str) -> Answer[str]:
        """Whether a namespace exists (its name if so); labels are in `namespaces`."""
        if name in self.namespaces or name in BUILT_IN or _any(self.settings.external_namespaces, name):
            return name
        if self.world != "complete" and (name in self.used_namespaces or name == self.root_namespace):
            return name
        return world.absent_namespace(self, name)


def _any(patterns: Iterable[str], *texts: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns for text in texts)


def build(documents: Sequence[Document], settings: MeshSettings) -> Mesh:
    """The mesh that the documents describe. Cheap: everything is read when first asked for."""
    return Mesh(documents, settings)
