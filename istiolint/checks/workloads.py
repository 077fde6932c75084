"""Selectors that pick no pods, objects of which only one can count for a pod, Services against their pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import called, labels_shown, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.checks.rivals import Rivals, noted, of_namespace, of_workload, outcome, shown, sureness
from istiolint.finding import Defect
from istiolint.mesh import Absent
from istiolint.mesh.listings import WORKLOADS_BY_NAME
from istiolint.mesh.nearness import Names, misspelt
from istiolint.mesh.policies import SELECTS_EVERYWHERE
from istiolint.mesh.read import labels as read_labels
from istiolint.mesh.read import text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.ports import Port
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document
    from istiolint.source.node import Node

PODS, FEW = 8, 4
"""So many pods of a Service are looked at, and so many Services of each class of ports."""

# Selectors that pick nothing


def authorization_policy_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """An AuthorizationPolicy whose selector picks no pod decides about nobody (semantics 13.1)."""
    yield from _policy_selects_nothing(selector, mesh)


def policy_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A PeerAuthentication or RequestAuthentication whose selector picks no pod (semantics 11, 12)."""
    policy = mesh.policy_of(selector.document)
    if not (policy.kind == "PeerAuthentication" and policy.root):  # void for another reason
        yield from _policy_selects_nothing(selector, mesh)


def sidecar_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Sidecar whose selector picks no pod of its namespace (semantics 3.1)."""
    yield from _policy_selects_nothing(selector, mesh)


def telemetry_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Telemetry whose selector picks no pod of its namespace."""
    yield from _policy_selects_nothing(selector, mesh)


def extension_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A WasmPlugin, TrafficExtension, EnvoyFilter or ProxyConfig whose selector picks no pod."""
    yield from _policy_selects_nothing(selector, mesh)


def gateway_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Gateway whose selector picks no gateway pod of any namespace opens nothing (semantics 8.1)."""
    yield from _selects_nothing(selector, None, mesh)


def _policy_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    policy = mesh.policy_of(selector.document)
    everywhere = policy.root and policy.kind in SELECTS_EVERYWHERE
    yield from _selects_nothing(selector, None if everywhere else policy.namespace, mesh)


def _selects_nothing(selector: Node, namespace: str | None, mesh: Mesh) -> Iterator[Defect]:
    wanted = read_labels(selector.value)
    if not wanted:
        return
    found = mesh.select(wanted, namespace)
    if not isinstance(found, Absent):
        return
    elsewhere = found.reason == "elsewhere"
    key, _, value = found.near.partition("=")
    place = selector.get(key) if value and not elsewhere else None
    hint = f"; such pods are in namespace {found.near}" if elsewhere else suggestion(found.near)
    if place is None:
        place = next(selector.items(), selector)
        value = ""
    yield place.defect(
        labels=labels_shown(wanted),
        where=f"in namespace {namespace}" if namespace else "anywhere",
        hint=hint,
        notes=note_at(found.thing.document, found.thing.labels_path, "labels of these pods") if found.thing else (),
        repair=rewritten(place, value) if value else None,
        confidence=None if found.certain else "low",
    )


def policy_without_proxies(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Policies are enforced by the proxies of the pods that they select: without one, by nobody (semantics 11)."""
    policy = mesh.policy_of(root.document)
    if policy.targets or (policy.root and not policy.selector):
        return
    pods = _selected(policy, mesh)
    if pods is None:
        return
    if any(mesh.dataplane(workload) != "none" for workload in pods):
        return
    place = root.at("spec", "selector") or root.at("metadata", "name") or root
    notes = tuple(note for it in pods[:3] for note in note_at(it.document, ("metadata", "name"), "no sidecar here"))
    what = listed(called(it) for it in pods[:3]) + (f" and {len(pods) - 3} more" if len(pods) > 3 else "")
    why = f"{what} {'has' if len(pods) == 1 else 'have'} no proxy" if pods else "its namespace has no pods"
    yield place.defect(on="key" if place.key == "selector" else "value", why=why, notes=notes)


def _selected(policy: Policy, mesh: Mesh) -> tuple[Workload, ...] | None:
    """The pods that a policy is about; None where others may be, or where another rule says that there are none."""
    if policy.selector:
        found = mesh.select(policy.selector, None if policy.root else policy.namespace)
        return found if isinstance(found, tuple) and not isinstance(found, Absent) else None
    pods = tuple(mesh.workload_index.by_namespace.get(policy.namespace, ()))
    return pods if pods or mesh.world == "complete" else None


# Objects of which only one counts


def several_sidecars(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of Sidecars without selector in a namespace only the oldest counts (semantics 3.1)."""
    policy = mesh.policy_of(root.document)
    if mesh.ambient.captures(policy.namespace) is not True:
        yield from _rivals(root, policy, of_namespace(policy, mesh), mesh)


def overlapping_sidecars(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of Sidecars that select the same pods only the oldest counts (semantics 3.1)."""
    policy = mesh.policy_of(root.document)
    yield from _rivals(root, policy, of_workload(policy, mesh), mesh)


def several_telemetries(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of Telemetries without selector in a namespace only the oldest counts."""
    policy = mesh.policy_of(root.document)
    yield from _rivals(root, policy, of_namespace(policy, mesh), mesh)


def overlapping_telemetries(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of Telemetries that select the same pods only the oldest counts."""
    policy = mesh.policy_of(root.document)
    yield from _rivals(root, policy, of_workload(policy, mesh), mesh)


def _rivals(root: Node, policy: Policy, rivals: Rivals, mesh: Mesh) -> Iterator[Defect]:
    if not rivals.others:
        return
    place = root.at(*policy.selector_path[:2]) or root.at("metadata", "name") or root
    yield place.defect(
        on="value" if place.key == "name" else "key",
        others=shown(rivals.others),
        pods=called(rivals.workload) if rivals.workload else "the same pods",
        outcome=outcome(policy, rivals.others),
        confidence=sureness(policy, rivals.others, mesh),
        notes=noted(rivals.others),
    )


def root_sidecar_selector(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Sidecar with selector in the root namespace is for the pods of that namespace alone (semantics 3.1)."""
    policy = mesh.policy_of(selector.document)
    if policy.root and policy.selector:
        yield selector.defect(on="key", root=mesh.root_namespace)


# Services and their pods

INJECTED_PORTS = ("http-envoy-prom", "status-port", "mesh-metrics")
"""Names of ports that the injected sidecar has."""


def target_port_not_found(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """A named target port that none of the Service's pods declares leads nowhere."""
    name = port.text("targetPort")
    if not name or name.isdigit() or name in INJECTED_PORTS:
        return
    service = mesh.service_of(port.document)
    for pod in mesh.behind(service):
        if pod.has_port(name) and mesh.together(service.document, pod.document):
            return
    pods = _plain_pods(port, mesh)
    same = mesh.listing(WORKLOADS_BY_NAME)
    alike = [it for workload in pods for it in same.get(_name(workload))]
    known = sorted({it.name for workload in alike for it in workload.ports if it.name})
    if pods and name not in known:
        place = port.get("targetPort") or port
        near = known[0] if len(known) == 1 else ""
        have = f"have {listed(known)}" if known else "name no ports"
        yield place.defect(
            target=name,
            workload=called(pods[0]),
            have=have,
            notes=note_at(pods[0].document, pods[0].spec_path, "these pods") if service else (),
            repair=rewritten(place, near) if near else None,
        )


def undeclared_target_port(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """A target port that none of the Service's pods declares; declaring is optional."""
    service = mesh.service_of(port.document)
    target = next((it.target for it in service.ports if it.path == port.path), None)
    if not isinstance(target, int) or text(port.value.get("protocol")) == "UDP":
        return
    if target in mesh.index(_declared, service.namespace, frozenset(service.selector.items())):
        return
    pods = _plain_pods(port, mesh)
    if pods:
        place = port.get("targetPort") or port.get("port") or port
        yield place.defect(target=target, workload=called(pods[0]))


def _declared(mesh: Mesh, namespace: str, selector: frozenset[tuple[str, str]]) -> frozenset[int]:
    """The ports that pods with these labels declare, in any manifest of theirs."""
    pods = mesh.workload_index.select(dict(selector), namespace) if selector else ()
    same = mesh.listing(WORKLOADS_BY_NAME)
    return frozenset(port.number for pod in pods for it in same.get(_name(pod)) for port in it.ports)


def _name(workload: Workload) -> tuple[str, str, str]:
    """What manifests of one workload have in common: patches of overlays add ports, and have no labels."""
    return (workload.kind, workload.namespace, workload.name)


def _plain_pods(port: Node, mesh: Mesh) -> tuple[Workload, ...]:
    """Pods behind the Service of a port; nothing where a gateway or a virtual machine is among them."""
    service = mesh.service_of(port.document)
    odd = mesh.index(_proxies_or_machines, service.namespace, frozenset(service.selector.items()))
    if odd or service.namespace == mesh.root_namespace:
        return ()
    return tuple(it for it in mesh.behind(service) if mesh.together(service.document, it.document))


def _proxies_or_machines(mesh: Mesh, namespace: str, selector: frozenset[tuple[str, str]]) -> bool:
    """Whether a gateway or a virtual machine is among the pods with these labels."""
    pods = mesh.workload_index.select(dict(selector), namespace) if selector else ()
    return any(it.gateway or it.virtual_machine for it in pods)


def target_port_protocols_differ(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """Two Services that lead to one port of a pod and call its protocol differently (semantics 11)."""
    service = mesh.service_of(port.document)
    own = next((it for it in service.ports if it.path == port.path), None)
    if own is None or own.port_class in ("udp", "auto"):
        return
    for workload in mesh.behind(service)[:PODS]:
        target = workload.port_number(own.target)
        for other, its in mesh.index(_spoken, workload).get(target or 0, ()):
            if its.port_class == own.port_class or other.name == service.name:
                continue
            if mesh.together(service.document, other.document):
                yield (port.get("name") or port).defect(
                    other=called(other),
                    target=target,
                    workload=called(workload),
                    protocol=own.protocol,
                    theirs=its.protocol,
                    notes=note_at(its.document, its.path, f"{its.protocol} here"),
                )
                return


def _spoken(mesh: Mesh, workload: Workload) -> dict[int, list[tuple[Service, Port]]]:
    """By port of a workload, some of the Services of each class that lead there."""
    services = mesh.services_of(workload)
    found: dict[int, list[tuple[Service, Port]]] = {}
    count: dict[tuple[int, str], int] = {}
    for service in services if len(services) > 1 else ():
        for port in service.ports:
            target = workload.port_number(port.target)
            if target is None or port.port_class in ("udp", "auto"):
                continue
            key = (target, port.port_class)
            count[key] = count.get(key, 0) + 1
            if count[key] <= FEW:
                found.setdefault(target, []).append((service, port))
    return found


# Virtual machines


def workload_group_account_not_found(account: Node, mesh: Mesh) -> Iterator[Defect]:
    """A WorkloadGroup whose service account does not exist: its machines get no certificate."""
    if not isinstance(account.value, str) or not account.value or account.value == "default":
        return
    namespace = mesh.namespace_of(account.document)
    items = mesh.service_accounts.find(namespace, account.value)
    if any(it.document.kind not in ("WorkloadGroup", "WorkloadEntry") for it in items):
        return
    names = {
        name
        for (space, name), found in mesh.service_accounts.things.items()
        if space == namespace and any(it.document.kind not in ("WorkloadGroup", "WorkloadEntry") for it in found)
    }
    near = Names(names).nearest(account.value)
    if mesh.world == "complete" or (near and misspelt(account.value, near)):
        yield account.defect(
            account=account.value,
            hint=suggestion(near),
            where=f"in namespace {namespace}" if namespace else "",
            repair=rewritten(account, near) if near else None,
        )


def workload_groups_alike(labels: Node, mesh: Mesh) -> Iterator[Defect]:
    """Two WorkloadGroups of a namespace with the same labels: nobody can tell their machines apart."""
    others = mesh.index(_groups_by_labels)[_group_key(labels.document, mesh)]
    found = [it for it in others if it.name != labels.document.name and mesh.together(labels.document, it)]
    if found:
        names = listed(f"WorkloadGroup {it.name}" for it in found)
        yield labels.defect(on="key", others=names, notes=[n for it in found for n in note_at(it, labels.path, "here")])


GroupKey = tuple[str, tuple[tuple[str, str], ...]]


def _group_key(document: Document, mesh: Mesh) -> GroupKey:
    node = document.node("spec", "metadata", "labels")
    return mesh.namespace_of(document), tuple(sorted(read_labels(node.value).items())) if node is not None else ()


def _groups_by_labels(mesh: Mesh) -> dict[GroupKey, list[Document]]:
    found: dict[GroupKey, list[Document]] = {}
    for document in mesh.documents("WorkloadGroup", "networking.istio.io"):
        found.setdefault(_group_key(document, mesh), []).append(document)
    return found
