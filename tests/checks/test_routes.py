"""What routes do to requests: what the examples of cards cannot show."""

from __future__ import annotations

from typing import Any

import pytest

from checks.said import messages, said
from mesh.worlds import route, service, thing


def its(*hosts: str, **spec: Any) -> str:
    return route("its", "shop", *hosts, **{"hosts": ["web"], **spec})


def ports(name: str, **by_name: int) -> str:
    written = [{"name": key.replace("_", "-"), "port": number} for key, number in by_name.items()]
    return thing("Service", name, "shop", "v1", ports=written, selector={"app": name})


@pytest.mark.parametrize(
    ("section", "by_name", "unfit"),
    [
        ("http", {"tcp": 1}, True),
        ("http", {"https": 1}, True),
        ("http", {"tcp": 1, "http": 2}, False),
        ("http", {"main": 1}, False),
        ("http", {"grpc_web": 1}, False),
        ("tcp", {"http": 1}, True),
        ("tcp", {"mongo": 1}, False),
        ("tcp", {"main": 1}, False),
        ("tcp", {"tls": 1}, True),
        ("tls", {"https": 1}, False),
        ("tls", {"tcp": 1}, True),
    ],
)
def test_sections_and_ports(section: str, by_name: dict[str, int], unfit: bool) -> None:
    spec: dict[str, Any] = {"http": None, section: [{"route": [{"destination": {"host": "web"}}]}]}
    assert bool(said("routes-unfit-for-port", its(**spec) + ports("web", **by_name))) is unfit


def test_all_hosts_must_be_known() -> None:
    assert not said("routes-unfit-for-port", its("web", hosts=["web", "other"]) + ports("web", tcp=1))
    assert not said("routes-unfit-for-port", its("web", hosts=["*"]) + ports("web", tcp=1))
    assert not said("routes-unfit-for-port", its("web", gateways=["public", "mesh"]) + ports("web", tcp=1))
    assert said("routes-unfit-for-port", its("web", gateways=["mesh"]) + ports("web", tcp=1))


def unresolved(text: str) -> list[str]:
    """`all` or `some` for each destination that lacks ports."""
    rules = {"destination-port-unresolved": "all", "destination-port-partly-unresolved": "some"}
    return [word for rule, word in rules.items() for _ in said(rule, text)]


def test_ports_that_destinations_lack() -> None:
    assert unresolved(its("other") + service("web", "shop", 80) + service("other", "shop", 81)) == ["all"]
    assert unresolved(its("other") + service("web", "shop", 80, 81) + service("other", "shop", 81)) == ["some"]
    assert unresolved(its("other") + service("web", "shop", 80) + service("other", "shop", 80, 81)) == []
    assert unresolved(its("other", gateways=["x"]) + service("web", "shop", 80) + service("other", "shop", 81)) == []
    assert unresolved(its("other") + service("other", "shop", 81)) == []
    assert unresolved(its("other") + service("web", "shop", 80)) == []


def test_only_http_ports_count() -> None:
    assert unresolved(its("other") + ports("web", http=80, tcp=81) + service("other", "shop", 80)) == []


def test_matches_limit_the_ports() -> None:
    text = service("web", "shop", 80, 81) + service("other", "shop", 81)
    entry: dict[str, Any] = {"match": [{"port": 81}], "route": [{"destination": {"host": "other"}}]}
    assert unresolved(its(http=[entry]) + text) == []
    entry["match"].append({"uri": {"prefix": "/"}})
    assert unresolved(its(http=[entry]) + text) == ["some"]


def external(name: str, target: str, *numbers: int) -> str:
    written = [{"port": number, "name": "http"} for number in numbers]
    return thing("Service", name, "shop", "v1", type="ExternalName", externalName=target, ports=written)


@pytest.mark.parametrize(
    ("text", "world", "found"),
    [
        (external("other", "x.com"), "auto", ["has no ports"]),
        (external("other", "x.com", 80), "auto", []),
        (external("other", "x.com", 80), "complete", ["neither a Service nor a ServiceEntry"]),
        (external("other", "web.shop.svc.cluster.local", 80), "complete", []),
        (external("other", "x.com", 80) + service("other", "shop", 80), "complete", []),
    ],
)
def test_external_names(text: str, world: str, found: list[str]) -> None:
    said_now = messages("external-name-destination", its("other") + service("web", "shop", 80) + text, world=world)
    assert len(said_now) == len(found)
    assert all(part in message for part, message in zip(found, said_now, strict=True))


def rewritten(target: str, *prefixes: str) -> str:
    entry = {
        "match": [{"uri": {"prefix": prefix}} for prefix in prefixes],
        "rewrite": {"uri": target},
        "route": [{"destination": {"host": "web"}}],
    }
    return its(http=[entry])


@pytest.mark.parametrize(
    ("target", "prefixes", "doubled", "joined"),
    [
        ("/", ("/api",), True, False),
        ("/", ("/api/", "/api"), False, False),
        ("/", ("/api", "/api/"), False, False),
        ("/", ("/",), False, False),
        ("/v2/", ("/api",), True, False),
        ("/v2", ("/api",), False, False),
        ("/v2", ("/api/",), False, True),
        ("/v2/", ("/api/",), False, False),
        ("/v2", ("/",), False, False),
    ],
)
def test_rewrites(target: str, prefixes: tuple[str, ...], doubled: bool, joined: bool) -> None:
    assert bool(said("rewrite-doubles-slash", rewritten(target, *prefixes))) is doubled
    assert bool(said("rewrite-joins-words", rewritten(target, *prefixes))) is joined


def test_an_earlier_route_may_take_what_is_below() -> None:
    first = {"match": [{"uri": {"prefix": "/api/"}}], "rewrite": {"uri": "/"}, "route": []}
    second = {"match": [{"uri": {"prefix": "/api"}}], "rewrite": {"uri": "/"}, "route": []}
    assert not said("rewrite-doubles-slash", its(http=[first, second]))
    assert said("rewrite-doubles-slash", its(http=[second, first]))


def test_a_rewrite_of_the_authority_alone_changes_no_path() -> None:
    entry = {"match": [{"uri": {"prefix": "/api/"}}], "rewrite": {"authority": "x"}, "route": []}
    assert not said("rewrite-joins-words", its(http=[entry]))


def test_both_fields_for_one_delay_are_not_repaired() -> None:
    delay = {"percent": 5, "percentage": {"value": 5}, "fixedDelay": "1s"}
    (finding,) = said("delay-in-percent", its(http=[{"fault": {"delay": delay}}]))
    assert finding.fix is None
    assert not said("delay-in-percent", its(http=[{"fault": {"delay": {"percent": 0, "fixedDelay": "1s"}}}]))
