"""What to use instead of settings that are deprecated or gone."""

from __future__ import annotations

from istiolint.finding import Path
from istiolint.install.tables import table

_MIXER = "it went away with Mixer in Istio 1.8"
_GONE_MESH = {
    **dict.fromkeys(
        (
            "mixerCheckServer", "mixerReportServer", "policyCheckFailOpen", "disablePolicyChecks",
            "enableClientSidePolicyCheck", "disableMixerHttpReports", "sidecarToTelemetrySessionAffinity",
            "reportBatchMaxEntries", "reportBatchMaxTime", "disableReportBatch",
        ),
        _MIXER,
    ),
    "sdsUdsPath": "the agent serves certificates by itself",
    "sdsRefreshDelay": "the agent serves certificates by itself",
    "enableSdsTokenMount": "the agent serves certificates by itself",
    "authPolicy": "a PeerAuthentication in the root namespace sets mutual TLS",
    "rdsRefreshDelay": "configuration is pushed",
    "networks": "networks belong into MeshNetworks, the key meshNetworks of the ConfigMap",
    "thriftConfig": "Thrift support is gone",
}  # fmt: skip
_GONE_COMPONENTS = {
    "telemetry": _MIXER,
    "policy": _MIXER,
    "citadel": "it is part of istiod (pilot)",
    "galley": "it is part of istiod (pilot)",
    "sidecarInjector": "it is part of istiod (pilot)",
    "nodeAgent": "it is part of the sidecar",
    "coreDNS": "the sidecar answers DNS queries itself (ISTIO_META_DNS_CAPTURE)",
    "certManager": "install cert-manager by itself",
    "addonComponents": "addons are installed by themselves, from samples/addons",
}
_GONE_SPEC = {
    "addonComponents": "addons are installed by themselves, from samples/addons",
    "defaultRevision": "it is a Helm value: values.defaultRevision",
    "spec": "paths begin below spec already",
}
_GONE_TOP = {"status": "there has been no operator in the cluster to write it since Istio 1.24"}
_ADDON = "addons are installed by themselves, from samples/addons"
_GONE_VALUES = {
    **dict.fromkeys(("grafana", "kiali", "prometheus", "prometheusOperator", "tracing", "zipkin"), _ADDON),
    **dict.fromkeys(("mixer", "policy"), _MIXER),
    **dict.fromkeys(("galley", "citadel", "security", "certmanager"), "it is part of istiod (pilot) now"),
    **dict.fromkeys(("nodeagent", "nodeAgent"), "it is part of the sidecar now"),
    "istiocoredns": _GONE_COMPONENTS["coreDNS"],
    "mtls": "a PeerAuthentication in the root namespace sets mutual TLS",
    "proxyInit": "it is written proxy_init",
    "useMCP": "istiod reads its configuration itself",
}
_RENAMED_METRIC = "since autoscaling/v2 it is target.averageUtilization"


def removal_hint(path: Path) -> str:
    """What became of the unknown setting at `path`; empty where nothing is known."""
    key = path[-1]
    owner = path[-2] if len(path) > 1 else ""
    if not isinstance(key, str):
        return ""
    if owner == "components":
        return _GONE_COMPONENTS.get(key, "")
    if owner == "spec" and key in _GONE_SPEC:
        return _GONE_SPEC[key]
    if len(path) == 1 and key in _GONE_TOP:
        return _GONE_TOP[key]
    if owner == "waypoint" and key == "tolerations":
        return "IstioOperator calls it toleration here"
    if key == "targetAverageUtilization":
        return _RENAMED_METRIC
    return _GONE_MESH.get(key, "")


def value_hint(path: Path) -> str:
    """What became of the unknown Helm value at `path`: gone, or a mesh setting by now; empty where nothing is known."""
    key, owner = path[-1], path[-2] if len(path) > 1 else ""
    if not isinstance(key, str):
        return ""
    if key in _GONE_VALUES:
        return _GONE_VALUES[key]
    messages = table("mesh")
    if owner in ("global", "proxy", "values"):
        if key in messages["MeshConfig"]:
            return f"it is meshConfig.{key}"
        if key in messages["ProxyConfig"]:
            return f"it is meshConfig.defaultConfig.{key}"
    return ""


_MESH_INSTEAD = {
    "zipkinAddress": "use tracing.zipkin.address",
    "envoyMetricsServiceAddress": "use envoyMetricsService.address",
    "consecutiveErrors": "use consecutive5xxErrors or consecutiveGatewayErrors",
    "includeHeadersInCheck": "use includeRequestHeadersInCheck",
    "lightstep": "use opentelemetry, which Lightstep takes",
    "opencensus": "use opentelemetry",
    "availabilityZone": "the locality of the node is used",
    "discoveryRefreshDelay": "configuration is pushed",
    "sds": "the agent serves certificates by itself",
    "verifyCertificateAtClient": "it has no effect any more",
    "certificates": "request DNS certificates from Kubernetes or cert-manager",
}
_KUBERNETES = {
    "nodeSelector": "nodeSelector", "podAnnotations": "podAnnotations", "resources": "resources",
    "replicaCount": "replicaCount", "tolerations": "tolerations", "cpu": "hpaSpec", "memory": "hpaSpec",
    "rollingMaxSurge": "strategy.rollingUpdate.maxSurge",
    "rollingMaxUnavailable": "strategy.rollingUpdate.maxUnavailable",
    "podAntiAffinityLabelSelector": "affinity", "podAntiAffinityTermLabelSelector": "affinity",
}  # fmt: skip
_COMPONENTS = {
    "PilotConfig": "pilot",
    "CNIConfig": "cni",
    "IngressGatewayConfig": "ingressGateways[]",
    "EgressGatewayConfig": "egressGateways[]",
}
_VALUES_INSTEAD = {
    "istioCni": "use pilot.cni",
    "jwtPolicy": "third-party tokens are always used",
    "logLevel": "use logging.level",
    "holdApplicationUntilProxyStarts": "use meshConfig.defaultConfig.holdApplicationUntilProxyStarts",
    "arch": "use affinity of the components",
    "defaultNodeSelector": "use k8s.nodeSelector of the components",
    "defaultResources": "use k8s.resources of the components",
    "defaultTolerations": "use k8s.tolerations of the components",
    "priorityClassName": "use k8s.priorityClassName of the components",
}


def deprecation_hint(message: str, field: str, path: Path) -> str:
    """What to use instead of a deprecated field of a message; empty where nothing is known."""
    component = _COMPONENTS.get(message)
    if component and field in _KUBERNETES:
        return f"use components.{component}.k8s.{_KUBERNETES[field]}"
    return _MESH_INSTEAD.get(field) or _VALUES_INSTEAD.get(field, "")
