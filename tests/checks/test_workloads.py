"""Selectors and pods; Services against the pods that they lead to."""

from __future__ import annotations

import pytest

from checks.said import messages, said
from mesh.worlds import deployment, namespace, service, thing

SECURITY = "security.istio.io/v1"


def allow(name: str, space: str, **selector: str) -> str:
    spec = {"selector": {"matchLabels": selector}} if selector else {}
    return thing("AuthorizationPolicy", name, space, SECURITY, **spec)


def test_a_selector_in_the_root_namespace_picks_pods_everywhere() -> None:
    world = deployment("payments", "shop")
    rule = "authorization-policy-selects-nothing"
    assert messages(rule, allow("x", "web", app="payments") + world, world="complete")
    assert not messages(rule, allow("x", "istio-system", app="payments") + world, world="complete")


def test_pods_elsewhere_are_named() -> None:
    world = deployment("payments", "shop") + deployment("front", "web") + allow("x", "web", app="payments")
    (finding,) = said("authorization-policy-selects-nothing", world)
    assert finding.message.endswith("such pods are in namespace shop")
    assert finding.confidence == "low"


def test_nothing_is_said_of_pods_that_may_be_elsewhere() -> None:
    assert not messages("authorization-policy-selects-nothing", allow("x", "shop", app="payments"))
    assert not messages(
        "authorization-policy-selects-nothing", allow("x", "shop", app="orders") + deployment("order", "shop")
    )


@pytest.mark.parametrize(
    ("pod", "labels", "speaks"),
    [
        ({"hostNetwork": True}, {}, True),
        ({}, {"istio_injection": "disabled"}, True),
        ({}, {"istio_injection": "enabled"}, False),
        ({}, {"istio__io_s_dataplane_mode": "ambient"}, False),
        ({"annotations": {"ambient.istio.io/redirection": "enabled"}}, {}, False),
    ],
)
def test_a_policy_needs_a_proxy(pod: dict[str, object], labels: dict[str, str], speaks: bool) -> None:
    world = allow("x", "shop", app="pay") + deployment("pay", "shop", **pod) + namespace("shop", **labels)
    assert bool(messages("policy-without-proxies", world)) == speaks


def test_one_pod_with_a_proxy_is_enough() -> None:
    outside = deployment("pay", "shop", "v1", hostNetwork=True)
    inside = deployment("pay", "shop", "v2", labels={"sidecar.istio.io/inject": "true"})
    assert messages("policy-without-proxies", allow("x", "shop", app="pay") + outside)
    assert not messages("policy-without-proxies", allow("x", "shop", app="pay") + outside + inside)


def test_ports_come_from_patches_too() -> None:
    patch = thing(
        "Deployment", "pay-v1", "shop", "apps/v1",
        template={"spec": {"containers": [{"name": "auth", "ports": [{"name": "https", "containerPort": 8443}]}]}},
    )  # fmt: skip
    world = service("pay", "shop", ports=[{"port": 443, "targetPort": "https"}]) + deployment("pay", "shop")
    assert messages("target-port-not-found", world)
    assert not messages("target-port-not-found", world, patch)


def test_ports_of_gateways_are_injected() -> None:
    gateway = deployment("pay", "shop", annotations={"inject.istio.io/templates": "gateway"})
    world = service("pay", "shop", ports=[{"port": 15090, "targetPort": "http-envoy-prom"}])
    assert not messages("target-port-not-found", world + gateway)


def test_targets_of_telemetries_are_no_rivals() -> None:
    one, other = (
        thing("Telemetry", name, "shop", "telemetry.istio.io/v1", targetRefs=[{"kind": "Gateway", "name": name}])
        for name in ("one", "other")
    )
    assert not messages("several-telemetries", one + other)


def test_a_duplicate_in_another_file_counts_only_in_a_whole_mesh() -> None:
    one, other = allow("x", "shop", app="pay"), allow("x", "shop", app="web")
    assert not messages("duplicate-object", one, other)
    assert not messages("duplicate-object-in-files", one, other)
    (message,) = messages("duplicate-object-in-files", one, other, world="complete")
    assert "(in 0.yaml), not the same" in message
    assert not messages("duplicate-object-in-files", one, one, world="complete")


def test_objects_that_are_none_of_ours_may_be_there_twice() -> None:
    assert not messages("duplicate-object", 2 * thing("Step", "x", "", "kuttl.dev/v1"))
    assert messages("duplicate-object", 2 * allow("x", "shop"))
    assert not messages("duplicate-object", 2 * namespace("shop"))
