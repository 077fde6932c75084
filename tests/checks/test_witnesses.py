"""What messages say of requests is what the tracer finds: one truth about the way of a request."""

from __future__ import annotations

import re

import pytest

from istiolint import cards
from istiolint.mesh import Mesh
from istiolint.proof import findings
from istiolint.trace.question import Client, Request, find_gateway
from istiolint.trace.result import Trace
from istiolint.trace.tracer import Tracer
from mesh.worlds import deployment, mesh, namespace, service

PAGES = {page.card.name: page for page in cards.pages()}
SHOP = Client("shop", "tester", "sidecar", {"app": "tester"}, "tester")
WEB = Client("web", "frontend", "sidecar", {"app": "frontend"}, "frontend")
PODS = namespace("shop", istio_injection="enabled") + service("inventory", "shop") + deployment("inventory", "shop")


def example(rule: str, heading: str = "Bad", number: int = 0) -> str:
    found = [fence.text for fence in PAGES[rule].fences if fence.heading == heading]
    return found[number]


def get(host: str, path: str = "/", port: int = 80) -> Request:
    return Request("http", host, port, host if port == 80 else f"{host}:{port}", "GET", path)


def edge(world: Mesh) -> Client:
    found = find_gateway(world, "istio-system", "istio-ingressgateway")
    assert found is not None
    return found


def asked(text: str, client: Client | None, request: Request) -> Trace:
    world = mesh(text)
    return Tracer(world).trace(client or edge(world), request)


def witness(rule: str, number: int = 0) -> str:
    """The path of the request in the message."""
    message = next(it.message for it in findings(example(rule, number=number), rule) if it.rule == rule)
    found = re.search(r"GET (\S+)", message)
    assert found, message
    return found[1]


def entry(trace: Trace) -> int | None:
    assert trace.route is not None
    return trace.route.http


def reached(trace: Trace) -> list[bool | None]:
    """What authorization says at each pod."""
    return [it.verdict.allowed if it.verdict else None for target in trace.targets for it in target.backends]


def test_a_match_for_a_port_that_nobody_asks() -> None:
    assert entry(asked(example("match-port-not-served"), SHOP, get("payments.shop", "/v2/x"))) == 1
    assert entry(asked(example("match-port-not-served", "Good"), SHOP, get("payments.shop", "/v2/x"))) == 0
    secure = Request("https", "shop.example.com", 443, "shop.example.com", "GET", "/pay", sni="shop.example.com")
    bad = example("match-port-not-served", number=1)
    assert asked(bad, None, secure).outcome == "no-route-404"
    assert asked(bad.replace("port: 8443", "port: 443"), None, secure).outcome == "forward"


def test_a_scheme_that_no_request_has() -> None:
    bad = example("https-scheme-in-mesh") + service_of("payments")
    assert entry(asked(bad, SHOP, get("payments.shop"))) == 1


def service_of(name: str) -> str:
    return service(name, "shop")


@pytest.mark.parametrize("rule", ["case-of-regex-not-ignored", "regex-without-rest"])
def test_paths_that_an_expression_does_not_match(rule: str) -> None:
    bad = example(rule) + service_of("payments")
    assert asked(bad, SHOP, get("payments.shop", witness(rule))).outcome == "no-route-404"
    fixed = example(rule, "Fixed") + service_of("payments")
    assert asked(fixed, SHOP, get("payments.shop", witness(rule))).outcome == "forward"


def test_a_missing_header() -> None:
    bad = example("missing-header-satisfies") + service_of("payments")
    assert asked(bad, SHOP, get("payments.shop")).outcome == "forward"


def test_a_subset_that_some_callers_do_not_have() -> None:
    bad = example("subset-hidden-from-callers") + service_of("payments")
    assert [it.result for it in asked(bad, WEB, get("payments.shop")).targets] == ["no-cluster-503"]
    assert [it.result for it in asked(bad, SHOP, get("payments.shop")).targets] != ["no-cluster-503"]


def test_a_caller_that_is_not_recognised() -> None:
    assert reached(asked(example("allowed-caller-in-plaintext"), WEB, get("payments.shop"))) == [False]
    assert reached(asked(example("allowed-caller-in-plaintext", "Good"), WEB, get("payments.shop"))) == [True]


def test_a_port_that_an_egress_listener_takes() -> None:
    asking = get("reviews.shop.svc.cluster.local", port=8080)
    assert asked(example("egress-port-hides-hosts"), WEB, asking).outcome == "passthrough"
    assert asked(example("egress-port-hides-hosts", "Good"), WEB, asking).outcome == "forward"


def test_a_callee_that_is_not_imported() -> None:
    caller = Client("checkout", "checkout", "sidecar", {"app": "checkout"}, "checkout")
    injected = namespace("shop", istio_injection="enabled")
    bad = asked(example("sidecar-misses-callee") + injected, caller, get("payments.shop.svc.cluster.local"))
    assert bad.outcome == "passthrough"
    assert [it.verdict.allowed for it in bad.backends if it.verdict] == [False]
    good = asked(example("sidecar-misses-callee", "Good") + injected, caller, get("payments.shop.svc.cluster.local"))
    assert reached(good) == [True]


def test_the_port_of_a_gateway() -> None:
    secure = Request("https", "shop.example.com", 443, "shop.example.com", "GET", "/", sni="shop.example.com")
    bad = asked(example("gateway-port-unknown-to-destination"), None, secure)
    assert [(it.port, it.result) for it in bad.targets] == [(443, "no-cluster-503")]
    for number in (0, 1):
        good = asked(example("gateway-port-unknown-to-destination", "Good", number), None, secure)
        assert [it.port for it in good.targets] == [80]


def test_what_is_allowed_and_denied() -> None:
    asking = get("inventory.shop", "/items")
    assert reached(asked(example("allowed-and-denied") + PODS, WEB, asking)) == [False]
    assert reached(asked(example("allowed-and-denied", "Good") + PODS, WEB, asking)) == [True]


def test_a_prefix_that_begins_other_words() -> None:
    injected = namespace("shop", istio_injection="enabled")
    bad = example("prefix-inside-word") + injected
    assert reached(asked(bad, SHOP, get("payments.shop", witness("prefix-inside-word")))) == [True]
    assert reached(asked(bad, SHOP, get("payments.shop", "/admin"))) == [False]


def test_a_destination_without_port() -> None:
    bad = example("destination-port-unresolved")
    said = next(it.message for it in findings(bad, "destination-port-unresolved"))
    found = re.match(r"requests to port (\d+) of (\S+) go", said)
    assert found, said
    trace = asked(bad, SHOP, get(found[2], port=int(found[1])))
    assert "no-cluster-503" in [it.result for it in trace.targets]


def test_a_virtual_service_that_is_dropped() -> None:
    bad = example("host-claimed-twice")
    world = mesh(bad + service_of("reviews"))
    trace = Tracer(world).both_ages(SHOP, get("reviews.shop", "/"))
    assert trace.otherwise is not None
    assert {trace.outcome, trace.otherwise.outcome} == {"no-route-404", "forward"}


def test_a_policy_that_gateways_go_past() -> None:
    request = Request("http", "shop.example.com", 80, "shop.example.com", "GET", "/admin")
    gateway = """---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: shop, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
"""
    trace = asked(example("policy-not-for-gateways") + gateway + deployment("payments", "shop"), None, request)
    assert reached(trace)
    assert False not in reached(trace)


def test_pods_that_do_not_allow_their_waypoint() -> None:
    caller = Client("web", "frontend", "ambient", {"app": "frontend"}, "frontend")
    request = get("payments.shop.svc.cluster.local")
    assert reached(asked(example("waypoint-not-allowed"), caller, request)) == [False]
    assert reached(asked(example("waypoint-not-allowed", "Good"), caller, request)) == [True]
