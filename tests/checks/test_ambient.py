"""Ambient mode: who is in it, and who may not be."""

from __future__ import annotations

import pytest

from checks.said import messages
from mesh.worlds import deployment, namespace, route, rule, service, thing

AMBIENT = {"istio__io_s_dataplane_mode": "ambient"}
WAYPOINT = {**AMBIENT, "istio__io_s_use_waypoint": "wp"}


def http_policy(space: str = "shop", **spec: object) -> str:
    rules = [{"to": [{"operation": {"methods": ["GET"]}}]}]
    return thing("AuthorizationPolicy", "x", space, "security.istio.io/v1", rules=rules, **spec)


def gateway(name: str, space: str, *, cls: str = "istio-waypoint", allow: str = "", labels: str = "service") -> str:
    listener: dict[str, object] = {"name": "mesh", "port": 15008, "protocol": "HBONE"}
    if cls != "istio-waypoint":
        listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    if allow:
        listener["allowedRoutes"] = {"namespaces": {"from": allow}}
    return thing(
        "Gateway", name, space, "gateway.networking.k8s.io/v1",
        gatewayClassName=cls, listeners=[listener], labels={"istio.io/waypoint-for": labels},
    )  # fmt: skip


def test_overlays_that_disagree_about_a_namespace_prove_nothing() -> None:
    rule = "layer-7-policy-by-selector"
    assert messages(rule, http_policy() + namespace("shop", **AMBIENT))
    assert not messages(
        rule, http_policy() + namespace("shop", **AMBIENT), namespace("shop", istio_injection="enabled")
    )
    assert not messages(rule, http_policy())


def test_policies_for_gateways_are_enforced_there() -> None:
    rule, ambient = "layer-7-policy-by-selector", namespace("shop", **AMBIENT)
    for labels in ({"istio": "ingressgateway"}, {"gateway.networking.k8s.io/gateway-name": "public"}):
        assert not messages(rule, http_policy(selector={"matchLabels": labels}) + ambient)
    pods = deployment("gw", "shop", annotations={"inject.istio.io/templates": "gateway"})
    assert not messages(rule, http_policy(selector={"matchLabels": {"app": "gw"}}) + ambient + pods)


@pytest.mark.parametrize(
    ("labels", "having", "speaks"),
    [
        (AMBIENT, {}, True),
        (WAYPOINT, {}, False),
        (WAYPOINT, {"istio.io/use-waypoint": "none"}, True),
        (AMBIENT, {"istio.io/use-waypoint": "wp"}, False),
        ({}, {}, False),
    ],
)
def test_the_label_of_a_service_decides_before_that_of_its_namespace(
    labels: dict[str, str], having: dict[str, str], speaks: bool
) -> None:
    world = namespace("shop", **labels) + service("pay", "shop").replace(
        "metadata:\n", "metadata:\n  labels: {" + ", ".join(f"{key}: {value}" for key, value in having.items()) + "}\n"
    )
    target = [{"kind": "Service", "name": "pay"}]
    assert bool(messages("layer-7-policy-without-waypoint", http_policy(targetRefs=target) + world)) == speaks
    assert bool(messages("mesh-route-without-waypoint", route("pay", "shop", "pay") + world)) == speaks


@pytest.mark.parametrize(
    ("waypoint", "label", "says"),
    [
        (gateway("wp", "shop"), {"istio.io/use-waypoint": "wp"}, ""),
        (gateway("wp", "shop", cls="istio"), {"istio.io/use-waypoint": "wp"}, "is no waypoint"),
        (
            gateway("wp", "infra"),
            {"istio.io/use-waypoint": "wp", "istio.io/use-waypoint-namespace": "infra"},
            "own namespace",
        ),
        (
            gateway("wp", "infra", allow="All"),
            {"istio.io/use-waypoint": "wp", "istio.io/use-waypoint-namespace": "infra"},
            "",
        ),
        (gateway("wp", "infra"), {"istio.io/use-waypoint": "none"}, ""),
    ],
)
def test_a_waypoint_must_be_one_and_take_the_traffic(waypoint: str, label: dict[str, str], says: str) -> None:
    found = messages("waypoint-not-found", waypoint + thing("Namespace", "shop", "", "v1", labels=label))
    assert len(found) == bool(says)
    assert not says or says in found[0]


def test_callers_with_sidecars_apply_rules_by_themselves() -> None:
    breaker = {"trafficPolicy": {"outlierDetection": {"consecutive5xxErrors": 5}}}
    world = rule("pay", "web", "pay.shop.svc.cluster.local", **breaker) + service("pay", "shop")
    world += namespace("shop", **AMBIENT)
    name = "destination-rule-from-elsewhere"
    assert messages(name, world + namespace("web", **AMBIENT))
    assert not messages(name, world + namespace("web", istio_injection="enabled"))
    assert not messages(name, world)


def test_an_envoy_filter_for_a_gateway_works_in_an_ambient_namespace() -> None:
    patch = thing("EnvoyFilter", "x", "shop", workloadSelector={"labels": {"app": "gw"}})
    pods = deployment("gw", "shop", annotations={"inject.istio.io/templates": "gateway"})
    ambient = namespace("shop", **AMBIENT)
    assert messages("envoy-filter-in-ambient", patch + ambient)
    assert not messages("envoy-filter-in-ambient", patch + ambient + pods)
