"""Partitions: which classes there are, by which requests they are shown, and what cannot be told."""

from typing import Any

import pytest
from worlds import (
    Manifest,
    client,
    deployment,
    edge,
    gateway,
    get,
    injected,
    namespace,
    policy,
    ports,
    server,
    service,
    thing,
    to,
    virtual_service,
    world,
)

from istiolint.mesh.mesh import Mesh
from istiolint.regions.hosts import Host, asked_hosts, hosts_meant
from istiolint.regions.partition import Partition, partition
from istiolint.regions.words import request_said
from istiolint.trace.asking import BadQuestion
from istiolint.trace.question import Client, Request, find_gateway
from istiolint.trace.tracer import Tracer

API = "gateway.networking.k8s.io/v1"
BASE = [
    *injected("shop", "web"), service("pay", "shop"), deployment("pay", "shop"), deployment("pay", "shop", "v2"),
    deployment("own", "web"), *edge(),
]  # fmt: skip
OWN = "web/own-v1"
EDGE = "istio-system/edge"


def route(*matches: dict[str, Any], to_port: int = 80, **more: Any) -> dict[str, Any]:
    return {"match": list(matches), "route": [to("pay.shop.svc.cluster.local", port=to_port)], **more}


def prefix(text: str, **more: Any) -> dict[str, Any]:
    return {"uri": {"prefix": text}, **more}


def pay(*http: Any, **spec: Any) -> Manifest:
    return virtual_service("pay", "shop", ["pay"], *http, **spec)


def denies(**operation: Any) -> Manifest:
    return policy("deny", "shop", action="DENY", rules=[{"to": [{"operation": operation}]}])


def of_mesh(mesh: Mesh, who: Client | str, host: str = "pay.shop", port: int = 80) -> Partition:
    its = client(mesh, who) if isinstance(who, str) else who
    return partition([(Tracer(mesh), its)], host, port)


def requests(found: Partition) -> list[str]:
    plain = found.classes[0].request._replace(claims=None, source_ip="")
    return [request_said(it.request, plain) for it in found.classes]


def allowed(found: Partition) -> dict[str, bool | None]:
    """What the first pod says to each of the requests."""
    said = {}
    for request, its in zip(requests(found), found.classes, strict=True):
        backends = [backend for target in its.traces[0].targets for backend in target.backends]
        verdict = backends[0].verdict if backends else None
        said[request] = verdict.allowed if verdict else None
    return said


def test_a_host_without_routes_is_one_class() -> None:
    found = of_mesh(world(BASE), OWN)
    assert (requests(found), found.exhaustive) == (["GET /"], True)


def test_routes_and_what_none_takes() -> None:
    first = route(prefix("/a", headers={"x": {"exact": "1"}}), {"uri": {"regex": "/[0-9]+"}})
    found = of_mesh(world(BASE, pay(first, route(prefix("/a")))), OWN)
    assert requests(found) == ["GET /", "GET /a", "GET /1", "GET /a (x: 1)"]
    assert [it.traces[0].outcome for it in found.classes] == ["no-route-404", "forward", "forward", "forward"]
    assert found.exhaustive


def test_policies_see_what_a_rewrite_makes() -> None:
    http = [route(prefix("/shop"), rewrite={"uri": "/in"}), route(prefix("/old/"), rewrite={"uri": "/"}),
            route({"uri": {"exact": "/x"}}, rewrite={"uri": "/in/x"}), route(prefix("/"))]  # fmt: skip
    found = of_mesh(world(BASE, pay(*http), denies(paths=["/in/x", "/shop*"])), OWN)
    assert allowed(found) == {
        "GET /": True, "GET /in/x": False, "GET /x": False, "GET /shop": True, "GET /shop/x": False, "GET /old/": True,
        "GET /old/in/x": False,
    }  # fmt: skip
    assert found.exhaustive


def test_expressions_that_rewrite_hide_what_policies_see() -> None:
    rewriting = route(prefix("/a"), rewrite={"uriRegexRewrite": {"match": "^/a", "rewrite": "/b"}})
    found = of_mesh(world(BASE, pay(rewriting), denies(paths=["/b/x"])), OWN)
    assert not found.exhaustive
    assert "a path after its rewrite" in found.doubts[0]
    assert of_mesh(world(BASE, pay(rewriting), denies(methods=["PUT"])), OWN).exhaustive


def test_expressions_that_rewrite_tell_paths_apart() -> None:
    rewriting = route(prefix("/a"), rewrite={"uriRegexRewrite": {"match": "/v[0-9]+$", "rewrite": "/v"}})
    found = of_mesh(world(BASE, pay(rewriting)), OWN)
    assert [(it.request.path, it.traces[0].path) for it in found.classes] == [
        ("/", None), ("/a", None), ("/a/v1", "/a/v"),
    ]  # fmt: skip
    assert found.exhaustive


def test_expressions_without_a_model_are_tried_out() -> None:
    found = of_mesh(world(BASE, pay(route({"uri": {"regex": r"/a\b.*"}}), route(prefix("/b")))), OWN)
    assert not found.exhaustive
    assert requests(found) == ["GET /", "GET /b"]


def test_what_decides_nothing_makes_no_class() -> None:
    same = policy("deny", "shop", action="DENY", rules=[{"to": [{"operation": {"methods": ["PUT"]}}], "from": [
        {"source": {"namespaces": ["elsewhere"]}}]}])  # fmt: skip
    assert requests(of_mesh(world(BASE, same), OWN)) == ["GET /"]
    others = policy("deny", "shop", action="DENY", selector={"matchLabels": {"app": "other"}}, rules=[{}])
    assert requests(of_mesh(world(BASE, others), OWN)) == ["GET /"]


def test_methods_and_headers_of_policies() -> None:
    rules = [{"to": [{"operation": {"methods": ["GET", "HEAD"]}}]},
             {"when": [{"key": "request.headers[x-key]", "values": ["s3cret*"]}]}]  # fmt: skip
    found = of_mesh(world(BASE, policy("allow", "shop", rules=rules)), OWN)
    assert allowed(found) == {
        "GET /": True, "POST /": False, "GET / (x-key: s3cret)": True, "POST / (x-key: s3cret)": True,
    }  # fmt: skip


def test_forms_of_a_host() -> None:
    wanted = route({"authority": {"exact": "pay.shop.svc.cluster.local"}})
    assert requests(of_mesh(world(BASE, pay(wanted)), OWN)) == ["GET /", "GET / (Host: pay.shop.svc.cluster.local)"]
    other = world(BASE, pay(route({"authority": {"exact": "pay.shop:80"}})))
    assert requests(of_mesh(other, OWN)) == ["GET /", "GET / (Host: pay.shop:80)"]
    assert requests(of_mesh(other, OWN, "pay.shop", 9999)) == ["GET /"]


def test_paths_are_those_after_normalisation() -> None:
    http = [route({"uri": {"exact": "/a//b"}}), route({"uri": {"exact": "/a/../c"}}), route(prefix("/"))]
    assert requests(of_mesh(world(BASE, pay(*http)), OWN)) == ["GET /", "GET /a//b"]
    merging = world(BASE, pay(*http), mesh_config={"pathNormalization": {"normalization": "MERGE_SLASHES"}})
    assert requests(of_mesh(merging, OWN)) == ["GET /"]


def test_connections_that_are_not_read() -> None:
    mesh = world(BASE, service("db", "shop", ports=ports(("tcp", 5432, 5432))))
    found = partition([(Tracer(mesh), client(mesh, OWN))], "db.shop", 5432, "tcp")
    assert (len(found.classes), found.exhaustive) == (1, True)
    assert not found.classes[0].request.has_http


def test_two_meshes() -> None:
    before = world(BASE, pay(route(prefix("/a")), route(prefix("/"))))
    after = world(BASE, pay(route(prefix("/ab")), route(prefix("/"))), denies(methods=["PUT"]))
    asked = [(Tracer(mesh), client(mesh, OWN)) for mesh in (before, after)]
    found = partition(asked, "pay.shop", 80)
    assert requests(found) == ["GET /", "GET /a", "GET /ab", "PUT /", "PUT /a", "PUT /ab"]
    assert all(len(it.traces) == 2 for it in found.classes)
    taken = [tuple(trace.route.http for trace in it.traces if trace.route) for it in found.classes]
    assert taken == [(1, 1), (0, 1), (0, 0)] * 2


def test_meshes_that_normalise_paths_in_different_ways() -> None:
    other = world(BASE, mesh_config={"pathNormalization": {"normalization": "NONE"}})
    asked = [(Tracer(mesh), client(mesh, OWN)) for mesh in (world(BASE), other)]
    assert "paths are normalised in different ways" in partition(asked, "pay.shop", 80).doubts


# Gateways and waypoints

FRONT = [
    gateway("gw", "shop", server(80, "HTTP", "*.example.com"), server(443, "HTTPS", "a.example.com", mode="SIMPLE")),
    virtual_service("www", "shop", ["*.example.com"], route(prefix("/a")), gateways=["gw"]),
    virtual_service("a", "shop", ["a.example.com"], route(prefix("/b")), gateways=["gw"]),
]


def test_a_gateway() -> None:
    found = of_mesh(world(BASE, *FRONT), EDGE, "any.example.com")
    assert requests(found) == ["GET /", "GET /a"]
    mesh = world(BASE, *FRONT)
    secure = partition([(Tracer(mesh), client(mesh, EDGE))], "a.example.com", 443, "https")
    assert requests(secure) == ["GET /", "GET /a", "GET /b"]
    assert secure.classes[2].request == Request(
        "https", "a.example.com", 443, "a.example.com", "GET", "/b", (), "a.example.com"
    )


def test_tokens_and_addresses_at_a_gateway() -> None:
    space, source = "istio-system", {"notRequestPrincipals": ["*"]}
    tokens = thing("RequestAuthentication", "t", space, "security.istio.io/v1", jwtRules=[{"issuer": "https://id"}])
    needs = policy("needs", space, action="DENY", rules=[{"from": [{"source": source}]}])
    inside = policy("inside", space, rules=[{"from": [{"source": {"ipBlocks": ["10.0.0.0/8"]}}]}])
    found = of_mesh(world(BASE, *FRONT[:2], tokens, needs, inside), EDGE, "b.example.com")
    verdicts = {}
    for said, its in zip(requests(found), found.classes, strict=True):
        if "/a" not in said:
            assert its.traces[0].gateway_verdict is not None
            verdicts[said] = its.traces[0].gateway_verdict.by
    assert verdicts == {
        "GET /": "deny-policy",
        "GET / (token: iss x, sub x)": "jwt",
        "GET / (token: iss https://id, sub x)": "no-allow-matched",
        "GET / (token: iss https://id, sub x) (from 10.0.0.1)": "allow-policy",
    }


def test_routes_of_the_gateway_api() -> None:
    front = thing("Gateway", "kube", "shop", API, gatewayClassName="istio", listeners=[
        {"name": "h", "port": 80, "protocol": "HTTP"}])  # fmt: skip
    its = thing("HTTPRoute", "r", "shop", API, parentRefs=[{"name": "kube"}], hostnames=["x.com"], rules=[
        {"matches": [{"path": {"type": "PathPrefix", "value": "/api"}, "method": "PUT"}],
         "backendRefs": [{"name": "pay", "port": 80}],
         "filters": [{"type": "URLRewrite", "urlRewrite": {"path": {
             "type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}]}])  # fmt: skip
    mesh = world(BASE, front, its, denies(paths=["/x/*", "/"]))
    who = find_gateway(mesh, "shop", "kube")
    assert who is not None
    found = of_mesh(mesh, who, "x.com")
    assert allowed(found) == {"GET /": None, "GET /x": None, "PUT /api": False, "PUT /api/x": True}
    assert found.exhaustive
    assert asked_hosts(Tracer(mesh), who) == [Host("x.com", 80, "http")]


def test_a_waypoint() -> None:
    ambient = namespace("shop", **{"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "wp"})
    listeners = [{"name": "mesh", "port": 15008, "protocol": "HBONE"}]
    waypoint = thing("Gateway", "wp", "shop", API, gatewayClassName="istio-waypoint", listeners=listeners)
    target = {"kind": "Gateway", "name": "wp", "group": "gateway.networking.k8s.io"}
    operation = {"methods": ["DELETE"]}
    closed = policy("closed", "shop", action="DENY", targetRefs=[target], rules=[{"to": [{"operation": operation}]}])
    pods = [service("pay", "shop"), deployment("pay", "shop"), deployment("cart", "shop")]
    mesh = world([ambient, *pods], waypoint, closed, pay(route(prefix("/a"))))
    found = of_mesh(mesh, "shop/cart-v1", "pay")
    assert requests(found) == ["GET /", "GET /a", "DELETE /", "DELETE /a"]
    assert [it.traces[0].gateway_verdict.allowed for it in found.classes if it.traces[0].gateway_verdict] == [
        True, True, False, False,
    ]  # fmt: skip


# Hosts


def test_hosts_of_clients_and_gateways() -> None:
    outside = virtual_service("out", "shop", ["out.example.com"], route(prefix("/")))
    mesh = world(BASE, service("db", "shop", ports=ports(("tcp", 5432, 5432), ("https", 443, 443))), *FRONT, outside)
    tracer = Tracer(mesh)
    inside = asked_hosts(tracer, client(mesh, OWN))
    assert {Host("db.shop", 443, "https"), Host("db.shop", 5432, "tcp"), Host("pay.shop", 80, "http")} <= set(inside)
    assert Host("out.example.com", 80, "http") in inside
    assert asked_hosts(tracer, client(mesh, EDGE)) == [
        Host("a.example.com", 80, "http"), Host("a.example.com", 443, "https"), Host("any.example.com", 80, "http"),
    ]  # fmt: skip


def test_hosts_that_routes_and_policies_name() -> None:
    one = route({"authority": {"exact": "b.example.com:80"}})
    wild = virtual_service("www", "shop", ["*.example.com"], one, gateways=["gw"])
    operation = {"hosts": ["c.example.com", "x.org"]}
    named = policy("n", "istio-system", action="DENY", rules=[{"to": [{"operation": operation}]}])
    mesh = world(BASE, FRONT[0], wild, named)
    found = asked_hosts(Tracer(mesh), client(mesh, EDGE))
    assert [it.host for it in found if it.port == 80] == ["any.example.com", "b.example.com", "c.example.com"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pay.shop", [("http", 80), ("tcp", 5432)]),
        ("pay.shop:5432", [("tcp", 5432)]),
        ("http://pay.shop", [("http", 80), ("tcp", 5432)]),
        ("https://pay.shop", [("https", 443)]),
        ("tcp://pay.shop:80", [("tcp", 80)]),
        ("nowhere.example.com", [("http", 80)]),
    ],
)
def test_hosts_that_are_meant(written: str, meant: list[tuple[str, int]]) -> None:
    both = service("pay", "shop", ports=ports(("http", 80, 8080), ("tcp", 5432, 5432)))
    mesh = world([it for it in BASE if it["kind"] != "Service"], both)
    found = hosts_meant(Tracer(mesh), client(mesh, OWN), written)
    assert [(it.protocol, it.port) for it in found] == meant


def test_hosts_that_a_gateway_is_asked_for() -> None:
    mesh = world(BASE, *FRONT)
    tracer, its = Tracer(mesh), client(mesh, EDGE)
    assert hosts_meant(tracer, its, "q.example.com") == [Host("q.example.com", 80, "http")]
    assert hosts_meant(tracer, its, "*.example.com") == [Host("any.example.com", 80, "http")]
    assert [it.port for it in hosts_meant(tracer, its, "a.example.com")] == [80, 443]
    with pytest.raises(BadQuestion):
        hosts_meant(tracer, its, "a.example.com:0")


def test_the_class_of_a_request() -> None:
    found = of_mesh(world(BASE, pay(route(prefix("/a")))), OWN)
    its = found.class_of(get("pay.shop", 80, "/a/b"))
    assert its is not None
    assert its.request.path == "/a"
