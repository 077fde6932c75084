"""Whether any pod, or other endpoint, is in a subset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh import UNKNOWN, Absent, Unknown
from istiolint.mesh.hosts import Host
from istiolint.mesh.names import is_wildcard
from istiolint.mesh.read import dig, labels, mapping, matches

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service
    from istiolint.source.node import Node

RUNTIME = frozenset(
    (
        "kubernetes.io/hostname", "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "pod-template-hash",
        "rollouts-pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index", "istio.io/rev", "security.istio.io/tlsMode",
    )
)  # fmt: skip
"""Labels that pods (or endpoints) get when they run, from controllers, nodes or the injector."""


def missing_pods(subset: Node, mesh: Mesh) -> Absent | Unknown | None:
    """Absent: no endpoint of the rule's host has the labels of this subset. None: some have."""
    rule = mesh.destination_rule_of(subset.document)
    written = mapping(dig(subset.value, "labels"))
    host = mesh.host(rule.host, rule.namespace)
    if isinstance(host, Host) and _has_pods(host, written, mesh):
        return None
    wanted = {key: value for key, value in labels(written).items() if not _at_run_time(key)}
    if not wanted or len(labels(written)) < len(written) or is_wildcard(rule.fqdn):
        return None
    if len(wanted) < len(written) and isinstance(host, Host) and _has_pods(host, wanted, mesh):
        return None
    if not isinstance(host, Host) or host.external:
        return UNKNOWN
    found: Absent | None = None
    for definer in host.services:
        answer = _of_service(definer, wanted, mesh)
        if isinstance(answer, Unknown) and mesh.world == "auto":
            over = _left_over(rule, definer, wanted, mesh)
            return answer if over is None else over
        if not isinstance(answer, Absent):
            return answer
        found = answer if found is None or answer.near else found
    for entry in host.entries:
        answer = _of_entry(entry, wanted, mesh)
        if not isinstance(answer, Absent):
            return answer
        found = answer if found is None or answer.near else found
    return found


def _has_pods(host: Host, wanted: dict[str, str], mesh: Mesh) -> bool:
    """Whether pods of the host's Services have these labels, as nearly always."""
    for service in host.services:
        for pod in mesh.behind(service):
            if matches(wanted, pod.labels):
                return True
    return False


def _at_run_time(key: str) -> bool:
    return key in RUNTIME or key.startswith(("topology.istio.io/", "service.istio.io/"))


def _of_service(service: Service, wanted: dict[str, str], mesh: Mesh) -> Absent | Unknown | None:
    if not service.selector:  # endpoints are given elsewhere; labels they have only from pods at their addresses
        return _selected(wanted, service.namespace, mesh) if mesh.world == "complete" else UNKNOWN
    if any(service.selector.get(key, value) != value for key, value in wanted.items()):
        return Absent()
    return _selected({**service.selector, **wanted}, service.namespace, mesh)


def _left_over(rule: DestinationRule, service: Service, wanted: dict[str, str], mesh: Mesh) -> Absent | None:
    """Where other subsets of the rule have pods, and some pod of the Service is in none: that one is meant."""
    pods = mesh.behind(service)
    taken = [any(matches(subset.labels, pod.labels) for subset in rule.subsets) for pod in pods]
    if not any(taken) or all(taken):
        return None
    pod = pods[taken.index(False)]
    if not all(mesh.together(it.document, pod.document) for it in (rule, service)):
        return None
    differing = [key for key, value in wanted.items() if pod.labels.get(key) != value]
    near = f"{differing[0]}={pod.labels[differing[0]]}" if len(differing) == 1 and differing[0] in pod.labels else ""
    return Absent(False, near, thing=pod)


def _of_entry(entry: ServiceEntry, wanted: dict[str, str], mesh: Mesh) -> Absent | Unknown | None:
    if entry.has_selector:
        return _selected({**entry.selector, **wanted}, entry.namespace, mesh)
    if any(matches(wanted, endpoint.labels) for endpoint in entry.endpoints):
        return None
    return Absent() if entry.endpoints or entry.resolution.startswith("DNS") else UNKNOWN


def _selected(selector: dict[str, str], namespace: str, mesh: Mesh) -> Absent | Unknown | None:
    found = mesh.select(selector, namespace)
    return found if isinstance(found, (Absent, Unknown)) else None
