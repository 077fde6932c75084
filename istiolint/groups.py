"""API groups: which are Istio's, and which one a bare kind in a card means."""

from __future__ import annotations

GATEWAY_API = "gateway.networking.k8s.io"
_APPS = ("apps", "extensions")
_GROUPS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Service", "Pod", "Namespace", "Secret", "ConfigMap", "ServiceAccount"), ("",)),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), _APPS),
    **dict.fromkeys(("Job", "CronJob"), ("batch",)),
    "ReplicationController": ("",),
    "Rollout": ("argoproj.io",),
    "Gateway": ("networking.istio.io",),
}
"""Groups that a bare kind means, where other groups have a kind of that name too."""


def is_istio(group: str) -> bool:
    """Whether istiolint judges objects of this API group as Istio's: its own groups and the Gateway API."""
    return group.endswith(".istio.io") or group == GATEWAY_API


def means(written: str, group: str, kind: str) -> bool:
    """Whether a kind as a card writes it (`Kind`, or `group/Kind` where that is not clear) is this one."""
    wanted_group, _, wanted_kind = written.rpartition("/")
    if wanted_kind != kind:
        return False
    if wanted_group:
        return group == wanted_group
    return group in _GROUPS[kind] if kind in _GROUPS else is_istio(group)
