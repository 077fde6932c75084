"""Where manifests say how much CPU and memory Istio's components get.

In IstioOperator components, in Helm values (of IstioOperator, Sail's Istio and Flux' HelmRelease), in containers of
Istio's own Deployments and DaemonSets, and in annotations of pods that get a sidecar.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.install.quantities import quantity
from istiolint.mesh.read import dig, sequence
from istiolint.records import NamedTuple
from istiolint.source.node import Node

ISTIOD, SIDECAR, GATEWAY, ZTUNNEL, PROXY = "istiod", "sidecar", "gateway", "ztunnel", "proxy"
"""Components; `PROXY` is one for which there is no recommendation, such as an egress gateway or a waypoint."""

NAMES = {ISTIOD: "istiod", SIDECAR: "the sidecar", GATEWAY: "the gateway", ZTUNNEL: "ztunnel", PROXY: "the proxy"}
"""How messages call the components."""

_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
_ANNOTATIONS = {
    ("requests", "cpu"): "sidecar.istio.io/proxyCPU",
    ("limits", "cpu"): "sidecar.istio.io/proxyCPULimit",
    ("requests", "memory"): "sidecar.istio.io/proxyMemory",
    ("limits", "memory"): "sidecar.istio.io/proxyMemoryLimit",
}
_NAMES = frozenset(_ANNOTATIONS.values())
_GROUPS = ("containers", "initContainers")
_CONTAINERS = ("istio-proxy", "discovery")
_VALUES = (
    (("pilot", "resources"), ISTIOD),
    (("global", "proxy", "resources"), SIDECAR),
    (("global", "waypoint", "resources"), PROXY),
    (("gateways", "istio-ingressgateway", "resources"), GATEWAY),
    (("gateways", "istio-egressgateway", "resources"), PROXY),
    (("ztunnel", "resources"), ZTUNNEL),
)
_CHARTS = {"istiod": ISTIOD, "gateway": GATEWAY, "ztunnel": ZTUNNEL}
"""Charts whose values have `resources` of their own."""


class Amount(NamedTuple):
    """An amount as it is written, and its size in CPUs or bytes."""

    node: Node
    size: float


class Slot(NamedTuple):
    """The resources of one component; amounts by `cpu` and `memory`, as far as they are given and can be read."""

    component: str
    requests: dict[str, Amount]
    limits: dict[str, Amount]


def resource_slots(document: Node) -> list[Slot]:
    """All places of a document that give resources to one of Istio's components."""
    return document.once(_slots)


def _slots(document: Node) -> list[Slot]:
    return list(_find(document))


def _find(document: Node) -> Iterator[Slot]:
    kind = document.value.get("kind")
    if kind == "IstioOperator":
        yield from _of_operator(document)
    elif kind == "Istio":
        yield from _of_values(document.at("spec", "values"), "")
    elif kind == "HelmRelease":
        chart = document.text("spec", "chart", "spec", "chart")
        if chart in _CHARTS:
            yield from _of_values(document.at("spec", "values"), chart)
    else:
        template = document.at(*_TEMPLATES.get(kind, ("spec", "template")))
        if template is not None and _has_proxy(template.value):
            yield from _of_template(template, document)


def _of_operator(document: Node) -> Iterator[Slot]:
    components = document.at("spec", "components")
    if components is not None:
        for key, component in (("pilot", ISTIOD), ("ztunnel", ZTUNNEL)):
            yield from _of_resources(components.at(key, "k8s", "resources"), component)
        for key, component in (("ingressGateways", GATEWAY), ("egressGateways", PROXY)):
            for gateway in components.items(key):
                yield from _of_resources(gateway.at("k8s", "resources"), component)
    yield from _of_values(document.at("spec", "values"), "")


def _of_values(values: Node | None, chart: str) -> Iterator[Slot]:
    if values is None:
        return
    if chart:
        yield from _of_resources(values.at("resources"), _CHARTS[chart])
    for keys, component in _VALUES:
        yield from _of_resources(values.at(*keys), component)


def _has_proxy(template: Any) -> bool:
    """Whether a pod template may say anything here; of most it can be told at a glance, and there are many."""
    annotations = dig(template, "metadata", "annotations")
    if isinstance(annotations, dict) and not _NAMES.isdisjoint(annotations):
        return True
    spec = dig(template, "spec")
    for group in _GROUPS:
        for item in sequence(dig(spec, group)):
            if isinstance(item, dict) and item.get("name") in _CONTAINERS:
                return True
    return False


def _of_template(template: Node, document: Node) -> Iterator[Slot]:
    annotations = template.at("metadata", "annotations")
    if annotations is not None and isinstance(annotations.value, dict):
        given = {place: name for place, name in _ANNOTATIONS.items() if name in annotations.value}
        if given:
            amounts = {place: _amount(annotations.get(name)) for place, name in given.items()}
            yield _slot(SIDECAR, {place: amount for place, amount in amounts.items() if amount is not None})
    for group in _GROUPS:
        for container in template.items("spec", group):
            name = container.text("name")
            if name in _CONTAINERS:
                component = _component(name, template, document)
                if component:
                    yield from _of_resources(container.at("resources"), component)


def _component(container: str, template: Node, document: Node) -> str:
    """Which component a container of this name is; empty where it is none of Istio's."""
    labels = template.at("metadata", "labels")
    named = labels.value if labels is not None and isinstance(labels.value, dict) else {}
    app, istio = named.get("app"), named.get("istio")
    if container == "discovery":
        return ISTIOD if app == "istiod" or istio == "pilot" else ""
    if app == "ztunnel":
        return ZTUNNEL
    if "gateway.networking.k8s.io/gateway-name" in named or "egress" in str(istio) or "eastwest" in str(istio):
        return PROXY
    if istio or template.text("metadata", "annotations", "inject.istio.io/templates") == "gateway":
        return GATEWAY
    return SIDECAR


def _of_resources(resources: Node | None, component: str) -> Iterator[Slot]:
    if resources is None:
        return
    amounts = {}
    for side in ("requests", "limits"):
        for what in ("cpu", "memory"):
            amount = _amount(resources.at(side, what))
            if amount is not None:
                amounts[side, what] = amount
    if amounts:
        yield _slot(component, amounts)


def _slot(component: str, amounts: dict[tuple[str, str], Amount]) -> Slot:
    sides: dict[str, dict[str, Amount]] = {"requests": {}, "limits": {}}
    for (side, what), amount in amounts.items():
        sides[side][what] = amount
    return Slot(component, sides["requests"], sides["limits"])


def _amount(node: Node | None) -> Amount | None:
    size = quantity(node.value) if node is not None else None
    return Amount(node, size) if node is not None and size is not None else None
