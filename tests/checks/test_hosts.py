"""VirtualServices for one host: what the examples of cards cannot show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.admission.unreachable import covers
from istiolint.checks import hosts
from istiolint.checks.merged_routes import is_catch_all, uri_key, wider_keys
from istiolint.finding import Defect
from istiolint.mesh import Mesh, MeshSettings, build
from istiolint.source.node import Node
from mesh.worlds import deployment, documents, mesh, route, service, thing


def said(world: Mesh, rule: str, *path: str | int) -> list[tuple[str, Defect]]:
    """What a rule says at a path of each VirtualService, with its name."""
    found: list[tuple[str, Defect]] = []
    for its in world.virtual_services:
        node = Node(its.document, (), its.document.value).at(*path)
        if node is not None:
            found += ((its.name, defect) for defect in getattr(hosts, rule)(node, world))
    return found


def claims(world: Mesh, rule: str = "host_claimed_twice") -> list[str]:
    return [name for name, _ in said(world, rule, "spec", "hosts")]


def its(name: str, namespace: str = "shop", *its_hosts: str, **spec: Any) -> str:
    return route(name, namespace, "web", hosts=list(its_hosts or ("web.shop.svc.cluster.local",)), **spec)


def to(**match: Any) -> dict[str, Any]:
    return {"match": [match], "route": [{"destination": {"host": "web"}}]}


def test_who_sees_both() -> None:
    public, private = its("a"), its("b", "web", exportTo=["."])
    assert claims(mesh(public + its("b", "web"))) == ["a", "b"]
    assert claims(mesh(public + private)) == []
    assert claims(mesh(public + private), "private_routes_hide_public") == ["a", "b"]
    other = its("c", "web", exportTo=["blog"])
    assert claims(mesh(private + other)) == []
    assert claims(mesh(private + its("d", "blog", exportTo=["web"]))) == ["b", "d"]
    assert claims(mesh(public + its("e", "web", exportTo=["~"]))) == []


def test_the_default_visibility_counts() -> None:
    world = mesh(its("a") + its("b", "web"), mesh_config={"defaultVirtualServiceExportTo": ["."]})
    assert claims(world) == []


def test_different_traffic_is_no_conflict() -> None:
    http, tcp = its("a"), its("b", http=None, tcp=[{"route": []}])
    assert claims(mesh(http + tcp)) == []
    ports = its("c", http=[to(port=80)]) + its("d", http=[to(port=81)])
    assert claims(mesh(ports)) == []
    assert claims(mesh(ports + its("e", http=[to(port=81), to(uri={"prefix": "/"})]))) == ["c", "d", "e"]
    sni = its("f", http=None, tls=[to(sniHosts=["x"])]) + its("g", http=None, tls=[to(sniHosts=["y"])])
    assert claims(mesh(sni)) == []
    assert claims(mesh(sni + its("h", http=None, tls=[to(sniHosts=["y"])]))) == ["g", "h"]


def test_gateways_are_no_sidecars() -> None:
    assert claims(mesh(its("a", gateways=["public"]) + its("b"))) == []
    assert claims(mesh(its("a", gateways=["public", "mesh"]) + its("b"))) == ["a", "b"]


def test_overlays_are_no_conflict() -> None:
    files = documents(its("a"), "base/a.yaml") + documents(its("a"), "prod/a.yaml") + documents(its("b"), "base/b.yaml")
    assert claims(build(files, MeshSettings())) == ["a", "b"]
    files = documents(its("a", ""), "one/a.yaml") + documents(its("b", ""), "two/b.yaml")
    assert claims(build(files, MeshSettings())) == []


def test_the_oldest_is_named() -> None:
    world = mesh(
        its("a", creationTimestamp="2024-02-01T00:00:00Z") + its("b", creationTimestamp="2024-01-01T00:00:00Z")
    )
    outcomes = {name: defect.fields["outcome"] for name, defect in said(world, "host_claimed_twice", "spec", "hosts")}
    assert "VirtualService shop/b, the oldest" in str(outcomes["a"])
    assert "use this one, the oldest" in str(outcomes["b"])


def shadowed(*spec: tuple[str, list[dict[str, Any]]], **ages: str) -> list[str]:
    """Which of some VirtualServices on a gateway may lose matches."""
    text = "".join(
        its(name, "shop", "x.com", gateways=["public"], http=http, creationTimestamp=ages.get(name, ""))
        for name, http in spec
    )
    return [name for name, _ in said(mesh(text), "routes_depend_on_age", "spec", "http")]


def test_equal_matches_are_said_of_both() -> None:
    same = [to(uri={"prefix": "/api"})]
    assert shadowed(("a", same), ("b", same)) == ["a", "b"]


def test_age_decides() -> None:
    wide, narrow = [to(uri={"prefix": "/api"})], [to(uri={"exact": "/api/v2"})]
    assert shadowed(("a", wide), ("b", narrow)) == ["b"]
    old, new = "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"
    assert shadowed(("a", wide), ("b", narrow), a=old, b=new) == ["b"]
    assert shadowed(("a", wide), ("b", narrow), a=new, b=old) == []


def test_catch_all_routes_go_last() -> None:
    everything: list[dict[str, Any]] = [{"route": [{"destination": {"host": "web"}}]}]
    assert shadowed(("a", everything), ("b", [to(uri={"prefix": "/api"})])) == []
    assert shadowed(("a", everything), ("b", [to(uri={"prefix": "/"})])) == ["a", "b"]
    posts = [to(uri={"prefix": "/"}, method={"exact": "POST"})]
    assert shadowed(("a", posts), ("b", [to(uri={"prefix": "/api"}, method={"exact": "POST"})])) == ["b"]


def test_matches_for_other_gateways_do_not_count() -> None:
    assert shadowed(("a", [to(uri={"prefix": "/a"}, gateways=["mesh"])]), ("b", [to(uri={"prefix": "/a/b"})])) == []


def test_expressions_and_several_matches_take_too() -> None:
    narrow = [to(uri={"prefix": "/api/v2"})]
    assert shadowed(("a", [to(uri={"regex": "/api.*"})]), ("b", narrow)) == ["b"]
    assert shadowed(("a", [to(uri={"regex": "/api/v1.*"})]), ("b", narrow)) == []
    halves = [to(headers={"x": {"exact": "1"}}), to(withoutHeaders={"x": {"exact": "1"}})]
    assert shadowed(("a", halves), ("b", narrow)) == ["b"]
    assert shadowed(("a", halves[:1]), ("b", narrow), ("c", halves[1:])) == []
    delegated = [{"match": [{"uri": {"regex": "/api.*"}}], "delegate": {"name": "other"}}]
    assert shadowed(("a", delegated), ("b", narrow)) == []


def test_a_request_is_named() -> None:
    world = mesh(
        its("a", "shop", "x.com", gateways=["public"], http=[to(uri={"prefix": "/api"})])
        + its("b", "shop", "x.com", gateways=["public"], http=[to(uri={"prefix": "/api/v2"}, method={"exact": "PUT"})])
    )
    ((_, defect),) = said(world, "routes_depend_on_age", "spec", "http")
    assert defect.fields["such"] == " (such as PUT /api/v2)"


def test_one_finding_for_each_other() -> None:
    many = [to(uri={"prefix": f"/api/{number}"}) for number in range(5)]
    world = mesh(
        its("a", "shop", "x.com", gateways=["public"], http=[to(uri={"prefix": "/api"})])
        + its("b", "shop", "x.com", gateways=["public"], http=many)
    )
    ((_, defect),) = said(world, "routes_depend_on_age", "spec", "http")
    assert defect.fields["what"] == "all requests of this and 4 more matches"


def test_half_a_name_is_only_one_if_the_service_is_there() -> None:
    text = its("a", "shop", "web.shop", "web.elsewhere", "web.shop.svc", "x.com")
    world = mesh(text + service("web", "shop"))
    found = [
        defect.fields["host"] for at in range(4) for _, defect in said(world, "unqualified_host", "spec", "hosts", at)
    ]
    assert found == ["web.shop", "web.shop.svc"]


TEXTS = st.sampled_from(["/", "/a", "/A", "/a/b", "/ab", ".*", "/a.*"])
URI = st.dictionaries(st.sampled_from(["exact", "prefix", "regex"]), TEXTS, min_size=1, max_size=1)
MATCH = st.fixed_dictionaries(
    {},
    optional={
        "uri": URI,
        "ignoreUriCase": st.booleans(),
        "method": st.fixed_dictionaries({"exact": st.sampled_from(["GET", "POST"])}),
        "port": st.sampled_from([80, 443]),
    },
)


@given(one=MATCH, other=MATCH)
def test_whatever_covers_a_match_is_found_by_its_uri(one: dict[str, Any], other: dict[str, Any]) -> None:
    if covers(one, other):
        assert uri_key(one) in set(wider_keys(other))


@given(match=MATCH)
def test_a_match_is_found_by_its_own_uri(match: dict[str, Any]) -> None:
    keys = list(wider_keys(match))
    assert uri_key(match) in keys
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("match", "whole"),
    [
        ({}, True),
        ({"uri": {"prefix": "/"}}, True),
        ({"uri": {"regex": ".*"}}, True),
        ({"uri": {"exact": "/"}}, False),
        ({"uri": {"prefix": "/"}, "headers": {"a": {"exact": "b"}}}, False),
        ({"queryParams": {"a": {"exact": "b"}}}, False),
        ({"headers": {}}, True),
    ],
)
def test_what_takes_everything(match: dict[str, Any], whole: bool) -> None:
    assert is_catch_all(match) is whole


@pytest.mark.parametrize(
    ("parent", "found"),
    [
        ({"group": "", "kind": "Service", "name": "web"}, ["a"]),
        ({"group": "", "kind": "Service", "name": "web", "namespace": "blog"}, []),
        ({"kind": "Gateway", "name": "web"}, []),
        ({"group": "", "kind": "Service", "name": "other"}, []),
    ],
)
def test_routes_of_the_gateway_api_for_a_service(parent: dict[str, Any], found: list[str]) -> None:
    api = thing("HTTPRoute", "r", "shop", "gateway.networking.k8s.io/v1", parentRefs=[parent])
    assert claims(mesh(its("a") + api), "virtual_service_beside_http_route") == found
    assert claims(mesh(its("a", gateways=["public"]) + api), "virtual_service_beside_http_route") == []


def test_a_gateway_that_sends_nothing_merges_nothing() -> None:
    server = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["shop/x.com"]}
    gateway = thing("Gateway", "public", "ingress", selector={"app": "gw"}, servers=[server])
    same = [to(uri={"prefix": "/api"})]
    one = its("a", "shop", "x.com", gateways=["ingress/public"], http=same)
    other = its("b", "web", "x.com", gateways=["ingress/public"], http=same)
    assert len(said(mesh(one + other), "routes_depend_on_age", "spec", "http")) == 2
    assert not said(mesh(one + other + gateway), "routes_depend_on_age", "spec", "http")
    private = its("b", "shop", "x.com", gateways=["ingress/public"], http=same, exportTo=["."])
    pods = deployment("gw", "ingress")
    assert len(said(mesh(one + private + gateway), "routes_depend_on_age", "spec", "http")) == 2
    assert not said(mesh(one + private + gateway + pods), "routes_depend_on_age", "spec", "http")
