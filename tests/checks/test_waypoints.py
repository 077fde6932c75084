"""Waypoints: who passes them, and whom pods must allow."""

from __future__ import annotations

from typing import Any

import pytest

from checks.said import messages
from mesh.worlds import deployment, namespace, service, thing

AMBIENT = namespace("shop", istio__io_s_dataplane_mode="ambient", istio__io_s_use_waypoint="waypoint")
WORLD = AMBIENT + service("pay", "shop") + deployment("pay", "shop")
CALLERS = {"from": [{"source": {"namespaces": ["web"]}}]}


def waypoint(**more: Any) -> str:
    listener = {"name": "mesh", "port": 15008, "protocol": "HBONE"}
    spec = {"gatewayClassName": "istio-waypoint", "listeners": [listener]}
    return thing("Gateway", "waypoint", "shop", "gateway.networking.k8s.io/v1", **spec, **more)


def policy(name: str, *rules: dict[str, Any], **spec: Any) -> str:
    chosen = {"selector": {"matchLabels": {"app": "pay"}}, "rules": list(rules), **spec}
    return thing("AuthorizationPolicy", name, "shop", "security.istio.io/v1", **chosen)


@pytest.mark.parametrize(
    ("rules", "speaks"),
    [
        ([CALLERS], True),
        ([], False),
        ([CALLERS, {"from": [{"source": {"principals": ["*/ns/shop/sa/waypoint"]}}]}], False),
        ([CALLERS, {"from": [{"source": {"principals": ["cluster.local/ns/shop/sa/waypoint"]}}]}], False),
        ([CALLERS, {"from": [{"source": {"namespaces": ["shop"]}}]}], False),
        ([CALLERS, {"from": [{"source": {"ipBlocks": ["10.0.0.0/8"]}}]}], False),
        ([CALLERS, {"to": [{"operation": {"ports": ["80"]}}]}], False),
    ],
)
def test_whom_pods_must_allow(rules: list[dict[str, Any]], speaks: bool) -> None:
    assert bool(messages("waypoint-not-allowed", WORLD + waypoint() + policy("a", *rules))) == speaks


def test_another_policy_may_allow_the_waypoint() -> None:
    other = policy("b", {"from": [{"source": {"principals": ["cluster.local/ns/shop/sa/wp"]}}]})
    annotated = waypoint(annotations={"gateway.istio.io/service-account": "wp"})
    assert messages("waypoint-not-allowed", WORLD + waypoint() + policy("a", CALLERS) + other)
    assert not messages("waypoint-not-allowed", WORLD + annotated + policy("a", CALLERS) + other)


def test_a_waypoint_for_workloads_does_not_stand_before_services() -> None:
    for_pods = waypoint(labels={"istio.io/waypoint-for": "workload"})
    assert not messages("waypoint-not-allowed", WORLD + for_pods + policy("a", CALLERS))


@pytest.mark.parametrize(
    ("labels", "target", "speaks"),
    [({}, "pay", True), ({"istio.io/ingress-use-waypoint": "true"}, "pay", False), ({}, "other", False)],
)
def test_gateways_that_go_past(labels: dict[str, str], target: str, speaks: bool) -> None:
    backend = {"name": "pay", "port": 80}
    route = thing(
        "HTTPRoute", "edge", "shop", "gateway.networking.k8s.io/v1",
        parentRefs=[{"name": "edge"}], rules=[{"backendRefs": [backend]}],
    )  # fmt: skip
    refs = [{"group": "", "kind": "Service", "name": target}]
    own = policy("a", CALLERS, selector=None, targetRefs=refs)
    world = AMBIENT + service("pay", "shop", labels=labels) + service("other", "shop")
    assert bool(messages("policy-not-for-gateways", world + waypoint() + own + route)) == speaks
