"""ServiceEntries that meet others, and DestinationRules: what the examples of cards cannot show."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.checks import entries
from istiolint.finding import Defect
from istiolint.mesh import Mesh
from istiolint.source.node import Node
from mesh.worlds import mesh, route, rule, thing


def entry(name: str, namespace: str, host: str, port: int, protocol: str = "", **spec: Any) -> str:
    its: dict[str, Any] = {"number": port, "name": "x", **({"protocol": protocol} if protocol else {})}
    its.update(spec.pop("more", {}))
    return thing("ServiceEntry", name, namespace, hosts=[host], ports=[its], **{"resolution": "DNS", **spec})


def said(world: Mesh, name: str, *path: str | int) -> list[Defect]:
    found: list[Defect] = []
    for its in world.service_entries:
        node = Node(its.document, (), its.document.value).at(*path)
        if node is not None:
            found += getattr(entries, name)(node, world)
    return found


def rivals(world: Mesh, name: str) -> int:
    return len(said(world, name, "spec", "ports"))


def test_each_pair_is_said_in_one_way() -> None:
    one = entry("a", "shop", "x.com", 443, "TLS")
    for other, name in (
        (entry("b", "shop", "X.com", 443, "tls"), "entry_host_twice"),
        (entry("b", "shop", "x.com", 443, "HTTPS"), "entry_protocol_conflict"),
        (entry("b", "shop", "x.com", 443, "TLS", location="MESH_INTERNAL"), "entries_differ"),
        (entry("b", "shop", "x.com", 443, "TLS", endpoints=[{"address": "192.0.2.1"}]), "entries_differ"),
    ):
        world = mesh(one + other)
        every = ("entry_host_twice", "entry_protocol_conflict", "entries_differ")
        assert {it for it in every if rivals(world, it)} == {name}
        assert rivals(world, name) == 2


def test_who_sees_both() -> None:
    one = entry("a", "shop", "x.com", 443, "TLS")
    assert rivals(mesh(one + entry("b", "web", "x.com", 443, "TLS")), "entry_host_twice") == 2
    assert rivals(mesh(one + entry("b", "web", "x.com", 443, "TLS", exportTo=["."])), "entry_host_twice") == 2
    private = entry("a", "shop", "x.com", 443, "TLS", exportTo=["."])
    assert rivals(mesh(private + entry("b", "web", "x.com", 443, "TLS", exportTo=["."])), "entry_host_twice") == 0


def test_tcp_at_different_addresses() -> None:
    one = entry("a", "shop", "x.com", 443, "TCP", addresses=["192.0.2.1"])
    assert rivals(mesh(one + entry("b", "shop", "x.com", 443, "TCP", addresses=["192.0.2.2"])), "entry_host_twice") == 0
    assert rivals(mesh(one + entry("b", "shop", "x.com", 443, "TCP", addresses=["192.0.2.1"])), "entry_host_twice") == 2


def test_the_oldest_is_named() -> None:
    old = entry("a", "shop", "x.com", 443, "TLS", creationTimestamp="2024-01-01T00:00:00Z")
    new = entry("b", "shop", "x.com", 443, "HTTP", creationTimestamp="2024-02-01T00:00:00Z")
    outcomes = [str(it.fields["outcome"]) for it in said(mesh(old + new), "entry_protocol_conflict", "spec", "ports")]
    assert outcomes == ["only this one, the oldest, counts", "only ServiceEntry shop/a, the oldest, counts"]


CAPTURE = {"ISTIO_META_DNS_CAPTURE": "true", "ISTIO_META_DNS_AUTO_ALLOCATE": "true"}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({}, 2),
        ({"addresses": ["192.0.2.1"]}, 0),
        ({"resolution": "NONE"}, 0),
        ({"exportTo": ["."]}, 0),
    ],
)
def test_hosts_that_share_a_tcp_port(spec: dict[str, Any], found: int) -> None:
    one, two = entry("a", "shop", "x.com", 5432, "TCP", exportTo=["."]), entry("b", "web", "y.com", 5432, "TCP", **spec)
    assert len(said(mesh(one + two), "tcp_port_shared", "spec", "ports", 0)) == found
    config = {"defaultConfig": {"proxyMetadata": CAPTURE}}
    assert not said(mesh(one + two, mesh_config=config), "tcp_port_shared", "spec", "ports", 0)


@pytest.mark.parametrize(
    ("port", "protocol", "strict", "default"),
    [
        (5432, "tcp", 1, 0),
        (5432, "", 1, 0),
        (443, "TCP", 0, 1),
        (443, "", 1, 0),
        (443, "TLS", 0, 0),
        (6379, "REDIS", 0, 0),
    ],
)
def test_tcp_without_addresses(port: int, protocol: str, strict: int, default: int) -> None:
    world = mesh(entry("a", "shop", "x.com", port, protocol))
    assert len(said(world, "tcp_without_addresses", "spec", "ports", 0)) == strict
    assert len(said(world, "web_port_as_tcp", "spec", "ports", 0)) == default


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ({"tls": {"mode": "SIMPLE"}}, 1),
        ({"tls": {"mode": "MUTUAL"}}, 1),
        ({"tls": {"mode": "DISABLE"}}, 0),
        ({"tls": {"mode": "SIMPLE"}, "portLevelSettings": [{"port": {"number": 443}}]}, 0),
        ({"portLevelSettings": [{"port": {"number": 443}, "tls": {"mode": "SIMPLE"}}]}, 1),
    ],
)
def test_tls_in_tls(policy: dict[str, Any], found: int) -> None:
    world = mesh(entry("a", "shop", "x.com", 443, "HTTPS") + rule("r", "shop", "*.com", trafficPolicy=policy))
    assert len(said(world, "double_tls", "spec", "ports", 0)) == found


def test_a_rule_of_another_namespace_is_not_in_effect() -> None:
    policy = {"tls": {"mode": "SIMPLE"}}
    world = mesh(entry("a", "shop", "x.com", 443, "HTTPS") + rule("r", "web", "x.com", trafficPolicy=policy))
    assert not said(world, "double_tls", "spec", "ports", 0)


def test_plaintext_may_get_its_tls_elsewhere() -> None:
    own = entry("a", "shop", "x.com", 80, "HTTP", more={"targetPort": 443})
    assert not said(mesh(own), "plaintext_to_443", "spec", "ports", 0)
    assert len(said(mesh(own, world="complete"), "plaintext_to_443", "spec", "ports", 0)) == 1
    subset = rule("r", "shop", "x.com", subsets=[{"name": "a", "trafficPolicy": {"tls": {"mode": "SIMPLE"}}}])
    assert not said(mesh(own + subset, world="complete"), "plaintext_to_443", "spec", "ports", 0)
    internal = entry("a", "shop", "x.com", 443, "HTTP", location="MESH_INTERNAL")
    assert not said(mesh(internal, world="complete"), "plaintext_to_443", "spec", "ports", 0)


def test_routes_may_send_plain_http_to_the_tls_port() -> None:
    policy = {"tls": {"mode": "SIMPLE"}}
    text = entry("a", "shop", "x.com", 443, "HTTPS") + rule("r", "shop", "x.com", trafficPolicy=policy)
    http = [{"route": [{"destination": {"host": "x.com", "port": {"number": 443}}}]}]
    assert not said(mesh(text + route("v", "shop", hosts=["x.com"], http=http)), "double_tls", "spec", "ports", 0)
    http[0]["route"][0]["destination"]["port"] = {"number": 80}
    assert said(mesh(text + route("v", "shop", hosts=["x.com"], http=http)), "double_tls", "spec", "ports", 0)
