"""AuthorizationPolicies and tokens: identities, ports, and what is left of a rule."""

from __future__ import annotations

from typing import Any

import pytest

from checks.said import messages, said
from istiolint.checks.principals import Principal, principal
from mesh.worlds import deployment, namespace, rule, service, thing

SECURITY = "security.istio.io/v1"
MESHED = {"sidecar.istio.io/inject": "true"}


def policy(*rules: dict[str, Any], space: str = "shop", action: str = "ALLOW", **selector: str) -> str:
    spec: dict[str, Any] = {"rules": list(rules), "action": action}
    if selector:
        spec["selector"] = {"matchLabels": selector}
    return thing("AuthorizationPolicy", f"{action.lower()}-{len(rules)}", space, SECURITY, **spec)


def source(**fields: Any) -> dict[str, Any]:
    return {"from": [{"source": fields}]}


def operation(**fields: Any) -> dict[str, Any]:
    return {"to": [{"operation": fields}]}


def peers(mode: str, space: str = "shop") -> str:
    return thing("PeerAuthentication", "default", space, SECURITY, mtls={"mode": mode})


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("cluster.local/ns/web/sa/front", Principal("cluster.local", "web", "front")),
        ("*/ns/web/sa/front", None),
        ("cluster.local/ns/web/sa/", None),
        ("cluster.local/web/front", None),
        ("/ns/web/sa/front", None),
    ],
)
def test_principals(written: str, parts: Principal | None) -> None:
    assert principal(written) == parts


@pytest.mark.parametrize(
    ("method", "rule"),
    [
        ("GET", ""),
        ("*", ""),
        ("P*", ""),
        ("*T", ""),
        ("PROPFIND", ""),
        ("GOT", "unknown-http-method"),
        ("GOT*", "unknown-http-method"),
        ("/pkg.Service/Method", "unknown-http-method"),
        ("get", "lower-case-http-method"),
        ("Get*", "lower-case-http-method"),
    ],
)
def test_methods(method: str, rule: str) -> None:
    world = policy(operation(methods=[method]))
    for name in ("unknown-http-method", "lower-case-http-method"):
        assert bool(messages(name, world)) == (name == rule), name


@pytest.mark.parametrize(
    ("settings", "speaks"),
    [
        (peers("DISABLE"), True),
        (peers("DISABLE", "istio-system"), True),
        (peers("DISABLE", "web"), False),
        (peers("PERMISSIVE"), False),
        (rule("all", "shop", "*.shop.svc.cluster.local", trafficPolicy={"tls": {"mode": "DISABLE"}}), True),
        (rule("pay", "shop", "pay", trafficPolicy={"tls": {"mode": "DISABLE"}}) + service("pay", "shop"), True),
        (rule("web", "shop", "web", trafficPolicy={"tls": {"mode": "DISABLE"}}) + service("pay", "shop"), False),
        (rule("all", "shop", "*.shop.svc.cluster.local", trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL"}}), False),
        (peers("DISABLE") + namespace("shop", istio__io_s_dataplane_mode="ambient"), False),
    ],
)
def test_identity_needs_mtls_of_clients_and_servers(settings: str, speaks: bool) -> None:
    world = policy(source(principals=["cluster.local/ns/web/sa/front"]), app="pay")
    assert bool(messages("identity-without-mtls", world + settings)) == speaks


def test_what_no_identity_means_depends_on_the_negation() -> None:
    (positive,) = messages("identity-without-mtls", policy(source(namespaces=["web"])) + peers("DISABLE"))
    (negative,) = messages("identity-without-mtls", policy(source(notNamespaces=["web"])) + peers("DISABLE"))
    assert positive.endswith("nobody ever matches")
    assert negative.endswith("the condition always holds")
    assert not messages("identity-without-mtls", policy(source(ipBlocks=["10.0.0.0/8"])) + peers("DISABLE"))


def test_gateways_take_callers_of_the_outside() -> None:
    world = policy(source(principals=["cluster.local/ns/web/sa/front"]), space="istio-system", istio="ingressgateway")
    assert not messages("identity-without-mtls", world + peers("DISABLE", "istio-system"))


def test_a_caller_may_run_in_several_workloads() -> None:
    caller = policy(source(principals=["cluster.local/ns/web/sa/front"]))
    outside = deployment("job", "web", serviceAccountName="front", hostNetwork=True)
    inside = deployment("front", "web", serviceAccountName="front", labels=MESHED)
    assert messages("caller-without-identity", caller + outside)
    assert not messages("caller-without-identity", caller + outside + inside)


def test_a_port_that_some_pod_has_is_meant() -> None:
    world = policy(operation(ports=["80"]), app="pay")
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    one = service("pay", "shop", ports=ports) + deployment("pay", "shop")
    assert messages("service-port-in-policy", world + one)
    container = {"name": "app", "image": "x", "ports": [{"containerPort": 80}]}
    assert not messages("service-port-in-policy", world + one + deployment("pay", "shop", "v2", containers=[container]))
    condition = policy({"when": [{"key": "destination.port", "values": ["80"]}]}, app="pay")
    assert messages("service-port-in-policy", condition + one)
    other = policy({"when": [{"key": "request.headers[x]", "values": ["80"]}]}, app="pay")
    assert not messages("service-port-in-policy", other + one)


TCP = service("pay", "shop", ports=[{"name": "http", "port": 80}, {"name": "tcp-db", "port": 90}])


@pytest.mark.parametrize(
    ("rules", "speaks"),
    [
        ([operation(paths=["/x"])], True),
        ([operation(paths=["/x"], ports=["80"])], False),
        ([operation(paths=["/x"], ports=["90"])], True),
        ([source(namespaces=["dev"])], False),
        ([{**source(requestPrincipals=["*"]), **operation(ports=["80"])}], False),
        ([{"when": [{"key": "request.headers[x]", "values": ["y"]}]}], True),
    ],
)
def test_conditions_that_tcp_ports_drop(rules: list[dict[str, Any]], speaks: bool) -> None:
    pods = deployment("pay", "shop", labels=MESHED)
    assert bool(messages("deny-widened-on-tcp", policy(*rules, action="DENY", app="pay") + TCP + pods)) == speaks


def test_a_tcp_port_is_open_by_any_rule_for_connections() -> None:
    pods = deployment("pay", "shop", labels=MESHED)
    world = policy(operation(methods=["GET"]), app="pay") + TCP + pods
    assert "port 90 (tcp)" in messages("allow-closes-tcp-port", world)[0]
    more = policy(operation(methods=["GET"]), operation(ports=["90"]), app="pay")
    assert not messages("allow-closes-tcp-port", world + more)
    assert not messages(
        "allow-closes-tcp-port", world + policy(operation(ports=["90"]), source(), {}, space="istio-system")
    )


def test_a_port_that_is_http_for_one_service_is_http() -> None:
    again = service("pay-http", "shop", ports=[{"name": "http", "port": 90}], selector={"app": "pay"})
    world = policy(operation(paths=["/x"]), action="DENY", app="pay") + TCP + deployment("pay", "shop", labels=MESHED)
    assert not messages("deny-widened-on-tcp", world + again)


def tokens(*issuers: str, **selector: str) -> str:
    spec: dict[str, Any] = {"jwtRules": [{"issuer": issuer} for issuer in issuers]}
    if selector:
        spec["selector"] = {"matchLabels": selector}
    return thing("RequestAuthentication", "jwt", "shop", SECURITY, **spec)


def test_a_token_is_demanded_by_any_policy_that_may_be_for_these_pods() -> None:
    world = tokens("https://id", app="pay")
    assert not messages("token-not-required", world)
    assert messages("token-not-required", world, world="complete")
    assert messages("token-not-required", world + policy(source(namespaces=["web"]), app="pay"))
    assert not messages("token-not-required", world + policy(source(namespaces=["web"]), app="web"))
    demands = policy(source(requestPrincipals=["*"]), {})
    assert not messages("token-not-required", world + demands, world="complete")
    claims = [{"match": [{"headers": {"@request.auth.claims.sub": {"exact": "x"}}}]}]
    routes = thing("VirtualService", "x", "shop", hosts=["x.com"], http=claims)
    assert not messages("token-not-required", world + routes, world="complete")


def test_issuers_are_looked_up_among_those_that_these_pods_accept() -> None:
    asks = policy(source(requestPrincipals=["https://id.example.com/ann"]), app="pay")
    assert not messages("token-issuer-unknown", asks)
    assert messages("token-issuer-unknown", asks, world="complete")
    assert not messages("token-issuer-unknown", asks + tokens("https://id.example.com"))
    assert not messages("token-issuer-unknown", asks + tokens("https://id.example.com", app="pay"))
    assert said("token-issuer-unknown", asks + tokens("https://other", app="pay"))[0].confidence == "medium"
    assert not messages("token-issuer-unknown", asks + tokens("https://other", app="web"))
    assert not messages("token-issuer-unknown", policy(source(requestPrincipals=["*"])) + tokens("https://other"))
