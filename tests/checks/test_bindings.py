"""VirtualServices and their Gateways: what the examples of cards cannot show."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.checks import bindings
from istiolint.checks.routing import gateway_not_found
from istiolint.finding import Defect
from istiolint.mesh import Mesh
from istiolint.source.node import Node
from mesh.worlds import deployment, mesh, route, thing


def gateway(name: str, namespace: str, *hosts: str, protocol: str = "HTTP", mode: str = "") -> str:
    server: dict[str, Any] = {"port": {"number": 80, "name": "x", "protocol": protocol}, "hosts": list(hosts)}
    if mode:
        server["tls"] = {"mode": mode}
    return thing("Gateway", name, namespace, selector={"app": "gw"}, servers=[server])


def said(world: Mesh, rule: str, *path: str | int) -> list[Defect]:
    """What a rule says at a path of each VirtualService."""
    found: list[Defect] = []
    for its in world.virtual_services:
        node = Node(its.document, (), its.document.value).at(*path)
        if node is not None:
            found += getattr(bindings, rule)(node, world)
    return found


def bound(*gateways: str, hosts: tuple[str, ...] = ("x.com",), **spec: Any) -> str:
    return route("its", "shop", "web", hosts=list(hosts), gateways=list(gateways), **spec)


def test_a_gateway_that_may_be_elsewhere_keeps_quiet() -> None:
    world = mesh(bound("one", "other/two") + gateway("one", "shop", "y.com"))
    assert not said(world, "hosts_on_no_gateway", "spec", "gateways")
    assert len(said(world, "gateway_without_its_hosts", "spec", "gateways", 0)) == 1


def test_sidecars_use_it_whatever_gateways_do() -> None:
    world = mesh(bound("mesh", "one") + gateway("one", "shop", "y.com"))
    assert not said(world, "hosts_on_no_gateway", "spec", "gateways")
    assert len(said(world, "gateway_without_its_hosts", "spec", "gateways", 1)) == 1


@pytest.mark.parametrize(
    ("offer", "served"),
    [("*", True), ("*.com", True), ("./x.com", False), ("shop/x.com", True), ("*/x.com", True), ("a.x.com", False)],
)
def test_hosts_of_servers(offer: str, served: bool) -> None:
    world = mesh(bound("istio/one") + gateway("one", "istio", offer))
    assert bool(said(world, "hosts_on_no_gateway", "spec", "gateways")) is not served


def test_a_wildcard_route_meets_a_plain_server() -> None:
    world = mesh(bound("one", hosts=("*.com",)) + gateway("one", "shop", "x.com"))
    assert not said(world, "hosts_on_no_gateway", "spec", "gateways")


def test_manifests_of_one_name_are_taken_together() -> None:
    world = mesh(bound("one") + gateway("one", "shop", "y.com") + gateway("one", "shop", "x.com"))
    assert not said(world, "hosts_on_no_gateway", "spec", "gateways")


def test_listeners_of_the_gateway_api() -> None:
    listener = {"name": "a", "port": 80, "protocol": "HTTP", "hostname": "*.com"}
    api = "gateway.networking.k8s.io/v1"
    world = mesh(bound("one") + thing("Gateway", "one", "shop", api, listeners=[listener]))
    assert not said(world, "hosts_on_no_gateway", "spec", "gateways")
    listener["hostname"] = "*.org"
    world = mesh(bound("one") + thing("Gateway", "one", "shop", api, listeners=[listener]))
    assert len(said(world, "hosts_on_no_gateway", "spec", "gateways")) == 1


@pytest.mark.parametrize(
    ("protocol", "mode", "unfit"),
    [
        ("HTTP", "", ["tls", "tcp"]),
        ("HTTP2", "", ["tls", "tcp"]),
        ("HTTPS", "SIMPLE", ["tls", "tcp"]),
        ("HTTPS", "PASSTHROUGH", ["http", "tcp"]),
        ("TLS", "PASSTHROUGH", ["http", "tcp"]),
        ("TLS", "MUTUAL", ["http", "tls"]),
        ("TCP", "", ["http", "tls"]),
        ("TLS", "AUTO_PASSTHROUGH", []),
        ("SMTP", "", []),
    ],
)
def test_sections_of_servers(protocol: str, mode: str, unfit: list[str]) -> None:
    sections: dict[str, Any] = {"tls": [{"match": []}], "tcp": [{"match": []}]}
    world = mesh(bound("one", **sections) + gateway("one", "shop", "x.com", protocol=protocol, mode=mode))
    assert [
        it.path[-1] for key in ("http", "tls", "tcp") for it in said(world, "routes_unfit_for_gateway", "spec", key)
    ] == unfit


def test_every_namespace_with_pods_must_be_blind() -> None:
    pods = deployment("gw", "one") + deployment("gw", "two")
    text = gateway("one", "shop", "x.com") + pods
    assert len(said(mesh(bound("one", exportTo=["."]) + text), "hidden_from_gateway", "spec", "exportTo")) == 1
    assert not said(mesh(bound("one", exportTo=["two"]) + text), "hidden_from_gateway", "spec", "exportTo")
    assert not said(mesh(bound("one", exportTo=["*"]) + text), "hidden_from_gateway", "spec", "exportTo")


def test_a_match_may_name_the_gateway_in_other_words() -> None:
    match = [{"match": [{"gateways": ["shop/one"]}], "route": [{"destination": {"host": "web"}}]}]
    text = gateway("one", "shop", "x.com")
    path = ("spec", "http", 0, "match", 0, "gateways", 0)
    assert not said(mesh(bound("one", http=match) + text), "match_gateway_not_listed", *path)
    assert len(said(mesh(bound("mesh", http=match) + text), "match_gateway_not_listed", *path)) == 1


def test_a_gateway_that_is_nowhere_is_said_once() -> None:
    match = [{"match": [{"gateways": ["two"]}], "route": [{"destination": {"host": "web"}}]}]
    path = ("spec", "http", 0, "match", 0, "gateways", 0)
    for listed in ("mesh", "two"):
        world = mesh(bound(listed, http=match), world="complete")
        (its,) = world.virtual_services
        root = Node(its.document, (), its.document.value)
        found = [
            defect
            for node in (root.at(*path), root.at("spec", "gateways", 0))
            if node is not None
            for defect in (*gateway_not_found(node, world), *bindings.match_gateway_not_listed(node, world))
            if node.path == path or listed == "two"
        ]
        assert len(found) == 1


def subsets(name: str, namespace: str, host: str, **spec: Any) -> str:
    return route(name, namespace, f"{host}|v1", hosts=[host], **spec)


def test_subsets_by_full_names() -> None:
    path = ("spec", "http", 0, "route", 0, "destination")
    public = bound("one", http=[{"route": [{"destination": {"host": "web"}}]}])
    assert len(said(mesh(public + subsets("x", "shop", "web")), "subset_not_for_gateway", *path)) == 1
    assert not said(mesh(public + subsets("x", "blog", "web")), "subset_not_for_gateway", *path)
    full = subsets("x", "blog", "web.shop.svc.cluster.local")
    assert len(said(mesh(public + full), "subset_not_for_gateway", *path)) == 1


def test_sidecars_use_the_subsets() -> None:
    plain = route("its", "shop", "web", hosts=["x.com"])
    world = mesh(plain + subsets("x", "shop", "web"))
    assert not said(world, "subset_not_for_gateway", "spec", "http", 0, "route", 0, "destination")


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ({}, 0),
        ({"selector": {"matchLabels": {"app": "gw"}}}, 0),
        ({"selector": {"matchLabels": {"app": "other"}}}, 1),
        ({"targetRefs": [{"kind": "Gateway", "name": "other"}]}, 0),
    ],
)
def test_claims_need_a_policy_on_the_gateway(policy: dict[str, Any], found: int) -> None:
    http = [{"match": [{"headers": {"@Request.auth.claims[a][b]": {"exact": "c"}}}]}]
    authentication = thing("RequestAuthentication", "a", "ingress", "security.istio.io/v1", **policy)
    text = bound("one", http=http) + gateway("one", "shop", "x.com") + deployment("gw", "ingress")
    assert len(said(mesh(text + authentication), "claims_without_authentication", "spec", "http")) == found
    assert not said(mesh(text), "claims_without_authentication", "spec", "http")
    assert said(mesh(text, world="complete"), "claims_without_authentication", "spec", "http")
