"""CPU and memory of Istio's components."""

from __future__ import annotations

from array import array
from typing import Any

import pytest

from istiolint import cards
from istiolint.checks import resources
from istiolint.checks.resource_slots import resource_slots
from istiolint.source.document import Document
from istiolint.source.node import Node
from istiolint.source.spans import SpanTable

PARAMS = {
    name: cards.page(name).card.params for name in ("requests-too-low", "cpu-limit-too-low", "memory-limit-too-tight")
}


def node(value: dict[str, Any]) -> Node:
    return Node(Document("a.yaml", 0, value, SpanTable(value, array("I"))), (), value)


def pod(**annotations: str) -> Node:
    named = {f"sidecar.istio.io/{name}": text for name, text in annotations.items()}
    return node({"kind": "Pod", "metadata": {"name": "a", "annotations": named}, "spec": {"containers": []}})


def operator(cpu: object = None, memory: object = None, profile: str = "default", **limits: object) -> Node:
    given = {"requests": {"cpu": cpu, "memory": memory}, "limits": limits}
    return node(
        {"kind": "IstioOperator", "spec": {"profile": profile, "components": {"pilot": {"k8s": {"resources": given}}}}}
    )


def deployment(container: str, labels: dict[str, str], kind: str = "Deployment", **requests: str) -> Node:
    containers = [{"name": container, "resources": {"requests": requests}}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    return node({"kind": kind, "metadata": {"name": "a"}, "spec": {"template": template}})


def low(document: Node) -> list[str]:
    return [str(defect.path[-1]) for defect in resources.requests_too_low(document, PARAMS["requests-too-low"])]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (operator("500m", "2048Mi"), []),
        (operator("100m", "2Gi"), ["cpu"]),
        (operator(0.1, "100Mi"), ["cpu", "memory"]),
        (operator("10m", "100Mi", profile="demo"), []),
        (operator("x", []), []),
        (pod(proxyCPU="100m", proxyMemory="128Mi"), []),
        (pod(proxyCPU="10m", proxyMemory="16Mi"), ["sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyMemory"]),
        (deployment("istio-proxy", {"istio": "ingressgateway"}, cpu="100m", memory="128Mi"), []),
        (deployment("istio-proxy", {"istio": "ingressgateway"}, cpu="50m", memory="128Mi"), ["cpu"]),
        (deployment("istio-proxy", {"istio": "egressgateway"}, cpu="1m"), []),
        (deployment("discovery", {"app": "istiod"}, cpu="10m"), ["cpu"]),
        (deployment("discovery", {"app": "other"}, cpu="10m"), []),
        (deployment("istio-proxy", {"app": "ztunnel"}, "DaemonSet", cpu="200m", memory="512Mi"), []),
        (deployment("istio-proxy", {"app": "ztunnel"}, "DaemonSet", cpu="5m"), ["cpu"]),
        (deployment("web", {"app": "web"}, cpu="1m"), []),
    ],
)
def test_requests_that_are_too_low(document: Node, found: list[str]) -> None:
    assert low(document) == found


@pytest.mark.parametrize(
    ("request_", "limit", "count"), [("200m", "100m", 1), ("100m", "100m", 0), ("1", "1000m", 0), ("100m", "x", 0)]
)
def test_limits_below_requests(request_: str, limit: str, count: int) -> None:
    assert len(list(resources.limit_below_request(pod(proxyCPU=request_, proxyCPULimit=limit)))) == count


@pytest.mark.parametrize(("limit", "count"), [("100m", 1), ("500m", 0), ("2000m", 0), ("-1", 0), ("10m", 0)])
def test_limits_that_slow_down(limit: str, count: int) -> None:
    document = pod(proxyCPU="50m", proxyCPULimit=limit)
    assert len(list(resources.cpu_limit_too_low(document, PARAMS["cpu-limit-too-low"]))) == count


@pytest.mark.parametrize(
    ("request_", "limit", "count"),
    [("128Mi", "128Mi", 1), ("128Mi", "1Gi", 0), ("512Mi", "512Mi", 0), ("1Gi", "1Mi", 0)],
)
def test_limits_that_are_too_tight(request_: str, limit: str, count: int) -> None:
    document = pod(proxyMemory=request_, proxyMemoryLimit=limit)
    assert len(list(resources.memory_limit_too_tight(document, PARAMS["memory-limit-too-tight"]))) == count


def test_negative_amounts() -> None:
    (defect,) = resources.negative_resource(pod(proxyCPU="-1", proxyMemory="1Gi"))
    assert defect.path == ("metadata", "annotations", "sidecar.istio.io/proxyCPU")


CPU = {"limits": {"cpu": 1}}
TEMPLATE = {"metadata": {"annotations": {"sidecar.istio.io/proxyCPU": "1"}}}
RELEASE = {"resources": CPU, "global": {"proxy": {"resources": CPU}}}


@pytest.mark.parametrize(
    ("kind", "spec", "components"),
    [
        ("Istio", {"values": {"pilot": {"resources": CPU}}}, ["istiod"]),
        ("HelmRelease", {"chart": {"spec": {"chart": "gateway"}}, "values": RELEASE}, ["gateway", "sidecar"]),
        ("HelmRelease", {"chart": {"spec": {"chart": "web"}}, "values": RELEASE}, []),
        ("IstioOperator", {"components": {"egressGateways": [{"k8s": {"resources": CPU}}]}}, ["proxy"]),
        ("CronJob", {"jobTemplate": {"spec": {"template": TEMPLATE}}}, ["sidecar"]),
        ("Deployment", None, []),
    ],
)
def test_where_resources_are_given(kind: str, spec: dict[str, Any] | None, components: list[str]) -> None:
    assert [slot.component for slot in resource_slots(node({"kind": kind, "spec": spec}))] == components
