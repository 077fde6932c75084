"""What a trace says besides the way: retries, headers, CORS, and the traffic policy in effect."""

from typing import Any

import pytest
from worlds import Manifest, deployment, get, injected, service, thing, to, trace, virtual_service, world

from istiolint.trace.result import Target, Trace
from istiolint.trace.words import changes

BASE = [*injected("shop", "web"), service("pay", "shop"), deployment("pay", "shop"),
        service("own", "web"), deployment("own", "web")]  # fmt: skip
POOL = {"tcp": {"maxConnections": 1}}
OUTLIERS = {"consecutive5xxErrors": 5}
ROUND = {"simple": "ROUND_ROBIN"}


def asked(*objects: Manifest, **settings: Any) -> Trace:
    return trace(world(BASE, *objects, **settings), "web/own-v1", get("pay.shop"))


def sent_to(subset: str = "") -> Manifest:
    return virtual_service("pay", "shop", ["pay"], {"route": [to("pay", subset)]})


def rule(policy: dict[str, Any], subset: dict[str, Any] | None = None) -> Manifest:
    subsets = [{"name": "v1", "labels": {"version": "v1"}, **({"trafficPolicy": subset} if subset else {})}]
    return thing("DestinationRule", "pay", "shop", host="pay", trafficPolicy=policy, subsets=subsets)


def target(found: Trace) -> Target:
    (only,) = found.targets
    return only


@pytest.mark.parametrize(
    ("policy", "subset", "expected"),
    [
        ({"connectionPool": POOL, "tls": {"mode": "DISABLE"}}, None, {"connectionPool": POOL}),
        # A subset replaces the blocks that it sets, and keeps the others.
        ({"connectionPool": POOL, "loadBalancer": ROUND}, {"connectionPool": {"tcp": {"maxConnections": 9}}},
         {"connectionPool": {"tcp": {"maxConnections": 9}}, "loadBalancer": ROUND}),
        # The settings of a port replace all blocks, and what they do not set is not inherited.
        ({"connectionPool": POOL, "portLevelSettings": [{"port": {"number": 80}, "outlierDetection": OUTLIERS}]}, None,
         {"outlierDetection": OUTLIERS}),
        ({"connectionPool": POOL, "portLevelSettings": [{"port": {"number": 81}, "outlierDetection": OUTLIERS}]}, None,
         {"connectionPool": POOL}),
        ({"connectionPool": POOL, "tunnel": {"targetHost": "a"}},
         {"portLevelSettings": [{"port": {"number": 80}, "loadBalancer": ROUND}]},
         {"loadBalancer": ROUND, "tunnel": {"targetHost": "a"}}),
    ],
)  # fmt: skip
def test_policy_in_effect(policy: dict[str, Any], subset: dict[str, Any] | None, expected: dict[str, Any]) -> None:
    assert target(asked(rule(policy, subset), sent_to("v1"))).policy == expected


def test_policy_names_who_wrote_it() -> None:
    found = asked(rule({"connectionPool": POOL}, {"outlierDetection": OUTLIERS}), sent_to("v1"))
    (step,) = [it for it in target(found).steps if it.stage == "policy"]
    assert step.said == "connectionPool (tcp (maxConnections 1)), outlierDetection (consecutive5xxErrors 5)"
    assert step.path == ("spec", "subsets", 0, "trafficPolicy")


def test_policy_of_the_mesh_fills_what_is_not_set() -> None:
    default = {"defaultTrafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 7}}, "outlierDetection": OUTLIERS}}
    found = asked(rule({"connectionPool": POOL}), mesh_config=default)
    assert target(found).policy == {"connectionPool": POOL, "outlierDetection": OUTLIERS}
    assert target(asked(mesh_config=default)).policy == default["defaultTrafficPolicy"]


def test_no_policy_is_no_step() -> None:
    assert target(asked(sent_to())).policy == {}
    assert [it.stage for it in target(asked(sent_to())).steps if it.stage == "policy"] == []


def test_retries_headers_and_cors_are_said() -> None:
    entry = {
        "route": [{**to("pay"), "headers": {"response": {"remove": ["server"]}}}],
        "retries": {"attempts": 3, "perTryTimeout": "2s", "retryOn": "5xx"},
        "headers": {"request": {"set": {"x-env": "canary"}, "add": {"x-hop": "1"}}},
        "corsPolicy": {"allowOrigins": [{"exact": "https://a.example.com"}]},
    }
    found = asked(virtual_service("pay", "shop", ["pay"], entry))
    assert changes(found) == [
        "3 retries, 2s for each try, on 5xx",
        "request header x-env is set to canary",
        "request header x-hop is extended by 1",
        "answers requests of browsers from other sites as its CORS policy says",
    ]
    assert target(found).headers == {"response": {"remove": ["server"]}}


@pytest.mark.parametrize(("retries", "said"), [({"attempts": 0}, "no retries"), ({"attempts": 1}, "1 retry")])
def test_retries_in_words(retries: dict[str, Any], said: str) -> None:
    assert changes(asked(virtual_service("pay", "shop", ["pay"], {"route": [to("pay")], "retries": retries}))) == [said]


def test_malformed_settings_are_no_settings() -> None:
    entry = {"route": [{**to("pay"), "headers": 7}], "retries": [], "headers": {"request": "x"}, "corsPolicy": 1}
    found = asked(virtual_service("pay", "shop", ["pay"], entry), rule({"connectionPool": 5}))
    assert changes(found) == []
