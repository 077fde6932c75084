"""What sidecars do and ambient mode does not: for who moves there, or runs it by labels that are not in the files.

Where a namespace says that it is in ambient mode, the rules of `ambient` speak instead (semantics 14).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.ambient_parts import at_ztunnel, captures, capturing, for_gateways, is_layer_7
from istiolint.checks.naming import called, labels_shown, note_at
from istiolint.checks.phrases import listed
from istiolint.checks.policy_rules import action, http_fields, rules
from istiolint.finding import Defect
from istiolint.mesh.hosts import Host
from istiolint.mesh.read import dig, labels, sequence

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.source.node import Node


def sidecar_scope_lost_in_ambient(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Sidecar limits what sidecars know; ztunnel and waypoints do not read it (semantics 14.1)."""
    policy = mesh.policy_of(root.document)
    if not captures(mesh, policy.namespace):
        who = labels_shown(policy.selector) if policy.selector else ""
        pods = f"pods with {who}" if who else "pods of all namespaces" if policy.root else "pods of this namespace"
        yield _named(root).defect(pods=pods)


def envoy_filter_lost_in_ambient(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """An EnvoyFilter without targetRefs changes sidecars and gateways, not waypoints (semantics 14.3)."""
    policy = mesh.policy_of(root.document)
    patches = sequence(policy.spec.get("configPatches"))
    gateways = bool(patches) and all(dig(it, "match", "context") == "GATEWAY" for it in patches)
    if not policy.targets and not gateways and not captures(mesh, policy.namespace) and not for_gateways(policy, mesh):
        yield _named(root).defect()


def layer_7_policy_lost_in_ambient(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """ztunnel tests no HTTP conditions, and knows ALLOW and DENY only (semantics 14.2)."""
    policy = mesh.policy_of(root.document)
    fields = list(dict.fromkeys(field for _, rule in rules(policy) for field in http_fields(rule)))
    odd = action(policy) not in ("ALLOW", "DENY")
    if (fields or odd) and not _stays(policy, mesh):
        what = listed(fields) if fields else f"action {action(policy)}"
        place = root.at("spec", "selector") or _named(root)
        on = "value" if place.key == "name" else "key"
        yield place.defect(on=on, what=what, outcome=at_ztunnel(action(policy)))  # type: ignore[arg-type]


def extension_lost_in_ambient(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Tokens are checked, and extensions run, at waypoints, which read targetRefs only (semantics 14.3)."""
    policy = mesh.policy_of(root.document)
    whole = policy.kind == "Telemetry" and (policy.root or not policy.namespace) and not policy.selector
    if is_layer_7(policy) and not whole and not _stays(policy, mesh):
        place = root.at("spec", "selector") or _named(root)
        yield place.defect(on="value" if place.key == "name" else "key", kind=policy.kind)


def _stays(policy: Policy, mesh: Mesh) -> bool:
    """Whether ambient mode changes nothing for a policy, or the rules of `ambient` speak of it."""
    return bool(policy.targets) or captures(mesh, policy.namespace) or for_gateways(policy, mesh)


def source_labels_lost_in_ambient(having: Node, mesh: Mesh) -> Iterator[Defect]:
    """A waypoint leaves out matches by the labels of the caller (semantics 14.3)."""
    route = mesh.virtual_service_of(having.document)
    match = having.document.node(*having.path[:-1])
    named = match is not None and match.get("gateways") is not None
    if having.value and route.in_mesh and not named and not captures(mesh, route.namespace):
        yield having.defect(on="key", labels=labels_shown(labels(having.value)))


def callers_settings_lost_in_ambient(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """Nobody applies routes and rules for the caller's side: the Service's waypoint has its own (semantics 14.1)."""
    document = host.document
    home = mesh.namespace_of(document)
    if host.key == "workloadSelector":
        if not captures(mesh, home):
            yield host.defect(on="key", what="there is no sidecar that the selector could mean")
        return
    if not isinstance(host.value, str) or home in ("", mesh.root_namespace):
        return
    if document.kind == "VirtualService" and not mesh.virtual_service_of(document).in_mesh:
        return
    found = mesh.host(host.value, home)
    service = found.services[0] if isinstance(found, Host) and found.services and not found.plausible else None
    if service is None or service.namespace in ("", home) or captures(mesh, service.namespace):
        return
    if mesh.together(document, service.document):
        yield host.defect(
            what=f"the waypoint of {called(service)} takes those of namespace {service.namespace}",
            notes=note_at(service.document, ("metadata", "namespace"), "the Service's namespace"),
        )


def disable_lost_in_ambient(mode: Node, mesh: Mesh) -> Iterator[Defect]:
    """ztunnel always encrypts between pods of the mesh (semantics 14.2)."""
    if mode.value == "DISABLE" and not captures(mesh, mesh.policy_of(mode.document).namespace):
        yield mode.defect()


def capture_settings_lost_in_ambient(annotations: Node, mesh: Mesh) -> Iterator[Defect]:
    """In ambient mode the traffic of a pod is captured without asking the pod which (semantics 14.1)."""
    names = capturing(annotations)
    if names and mesh.dataplane(mesh.workload_of(annotations.document)) != "ambient":
        yield (annotations.get(names[0]) or annotations).defect(on="key", names=listed(names))


def _named(root: Node) -> Node:
    return root.at("metadata", "name") or root
