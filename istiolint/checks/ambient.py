"""Ambient mode: what ztunnel does not do, waypoints that are missing, sidecars beside it (semantics 14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.ambient_parts import (
    Enrolment,
    ambient_namespaces,
    ambient_services,
    at_ztunnel,
    captures,
    capturing,
    enrolled,
    for_ambient_pods,
    is_layer_7,
    layer_7_settings,
    policy_enrolment,
    serves_sidecars,
)
from istiolint.checks.naming import called, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.checks.policy_rules import action, http_fields, rules
from istiolint.finding import Defect, Note
from istiolint.mesh import Absent, Unknown
from istiolint.mesh.mtls import mode_of
from istiolint.mesh.names import namespaced
from istiolint.mesh.namespaces import DATAPLANE_MODE, USE_WAYPOINT, waypoint_of
from istiolint.mesh.read import dig, mapping
from istiolint.mesh.workloads import GATEWAY_NAME, INJECT, TEMPLATES

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.source.node import Node

# Policies


def layer_7_policy_by_selector(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """ztunnel enforces no HTTP conditions, and waypoints read policies with targetRefs only (semantics 14.2, 14.3)."""
    policy = mesh.policy_of(root.document)
    fields = [field for _, rule in rules(policy) for field in http_fields(rule)]
    if not fields or not for_ambient_pods(policy, mesh):
        return
    outcome = at_ztunnel(action(policy))
    place = root.at("spec", "selector") or root.at("metadata", "name") or root
    yield place.defect(
        on="value" if place.key == "name" else "key", fields=listed(dict.fromkeys(fields)), outcome=outcome
    )


def layer_7_policy_without_waypoint(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """HTTP conditions need a waypoint in front of what the policy is about (semantics 14.3)."""
    policy = mesh.policy_of(root.document)
    if any(http_fields(rule) for _, rule in rules(policy)):
        yield from _without_waypoint(root, policy, mesh)


def extension_by_selector(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """JWT checks, Wasm plugins and HTTP telemetry act at waypoints, and need targetRefs there (semantics 14.3)."""
    policy = mesh.policy_of(root.document)
    if is_layer_7(policy) and for_ambient_pods(policy, mesh):
        place = root.at("spec", "selector") or root.at("metadata", "name") or root
        yield place.defect(on="value" if place.key == "name" else "key", kind=policy.kind)


def extension_without_waypoint(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """JWT checks, Wasm plugins and HTTP telemetry act at waypoints (semantics 14.3)."""
    policy = mesh.policy_of(root.document)
    if is_layer_7(policy):
        yield from _without_waypoint(root, policy, mesh)


def _without_waypoint(root: Node, policy: Policy, mesh: Mesh) -> Iterator[Defect]:
    lacking: Enrolment | None = policy_enrolment(policy, mesh)
    if lacking is not None:
        place = root.at(*lacking.path) or root.at("metadata", "name") or root
        yield place.defect(what=lacking.what, notes=lacking.notes, on="key" if place.key == "selector" else "value")


def selector_on_waypoint(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A waypoint reads policies with targetRefs only, whatever its pods are labelled (specification 2.3)."""
    policy = mesh.policy_of(selector.document)
    if not policy.selector:
        return
    names = {policy.selector.get(GATEWAY_NAME, "")}
    names |= {it.labels.get(GATEWAY_NAME, "") for it in mesh.workload_index.select(policy.selector, policy.namespace)}
    for name in sorted(names - {""}):
        found = mesh.ambient.waypoint(f"{policy.namespace}/{name}")
        waypoint = next((it for it in found if it.waypoint), None) if found and not isinstance(found, Absent) else None
        if waypoint is not None:
            notes = note_at(waypoint.document, ("metadata", "name"), "the waypoint")
            yield selector.defect(on="key", waypoint=name, kind=policy.kind, notes=notes)
            return


def ambient_disable_ignored(mode: Node, mesh: Mesh) -> Iterator[Defect]:
    """Between ambient pods traffic is always encrypted: DISABLE is taken for PERMISSIVE (semantics 14.2)."""
    policy = mesh.policy_of(mode.document)
    if mode.value != "DISABLE" or not captures(mesh, policy.namespace):
        return
    outcome = "it is taken for PERMISSIVE"
    notes: tuple[Note, ...] = ()
    around = mesh.mtls.namespace_mode(policy.namespace)
    if len(mode.path) > 3 and mode_of(policy.spec.get("mtls")) is None and around.mode == "STRICT" and around.policy:
        outcome = f"where the mode of the pods is unset, port {mode.path[2]} stays STRICT; PERMISSIVE would open it"
        notes = note_at(around.policy.document, around.path, "STRICT by this")
    yield mode.defect(namespace=policy.namespace, outcome=outcome, notes=notes)


def sidecar_in_ambient(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Sidecar configures sidecars; ambient pods have none (specification IST0167)."""
    policy = mesh.policy_of(root.document)
    if policy.selector:
        pods = mesh.workload_index.select(policy.selector, policy.namespace)
        if not pods or any(mesh.dataplane(it) != "ambient" for it in pods):
            return
        what = f"{called(pods[0])} is in ambient mode"
    elif captures(mesh, policy.namespace):
        what = f"namespace {policy.namespace} is in ambient mode"
    else:
        return
    place = root.at("metadata", "name")
    if place is not None:
        yield place.defect(what=what)


def envoy_filter_in_ambient(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """An EnvoyFilter without targetRefs changes sidecars and gateways; ambient pods have none (semantics 14.3)."""
    policy = mesh.policy_of(root.document)
    if policy.targets or not captures(mesh, policy.namespace):
        return
    pods = mesh.workload_index.select(policy.selector, policy.namespace) if policy.selector else ()
    if any(it.gateway or mesh.dataplane(it) == "sidecar" for it in pods):
        return
    place = root.at("metadata", "name")
    if place is not None:
        yield place.defect(namespace=policy.namespace)


def capture_settings_in_ambient(annotations: Node, mesh: Mesh) -> Iterator[Defect]:
    """In ambient mode the traffic of a pod is captured without asking the pod which (semantics 14.1)."""
    names = capturing(annotations)
    workload = mesh.workload_of(annotations.document) if names else None
    if workload is not None and mesh.dataplane(workload) == "ambient":
        place = annotations.get(names[0]) or annotations
        yield place.defect(on="key", names=listed(names), workload=called(workload))


# Routes and rules


def mesh_route_without_waypoint(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """HTTP routes for an ambient Service act at its waypoint, and it has none (semantics 14.1)."""
    yield from _route(host, mesh, own=True)


def mesh_route_from_elsewhere(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A waypoint takes routes from the Service's namespace, not from others (semantics 14.3)."""
    yield from _route(host, mesh, own=False)


def _route(host: Node, mesh: Mesh, own: bool) -> Iterator[Defect]:
    if not mesh.index(ambient_namespaces):
        return
    service = mesh.virtual_service_of(host.document)
    if service.in_mesh and layer_7_settings(host.document) and isinstance(host.value, str):
        yield from _on_service(host, service.namespace, mesh, own)


def route_in_ambient_namespace(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A route for a host that is no Service, in an ambient namespace without waypoint (semantics 14.1)."""
    if not mesh.index(ambient_namespaces):
        return
    service = mesh.virtual_service_of(root.document)
    place = root.at("spec", "hosts", 0)
    if place is None or not service.in_mesh or not layer_7_settings(root.document):
        return
    if any(ambient_services(host, service.namespace, mesh) for host in service.hosts):
        return
    yield from _in_namespace(place, service.namespace, mesh)


def destination_rule_without_waypoint(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """HTTP settings for an ambient Service act at its waypoint, and it has none (semantics 14.1)."""
    yield from _rule(host, mesh, own=True)


def destination_rule_from_elsewhere(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A waypoint looks for rules in its own namespace, the Service's and the root's (semantics 9, 14.3)."""
    yield from _rule(host, mesh, own=False)


def _rule(host: Node, mesh: Mesh, own: bool) -> Iterator[Defect]:
    if mesh.index(ambient_namespaces) and layer_7_settings(host.document) and isinstance(host.value, str):
        yield from _on_service(host, mesh.namespace_of(host.document), mesh, own)


def destination_rule_in_ambient_namespace(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """HTTP settings for a host that is no Service, in an ambient namespace without waypoint (semantics 14.1)."""
    namespace = mesh.namespace_of(host.document)
    if not captures(mesh, namespace) or not isinstance(host.value, str) or not layer_7_settings(host.document):
        return
    if not ambient_services(host.value, namespace, mesh):
        yield from _in_namespace(host, namespace, mesh)


def _on_service(host: Node, namespace: str, mesh: Mesh, own: bool) -> Iterator[Defect]:
    for service in ambient_services(str(host.value), namespace, mesh):
        if not mesh.together(host.document, service.document) or (service.namespace == namespace) != own:
            continue
        waypoint = enrolled(service.labels, service.namespace, mesh)
        if own and waypoint == "":
            yield host.defect(
                service=called(service),
                notes=note_at(service.document, ("metadata", "name"), "no waypoint"),
                confidence=None if mesh.world == "complete" else "medium",
            )
        elif not own and namespace != mesh.root_namespace and not serves_sidecars(namespace, mesh):
            if waypoint and namespaced(waypoint, "")[0] == namespace:
                continue
            yield host.defect(
                service=called(service),
                namespace=service.namespace,
                notes=note_at(service.document, ("metadata", "name"), "the Service"),
            )
        return


def _in_namespace(place: Node, namespace: str, mesh: Mesh) -> Iterator[Defect]:
    if captures(mesh, namespace) and enrolled({}, namespace, mesh) == "":
        yield place.defect(namespace=namespace)


# Labels


def waypoint_not_found(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A label that names no waypoint leaves the object without one, the namespace's too (semantics 14.1)."""
    labels = name.document.node(*name.path[:-1])
    if labels is None or not isinstance(name.value, str):
        return
    document = name.document
    own = document.name if document.kind == "Namespace" else mesh.namespace_of(document)
    reference = waypoint_of({key: str(value) for key, value in labels.value.items()}, own)
    if not reference or reference.startswith("/"):
        return
    found = mesh.ambient.waypoint(reference)
    why, near = "", ""
    if isinstance(found, Absent):
        near = namespaced(found.near, "")[1] if found.reason == "missing" else ""
        where = f"; there is {found.near}" if found.reason == "elsewhere" else suggestion(near)
        why = f"no Gateway is {reference}{where}"
    elif isinstance(found, Unknown):
        return
    elif not any(it.waypoint for it in found):
        why = f"the Gateway {reference} is no waypoint (gatewayClassName {found[0].class_name or 'missing'})"
    elif namespaced(reference, "")[0] != own and all(
        listener.from_namespaces in ("Same", "None") for it in found for listener in it.listeners
    ):
        why = f"the Gateway {reference} takes traffic of its own namespace only (allowedRoutes.namespaces.from)"
    if why:
        certain = not isinstance(found, Absent) or found.certain
        repair = rewritten(name, near) if near else None
        yield name.defect(why=why, repair=repair, confidence=None if certain else "low")


def waypoint_without_ambient(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A waypoint is used by ambient callers of ambient pods: the namespace is not in ambient mode (semantics 14.1)."""
    document = name.document
    labels = document.strings("labels")
    if name.value == "none" or labels.get(DATAPLANE_MODE) == "ambient":
        return
    pods = mesh.workload_index.by_namespace.get(document.name, ())
    if any(mesh.dataplane(it) == "ambient" for it in pods):
        return
    if labels.get("istio-injection") == "enabled" or labels.get("istio.io/rev") or mesh.world == "complete":
        yield name.defect(namespace=document.name)


def sidecar_and_ambient(labels: Node) -> Iterator[Defect]:
    """A pod that asks for a sidecar and for ambient mode gets the sidecar (specification 11)."""
    inject, mode = labels.get(INJECT), labels.get(DATAPLANE_MODE)
    if inject is not None and mode is not None and inject.value == "true" and mode.value == "ambient":
        yield mode.defect(notes=[inject.note("the sidecar is asked for here")])


def sidecar_in_ambient_namespace(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A pod with a sidecar in an ambient namespace is not captured by ztunnel (specification 11)."""
    if not captures(mesh, mesh.namespace_of(root.document)):
        return
    workload = mesh.workload_of(root.document)
    if workload.gateway or workload.labels.get(DATAPLANE_MODE):
        return
    proxy = workload.proxy_container
    found = root.at(*proxy[1], "name") if proxy is not None else None
    if found is None and workload.labels.get(INJECT) == "true":
        found = root.at(*workload.labels_path, INJECT)
    if found is not None:
        yield found.defect(namespace=workload.namespace)


def waypoint_for_other_traffic(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A waypoint serves Services, or workloads, as its label says; others go past it (semantics 14.1)."""
    document = name.document
    labels = name.document.node(*name.path[:-1])
    if labels is None or document.kind == "Namespace":
        return
    reference = waypoint_of(
        {key: str(value) for key, value in mapping(labels.value).items()}, mesh.namespace_of(document)
    )
    found = mesh.ambient.waypoint(reference) if reference and not reference.startswith("/") else None
    if not isinstance(found, tuple) or isinstance(found, Absent):
        return
    wanted = "workload" if document.kind in TEMPLATES else "service"
    kinds = {it.waypoint_for for it in found if it.waypoint}
    if kinds and not kinds & {wanted, "all"}:
        gateway = found[0]
        path = ("metadata", "labels", "istio.io/waypoint-for")
        notes = note_at(gateway.document, path if dig(gateway.document.value, *path) else ("metadata", "name"), "here")
        yield name.defect(waypoint=reference, traffic=sorted(kinds)[0], wanted=wanted, label=USE_WAYPOINT, notes=notes)
