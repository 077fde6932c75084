"""Settings that are no mistakes, and yet explain a symptom: only `istiolint diagnose` asks for these rules.

They say what a manifest does on purpose, for who no longer remembers, or never knew, that it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from istiolint.checks.naming import called
from istiolint.checks.policy_rules import action, dry, rules
from istiolint.finding import Defect
from istiolint.mesh.read import dig, number, sequence, text
from istiolint.mesh.workloads import INJECT, Workload

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.source.node import Node

SECURITY = "security.istio.io"

# Injection


def injection_switched_off(root: Node) -> Iterator[Defect]:
    """A namespace or pods that refuse a sidecar."""
    if root.document.kind == "Namespace":
        label = root.at("metadata", "labels", "istio-injection")
        if label is not None and label.value == "disabled":
            yield label.defect(whose=f"the pods of namespace {root.document.name}")
        return
    workload = Workload(root.document, root.document.namespace or "")
    if workload.inject != "false":
        return
    field = "labels" if INJECT in workload.labels else "annotations"
    place = root.at(*workload.labels_path[:-1], field, INJECT)
    if place is not None:
        yield place.defect(whose="these pods")


def pods_on_host_network(root: Node) -> Iterator[Defect]:
    """Pods that the injector leaves out because they use the node's network."""
    workload = Workload(root.document, root.document.namespace or "")
    place = root.at(*workload.spec_path, "hostNetwork") if workload.host_network else None
    if place is not None:
        yield place.defect()


def workload_outside_strict_mesh(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Pods without a sidecar, where somewhere nothing but mTLS is taken."""
    strict = mesh.index(_strict)
    if strict is None:
        return
    workload = mesh.workload_of(root.document)
    place = root.at("metadata", "name")
    if place is not None and (workload.labels or workload.spec) and mesh.dataplane(workload) == "none":
        note = strict.document.node("spec")
        notes = [note.note("nothing but mTLS is taken")] if note is not None else []
        yield place.defect(workload=called(workload), policy=called(strict), notes=notes)


def _strict(mesh: Mesh) -> Policy | None:
    """A PeerAuthentication that says STRICT, of the root namespace before others."""
    found = [
        mesh.policy_of(document)
        for document in mesh.documents("PeerAuthentication", SECURITY)
        if dig(document.value, "spec", "mtls", "mode") == "STRICT"
    ]
    return min(found, key=lambda policy: (not policy.root, bool(policy.selector)), default=None)


def traffic_around_sidecar(annotation: Node) -> Iterator[Defect]:
    """Ports or addresses whose traffic the sidecar does not see."""
    if annotation.value != "":
        yield annotation.defect(on="key", name=annotation.key, value=annotation.value)


# Routes


def requests_delayed(delay: Node) -> Iterator[Defect]:
    """A fault that makes requests wait."""
    wait, share = delay.text("fixedDelay"), _share(delay)
    if wait and share != "none":
        yield delay.defect(wait=wait, share=share)


def requests_aborted(answer: Node) -> Iterator[Defect]:
    """A fault, or a direct response, that answers requests in place of the application."""
    direct = answer.key == "directResponse"
    status = dig(answer.value, "status" if direct else "httpStatus")
    status = status if status is not None else dig(answer.value, "grpcStatus")
    share = "all requests" if direct else _share(answer)
    if status is not None and share != "none":
        yield answer.defect(on="key", status=status, share=share)


def _share(fault: Node) -> str:
    """How many requests a fault is for. Without a percentage it is for none."""
    written = dig(fault.value, "percentage", "value")
    percent = written if written is not None else dig(fault.value, "percent")
    if not isinstance(percent, int | float) or percent <= 0:
        return "none"
    return "all requests" if percent >= 100 else f"{percent:g} % of the requests"


def many_retries(attempts: Node, params: Mapping[str, Any]) -> Iterator[Defect]:
    """Retries that multiply load and time."""
    count = number(attempts.value)
    if count is not None and count >= params["many"]:
        yield attempts.defect(count=count)


# Traffic policies

_LIMITS = (("tcp", "maxConnections"), ("http", "http1MaxPendingRequests"), ("http", "http2MaxRequests"))


def small_connection_pool(pool: Node, params: Mapping[str, Any]) -> Iterator[Defect]:
    """Limits that a busy caller reaches."""
    for path in _LIMITS:
        limit = pool.at(*path)
        value = number(limit.value) if limit is not None else None
        if limit is not None and value is not None and 0 < value < params["enough"]:
            waits = path[-1] == "maxConnections"
            outcome = "waits for a connection" if waits else "is answered with 503 at once"
            yield limit.defect(field=path[-1], value=value, outcome=outcome)


def one_request_per_connection(limit: Node) -> Iterator[Defect]:
    """Connections that are not used again."""
    if number(limit.value) == 1:
        yield limit.defect()


def eager_ejection(detection: Node) -> Iterator[Defect]:
    """Outlier detection that takes pods away at the first failure, or all of them."""
    for field in ("consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveLocalOriginFailures"):
        limit = detection.get(field)
        if limit is not None and number(limit.value) == 1:
            wait = detection.text("baseEjectionTime") or "30s"
            yield limit.defect(what=f"one failure takes a pod out of service for {wait}, and longer each time")
    share = detection.get("maxEjectionPercent")
    if share is not None and number(share.value) == 100:
        yield share.defect(what="all pods may be taken out of service at a time, and then nobody answers")


def requests_to_strangers_refused(mode: Node) -> Iterator[Defect]:
    """Sidecars that let no request out to hosts that the mesh does not know."""
    if mode.value == "REGISTRY_ONLY":
        yield mode.defect()


# Policies


def everything_denied(spec: Node, mesh: Mesh) -> Iterator[Defect]:
    """A policy that lets nothing through at all."""
    policy = mesh.policy_of(spec.document)
    if dry(policy):
        return
    place = spec.get("action") or spec
    if action(policy) == "ALLOW" and not sequence(policy.spec.get("rules")):
        yield place.defect(why="it allows nothing, for it has no rules")
    elif action(policy) == "DENY" and any(not rule for _, rule in rules(policy)):
        yield place.defect(why="one of its rules has no condition")


def authorizer_asked(provider: Node) -> Iterator[Defect]:
    """A policy that leaves the decision to somebody else."""
    if text(dig(provider.document.value, "spec", "action")) == "CUSTOM":
        yield provider.defect(provider=provider.value)


# Installation and workloads


def no_replicas(replicas: Node) -> Iterator[Defect]:
    """A workload without pods."""
    if replicas.value == 0 and not isinstance(replicas.value, bool):
        yield replicas.defect(kind=replicas.document.kind, name=replicas.document.name)


def every_request_traced(share: Node, params: Mapping[str, Any]) -> Iterator[Defect]:
    """Traces of so many requests that making them takes time."""
    value = share.value
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= params["many"]:
        yield share.defect(value=f"{value:g}")


def single_proxy_thread(concurrency: Node) -> Iterator[Defect]:
    """Proxies that use one processor only."""
    if concurrency.value == 1 and not isinstance(concurrency.value, bool):
        yield concurrency.defect()
