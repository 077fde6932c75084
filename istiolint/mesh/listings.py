"""The listings of a mesh: by which names, labels and hosts an object is found from others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from istiolint.mesh.listing import Key, Listing
from istiolint.mesh.names import cluster_name, is_wildcard
from istiolint.mesh.workloads import TEMPLATES

if TYPE_CHECKING:
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.services import Service
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document

SERVICE = (("", "Service"),)
WORKLOAD = tuple((group, kind) for kind, (groups, _) in TEMPLATES.items() for group in groups)
DESTINATION_RULE = (("networking.istio.io", "DestinationRule"),)
VIRTUAL_SERVICE = (("networking.istio.io", "VirtualService"),)

# All documents


def _kind(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Document]]:
    return (((document.group, document.kind), document),)


def _object(mesh: Mesh, document: Document) -> Iterable[tuple[Key, str]]:
    if not document.name:
        return ()
    its = (document.group, document.kind, document.namespace or "", document.name, document.file)
    return (("", "\0".join(its)),)


def _space(mesh: Mesh, document: Document) -> Iterable[tuple[Key, str]]:
    return ((document.namespace, ""),) if document.namespace else ()


KINDS = Listing("kinds", None, _kind)
"""Documents by group and kind."""
OBJECTS = Listing("objects", None, _object, plain=True)
"""Group, kind, namespace (as written), name and file of each object in one text, all under one key: `namesakes`."""
NAMESPACES = Listing("namespaces", None, _space, plain=True)
"""Namespaces that documents name as theirs."""

Identity = tuple[str, ...]
"""Group, kind, namespace and name."""


def namesakes(mesh: Mesh, default: str) -> dict[Identity, list[str]]:
    """The files of objects that have several manifests. `default`: the namespace of those that name none."""
    files: dict[str, list[str]] = {}
    for text in mesh.listing(OBJECTS).get(""):
        its, _, file = text.rpartition("\0")
        if default and "\0\0" in its:
            group, kind, namespace, name = its.split("\0")[:4]
            its = "\0".join((group, kind, namespace or default, name))
        files.setdefault(its, []).append(file)
    return {tuple(its.split("\0")): found for its, found in files.items() if len(found) > 1}


# Services


def _service(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Service]]:
    service = mesh.service_of(document)
    return ((service.fqdn, service),)


def _service_name(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Service]]:
    service = mesh.service_of(document)
    return ((service.name, service),)


def _service_tail(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Service]]:
    service = mesh.service_of(document)
    return ((service.fqdn[service.fqdn.find(".") :], service),)


def _name_in_space(mesh: Mesh, document: Document) -> Iterable[tuple[Key, str]]:
    return ((mesh.namespace_of(document), document.name),)


def _selector(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Service]]:
    service = mesh.service_of(document)
    if not service.selector or service.external_name:
        return ()
    pairs = sorted(service.selector.items())
    return (((service.namespace, *[text for pair in pairs for text in pair]), service),)


def _selector_keys(mesh: Mesh, document: Document) -> Iterable[tuple[Key, tuple[str, ...]]]:
    service = mesh.service_of(document)
    if not service.selector or service.external_name:
        return ()
    return ((service.namespace, tuple(sorted(service.selector))),)


SERVICES = Listing("services", SERVICE, _service)
"""Services by host."""
SERVICES_BY_NAME = Listing("services by name", SERVICE, _service_name)
"""Services of all namespaces by their short name."""
SERVICES_BY_TAIL = Listing("services by tail", SERVICE, _service_tail)
"""Services by what follows their name in their host."""
SERVICE_NAMES = Listing("service names", SERVICE, _name_in_space, plain=True)
"""Names of the Services of a namespace."""
SELECTORS = Listing("selectors", SERVICE, _selector)
"""Services by namespace and all labels that they select, keys and values in turn."""
SELECTOR_KEYS = Listing("selector keys", SERVICE, _selector_keys, plain=True)
"""Keys of labels that Services of a namespace select by."""

# Workloads


def shows_pods(workload: Workload) -> bool:
    """Whether anything is said of pods: patches may show none."""
    return bool(workload.labels or workload.spec)


def _workload_space(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Workload]]:
    workload = mesh.workload_of(document)
    return ((workload.namespace, workload),) if shows_pods(workload) else ()


def _label_in_space(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Workload]]:
    workload = mesh.workload_of(document)
    space = workload.namespace
    return [((space, key, value), workload) for key, value in workload.labels.items()]


def _label(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Workload]]:
    workload = mesh.workload_of(document)
    return [(pair, workload) for pair in workload.labels.items()]


def _workload_name(mesh: Mesh, document: Document) -> Iterable[tuple[Key, Workload]]:
    workload = mesh.workload_of(document)
    return (((workload.kind, workload.namespace, workload.name), workload),) if shows_pods(workload) else ()


def _alias(mesh: Mesh, document: Document) -> Iterable[tuple[Key, str]]:
    workload = mesh.workload_of(document)
    names = (workload.name, workload.labels.get("app"), workload.labels.get("app.kubernetes.io/name"))
    return [(workload.namespace, name) for name in names if name and shows_pods(workload)]


WORKLOADS = Listing("workloads", WORKLOAD, _workload_space)
"""Workloads by namespace."""
WORKLOADS_BY_NAME = Listing("workloads by name", WORKLOAD, _workload_name)
"""Manifests of workloads by kind, namespace and name."""
LABELS = Listing("labels", WORKLOAD, _label_in_space)
"""Workloads by namespace, key and value of each of their labels."""
LABELS_ANYWHERE = Listing("labels anywhere", WORKLOAD, _label)
"""Workloads by key and value of each of their labels."""
ALIASES = Listing("aliases", WORKLOAD, _alias, plain=True)
"""Names by which the workloads of a namespace go."""

# DestinationRules


def _rule(mesh: Mesh, document: Document) -> Iterable[tuple[Key, DestinationRule]]:
    rule = mesh.destination_rule_of(document)
    return ((rule.fqdn, rule),)


def _wide_rule(mesh: Mesh, document: Document) -> Iterable[tuple[Key, DestinationRule]]:
    rule = mesh.destination_rule_of(document)
    return ((rule.namespace, rule),) if is_wildcard(rule.fqdn) else ()


def _rule_of_service(mesh: Mesh, document: Document) -> Iterable[tuple[Key, DestinationRule]]:
    rule = mesh.destination_rule_of(document)
    name = cluster_name(rule.fqdn, mesh.domain)
    return ((name.service, rule),) if name is not None else ()


def _space_with_subsets(mesh: Mesh, document: Document) -> Iterable[tuple[Key, str]]:
    rule = mesh.destination_rule_of(document)
    return ((rule.namespace, ""),) if rule.subsets else ()


RULES = Listing("rules", DESTINATION_RULE, _rule)
"""DestinationRules by full host, wildcards as they are."""
WIDE_RULES = Listing("wide rules", DESTINATION_RULE, _wide_rule)
"""DestinationRules of wildcard hosts by namespace."""
RULES_BY_SERVICE = Listing("rules by service", DESTINATION_RULE, _rule_of_service)
"""DestinationRules for Services by the Service's short name."""
SUBSETS_IN = Listing("subsets in", DESTINATION_RULE, _space_with_subsets, plain=True)
"""Namespaces that have DestinationRules with subsets."""

# VirtualServices


def _route(mesh: Mesh, document: Document) -> Iterable[tuple[Key, VirtualService]]:
    service = mesh.virtual_service_of(document)
    return [(host, service) for host in dict.fromkeys(service.hosts)] if service.in_mesh else ()


def _wide_route(mesh: Mesh, document: Document) -> Iterable[tuple[Key, VirtualService]]:
    service = mesh.virtual_service_of(document)
    return (("", service),) if service.in_mesh and any(map(is_wildcard, service.hosts)) else ()


def _gateway(mesh: Mesh, document: Document) -> Iterable[tuple[Key, VirtualService]]:
    service = mesh.virtual_service_of(document)
    return [(reference, service) for reference in dict.fromkeys(service.gateways)]


def _destination_host(mesh: Mesh, document: Document) -> Iterable[tuple[Key, VirtualService]]:
    service = mesh.virtual_service_of(document)
    return [(host, service) for host in dict.fromkeys(it.fqdn for it in service.destinations)]


def _subset(mesh: Mesh, document: Document) -> Iterable[tuple[Key, str]]:
    return [(it.fqdn, it.subset) for it in mesh.virtual_service_of(document).destinations if it.subset]


def _destination(mesh: Mesh, document: Document) -> Iterable[tuple[Key, str]]:
    hosts = [it.fqdn for it in mesh.virtual_service_of(document).destinations]
    return [(name.namespace, name.service) for host in hosts if (name := cluster_name(host, mesh.domain))]


ROUTES = Listing("routes", VIRTUAL_SERVICE, _route)
"""VirtualServices that act in sidecars by full host, wildcards as they are."""
WIDE_ROUTES = Listing("wide routes", VIRTUAL_SERVICE, _wide_route)
"""VirtualServices that act in sidecars and have wildcard hosts, all under one key."""
BOUND = Listing("bound", VIRTUAL_SERVICE, _gateway)
"""VirtualServices by each Gateway (`ns/name`, or `mesh`) that they name."""
DESTINATIONS = Listing("destinations", VIRTUAL_SERVICE, _destination_host)
"""VirtualServices by each full host that they send requests to."""
ROUTED_SUBSETS = Listing("routed subsets", VIRTUAL_SERVICE, _subset, plain=True)
"""Subsets of a full host that requests are sent to."""
ROUTED_SERVICES = Listing("routed services", VIRTUAL_SERVICE, _destination, plain=True)
"""Services of a namespace that requests are sent to."""

ALL: dict[str, Listing[Any]] = {
    listing.name: listing for listing in list(globals().values()) if isinstance(listing, Listing)
}
"""All of them by name."""
