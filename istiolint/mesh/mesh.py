"""The mesh: every index and every question, each answered from plain dicts that are made when first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from istiolint.mesh import listings, things
from istiolint.mesh.dataplane import Dataplane, dataplane
from istiolint.mesh.destination_rules import DestinationRule, Subset
from istiolint.mesh.gateways import Gateway, KubeGateway
from istiolint.mesh.hosts import Host, Registry, look_up, look_up_any, port_of
from istiolint.mesh.listing import Listed
from istiolint.mesh.merging import Effective, RuleBook
from istiolint.mesh.mesh_config import MeshConfig, config_in
from istiolint.mesh.named import Named
from istiolint.mesh.names import complete
from istiolint.mesh.namespaces import Namespace, namespaces_of
from istiolint.mesh.order import age
from istiolint.mesh.selection import WorkloadIndex, behind, select, selecting
from istiolint.mesh.service_entries import ServiceEntry
from istiolint.mesh.services import Service
from istiolint.mesh.source import All
from istiolint.mesh.virtual_services import Routes, VirtualService
from istiolint.mesh.workloads import Workload
from istiolint.mesh.world import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from istiolint.mesh.ambient import Ambient
    from istiolint.mesh.answers import Answer
    from istiolint.mesh.graph import Graph
    from istiolint.mesh.listing import Listing, Note
    from istiolint.mesh.mtls import Mtls
    from istiolint.mesh.objects import Item
    from istiolint.mesh.policies import Policies, Policy
    from istiolint.mesh.ports import Port
    from istiolint.mesh.settings import MeshSettings
    from istiolint.mesh.source import Source
    from istiolint.source.document import Document

T = TypeVar("T")

NETWORKING = "networking.istio.io"
GATEWAY_API = "gateway.networking.k8s.io"


class Mesh:
    """What the documents say about one mesh. Never changed; the same whatever the order of the documents."""

    def __init__(self, documents: Source, settings: MeshSettings, noting: bool = False) -> None:
        self.settings = settings
        self.world = settings.world
        self.domain = settings.cluster_domain
        """The cluster's DNS domain."""
        self.noted: set[Note] | None = set() if noting else None
        """What has been asked of listings, where somebody wants to know."""
        self._source = documents
        self.default_namespace = settings.namespace or ("default" if self.world == "complete" else "")
        self.listed: dict[Listing[Any], Listed[Any]] = {}
        self._facts: dict[int, Any] = {}
        self._indexes: dict[Any, tuple[Any, frozenset[Note]]] = {}

    # Documents and settings

    def listing(self, which: Listing[T]) -> Listed[T]:
        """A listing of this mesh: the way to other documents."""
        found = self.listed.get(which)
        if found is None:
            found = self.listed[which] = Listed(self, which.name, self._source.found(which, self))
        return found

    def index(self, make: Callable[..., T], *of: Hashable) -> T:
        """What `make` makes of this mesh (and of some things), made once. Who asks is noted to have asked what it did.

        Whoever keeps for others what he learnt of the mesh keeps it here.
        """
        found = self._indexes.get((make, of)) or self._index(make, of)
        if found[1] and self.noted is not None:
            self.noted.update(found[1])
        its: T = found[0]
        return its

    def _index(self, make: Callable[..., T], of: tuple[Hashable, ...]) -> tuple[T, frozenset[Note]]:
        outer = self.noted
        inner = self.noted = None if outer is None else set()
        try:
            made = make(self, *of)
        finally:
            self.noted = outer
        found = self._indexes[(make, of)] = (made, frozenset(inner or ()))
        return found

    @property
    def everything(self) -> Sequence[Document]:
        """All documents as they were read, those of one name too."""
        self.listing(listings.KINDS).items()
        return self._source.everything

    def documents(self, kind: str, group: str = "") -> Sequence[Document]:
        """The documents of a kind in order of their files; in a complete world, of one name the last only."""
        return self.last(self.listing(listings.KINDS).get((group, kind)))

    def last(self, documents: Sequence[Document]) -> Sequence[Document]:
        """Documents of one kind as they will be applied to a complete world: of one name the last only."""
        if self.world != "complete":
            return documents
        return list({(self.namespace_of(it), it.name or id(it)): it for it in documents}.values())

    def namespace_of(self, document: Document) -> str:
        """The namespace of a document; empty where it names none and none is given (then: some namespace)."""
        return document.namespace or self.default_namespace

    @cached_property
    def config(self) -> MeshConfig:
        """MeshConfig, given or found in the files. Everything depends on it, so that nobody is noted to ask for it."""
        noted = self.noted
        self.noted = None if noted is None else set()
        try:
            return config_in(self.settings, self.documents)
        finally:
            self.noted = noted

    @property
    def root_namespace(self) -> str:
        """The namespace whose policies count for the whole mesh."""
        return self.config.root_namespace

    @cached_property
    def evidence(self) -> Evidence:
        """What the files show about what they do not hold."""
        return Evidence(self)

    def together(self, one: Document, other: Document) -> bool:
        """Whether two documents are surely applied to one mesh, such that they can be in conflict with each other.

        Not those of folders that define the same objects (overlays, samples), nor those without a namespace in
        different places.
        """
        if one.file == other.file or self.world == "complete":
            return True
        from istiolint.mesh.alternatives import Alternatives

        return self.index(Alternatives).together(one, other)

    def is_patched(self, document: Document) -> bool:
        """Whether a document will be changed before it is applied, so that what it lacks may be added."""
        return self.settings.patched(document.kind, document.name)

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

    @property
    def services(self) -> list[Service]:
        """All Services."""
        return self.index(things.of_kind, Mesh.service_of, "Service")

    @property
    def service_entries(self) -> list[ServiceEntry]:
        """All ServiceEntries."""
        return self.index(things.of_kind, Mesh.service_entry_of, "ServiceEntry", NETWORKING)

    @cached_property
    def registry(self) -> Registry:
        """All hosts."""
        return Registry(self)

    def host(self, host: str, namespace: str) -> Answer[Host]:
        """The host that an object of `namespace` means by `host`, if that namespace sees it."""
        return self.index(look_up, host, namespace)

    def any_host(self, pattern: str, namespace: str) -> Answer[Host]:
        """What `namespace` sees of the hosts that a wildcard overlaps (of a plain host: that host)."""
        return look_up_any(self, pattern, namespace)

    def port(self, host: str, number: int, namespace: str) -> Answer[Port]:
        """Port `number` of a host, as an object of `namespace` means both."""
        return port_of(self, host, number, namespace)

    # DestinationRules

    @property
    def destination_rules(self) -> list[DestinationRule]:
        """All DestinationRules."""
        return self.index(things.of_kind, Mesh.destination_rule_of, "DestinationRule", NETWORKING)

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

    @property
    def workloads(self) -> list[Workload]:
        """Everything that makes pods, and virtual machines; patches that show no pod are left out."""
        return self.index(things.workloads)

    @cached_property
    def workload_index(self) -> WorkloadIndex:
        """Workloads by label and namespace."""
        return WorkloadIndex(self)

    def select(self, selector: dict[str, str], namespace: str | None) -> Answer[tuple[Workload, ...]]:
        """Workloads with these labels in `namespace` (None: in any). Found: at least one.

        A complete mesh has the default ingress gateway besides what is in the files.
        """
        return select(self, selector, namespace) or self.evidence.absent_selection(selector, namespace)

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """Workloads that a Service selects; empty too where it has no selector."""
        return self.index(behind, service)

    def services_of(self, workload: Workload) -> tuple[Service, ...]:
        """Services that select a workload."""
        return selecting(self, workload)

    def dataplane(self, workload: Workload) -> Dataplane:
        """Who carries its traffic: `sidecar`, `ambient`, `none` or `unknown`."""
        return dataplane(workload, self.namespaces.get(workload.namespace), self.world == "complete")

    @cached_property
    def ambient(self) -> Ambient:
        """Ambient mode and waypoints."""
        from istiolint.mesh.ambient import Ambient

        return Ambient(self)

    # Gateways and VirtualServices

    @property
    def gateways(self) -> list[Gateway]:
        """Istio Gateways."""
        return self.index(things.of_kind, Mesh.gateway_of, "Gateway", NETWORKING)

    @property
    def kube_gateways(self) -> list[KubeGateway]:
        """Gateway API Gateways."""
        return self.index(things.of_kind, Mesh.kube_gateway_of, "Gateway", GATEWAY_API)

    @property
    def gateways_by_name(self) -> Named[Gateway | KubeGateway]:
        """Gateways of both kinds by namespace and name."""
        return self.index(things.gateways)

    def gateway(self, reference: str, namespace: str) -> Answer[tuple[Gateway | KubeGateway, ...]]:
        """The Gateway that a VirtualService of `namespace` names (not for `mesh`); normally one."""
        return things.gateway(self, reference, namespace)

    @property
    def virtual_services(self) -> list[VirtualService]:
        """All VirtualServices."""
        return self.index(things.of_kind, Mesh.virtual_service_of, "VirtualService", NETWORKING)

    def virtual_service(self, name: str, namespace: str) -> Answer[tuple[VirtualService, ...]]:
        """The VirtualService of that name, such as a delegate."""
        named = self.index(things.virtual_services)
        return named.find(namespace, name) or self.evidence.absent_named(named, namespace, name, True)

    @cached_property
    def mesh_routes(self) -> Routes:
        """VirtualServices that act in sidecars, by full host, the oldest first."""
        return Routes(self)

    def bound(self, gateway: Gateway | KubeGateway) -> list[VirtualService]:
        """VirtualServices that name a Gateway, the oldest first."""
        return sorted(self.listing(listings.BOUND).get(gateway.reference), key=age)

    # Policies, other objects

    @cached_property
    def policies(self) -> Policies:
        """Everything that acts on workloads, by kind and reach."""
        from istiolint.mesh.policies import Policies

        return Policies(self)

    @cached_property
    def mtls(self) -> Mtls:
        """What ports accept, and what clients send."""
        from istiolint.mesh.mtls import Mtls

        return Mtls(self)

    @property
    def graph(self) -> Graph:
        """Hosts, subsets, objects and workloads, linked."""
        from istiolint.mesh.graph import graph

        return self.index(graph)

    def secret(self, name: str, namespace: str) -> Answer[tuple[Item, ...]]:
        """The Secret of that name, or what will make it (a cert-manager Certificate, an ExternalSecret and so on)."""
        from istiolint.mesh.objects import secrets

        found = (things := self.index(secrets)).find(namespace, name)
        return found or self.evidence.absent_named(things, namespace, name, False)

    @property
    def service_accounts(self) -> Named[Item]:
        """Service accounts that are defined, or that workloads run as."""
        from istiolint.mesh import objects

        return self.index(objects.service_accounts)

    def service_account(self, name: str, namespace: str) -> Answer[tuple[Item, ...]]:
        """A service account: its manifest, and the workloads that run as it."""
        found = self.service_accounts.find(namespace, name)
        return found or self.evidence.absent_named(self.service_accounts, namespace, name, True)

    # Namespaces

    @property
    def namespaces(self) -> dict[str, Namespace]:
        """Namespaces that have a manifest."""
        return self.index(namespaces_of)

    @cached_property
    def used_namespaces(self) -> Listed[str]:
        """Namespaces that documents name as theirs, as keys."""
        return self.listing(listings.NAMESPACES)

    def namespace(self, name: str) -> Answer[str]:
        """Whether a namespace exists (its name if so); labels are in `namespaces`."""
        return self.evidence.namespace(name)


def build(documents: Sequence[Document], settings: MeshSettings, noting: bool = False) -> Mesh:
    """The mesh that the documents describe; it is read when it is asked. `noting`: what it is asked is noted."""
    return Mesh(All(documents), settings, noting)
