"""Helm values of Istio's charts, as IstioOperator checks them under `values` (specification, section 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from istiolint.admission.values import Problem
from istiolint.finding import Defect
from istiolint.install.defects import doubtful_install_setting, invalid_install_setting
from istiolint.install.gateway_ports import check_gateway_ports
from istiolint.install.mesh_config import check_mesh_config
from istiolint.install.mesh_networks import check_helm_networks
from istiolint.install.port_lists import helm_ports_problem, ip_ranges_problem
from istiolint.install.profiles import PLATFORMS
from istiolint.install.setting import Setting
from istiolint.install.shapes import OPERATOR, VALUES, check_shape

_KUBERNETES = {
    ("cni", "affinity"): "Affinity",
    ("cni", "seccompProfile"): "LocalProfile",
    ("pilot", "affinity"): "Affinity",
    ("pilot", "tolerations"): "Toleration",
    ("pilot", "seccompProfile"): "LocalProfile",
    ("pilot", "topologySpreadConstraints"): "TopologySpreadConstraint",
    ("pilot", "volumes"): "Volume",
    ("pilot", "volumeMounts"): "VolumeMount",
    ("global", "defaultTolerations"): "Toleration",
    ("global", "proxy", "lifecycle"): "Lifecycle",
    ("global", "proxy", "seccompProfile"): "LocalProfile",
    ("global", "waypoint", "affinity"): "Affinity",
    ("global", "waypoint", "topologySpreadConstraints"): "TopologySpreadConstraint",
    ("global", "waypoint", "toleration"): "Toleration",
    ("gateways", "istio-ingressgateway", "tolerations"): "Toleration",
    ("gateways", "istio-egressgateway", "tolerations"): "Toleration",
    ("sidecarInjectorWebhook", "neverInjectSelector"): "LabelSelector",
    ("sidecarInjectorWebhook", "alwaysInjectSelector"): "LabelSelector",
}
"""Values that the charts pass on to Kubernetes as they are, and their types; of a list, the type of an item."""

_PROXY_LISTS: dict[str, Callable[[str], Problem | None]] = {
    "includeIPRanges": ip_ranges_problem,
    "excludeIPRanges": ip_ranges_problem,
    "includeInboundPorts": helm_ports_problem,
    "excludeInboundPorts": helm_ports_problem,
}


def check_values(values: Setting) -> Iterator[Defect]:
    """All that `istioctl install` refuses or warns of in `values`."""
    yield from check_shape(values, "Values", VALUES)
    for keys, kind in _KUBERNETES.items():
        setting = values.at(*keys)
        if setting is not None:
            for part in setting.items() if isinstance(setting.value, list) else (setting,):
                if isinstance(part.value, dict):
                    yield from check_shape(part, kind, OPERATOR)
    selector = values.object("global", "waypoint", "nodeSelector")
    if selector is not None and not all(name.lower() == "nodeselectorterms" for name in selector.value):
        reason = "it is read as nodeSelectorTerms here, so put the labels into unvalidatedValues instead"
        yield invalid_install_setting(selector, reason)
    elif selector is not None:
        yield from check_shape(selector, "NodeSelector", OPERATOR)
    for key, problem_of in _PROXY_LISTS.items():
        setting = values.string("global", "proxy", key)
        problem = problem_of(setting.value) if setting is not None else None
        if setting is not None and problem is not None:
            yield invalid_install_setting(setting, problem)
    yield from _check_ingress_ports(values)
    mesh = values.object("meshConfig")
    if mesh is not None:
        yield from check_mesh_config(mesh)
    networks = values.object("global", "meshNetworks")
    if networks is not None:
        yield from check_helm_networks(networks)
    yield from _check_platform(values)


def _check_ingress_ports(values: Setting) -> Iterator[Defect]:
    gateway = values.object("gateways", "istio-ingressgateway")
    ports = gateway.at("ingressPorts") if gateway is not None else None
    if gateway is not None and ports is not None and not gateway.flag("runAsRoot"):
        yield from check_gateway_ports(ports)


def _check_platform(values: Setting) -> Iterator[Defect]:
    platform = values.string("global", "platform")
    if platform is not None and platform.value not in (*PLATFORMS, ""):
        yield doubtful_install_setting(platform, f"the charts know only the platforms {', '.join(PLATFORMS)}")
