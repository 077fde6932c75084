"""Istio's labels and annotations: on which kinds each is read, and which are on their way out."""

from __future__ import annotations

POD = ("Pod",)
ANY: tuple[str, ...] = ()
"""Read on any kind."""
_SERVED = ("Service", "ServiceEntry", "Namespace")
_GATEWAY = ("Gateway", "GatewayClass")
_MADE = ("ServiceAccount", "Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler")


def _on(kinds: tuple[str, ...], prefix: str, names: str) -> dict[str, tuple[str, ...]]:
    return {f"{prefix}/{name}": kinds for name in names.split()}


ANNOTATIONS: dict[str, tuple[str, ...]] = {
    **_on(
        POD,
        "sidecar.istio.io",
        "inject status rewriteAppHTTPProbers discoveryAddress proxyImage proxyImageType proxyCPU proxyCPULimit "
        "proxyMemory proxyMemoryLimit interceptionMode bootstrapOverride statsInclusionPrefixes statsInclusionSuffixes "
        "statsInclusionRegexps statsHistogramBuckets statsFlushInterval statsEvictionInterval statsHistogramBins "
        "statsCompression userVolume userVolumeMount logLevel componentLogLevel agentLogLevel nativeSidecar "
        "extraStatTags",
    ),
    **_on(
        POD,
        "traffic.sidecar.istio.io",
        "includeOutboundIPRanges excludeOutboundIPRanges includeInboundPorts excludeInboundPorts excludeInterfaces "
        "includeOutboundPorts excludeOutboundPorts kubevirtInterfaces",
    ),
    **_on(
        POD,
        "readiness.status.sidecar.istio.io",
        "initialDelaySeconds periodSeconds failureThreshold applicationPorts",
    ),
    **_on(POD, "ambient.istio.io", "redirection bypass-inbound-capture dns-capture"),
    **_on(POD, "istio.io", "rev reroute-virtual-interfaces"),
    **_on(POD, "proxy.istio.io", "config overrides"),
    "prometheus.istio.io/merge-metrics": POD,
    "status.sidecar.istio.io/port": POD,
    "inject.istio.io/templates": POD,
    **_on(("Service",), "alpha.istio.io", "kubernetes-serviceaccounts canonical-serviceaccounts"),
    "networking.istio.io/exportTo": ("Service",),
    "traffic.istio.io/nodeSelector": ("Service",),
    "networking.istio.io/traffic-distribution": _SERVED,
    "istio.io/use-waypoint-canary-weight": _SERVED,
    "kubernetes.io/ingress.class": ("Ingress",),
    "istio.io/dry-run": ("AuthorizationPolicy",),
    **_on(("WorkloadEntry",), "istio.io", "autoRegistrationGroup workloadController connectedAt disconnectedAt"),
    "topology.istio.io/controlPlaneClusters": ("Namespace",),
    "ambient.istio.io/waypoint-inbound-binding": _GATEWAY,
    **_on(("Gateway",), "gateway.istio.io", "service-account name-override"),
    "networking.istio.io/service-type": ("Gateway",),
    "galley.istio.io/analyze-suppress": ANY,
    "gateway.istio.io/controller-version": ANY,
}
"""Annotations, and the kinds that they are read on."""

DEPRECATED: dict[str, str] = {
    "sidecar.istio.io/inject": "use the label of the same name",
    "sidecar.istio.io/discoveryAddress": "use discoveryAddress in proxy.istio.io/config",
    "sidecar.istio.io/statsInclusionPrefixes": "use proxyStatsMatcher in proxy.istio.io/config",
    "sidecar.istio.io/statsInclusionSuffixes": "use proxyStatsMatcher in proxy.istio.io/config",
    "sidecar.istio.io/statsInclusionRegexps": "use proxyStatsMatcher in proxy.istio.io/config",
    "sidecar.istio.io/extraStatTags": "use extraStatTags in proxy.istio.io/config",
    "sidecar.istio.io/statsCompression": "",
    "traffic.sidecar.istio.io/kubevirtInterfaces": "use istio.io/reroute-virtual-interfaces",
    "alpha.istio.io/kubernetes-serviceaccounts": "",
    "alpha.istio.io/canonical-serviceaccounts": "",
}
"""Deprecated annotations, and what to use instead."""

QUIET = frozenset(("sidecar.istio.io/status", "gateway.istio.io/controller-version", "istio.io/rev"))
"""Annotations that Istio itself writes, on whatever it makes."""

LABELS: dict[str, tuple[str, ...]] = {
    "istio-injection": ("Namespace",),
    "sidecar.istio.io/inject": POD,
    "istio.io/rev": ANY,
    "istio.io/tag": ANY,
    "istio.io/dataplane-mode": ("Pod", "Namespace"),
    **_on(("Pod", "WorkloadEntry", *_SERVED), "istio.io", "use-waypoint use-waypoint-namespace"),
    **_on(_SERVED, "istio.io", "use-waypoint-canary use-waypoint-canary-namespace ingress-use-waypoint"),
    "istio.io/waypoint-for": _GATEWAY,
    "networking.istio.io/enable-autoallocate-ip": ("ServiceEntry",),
    "networking.istio.io/gatewayPort": ("Service",),
    "security.istio.io/tlsMode": POD,
    **_on(("Pod", "WorkloadEntry"), "service.istio.io", "canonical-name canonical-revision workload-name"),
    **_on(ANY, "topology.istio.io", "subzone network cluster locality"),
    **_on(ANY, "operator.istio.io", "component managed version"),
    "gateway.istio.io/managed": _MADE,
    "gateway.networking.k8s.io/gateway-name": _MADE,
    "gateway.networking.k8s.io/gateway-class-name": _MADE,
}
"""Labels, and the kinds that they are read on."""

DECISIVE = frozenset(("istio-injection", "sidecar.istio.io/inject", "istio.io/dataplane-mode", "istio.io/use-waypoint"))
"""Labels by which somebody wants to bring an object into the mesh: not where they are not read."""


def of_istio(name: str) -> bool:
    """Whether an annotation belongs to Istio."""
    return name == "kubernetes.io/ingress.class" or name.partition("/")[0].endswith("istio.io")
