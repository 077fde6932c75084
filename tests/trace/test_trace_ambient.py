"""Ambient mode: ztunnel's reading of policies, and waypoints."""

from typing import Any

import pytest
from worlds import (
    Manifest,
    deployment,
    get,
    injected,
    namespace,
    peer,
    policy,
    service,
    thing,
    to,
    trace,
    virtual_service,
    world,
)  # fmt: skip

from istiolint.trace.question import Request
from istiolint.trace.result import Backend, Trace
from istiolint.trace.rules import Peer, Subject
from istiolint.trace.ztunnel import holds, strict

AMBIENT = {"istio.io/dataplane-mode": "ambient"}
API = "gateway.networking.k8s.io/v1"


def pods(name: str) -> list[Manifest]:
    return [service(name, "shop"), deployment(name, "shop")]


BASE = [namespace("shop", **AMBIENT), *pods("pay"), *pods("cart"), deployment("own", "web"), *injected("web")]
WAYPOINT = thing(
    "Gateway", "wp", "shop", API, gatewayClassName="istio-waypoint",
    listeners=[{"name": "mesh", "port": 15008, "protocol": "HBONE"}],
)  # fmt: skip
USED = [WAYPOINT, namespace("shop", **AMBIENT, **{"istio.io/use-waypoint": "wp"})]


def asked(*objects: Manifest, request: Request | None = None, name: str = "shop/cart-v1") -> Trace:
    kept = [it for it in BASE if (it["kind"], it["metadata"]["name"]) not in _names(objects)]
    return trace(world(kept, list(objects)), name, request or get("pay"))


def _names(objects: Any) -> list[tuple[str, str]]:
    return [(it["kind"], it["metadata"]["name"]) for it in objects if it["kind"] == "Namespace"]


def only(found: Trace) -> Backend:
    backends = [*found.backends, *(it for target in found.targets for it in target.backends)]
    assert len(backends) == 1
    return backends[0]


def test_pods_talk_over_hbone_without_routes() -> None:
    route = virtual_service("a", "shop", ["pay"], {"redirect": {"uri": "/"}})
    found = asked(route)
    assert (only(found).sent, only(found).connection) == ("hbone", "ok")
    assert found.route is None


def test_strict_ports_refuse_what_is_not_of_the_mesh() -> None:
    bare = [namespace("out"), deployment("own", "out")]
    assert only(asked(*bare, name="out/own-v1", request=get("pay.shop"))).connection == "ok"
    refused = only(asked(*bare, peer("p", "shop", "STRICT"), name="out/own-v1", request=get("pay.shop")))
    assert (refused.connection, refused.verdict) == ("tls-refused", None)


@pytest.mark.parametrize(
    ("space", "workload", "port", "expected"),
    [
        ("STRICT", None, None, True),
        ("DISABLE", None, None, False),
        ("STRICT", "PERMISSIVE", None, False),
        ("STRICT", None, "PERMISSIVE", False),
        ("STRICT", None, "DISABLE", True),
        ("STRICT", "STRICT", "DISABLE", False),
        ("PERMISSIVE", None, "STRICT", True),
    ],
)
def test_modes_of_ports(space: str, workload: str | None, port: str | None, expected: bool) -> None:
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "pay"}}}
    if port:
        spec["portLevelMtls"] = {"8080": {"mode": port}}
    one = peer("w", "shop", workload or "UNSET", **spec)
    mesh = world(BASE, peer("n", "shop", space), one)
    pod = next(it for it in mesh.workloads if it.name == "pay-v1")
    assert strict(mesh, pod, 8080) is expected


L7 = {"to": [{"operation": {"paths": ["/admin"]}}]}


@pytest.mark.parametrize(
    ("rule", "allows", "denies"),
    [
        ({}, True, True),
        (L7, False, False),
        ({"from": [{"source": {"namespaces": ["shop"]}}]}, True, True),
        ({"from": [{"source": {"namespaces": ["shop"]}}], **L7}, False, False),
        ({"to": [{"operation": {"paths": ["/admin"], "ports": ["8080"]}}]}, False, True),
        ({"from": [{"source": {"requestPrincipals": ["*"]}}]}, False, False),
        ({"when": [{"key": "request.headers[x]", "values": ["y"]}]}, False, False),
        ({"when": [{"key": "source.namespace", "values": ["shop"]}]}, True, True),
    ],
)
def test_what_ztunnel_leaves_of_rules(rule: Manifest, allows: bool, denies: bool) -> None:
    subject = Subject(Peer("cluster.local", "shop", "default"), 8080, None)
    assert holds(rule, "shop", "ALLOW", subject) is allows
    assert holds(rule, "shop", "DENY", subject) is denies


def test_policies_at_ztunnel() -> None:
    verdict = only(asked(policy("d", "shop", action="DENY", rules=[L7]))).verdict
    assert verdict is not None
    assert verdict.by == "no-policy"
    verdict = only(asked(policy("a", "shop", rules=[L7]))).verdict
    assert verdict is not None
    assert verdict.by == "no-allow-matched"
    verdict = only(asked(policy("a", "shop", rules=[{"from": [{"source": {"namespaces": ["shop"]}}]}]))).verdict
    assert verdict is not None
    assert verdict.by == "allow-policy"
    verdict = only(asked(policy("d", "shop", action="DENY", rules=[{}]))).verdict
    assert verdict is not None
    assert verdict.allowed is False


def test_the_waypoint_of_a_service() -> None:
    assert asked(*USED).gateway_verdict is not None
    assert asked(WAYPOINT).gateway_verdict is None
    none = service("pay", "shop", labels={"istio.io/use-waypoint": "none"})
    assert asked(*USED, none).gateway_verdict is None
    missing = {**none, "metadata": {**none["metadata"], "labels": {"istio.io/use-waypoint": "gone"}}}
    assert asked(*USED, missing).gateway_verdict is None
    workloads = {**WAYPOINT, "metadata": {**WAYPOINT["metadata"], "labels": {"istio.io/waypoint-for": "workload"}}}
    assert asked(workloads, USED[1]).gateway_verdict is None


def test_routes_at_the_waypoint_are_all_of_them() -> None:
    one = virtual_service("a", "shop", ["pay"], {"match": [{"uri": {"exact": "/a"}}], "redirect": {"uri": "/1"}})
    two = virtual_service(
        "b", "shop", ["pay"], {"match": [{"sourceLabels": {"app": "cart"}}], "redirect": {"uri": "/no"}},
        {"match": [{"uri": {"exact": "/b"}}], "route": [to("cart", port=80)]},
    )  # fmt: skip
    found = asked(*USED, one, two, request=get("pay", path="/b"))
    assert [it.host for it in found.targets] == ["cart.shop.svc.cluster.local"]
    assert asked(*USED, one, two, request=get("pay", path="/a", authority="whatever")).outcome == "redirect"
    rest = asked(*USED, one, two, request=get("pay", path="/c"))
    assert [it.host for it in rest.targets] == ["pay.shop.svc.cluster.local"]
    other = virtual_service("a", "web", ["pay.shop.svc.cluster.local"], {"redirect": {"uri": "/1"}})
    assert asked(*USED, other).outcome == "forward"
    kube = thing(
        "HTTPRoute", "r", "shop", API, parentRefs=[{"kind": "Service", "group": "", "name": "pay"}],
        rules=[{"backendRefs": [{"name": "cart", "port": 80}]}],
    )  # fmt: skip
    assert [it.host for it in asked(*USED, kube).targets] == ["cart.shop.svc.cluster.local"]


def target(kind: str, name: str, **spec: Any) -> Manifest:
    reference = {"kind": kind, "group": "", "name": name}
    return policy(
        "t", spec.pop("space", "shop"), **{"action": "DENY", "rules": [L7], **spec, "targetRefs": [reference]}
    )


@pytest.mark.parametrize(
    ("attached", "by"),
    [
        (target("Gateway", "wp"), "deny-policy"),
        (target("Service", "pay"), "deny-policy"),
        (target("Service", "cart"), "no-policy"),
        (target("GatewayClass", "istio-waypoint", space="istio-system"), "deny-policy"),
        (target("GatewayClass", "istio-waypoint"), "no-policy"),
        (policy("p", "shop", action="DENY", rules=[L7]), "no-policy"),
    ],
)
def test_policies_at_the_waypoint(attached: Manifest, by: str) -> None:
    found = asked(*USED, attached, request=get("pay", path="/admin"))
    assert found.gateway_verdict is not None
    assert found.gateway_verdict.by == by


def test_pods_behind_a_waypoint_see_its_identity_and_the_waypoint_the_clients() -> None:
    clients = policy("p", "shop", rules=[{"from": [{"source": {"principals": ["*/sa/default"]}}]}])
    verdict = only(asked(*USED, clients)).verdict
    assert verdict is not None
    assert verdict.by == "no-allow-matched"
    waypoint = policy("p", "shop", rules=[{"from": [{"source": {"principals": ["*/sa/wp"]}}]}])
    verdict = only(asked(*USED, waypoint)).verdict
    assert verdict is not None
    assert verdict.by == "allow-policy"
    there = target("Gateway", "wp", action="ALLOW", rules=[{"from": [{"source": {"principals": ["*/sa/default"]}}]}])
    found = asked(*USED, there)
    assert found.gateway_verdict is not None
    assert found.gateway_verdict.by == "allow-policy"


def test_tokens_at_the_waypoint() -> None:
    takes = thing(
        "RequestAuthentication", "r", "shop", "security.istio.io/v1", jwtRules=[{"issuer": "i"}],
        targetRefs=[{"kind": "Gateway", "group": API.partition("/")[0], "name": "wp"}],
    )  # fmt: skip
    found = asked(*USED, takes, request=get("pay", claims={"iss": "z"}))
    assert found.gateway_verdict is not None
    assert found.gateway_verdict.by == "jwt"


def test_sidecars_do_not_go_through_waypoints() -> None:
    found = asked(*USED, name="web/own-v1", request=get("pay.shop"))
    assert found.gateway_verdict is None
    assert only(found).connection == "ok"


def test_unknown_hosts_pass() -> None:
    assert asked(request=get("www.example.com")).outcome == "passthrough"
