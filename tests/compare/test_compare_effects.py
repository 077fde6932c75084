"""What counts as a change of behaviour, and what does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sides import compared, side
from worlds import (
    Manifest,
    deployment,
    edge,
    gateway,
    injected,
    namespace,
    peer,
    placed,
    policy,
    ports,
    server,
    service,
    thing,
    to,
    virtual_service,
)  # fmt: skip

from istiolint.compare.report import heading
from istiolint.compare.rows import Row, Rows, rows_of
from istiolint.compare.run import compare

PAY, CART = "pay.shop.svc.cluster.local", "cart.shop.svc.cluster.local"


def apps(*more: Manifest) -> list[Manifest]:
    """Two services of two versions each, and more."""
    found = [*injected("shop"), service("pay", "shop"), service("cart", "shop")]
    found += [deployment(name, "shop", version) for name in ("pay", "cart") for version in ("v1", "v2")]
    return [*found, *copy.deepcopy(more)]


def rule(name: str = "pay", host: str = "pay", **spec: Any) -> Manifest:
    """A DestinationRule with a subset for each version."""
    subsets = [{"name": version, "labels": {"version": version}} for version in ("v1", "v2")]
    return thing("DestinationRule", name, "shop", host=host, subsets=subsets, **spec)


def routes(*http: Any, name: str = "pay", hosts: tuple[str, ...] = ("pay",), **spec: Any) -> Manifest:
    return virtual_service(name, "shop", list(hosts), *(http or ({"route": [to("pay")]},)), **spec)


def change(before: list[Manifest], after: list[Manifest], world: Any = "complete") -> Rows:
    """The rows, which are the same whether all is asked or only what can be affected."""
    sides = side(placed(before), "old", world), side(placed(after), "new", world)
    rows = rows_of(compare(*sides))
    assert rows_of(compare(*sides, whole=True)) == rows
    return rows


def aspects(rows: Rows) -> set[str]:
    return {line.aspect for row in rows.changed for line in row.lines}


def only(rows: Rows) -> Row:
    assert len(rows.changed) == 1, rows
    return rows.changed[0]


ROUTE = {"route": [to("pay")]}
FAULT = {"delay": {"fixedDelay": "5s", "percentage": {"value": 50}}}
POOL = {"connectionPool": {"tcp": {"maxConnections": 5}}}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (ROUTE, {**ROUTE, "timeout": "2s"}, {"timeout": ("", "timeout 2s")}),
        (ROUTE, {**ROUTE, "retries": {"attempts": 5}}, {"retries": ("the mesh's default retries", "5 retries")}),
        (ROUTE, {**ROUTE, "retries": {"attempts": 0}}, {"retries": ("the mesh's default retries", "no retries")}),
        (ROUTE, {**ROUTE, "fault": FAULT}, {"delay": ("", "50 % are delayed by 5s")}),
        (
            ROUTE,
            {**ROUTE, "fault": {"abort": {"httpStatus": 500, "percentage": {"value": 5}}}},
            {"abort": ("", "5 % are aborted with 500")},
        ),
        (ROUTE, {**ROUTE, "mirror": {"host": "cart"}}, {"mirror": ("", "100 % are copied to shop/cart-v1:8080")}),
        (ROUTE, {**ROUTE, "rewrite": {"uri": "/x"}}, {"path": ("", "the path becomes /x")}),
        (ROUTE, {**ROUTE, "rewrite": {"authority": "x.y"}}, {"host header": ("", "Host becomes x.y")}),
        (
            {**ROUTE, "headers": {"request": {"set": {"a": "1"}}}},
            {**ROUTE, "headers": {"request": {"set": {"A": "1"}}, "response": {"remove": ["b"]}}},
            {"headers": ("", "response header b is removed")},
        ),
        (
            {**ROUTE, "corsPolicy": {"allowOrigins": [{"exact": "https://a"}], "maxAge": "1m"}},
            {**ROUTE, "corsPolicy": {"allowOrigins": [{"exact": "https://b"}], "maxAge": "60s"}},
            {"CORS": ("allows origin exact https://a", "allows origin exact https://b")},
        ),
        (ROUTE, {"redirect": {"uri": "/y"}}, {"answer": ("in mTLS", "is redirected to http://pay.shop/y (301)")}),
        (ROUTE, {"directResponse": {"status": 503}}, {"answer": ("in mTLS", "is answered with 503 by the proxy")}),
        (
            {"directResponse": {"status": 503, "body": {"string": "a"}}},
            {"directResponse": {"status": 503, "body": {"string": "b"}}},
            {"answer": ("is answered with 503", "is answered with 503")},
        ),
        (
            {"route": [{**to("pay"), "headers": {"response": {"set": {"a": "1"}}}}]},
            {"route": [{**to("pay"), "headers": {"response": {"set": {"a": "2"}}}}]},
            {"headers of the destination": ("is set to 1", "is set to 2")},
        ),
        (ROUTE, {"route": [to("pay", subset="v1")]}, {"destination": ("shop/pay-v2", "to shop/pay-v1:8080")}),
        (ROUTE, {"route": [to("pay", subset="no")]}, {"destination": ("shop/pay-v2", "nowhere (503")}),
        (
            {"route": [to("pay", "v1", weight=9), to("cart", "v1", weight=1)]},
            {"route": [to("pay", "v1", weight=1), to("cart", "v1", weight=1)]},
            {"destination": ("90 % to shop/pay-v1:8080", "50 % to shop/pay-v1:8080")},
        ),
    ],
)
def test_what_a_route_does(before: Any, after: Any, found: dict[str, tuple[str, str]]) -> None:
    rules = (rule(), rule("cart", "cart"))
    rows = change(apps(*rules, routes(before)), apps(*rules, routes(after)))
    row = only(rows)
    assert {line.aspect for line in row.lines} >= set(found)
    for line in row.lines:
        for words, expected in zip(
            (line.before.words, line.after.words), found.get(line.aspect, ("", "")), strict=True
        ):
            assert expected in ", ".join(words)


@pytest.mark.parametrize(
    ("before", "after", "aspect"),
    [
        ({}, POOL, "connection pool"),
        (POOL, {"connectionPool": {"tcp": {"maxConnections": 6}}}, "connection pool"),
        ({}, {"outlierDetection": {"interval": "10s"}}, "outlier detection"),
        ({}, {"loadBalancer": {"simple": "RANDOM"}}, "load balancing"),
        ({"tls": {"mode": "SIMPLE", "sni": "a"}}, {"tls": {"mode": "SIMPLE", "sni": "b"}}, "TLS settings"),
        ({}, {"tls": {"mode": "DISABLE"}}, "transport"),
    ],
)
def test_what_a_destination_rule_does(before: Any, after: Any, aspect: str) -> None:
    rows = change(apps(rule(trafficPolicy=before)), apps(rule(trafficPolicy=after)))
    assert aspects(rows) == {aspect}
    row = only(rows)
    assert row.request.host == "pay.shop"
    assert len(row.callers) == 4
    places = [side.place for line in row.lines for side in (line.before, line.after) if side.place]
    assert "DestinationRule" in {document.kind for document, _ in places}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([routes()], []),
        ([routes({"route": [to("pay")]})], [routes({"route": [to(PAY, port=80, weight=100)]})]),
        ([routes(ROUTE)], [routes({**ROUTE, "timeout": "0s", "retries": {"attempts": 2}})]),
        ([routes({**ROUTE, "timeout": "60s"})], [routes({**ROUTE, "timeout": "1m"})]),
        ([rule(trafficPolicy={})], [rule(trafficPolicy={"loadBalancer": {"simple": "LEAST_REQUEST"}})]),
        ([rule(trafficPolicy={"outlierDetection": {"interval": "10s"}})],
         [rule(trafficPolicy={"outlierDetection": {"consecutive5xxErrors": 5}})]),
        ([rule(trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL"}})], [rule()]),
        ([routes({"match": [{"uri": {"exact": "/a"}}, {"uri": {"exact": "/b"}}], "redirect": {"uri": "/c"}}, ROUTE)],
         [routes({"match": [{"uri": {"regex": "/(a|b)"}}], "redirect": {"uri": "/c"}}, ROUTE)]),
        ([routes({"match": [{"uri": {"prefix": "/"}}], "route": [to("pay")]})], [routes()]),
        ([routes({"match": [{"uri": {"exact": "/a"}}], **ROUTE}, ROUTE)], [routes()]),
        ([peer("a", "shop", "PERMISSIVE")], []),
        ([peer("a", "shop", "STRICT")], [peer("b", "istio-system", "STRICT")]),
        ([policy("a", "shop", rules=[{"to": [{"operation": {"methods": ["GET", "PUT"]}}]}])],
         [policy("b", "shop", rules=[{"to": [{"operation": {"methods": ["PUT"]}}]},
                                     {"to": [{"operation": {"methods": ["GET"]}}]}])]),
        ([policy("a", "shop", action="DENY", rules=[{"from": [{"source": {"namespaces": ["shop"]}}]}])],
         [policy("a", "shop", action="ALLOW", spec={})]),
        ([rule(), routes({"route": [to("pay", "v1")]})],
         [thing("DestinationRule", "x", "shop", host=PAY, subsets=[{"name": "stable", "labels": {"version": "v1"}}]),
          routes({"route": [to("pay", "stable")]}, name="y")]),
        ([routes({**ROUTE, "mirror": {"host": "nobody"}})], [routes()]),
        ([routes({"match": [{"uri": {"exact": "/a"}}], **ROUTE}, {"directResponse": {"status": 404}})],
         [routes({"match": [{"uri": {"exact": "/a"}}], **ROUTE})]),
    ],
)  # fmt: skip
def test_what_means_the_same_is_no_change(before: list[Manifest], after: list[Manifest]) -> None:
    comparison = compared(apps(*before), apps(*after))
    assert comparison.changed
    assert not rows_of(comparison)
    assert not change(apps(*after), apps(*before))


def test_pods_are_what_they_are_whatever_makes_them() -> None:
    before = apps(rule(), routes({"route": [to("pay", "v1")]}))
    after = copy.deepcopy(before)
    for value in after:
        if value["metadata"]["name"] == "pay-v1":
            value["metadata"]["name"] = "payments"
            value["spec"]["template"]["spec"]["containers"][0]["image"] = "y"
            value["kind"] = "StatefulSet"
    rows = change(before, after)
    assert not rows
    for value in after:
        if value["metadata"]["name"] == "payments":
            value["spec"]["template"]["metadata"]["labels"]["version"] = "v3"
    assert only(change(before, after)).verdict == "fails"


def test_the_server_refuses_or_lets_in() -> None:
    rows = change(apps(), apps(policy("a", "shop", rules=[{"to": [{"operation": {"paths": ["/a/*"]}}]}])))
    assert {row.verdict for row in rows.changed} == {"fails"}
    # Each service has pods of its own, and both are refused in the same way: two hosts, one row.
    row = only(rows)
    assert row.hosts == ("pay.shop", "cart.shop")
    assert row.lines[0].after.words == ("denied (403)",)
    place = row.lines[0].after.place
    assert place is not None
    assert place[0].kind == "AuthorizationPolicy"


def test_clients_that_policies_name_are_asked_for_though_they_are_in_no_file() -> None:
    named = policy("a", "shop", selector={"matchLabels": {"app": "pay"}}, rules=[
        {"from": [{"source": {"principals": ["cluster.local/ns/till/sa/desk"]}}]}])  # fmt: skip
    rows = change(apps(), apps(named), world="auto")
    row = only(rows)
    assert "any pod of till with account desk" not in row.callers
    assert "any pod of another namespace" in row.callers
    assert row.caller == "shop/cart-v1"
    assert not any("any pod" in name for row in change(apps(), apps(named)).changed for name in row.callers)


def test_outside_of_the_files_plaintext_is_refused() -> None:
    rows = change(apps(), apps(peer("a", "shop", "STRICT")), world="auto")
    assert only(rows).callers == ("any pod without a sidecar",)
    assert not change(apps(), apps(peer("a", "shop", "STRICT")))


# Only in one tree


def test_new_and_gone_things() -> None:
    more = [service("till", "shop"), deployment("till", "shop")]
    there = change(apps(), apps(*more))
    assert [(it.kind, it.new, it.names) for it in there.lone] == [
        ("host", True, ("till.shop:80",)), ("client", True, ("shop/till-v1",)),
    ]  # fmt: skip
    assert not there.changed
    back = change(apps(*more), apps())
    assert [(it.kind, it.new, it.names) for it in back.lone] == [
        ("host", False, ("till.shop:80",)), ("client", False, ("shop/till-v1",)),
    ]  # fmt: skip
    assert back.lone[0].words == ("to shop/till-v1:8080, in mTLS",)


def test_trees_that_have_nothing_in_common() -> None:
    other = [*injected("other"), service("x", "other"), deployment("x", "other")]
    rows = change(apps(), other)
    assert [(it.kind, it.new, len(it.names)) for it in rows.lone] == [
        ("host", False, 2), ("host", True, 1), ("client", False, 4), ("client", True, 1),
    ]  # fmt: skip
    assert not rows.changed
    alone = change([], [service("x", "other")])
    assert [it.words for it in alone.lone] == [("to nowhere (503: no pod is behind it: x.other:80)",)]


def test_new_ports_are_new_hosts() -> None:
    before, after = apps(), apps()
    after[1]["spec"]["ports"] += ports(("http-admin", 81, 8081))
    rows = change(before, after)
    assert [(it.kind, it.names) for it in rows.lone] == [("host", ("pay.shop:81",))]
    assert not rows.changed


FRONT = gateway("front", "istio-system", server(80, "HTTP", "*"))


def test_hosts_of_gateways() -> None:
    bound = routes(hosts=("www.example.com",), gateways=["istio-system/front"])
    rows = change(apps(*edge(), FRONT), apps(*edge(), FRONT, bound))
    assert [(it.kind, it.new, it.names) for it in rows.lone] == [
        ("host", True, ("www.example.com:80 at gateway istio-system/edge",))
    ]
    moved = copy.deepcopy(bound)
    moved["spec"]["http"][0]["route"] = [to("cart")]
    row = only(change(apps(*edge(), FRONT, bound), apps(*edge(), FRONT, moved)))
    assert (row.gateway, row.caller, row.request.host) == (True, "istio-system/edge", "www.example.com")


@pytest.mark.parametrize("selector", [{"istio": "ingressgateway"}, {"gateway": "mine"}])
def test_gateways_whose_pods_are_in_no_file(selector: dict[str, str]) -> None:
    front = gateway("front", "shop", server(80, "HTTP", "*"))
    front["spec"]["selector"] = selector
    bound = routes(hosts=("www.example.com",), gateways=["shop/front"])
    moved = copy.deepcopy(bound)
    moved["spec"]["http"][0]["route"] = [to("cart")]
    row = only(change(apps(front, bound), apps(front, moved), world="auto"))
    assert row.gateway
    assert any("are not in the files" in doubt for doubt in row.doubts_before)


# What is not known


def test_an_unknown_on_one_side_is_a_row() -> None:
    def patched(name: str, port: int) -> Manifest:
        patch = {"applyTo": "HTTP_FILTER", "match": {"context": "SIDECAR_INBOUND"}, "patch": {"value": {"port": port}}}
        return thing("EnvoyFilter", name, "shop", workloadSelector={"labels": {"app": "pay"}}, configPatches=[patch])

    row = only(change(apps(), apps(patched("a", 1))))
    assert [(line.aspect, line.before.words) for line in row.lines] == [("certainty", ())]
    assert row.lines[0].after.words == ("not certain: EnvoyFilter shop/a may change it",)
    assert row.doubts_after == ("EnvoyFilter shop/a may change it",)
    assert not change(apps(patched("a", 1)), apps(patched("b", 1)))
    assert only(change(apps(patched("a", 1)), apps(patched("a", 2)))).lines[0].aspect == "certainty"
    known = change(apps(patched("a", 1)), apps(patched("a", 1), routes({**ROUTE, "timeout": "1s"})))
    assert aspects(known) == {"timeout"}


def test_what_depends_on_ages_that_no_file_tells() -> None:
    one, other = routes({**ROUTE, "timeout": "1s"}, name="a"), routes({**ROUTE, "timeout": "2s"}, name="b")
    row = only(change(apps(one), apps(one, other)))
    assert row.depends_on_age
    assert (row.lines[0].before.words, row.lines[0].after.words) == (("timeout 1s",), ("timeout 1s or timeout 2s",))
    renamed = copy.deepcopy(one)
    renamed["metadata"]["name"] = "z"
    assert not change(apps(one, other), apps(renamed, other))
    for rank, it in enumerate((one, other)):
        it["metadata"]["creationTimestamp"] = f"2025-01-01T00:00:0{rank}Z"
    assert not change(apps(one), apps(one, other))


# Pods that are reached by their own address


def test_policies_of_pods_behind_headless_services() -> None:
    before = [*injected("shop"), service("db", "shop", clusterIP="None", ports=ports(("tcp", 5432, 5432))),
              deployment("db", "shop"), service("web", "shop"), deployment("web", "shop")]  # fmt: skip
    after = [*before, policy("a", "shop", action="DENY", rules=[{}], selector={"matchLabels": {"app": "db"}})]
    row = only(change(before, after))
    assert (row.request.host, row.request.protocol, row.verdict) == ("db.shop", "tcp", "fails")
    assert row.lines[0].after.words == ("denied",)


# Many at once


def test_many_hosts_that_fare_alike_are_one_row() -> None:
    names = [f"app-{number}" for number in range(12)]
    many = [one for name in names for one in (service(name, "shop"), deployment(name, "shop"))]
    before = [namespace("shop", istio_injection="enabled"), *many]
    after = [*before, thing("Sidecar", "default", "shop", egress=[{"hosts": ["istio-system/*"]}])]
    rows = change(before, after)
    row = only(rows)
    assert len(row.callers) == 12
    assert len({request.host for request in (*row.requests, *row.likewise)}) == 12


def test_overlays_define_the_same_pods() -> None:
    """In files that are not one mesh, an object may be there more than once."""
    again = deployment("pay", "shop")
    again["spec"]["replicas"] = 5
    assert not change(apps(), [*apps(), again], world="auto")


def test_objects_without_a_namespace() -> None:
    before = [service("pay", ""), deployment("pay", ""), service("cart", ""), deployment("cart", "")]
    after = [*before, virtual_service("pay", "", ["pay"], {"route": [to("cart")]})]
    row = only(change(before, after, world="auto"))
    assert row.lines[0].after.words == ("to ~/cart-v1:8080",)
    assert heading(row) == "~/cart-v1 -> GET http://pay/"
