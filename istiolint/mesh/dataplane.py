"""Who carries a workload's traffic: its own sidecar, ztunnel, or nobody (specification of injection and ambient)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.namespaces import DATAPLANE_MODE, NEVER_INJECTED
from istiolint.mesh.workloads import INJECT

if TYPE_CHECKING:
    from istiolint.mesh.namespaces import Namespace
    from istiolint.mesh.workloads import Workload

Dataplane = Literal["sidecar", "ambient", "none", "unknown"]

REDIRECTION = "ambient.istio.io/redirection"
"""Annotation that the CNI plugin leaves on a running pod; exported pods have it."""


def dataplane(workload: Workload, namespace: Namespace | None, known: bool, by_default: bool = False) -> Dataplane:
    """The state of the pods that `workload` makes.

    `namespace` is None where the files have no manifest of it; `known` then says whether that means that it has no
    labels. `by_default`: namespaces without labels are injected (`enableNamespacesByDefault`).
    """
    if workload.virtual_machine or workload.proxy_container is not None:
        return "sidecar"
    if workload.annotations.get(REDIRECTION) == "enabled":
        return "ambient"
    if workload.host_network or workload.namespace in NEVER_INJECTED:
        return "none"
    sidecar = _injected(workload, namespace, known, by_default)
    if sidecar is not False:
        return "sidecar" if sidecar else "unknown"
    mode = workload.labels.get(DATAPLANE_MODE)
    if mode is not None:
        return "ambient" if mode == "ambient" else "none"
    if namespace is None:
        return "none" if known else "unknown"
    if DATAPLANE_MODE in namespace.disputed:
        return "unknown"
    return "ambient" if namespace.ambient else "none"


def _injected(workload: Workload, namespace: Namespace | None, known: bool, by_default: bool) -> bool | None:
    """Whether the webhook injects; None where the namespace's labels decide and are not known."""
    wish = workload.inject
    if wish == "false":
        return False
    # Webhooks select by labels; the annotation only counts for pods that one of them sees.
    asks = workload.labels.get(INJECT) == "true" or bool(workload.labels.get("istio.io/rev"))
    if namespace is None:
        if asks:
            return True
        return by_default if known else None
    if "istio-injection" in namespace.disputed:
        return None
    if "istio-injection" in namespace.labels:
        return namespace.injection == "enabled"
    if "istio.io/rev" in namespace.disputed or namespace.revision:
        return True
    return asks or by_default
