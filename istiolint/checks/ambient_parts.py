"""What is layer 7, and what has a waypoint (semantics 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from istiolint.checks.naming import called, note_at
from istiolint.mesh.hosts import Host
from istiolint.mesh.namespaces import DATAPLANE_MODE
from istiolint.mesh.read import dig, mapping, sequence
from istiolint.mesh.workloads import GATEWAY_NAME, TEMPLATES

if TYPE_CHECKING:
    from istiolint.finding import Note, Path
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.services import Service
    from istiolint.source.document import Document
    from istiolint.source.node import Node


CAPTURE = "traffic.sidecar.istio.io/"


class Enrolment(NamedTuple):
    """Something that a policy is about and that has no waypoint."""

    what: str
    path: Path
    """Where the policy names it."""
    notes: tuple[Note, ...]


def ambient_namespaces(mesh: Mesh) -> frozenset[str]:
    """Namespaces that are in ambient mode by every manifest of them: one may be for another installation."""
    return frozenset(
        name
        for name, found in mesh.namespaces.items()
        if all(it.strings("labels").get(DATAPLANE_MODE) == "ambient" for it in found.documents)
    )


def captures(mesh: Mesh, namespace: str) -> bool:
    """Whether a namespace is in ambient mode."""
    return namespace in mesh.index(ambient_namespaces)


def capturing(annotations: Node) -> list[str]:
    """The annotations of a pod (or its template) that say which of its connections go through the sidecar."""
    document = annotations.document
    if document.kind not in TEMPLATES or not isinstance(annotations.value, dict):
        return []
    found = [str(key) for key in annotations.value if str(key).startswith(CAPTURE)]
    own = annotations.path == (*TEMPLATES[document.kind][1], "metadata", "annotations")
    return found if own else []


def at_ztunnel(action: str) -> str:
    """What ztunnel makes of a policy of an action whose rules have HTTP conditions."""
    outcomes = {
        "ALLOW": "ztunnel drops the rules with them, and denies what they should allow",
        "DENY": "ztunnel leaves them out, and a rule of nothing else denies nothing",
    }
    return outcomes.get(action, "ztunnel ignores the policy")


def is_layer_7(policy: Policy) -> bool:
    """Whether a RequestAuthentication, WasmPlugin or Telemetry needs HTTP."""
    if policy.kind != "Telemetry":
        return True
    spec = policy.spec
    metrics = sequence(spec.get("metrics"))
    return bool(spec.get("tracing") or spec.get("accessLogging") or any(dig(item, "overrides") for item in metrics))


def for_ambient_pods(policy: Policy, mesh: Mesh) -> bool:
    """Whether a policy without targets is for an ambient namespace, and not for gateways in it."""
    return not policy.targets and captures(mesh, policy.namespace) and not for_gateways(policy, mesh)


def for_gateways(policy: Policy, mesh: Mesh) -> bool:
    """Whether a policy selects gateways, by its labels or by the pods that have them."""
    if GATEWAY_NAME in policy.selector or policy.selector.get("istio", "").endswith("gateway"):
        return True
    pods = mesh.workload_index.select(policy.selector, policy.namespace) if policy.selector else ()
    return any(it.gateway for it in pods)


def layer_7_settings(document: Document) -> bool:
    """Whether a VirtualService or DestinationRule needs HTTP."""
    spec = mapping(document.value.get("spec"))
    if document.kind == "VirtualService":
        return bool(spec.get("http") or spec.get("tls"))
    policies = [spec.get("trafficPolicy"), *(dig(item, "trafficPolicy") for item in sequence(spec.get("subsets")))]
    return any(_http_policy(mapping(policy)) for policy in policies)


def _http_policy(policy: dict[str, Any]) -> bool:
    hashing = mapping(dig(policy, "loadBalancer", "consistentHash"))
    return bool(
        policy.get("outlierDetection")
        or dig(policy, "connectionPool", "http")
        or hashing.get("httpHeaderName")
        or hashing.get("httpCookie")
    )


def ambient_services(host: str, namespace: str, mesh: Mesh) -> list[Service]:
    """Services of ambient namespaces that an object of `namespace` means by `host`."""
    found = mesh.host(host, namespace)
    if not isinstance(found, Host):
        return []
    return [service for service in found.services if captures(mesh, service.namespace)]


def enrolled(having: dict[str, str], namespace: str, mesh: Mesh) -> str | None:
    """`ns/name` of the waypoint for something with these labels; empty: none, None: not known."""
    return mesh.ambient.waypoint_name(having, namespace)


def serves_sidecars(namespace: str, mesh: Mesh) -> bool:
    """Whether pods with sidecars are, or may be, in a namespace: they apply routes and rules by themselves."""
    found = mesh.namespaces.get(namespace)
    if found is None:
        return mesh.world != "complete"
    if found.injection == "enabled" or found.revision or found.disputed:
        return True
    return any(mesh.dataplane(it) == "sidecar" for it in mesh.workload_index.by_namespace.get(namespace, ()))


def policy_enrolment(policy: Policy, mesh: Mesh) -> Enrolment | None:
    """What a policy in an ambient namespace is about and has no waypoint; None: all has, or it is not known."""
    namespace = policy.namespace
    if not captures(mesh, namespace):
        return None
    if policy.targets:
        return _targets(policy, mesh)
    if policy.selector:
        for workload in mesh.workload_index.select(policy.selector, namespace):
            opted_out = workload.labels.get(DATAPLANE_MODE) == "none"
            if opted_out or workload.gateway or not mesh.together(policy.document, workload.document):
                continue
            if enrolled(workload.labels, namespace, mesh) == "":
                notes = note_at(workload.document, ("metadata", "name"), "no waypoint")
                return Enrolment(called(workload), ("spec", "selector"), notes)
        return None
    if enrolled({}, namespace, mesh) == "":
        where = mesh.namespaces.get(namespace)
        notes = note_at(where.document, ("metadata", "labels"), "no waypoint") if where is not None else ()
        return Enrolment(f"namespace {namespace}", ("metadata", "name"), notes)
    return None


def _targets(policy: Policy, mesh: Mesh) -> Enrolment | None:
    for target in policy.targets:
        if target.kind != "Service":
            continue
        found = mesh.host(target.name, policy.namespace)
        for service in found.services if isinstance(found, Host) else ():
            if enrolled(service.labels, service.namespace, mesh) == "":
                notes = note_at(service.document, ("metadata", "name"), "no waypoint")
                return Enrolment(called(service), (*target.path, "name"), notes)
    return None
