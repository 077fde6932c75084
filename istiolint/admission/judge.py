"""Which module judges which kind."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import Any

from istiolint.finding import Defect, Path
from istiolint.source.kustomize import is_patch

_NETWORKING = {
    "DestinationRule": "destination_rule",
    "EnvoyFilter": "envoy_filter",
    "Gateway": "gateway",
    "ProxyConfig": "proxy_config",
    "ServiceEntry": "service_entry",
    "Sidecar": "sidecar",
    "VirtualService": "virtual_service",
    "WorkloadEntry": "workload_entry",
    "WorkloadGroup": "workload_group",
}
_MODULES: dict[str, dict[str, str]] = {
    "networking.istio.io": _NETWORKING,
    "security.istio.io": {
        "AuthorizationPolicy": "authorization_policy",
        "PeerAuthentication": "peer_authentication",
        "RequestAuthentication": "request_authentication",
    },
    "telemetry.istio.io": {"Telemetry": "telemetry"},
    "extensions.istio.io": {"TrafficExtension": "traffic_extension", "WasmPlugin": "wasm_plugin"},
}
"""API group, kind, module of this package that has its `check`."""
_CONSEQUENCES = {"missing-setting": 1, "invalid-envoy-patch": 1, "selector-without-labels": 1, "deny-without-ports": 4}
"""Rules that say what an object lacks, and how far below it a field that the schema refuses may be what is missed."""


def judge(
    value: dict[str, Any], group: str, kind: str, istio_version: str, refused: Collection[Path] = ()
) -> Iterator[Defect]:
    """What Istio refuses or warns about in the object `value`, beyond its schema.

    `istio_version` is like "1.32". `refused` are the paths that the schema refuses: what stands there is not
    judged a second time. Objects of other groups and kinds have no defects, and neither have patches for
    kustomize: they are no objects yet.
    """
    kinds = _MODULES.get(group)
    name = kinds.get(kind) if kinds else None
    if name is None:
        return
    from istiolint.admission.metadata import check_metadata

    metadata = value.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    module = _module(f"istiolint.admission.{name}")
    defects = [
        *check_metadata(value, group, kind),
        *module.check(value, namespace if isinstance(namespace, str) and namespace else None),
    ]
    if not defects or is_patch(value):
        return
    for defect in defects:
        if not refused or (defect.path not in refused and not _follows(defect, value, refused)):
            yield defect


def _follows(defect: Defect, value: dict[str, Any], refused: Collection[Path]) -> bool:
    """Whether something is only missing because the schema refuses it, as with a misspelt key or an empty value."""
    depth = _CONSEQUENCES.get(defect.rule)
    if depth is None:
        return False
    size = len(defect.path) if _exists(value, defect.path) else len(defect.path) - 1
    return any(path[:size] == defect.path[:size] and 0 < len(path) - size <= depth for path in refused)


def _exists(value: Any, path: Path) -> bool:
    for step in path:
        if isinstance(value, dict) and value.get(step) is None:
            return False
        value = value[step]
    return True


def _module(name: str) -> Any:
    found = sys.modules.get(name)
    if found is None:
        from importlib import import_module

        found = import_module(name)
    return found
