"""Helm values of Istio's charts as a file of their own: whether a text is one, and what is wrong with it.

Helm takes any key, and the charts have values that IstioOperator does not know. So an unknown key is reported only
where it is a slip for another one, or where it is known what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.finding import Defect

_SIGNS: dict[tuple[str, ...], frozenset[str]] = {
    (): frozenset(("istio_cni", "sidecarInjectorWebhook")),
    ("global",): frozenset(
        (
            "istioNamespace", "proxy_init", "pilotCertProvider", "meshID", "jwtPolicy", "caAddress", "meshNetworks",
            "remotePilotAddress", "externalIstiod", "istiod", "operatorManageWebhooks", "omitSidecarInjectorConfigMap",
        )
    ),
    ("global", "proxy"): frozenset(
        (
            "autoInject", "holdApplicationUntilProxyStarts", "includeIPRanges", "excludeIPRanges", "componentLogLevel",
            "includeInboundPorts", "excludeInboundPorts", "excludeOutboundPorts", "readinessFailureThreshold",
        )
    ),
    ("pilot",): frozenset(
        (
            "autoscaleEnabled", "autoscaleMin", "autoscaleMax", "traceSampling", "keepaliveMaxServerConnectionAge",
            "rollingMaxSurge", "jwksResolverExtraRootCA", "trustedZtunnelNamespace", "taint",
        )
    ),
    ("cni",): frozenset(
        ("cniBinDir", "cniConfDir", "cniConfFileName", "cniNetnsDir", "excludeNamespaces", "chained")
    ),
    ("sidecarInjectorWebhook",): frozenset(
        (
            "neverInjectSelector", "alwaysInjectSelector", "enableNamespacesByDefault", "rewriteAppHTTPProbe",
            "injectedAnnotations",
        )
    ),
}  # fmt: skip
"""Keys that no other charts have, by where they are."""
_ENOUGH = 2
"""So many keys that only Istio's charts have make a file theirs."""


def is_values(value: dict[str, Any]) -> bool:
    """Whether a mapping that is no Kubernetes object is surely meant as values of Istio's charts."""
    if "apiVersion" in value or "kind" in value:
        return False
    mesh = value.get("meshConfig")
    if isinstance(mesh, dict) and mesh:
        from istiolint.install.tables import table

        if any(key in table("mesh")["MeshConfig"] for key in mesh):
            return True
    signs = sum(len(keys & _below(value, path).keys()) for path, keys in _SIGNS.items())
    return signs >= _ENOUGH


def judge_values(value: dict[str, Any]) -> Iterator[Defect]:
    """All that is wrong in values of Istio's charts, as far as it is wrong for Helm too."""
    from istiolint.install.helm_values import check_values
    from istiolint.install.setting import Setting
    from istiolint.install.tables import table

    known = {key: child for key, child in value.items() if key in table("values")["Values"]}
    for defect in check_values(Setting(known, ())):
        if defect.path[:1] == ("meshConfig",):
            yield defect
        elif defect.rule == "unknown-install-setting":
            if defect.fields["hint"]:
                yield defect._replace(confidence="low")
        elif defect.rule == "wrong-setting-type":
            yield defect._replace(confidence="low")
        elif defect.rule != "deprecated-helm-value" and defect.path[:2] != ("global", "waypoint"):
            yield defect


def _below(value: Any, path: tuple[str, ...]) -> dict[str, Any]:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
