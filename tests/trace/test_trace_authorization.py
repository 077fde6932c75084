"""Policies: which rules match what, in their form for HTTP and in the one for TCP."""

from typing import Any

import pytest
from worlds import Manifest, deployment, get, injected, policy, ports, service, thing, trace, world

from istiolint.trace.jwt import authenticate
from istiolint.trace.question import Request
from istiolint.trace.result import Verdict
from istiolint.trace.rules import Peer, Subject, in_block, path_match, plain_match, rule_holds

FE = Peer("cluster.local", "web", "fe", "10.0.0.1", "203.0.113.7")
NOBODY = Peer(ip="10.0.0.1")


def subject(peer: Peer = FE, request: Request | None = None, **more: Any) -> Subject:
    asked = request or get("pay.shop", path="/a/b", headers={"x-user": "bob"})
    return Subject(peer, 8080, asked, asked.path, asked.authority)._replace(**more)


def source(**fields: Any) -> Manifest:
    return {"from": [{"source": fields}]}


def operation(**fields: Any) -> Manifest:
    return {"to": [{"operation": fields}]}


def when(key: str, *values: str, **more: Any) -> Manifest:
    return {"when": [{"key": key, **({"values": list(values)} if values else {}), **more}]}


@pytest.mark.parametrize(
    ("rule", "peer", "holds"),
    [
        ({}, NOBODY, True),
        (source(principals=["*"]), FE, True),
        (source(principals=["*"]), NOBODY, False),
        (source(principals=["cluster.local/ns/web/sa/fe"]), FE, True),
        (source(principals=["*/sa/fe"]), FE, True),
        (source(notPrincipals=["cluster.local/ns/web/sa/fe"]), NOBODY, True),
        (source(notPrincipals=["cluster.local/ns/web/sa/fe"]), FE, False),
        (source(namespaces=["w*b"]), FE, True),
        (source(namespaces=["web", "shop"]), NOBODY, False),
        (source(notNamespaces=["web"]), NOBODY, True),
        (source(serviceAccounts=["fe"]), FE, False),
        (source(serviceAccounts=["web/fe"]), FE, True),
        (source(serviceAccounts=["web/fe"]), NOBODY, False),
        (source(trustDomains=["cluster.*"]), FE, True),
        (source(trustDomains=["*"]), NOBODY, False),
        (source(ipBlocks=["10.0.0.0/8"]), FE, True),
        (source(remoteIpBlocks=["203.0.113.0/24"]), FE, True),
        (source(ipBlocks=["10.0.0.0/8"], namespaces=["shop"]), FE, False),
        (operation(paths=["/a*"], methods=["POST"]), FE, False),
        (operation(paths=["/x", "/a/b"]), FE, True),
        (operation(notPaths=["/a*"]), FE, False),
        (operation(hosts=["PAY.shop"]), FE, True),
        (operation(hosts=["pay.shop:8080"]), FE, False),
        (operation(ports=["8080"], notPorts=["80"]), FE, True),
        (when("request.headers[X-User]", "b*"), FE, True),
        (when("request.headers[x-none]", notValues=["b"]), FE, True),
        (when("request.headers[x-none]", "*"), FE, False),
        (when("source.ip", "10.0.0.1"), FE, True),
        (when("remote.ip", "10.0.0.1"), FE, False),
        (when("source.namespace", "web"), FE, True),
        (when("source.principal", "*"), NOBODY, False),
        (when("source.serviceAccount", "web/fe"), FE, True),
        (when("destination.port", "8080"), FE, True),
        (when("connection.sni", "a"), FE, False),
        (when("request.auth.claims[group]", "x"), FE, False),
        (when("nothing.known", "x"), FE, False),
    ],
)
def test_rules_of_http(rule: Manifest, peer: Peer, holds: bool) -> None:
    assert rule_holds(rule, "shop", "ALLOW", subject(peer)) is holds


def test_tokens_in_rules() -> None:
    asked = subject(request=get("pay", claims={"iss": "i", "sub": "s", "aud": "a", "group": ["x", "y"]}))
    for rule in (
        source(requestPrincipals=["i/s"]), when("request.auth.claims[group]", "y"), when("request.auth.audiences", "a"),
        when("request.auth.principal", "i/*"), when("request.auth.presenter", notValues=["z"]),
    ):  # fmt: skip
        assert rule_holds(rule, "shop", "ALLOW", asked)


def test_aliases_of_the_trust_domain() -> None:
    moved = subject(Peer("old.td", "web", "fe"), trust_domains=("new.td", "old.td"))
    assert rule_holds(source(principals=["new.td/ns/web/sa/fe"]), "shop", "ALLOW", moved)
    assert rule_holds(source(principals=["cluster.local/ns/web/sa/fe"]), "shop", "ALLOW", moved)
    assert not rule_holds(source(principals=["other.td/ns/web/sa/fe"]), "shop", "ALLOW", moved)


@pytest.mark.parametrize(
    ("rule", "allows", "denies"),
    [
        (operation(paths=["/admin"]), False, True),
        ({**source(namespaces=["shop"]), **operation(paths=["/admin"])}, False, False),
        (operation(ports=["8080"]), True, True),
        (operation(ports=["80"], methods=["GET"]), False, False),
        (when("request.headers[x]", "y"), False, True),
        (source(requestPrincipals=["*"]), False, True),
        (source(notRequestPrincipals=["*"]), False, True),
    ],
)
def test_rules_of_tcp_are_dropped_or_widened(rule: Manifest, allows: bool, denies: bool) -> None:
    plain = subject()._replace(request=None)
    assert rule_holds(rule, "shop", "ALLOW", plain) is allows
    assert rule_holds(rule, "shop", "DENY", plain) is denies


def test_forms_of_values() -> None:
    assert plain_match("*", "a")
    assert not plain_match("*", "")
    assert plain_match("*a", "ba")
    assert not plain_match("a*b", "ab")
    assert path_match("/api/{*}/items", "/api/7/items")
    assert not path_match("/api/{*}/items", "/api//items")
    assert not path_match("/api/{*}/items", "/api/7/8/items")
    assert path_match("/api/{**}", "/api/7/8")
    assert in_block("10.0.0.1", "10.0.0.1")
    assert not in_block("nonsense", "10.0.0.1")
    assert not in_block("10.0.0.0/8", "")


BASE = [
    *injected("shop", "web"), service("own", "web"), deployment("own", "web"),
    service("pay", "shop", ports=ports(("http", 80, 8080), ("tcp", 90, 9090))), deployment("pay", "shop"),
]  # fmt: skip


def verdict(*objects: Manifest, request: Request | None = None) -> Verdict:
    found = trace(world(BASE, *objects), "web/own-v1", request or get("pay.shop"))
    said = found.targets[0].backends[0].verdict
    assert said is not None
    return said


def test_the_order_of_actions() -> None:
    allow = policy("a", "shop", rules=[{}])
    deny = policy("d", "shop", action="DENY", rules=[{}])
    asks = policy("c", "shop", action="CUSTOM", provider={"name": "x"}, rules=[{}])
    assert verdict().by == "no-policy"
    assert verdict(allow).by == "allow-policy"
    assert verdict(allow, deny).by == "deny-policy"
    assert verdict(allow, asks)[:2] == (None, "custom")
    assert verdict(asks, deny).allowed is False
    assert verdict(policy("a", "shop")).by == "no-allow-matched"
    assert verdict(policy("d", "shop", action="DENY")).by == "no-policy"
    assert verdict(policy("u", "shop", action="AUDIT", rules=[{}])).by == "no-policy"


def test_dry_runs_count_for_nothing() -> None:
    dry = policy("a", "shop", annotations={"istio.io/dry-run": "true"}, rules=[])
    said = verdict(dry)
    assert said.by == "no-policy"
    assert [loser.reason for step in said.steps for loser in step.losers] == ["is a dry run: it only logs"]


def test_every_matching_rule_is_named_in_order_of_text() -> None:
    one = policy("b", "shop", rules=[operation(paths=["/no"]), {}, operation(methods=["GET"])])
    two = policy("z", "istio-system", rules=[{}])
    said = verdict(one, two)
    assert [(it.name, at) for it, at in said.rules] == [("z", 0), ("b", 1), ("b", 2)]


def test_selectors_in_the_root_namespace_reach_everywhere() -> None:
    root = policy("r", "istio-system", selector={"matchLabels": {"app": "pay"}})
    assert verdict(root).by == "no-allow-matched"
    other = policy("r", "web", selector={"matchLabels": {"app": "pay"}})
    assert verdict(other).by == "no-policy"
    target = policy("t", "shop", targetRefs=[{"kind": "Service", "name": "pay"}])
    assert verdict(target).by == "no-policy"


def test_one_policy_has_two_forms_on_one_pod() -> None:
    deny = policy("d", "shop", action="DENY", rules=[operation(paths=["/admin"])])
    assert verdict(deny).allowed
    assert not verdict(deny, request=Request("tcp", "pay.shop", 90)).allowed


def test_tokens() -> None:
    takes = thing("RequestAuthentication", "r", "shop", "security.istio.io/v1", jwtRules=[{"issuer": "i"}])
    needs = policy("a", "shop", rules=[source(requestPrincipals=["i/*"])])
    with_token = get("pay.shop", claims={"iss": "i", "sub": "s"})
    assert verdict(takes, needs, request=with_token).allowed
    assert verdict(takes, needs).by == "no-allow-matched"
    assert verdict(needs, request=with_token).by == "no-allow-matched"
    assert verdict(takes, request=get("pay.shop", claims={"iss": "z"})).by == "jwt"
    assert verdict(takes).allowed
    assert authenticate((), {"iss": "i"}).claims is None


def test_audiences() -> None:
    takes = thing(
        "RequestAuthentication", "r", "shop", "security.istio.io/v1", jwtRules=[{"issuer": "i", "audiences": ["a"]}]
    )
    assert verdict(takes, request=get("pay.shop", claims={"iss": "i", "aud": ["a", "b"]})).allowed
    assert verdict(takes, request=get("pay.shop", claims={"iss": "i", "aud": "b"})).by == "jwt"
