"""What some callers meet and others do not, and which rules cover which."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.said import messages
from istiolint.checks.callers import _is_public
from istiolint.checks.rule_cover import covers, example
from istiolint.trace.question import Request
from istiolint.trace.rules import Peer, Subject, rule_holds
from mesh.worlds import deployment, namespace, route, rule, service, thing

NAMES = st.lists(st.sampled_from(["web", "shop", "w*", "*", "*b"]), min_size=1, max_size=2)
PRINCIPALS = st.lists(
    st.sampled_from(
        ["cluster.local/ns/web/sa/a", "td/ns/web/sa/a", "cluster.local/ns/shop/sa/b", "*", "cluster.local/*"]
    ),
    min_size=1,
    max_size=2,
)
PATHS = st.lists(st.sampled_from(["/a", "/a/*", "/a*", "*", "*/b", "/a/b", "/{*}/b", "**"]), min_size=1, max_size=2)
METHODS = st.lists(st.sampled_from(["GET", "POST", "*", "P*"]), min_size=1, max_size=2)
HOSTS = st.lists(st.sampled_from(["a.com", "A.com", "*.com", "a.com:80"]), min_size=1, max_size=2)


def fields(**of: st.SearchStrategy[list[str]]) -> st.SearchStrategy[dict[str, list[str]]]:
    both = {**of, **{f"not{name[0].upper()}{name[1:]}": values for name, values in of.items()}}
    return st.fixed_dictionaries({}, optional=both)


RULES = st.builds(
    lambda sources, operations: {
        **({"from": [{"source": it} for it in sources]} if sources else {}),
        **({"to": [{"operation": it} for it in operations]} if operations else {}),
    },
    st.lists(fields(namespaces=NAMES, principals=PRINCIPALS), max_size=2),
    st.lists(fields(paths=PATHS, methods=METHODS, hosts=HOSTS), max_size=2),
)
PEERS = st.sampled_from([Peer(), Peer("cluster.local", "web", "a"), Peer("cluster.local", "shop", "b")])
REQUESTS = st.builds(
    lambda method, path, host: (Request("http", host, 80, host, method, path), path, host),
    st.sampled_from(["GET", "POST", "PUT"]),
    st.sampled_from(["/a", "/a/b", "/a/", "/ab", "/c/b", "/"]),
    st.sampled_from(["a.com", "b.com", "a.com:80"]),
)


@settings(max_examples=400)
@given(RULES, RULES, PEERS, REQUESTS)
def test_what_is_covered_holds_for_nothing_else(
    wide: dict[str, Any], narrow: dict[str, Any], peer: Peer, asked: tuple[Request, str, str]
) -> None:
    request, path, host = asked
    subject = Subject(peer, 80, request, path, host, trust_domains=("cluster.local", "td"))
    if covers(wide, narrow) and rule_holds(narrow, "shop", "ALLOW", subject):
        assert rule_holds(wide, "shop", "DENY", subject)


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ({}, {"from": [{"source": {"namespaces": ["web"]}}]}, True),
        ({"from": [{"source": {"namespaces": ["web"]}}]}, {}, False),
        ({"from": [{"source": {"notNamespaces": ["ops"]}}]}, {"from": [{"source": {"namespaces": ["web"]}}]}, True),
        ({"from": [{"source": {"notNamespaces": ["web"]}}]}, {"from": [{"source": {"namespaces": ["web"]}}]}, False),
        ({"to": [{"operation": {"paths": ["/a*"]}}]}, {"to": [{"operation": {"paths": ["/a/b", "/ab*"]}}]}, True),
        ({"when": [{"key": "source.ip", "values": ["10.0.0.1"]}]}, {}, False),
    ],
)
def test_rules_that_cover_others(wide: dict[str, Any], narrow: dict[str, Any], covered: bool) -> None:
    assert covers(wide, narrow) == covered


def test_an_example_is_one_of_the_rule() -> None:
    rule = {"to": [{"operation": {"methods": ["POST"], "paths": ["/pay/*"], "ports": ["80"]}}]}
    assert example(rule) == "POST /pay/x to port 80"
    assert example({}) == "GET /"


@pytest.mark.parametrize(
    ("block", "public"),
    [
        ("203.0.113.7", True),
        ("8.8.8.0/24", True),
        ("10.0.0.0/8", False),
        ("192.168.1.1", False),
        ("8.0.0.0/8", False),
        ("0.0.0.0/0", False),
        ("2001:db8::/32", False),
        ("nonsense", False),
    ],
)
def test_which_addresses_no_pod_has(block: str, public: bool) -> None:
    assert _is_public(block) == public


def test_a_service_that_lets_in_others_keeps_quiet() -> None:
    sources = [{"source": {"ipBlocks": ["203.0.113.7"]}}]
    policy = thing(
        "AuthorizationPolicy", "x", "shop", "security.istio.io/v1",
        selector={"matchLabels": {"app": "pay"}}, rules=[{"from": sources}],
    )  # fmt: skip
    pods = deployment("pay", "shop")
    assert messages("public-address-in-mesh", policy + service("pay", "shop") + pods)
    assert not messages("public-address-in-mesh", policy + service("pay", "shop", type="LoadBalancer") + pods)
    assert not messages("public-address-in-mesh", policy + pods)
    assert not messages("public-address-in-mesh", policy + service("pay", "shop") + pods + deployment("x", "shop", hostNetwork=True, labels={"app": "pay"}))  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("space", "exports", "own", "speaks"),
    [
        ("web", ["*"], "", True),
        ("shop", ["*"], "", False),
        ("istio-system", ["*"], "", False),
        ("web", ["."], "", False),
        ("web", ["*"], "v2", False),
        ("web", ["desk"], "", False),
    ],
)
def test_for_whom_a_subset_is_hidden(space: str, exports: list[str], own: str, speaks: bool) -> None:
    host = "pay.shop.svc.cluster.local"
    world = rule("pay", "shop", "pay", "v2") + route("pay", "shop", "pay|v2", exportTo=exports)
    mine = rule("mine", space, host, *([own] if own else []), trafficPolicy={"connectionPool": {"tcp": {}}})
    assert bool(messages("subset-hidden-from-callers", world + mine)) == speaks


def test_a_policy_that_lets_in_the_unknown_keeps_quiet() -> None:
    space = namespace("shop", istio_injection="enabled")
    world = space + service("pay", "shop") + deployment("pay", "shop")
    plain = rule("pay", "web", "pay.shop.svc.cluster.local", trafficPolicy={"tls": {"mode": "DISABLE"}})

    def policy(name: str, *rules: dict[str, Any]) -> str:
        selector = {"matchLabels": {"app": "pay"}}
        return thing("AuthorizationPolicy", name, "shop", "security.istio.io/v1", selector=selector, rules=list(rules))

    web = {"from": [{"source": {"namespaces": ["web"]}}]}
    assert messages("allowed-caller-in-plaintext", world + plain + policy("a", web))
    assert not messages("allowed-caller-in-plaintext", world + plain + policy("a", web) + policy("b", {"to": []}))
    desk = {"from": [{"source": {"namespaces": ["desk"]}}]}
    assert not messages("allowed-caller-in-plaintext", world + plain + policy("a", desk))
