"""The mesh: every index and every question, each answered from plain dicts that are made when first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from istiolint.mesh.answers import UNKNOWN
from istiolint.mesh.dataplane import Dataplane, dataplane
from istiolint.mesh.destination_rules import DestinationRule, Subset
from istiolint.mesh.gateways import Gateway, KubeGateway
from istiolint.mesh.hosts import Host, Registry, look_up, look_up_any, port_of
from istiolint.mesh.merging import Effective, RuleBook
from istiolint.mesh.mesh_config import MeshConfig, mesh_config
from istiolint.mesh.named import Named
from istiolint.mesh.names import HostMap, complete, declared, gateway_reference, namespaced
from istiolint.mesh.namespaces import Namespace, namespaces_of
from istiolint.mesh.order import age, place
from istiolint.mesh.selection import SelectorIndex, WorkloadIndex
from istiolint.mesh.service_entries import ServiceEntry
from istiolint.mesh.services import Service
from istiolint.mesh.virtual_services import VirtualService, by_gateway, mesh_routes
from istiolint.mesh.workloads import TEMPLATES, Workload
from istiolint.mesh.world import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from istiolint.mesh.alternatives import Alternatives
    from istiolint.mesh.ambient import Ambient
    from istiolint.mesh.answers import Answer
    from istiolint.mesh.graph import Graph
    from istiolint.mesh.mtls import Mtls
    from istiolint.mesh.objects import Item
    from istiolint.mesh.policies import Policies, Policy
    from istiolint.mesh.ports import Port
    from istiolint.mesh.settings import MeshSettings
    from istiolint.source.document import Document

T = TypeVar("T")

NETWORKING = "networking.istio.io"
GATEWAY_API = "gateway.networking.k8s.io"


class Mesh:
    """What the documents say about one mesh. Never changed; the same whatever the order of the documents."""

    def __init__(self, documents: Sequence[Document], settings: MeshSettings) -> None:
        self.settings = settings
        self.world = settings.world
        self.domain = settings.cluster_domain
        """The cluster's DNS domain."""
        self.everything = documents
        """All documents as they were read, those of one name too."""
        self._kinds: dict[tuple[str, str], list[Document]] = {}
        for document in sorted(documents, key=place):
            self._kinds.setdefault((document.group, document.kind), []).append(document)
        self._default_namespace = settings.namespace or ("default" if self.world == "complete" else "")
        self._hosts: dict[tuple[str, str], Answer[Host]] = {}
        self._facts: dict[int, Any] = {}
        self._indexes: dict[Callable[[Mesh], Any], Any] = {}

    # Documents and settings

    def documents(self, kind: str, group: str = "") -> list[Document]:
        """The documents of a kind in order of their files; in a complete world, of one name the last only."""
        found = self._kinds.get((group, kind), [])
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
        return mesh_config(self.settings, self.documents("ConfigMap"), installations, self.documents(""))

    @cached_property
    def root_namespace(self) -> str:
        """The namespace whose policies count for the whole mesh."""
        return self.config.root_namespace

    @cached_property
    def evidence(self) -> Evidence:
        """What the files show about what they do not hold."""
        return Evidence(self)

    @cached_property
    def _alternatives(self) -> Alternatives:
        from istiolint.mesh.alternatives import Alternatives

        return Alternatives(self.everything, self.namespace_of)

    def together(self, one: Document, other: Document) -> bool:
        """Whether two documents are surely applied to one mesh, such that they can be in conflict with each other.

        Not those of folders that define the same objects (overlays, samples), nor those without a namespace in
        different places.
        """
        return one.file == other.file or self.world == "complete" or self._alternatives.together(one, other)

    def is_patched(self, document: Document) -> bool:
        """Whether a document will be changed before it is applied, so that what it lacks may be added."""
        return self.settings.patched(document.kind, document.name)

    def index(self, make: Callable[[Mesh], T]) -> T:
        """What `make` makes of this mesh, made once: an index that only a few rules need."""
        if make not in self._indexes:
            self._indexes[make] = make(self)
        found: T = self._indexes[make]
        return found

    # The facts of one document

    def _keep(self, document: Document, facts: T) -> T:
        self._facts[id(document)] = facts
        return facts

    def service_of(self, document: Document) -> Service:
        """A Service's facts."""
        found: Service | None = self._facts.get(id(document))
        return found or self._keep(document, Service(document, self.namespace_of(document), self.domain))

    def service_entry_of(self, document: Document) -> ServiceEntry:
        """A ServiceEntry's facts."""
        found: ServiceEntry | None = self._facts.get(id(document))
        return found or self._keep(document, ServiceEntry(document, self.namespace_of(document), self.domain))

    def destination_rule_of(self, document: Document) -> DestinationRule:
        """A DestinationRule's facts."""
        found: DestinationRule | None = self._facts.get(id(document))
        if found is None:
            export = self.config.default_export("defaultDestinationRuleExportTo")
            found = self._keep(document, DestinationRule(document, self.namespace_of(document), self.domain, export))
        return found

    def virtual_service_of(self, document: Document) -> VirtualService:
        """A VirtualService's facts."""
        found: VirtualService | None = self._facts.get(id(document))
        return found or self._keep(document, VirtualService(document, self.namespace_of(document), self.domain))

    def gateway_of(self, document: Document) -> Gateway:
        """An Istio Gateway's facts."""
        found: Gateway | None = self._facts.get(id(document))
        return found or self._keep(document, Gateway(document, self.namespace_of(document)))

    def kube_gateway_of(self, document: Document) -> KubeGateway:
        """A Gateway API Gateway's facts."""
        found: KubeGateway | None = self._facts.get(id(document))
        return found or self._keep(document, KubeGateway(document, self.namespace_of(document)))

    def workload_of(self, document: Document) -> Workload:
        """The facts of what makes pods."""
        found: Workload | None = self._facts.get(id(document))
        return found or self._keep(document, Workload(document, self.namespace_of(document)))

    def policy_of(self, document: Document) -> Policy:
        """The facts of a policy (a kind of `policies.KINDS`)."""
        found: Policy | None = self._facts.get(id(document))
        if found is None:
            from istiolint.mesh.policies import Policy

            found = self._keep(document, Policy(document, self.namespace_of(document), self.root_namespace))
        return found

    # Hosts, ports, subsets

    def fqdn(self, host: str, namespace: str) -> str:
        """The full host that `host` means in an object of `namespace`."""
        return complete(host, namespace, self.domain)

    @cached_property
    def services(self) -> list[Service]:
        """All Services."""
        return [self.service_of(it) for it in self.documents("Service")]

    @cached_property
    def service_entries(self) -> list[ServiceEntry]:
        """All ServiceEntries."""
        return [self.service_entry_of(it) for it in self.documents("ServiceEntry", NETWORKING)]

    @cached_property
    def registry(self) -> Registry:
        """All hosts."""
        return Registry(self.services, self.service_entries, self.config.default_export("defaultServiceExportTo"))

    def host(self, host: str, namespace: str) -> Answer[Host]:
        """The host that an object of `namespace` means by `host`, if that namespace sees it."""
        key = (host, namespace)
        found = self._hosts.get(key)
        if found is None:
            found = self._hosts[key] = look_up(self, host, namespace)
        return found

    def any_host(self, pattern: str, namespace: str) -> Answer[Host]:
        """What `namespace` sees of the hosts that a wildcard overlaps (of a plain host: that host)."""
        return look_up_any(self, pattern, namespace)

    def port(self, host: str, number: int, namespace: str) -> Answer[Port]:
        """Port `number` of a host, as an object of `namespace` means both."""
        return port_of(self, host, number, namespace)

    # DestinationRules

    @cached_property
    def destination_rules(self) -> list[DestinationRule]:
        """All DestinationRules."""
        return [self.destination_rule_of(it) for it in self.documents("DestinationRule", NETWORKING)]

    @cached_property
    def rules(self) -> RuleBook:
        """DestinationRules by host and namespace, merged."""
        return RuleBook(self)

    def in_effect(self, host: str, client: str, having: dict[str, str] | None = None) -> Effective | None:
        """The DestinationRule that clients in namespace `client` with labels `having` use for a full host.

        None where the files have none for them. Labels None: pods that no workloadSelector picks.
        """
        return self.rules.in_effect(host, client, having)

    def subset(self, host: str, subset: str, client: str, having: dict[str, str] | None = None) -> Answer[Subset]:
        """A subset of a full host as clients of namespace `client` see it."""
        return self.rules.subset(host, subset, client, having)

    # Workloads

    @cached_property
    def workloads(self) -> list[Workload]:
        """Everything that makes pods, and virtual machines; patches that show no pod are left out."""
        kinds = [(kind, group) for kind, (groups, _) in TEMPLATES.items() for group in groups]
        found = [self.workload_of(it) for kind, group in kinds for it in self.documents(kind, group)]
        return [it for it in found if it.labels or it.spec]

    @cached_property
    def workload_index(self) -> WorkloadIndex:
        """Workloads by label and namespace."""
        return WorkloadIndex(self.workloads)

    @cached_property
    def _built_in(self) -> tuple[tuple[Workload, ...], tuple[Service, ...]]:
        from istiolint.mesh.builtin import ingress_of

        return ingress_of(self)

    @cached_property
    def _selectors(self) -> SelectorIndex:
        return SelectorIndex([*self.services, *self._built_in[1]])

    def select(self, selector: dict[str, str], namespace: str | None) -> Answer[tuple[Workload, ...]]:
        """Workloads with these labels in `namespace` (None: in any). Found: at least one.

        A complete mesh has the default ingress gateway besides what is in the files.
        """
        found = self.workload_index.select(selector, namespace)
        if selector == {"istio": "ingressgateway"} and namespace in (None, self.root_namespace):
            found += self._built_in[0]
        return found or self.evidence.absent_selection(selector, namespace)

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """Workloads that a Service selects; empty too where it has no selector."""
        return self.workload_index.behind(service)

    def services_of(self, workload: Workload) -> tuple[Service, ...]:
        """Services that select a workload."""
        return self._selectors.selecting(workload)

    def dataplane(self, workload: Workload) -> Dataplane:
        """Who carries its traffic: `sidecar`, `ambient`, `none` or `unknown`."""
        return dataplane(workload, self.namespaces.get(workload.namespace), self.world == "complete")

    @cached_property
    def ambient(self) -> Ambient:
        """Ambient mode and waypoints."""
        from istiolint.mesh.ambient import Ambient

        return Ambient(self)

    # Gateways and VirtualServices

    @cached_property
    def gateways(self) -> list[Gateway]:
        """Istio Gateways."""
        return [self.gateway_of(it) for it in self.documents("Gateway", NETWORKING)]

    @cached_property
    def kube_gateways(self) -> list[KubeGateway]:
        """Gateway API Gateways."""
        return [self.kube_gateway_of(it) for it in self.documents("Gateway", GATEWAY_API)]

    @cached_property
    def gateways_by_name(self) -> Named[Gateway | KubeGateway]:
        """Gateways of both kinds by namespace and name."""
        return Named([*self.gateways, *self.kube_gateways])

    def gateway(self, reference: str, namespace: str) -> Answer[tuple[Gateway | KubeGateway, ...]]:
        """The Gateway that a VirtualService of `namespace` names (not for `mesh`); normally one."""
        full = gateway_reference(reference, namespace)
        scope, name = namespaced(full, namespace)
        found = self.gateways_by_name.find(scope, name)
        if found:
            return found
        if declared(self.settings.external_gateways, full, reference, name):
            return UNKNOWN
        return self.evidence.absent_named(self.gateways_by_name, scope, name, "/" in reference)

    @cached_property
    def virtual_services(self) -> list[VirtualService]:
        """All VirtualServices."""
        return [self.virtual_service_of(it) for it in self.documents("VirtualService", NETWORKING)]

    @cached_property
    def _virtual_services(self) -> Named[VirtualService]:
        return Named(self.virtual_services)

    def virtual_service(self, name: str, namespace: str) -> Answer[tuple[VirtualService, ...]]:
        """The VirtualService of that name, such as a delegate."""
        found = self._virtual_services.find(namespace, name)
        return found or self.evidence.absent_named(self._virtual_services, namespace, name, True)

    @cached_property
    def mesh_routes(self) -> HostMap[VirtualService]:
        """VirtualServices that act in sidecars, by full host, the oldest first."""
        return mesh_routes(sorted(self.virtual_services, key=age))

    @cached_property
    def _bound(self) -> dict[str, list[VirtualService]]:
        return by_gateway(sorted(self.virtual_services, key=age))

    def bound(self, gateway: Gateway | KubeGateway) -> list[VirtualService]:
        """VirtualServices that name a Gateway, the oldest first."""
        return self._bound.get(gateway.reference, [])

    # Policies, other objects

    @cached_property
    def policies(self) -> Policies:
        """Everything that acts on workloads, by kind and reach."""
        from istiolint.mesh.policies import KINDS, Policies

        return Policies({kind: [self.policy_of(it) for it in self.documents(kind, KINDS[kind])] for kind in KINDS})

    @cached_property
    def mtls(self) -> Mtls:
        """What ports accept, and what clients send."""
        from istiolint.mesh.mtls import Mtls

        return Mtls(self)

    @cached_property
    def graph(self) -> Graph:
        """Hosts, subsets, objects and workloads, linked."""
        from istiolint.mesh.graph import graph

        return graph(self)

    def secret(self, name: str, namespace: str) -> Answer[tuple[Item, ...]]:
        """The Secret of that name, or what will make it (a cert-manager Certificate, an ExternalSecret and so on)."""
        from istiolint.mesh.objects import secrets

        found = (things := self.index(secrets)).find(namespace, name)
        return found or self.evidence.absent_named(things, namespace, name, False)

    @cached_property
    def service_accounts(self) -> Named[Item]:
        """Service accounts that are defined, or that workloads run as."""
        from istiolint.mesh import objects

        return Named(objects.service_accounts(self))

    def service_account(self, name: str, namespace: str) -> Answer[tuple[Item, ...]]:
        """A service account: its manifest, and the workloads that run as it."""
        found = self.service_accounts.find(namespace, name)
        return found or self.evidence.absent_named(self.service_accounts, namespace, name, True)

    # Namespaces

    @cached_property
    def namespaces(self) -> dict[str, Namespace]:
        """Namespaces that have a manifest."""
        return namespaces_of(self.documents("Namespace"))

    @cached_property
    def used_namespaces(self) -> frozenset[str]:
        """Namespaces that documents name as theirs."""
        return frozenset({document.namespace for document in self.everything if document.namespace})

    def namespace(self, name: str) -> Answer[str]:
        """Whether a namespace exists (its name if so); labels are in `namespaces`."""
        return self.evidence.namespace(name)


def build(documents: Sequence[Document], settings: MeshSettings) -> Mesh:
    """The mesh that the documents describe. Cheap: everything is read when first asked for."""
    return Mesh(documents, settings)
