"""Routes of the Gateway API: at gateways, and for Services of the mesh."""

from typing import Any

import pytest
from worlds import Manifest, deployment, get, injected, ports, service, thing, trace, virtual_service, world

from istiolint.mesh.mesh import Mesh
from istiolint.trace.question import Request, find_gateway
from istiolint.trace.result import Trace
from istiolint.trace.tracer import Tracer

API = "gateway.networking.k8s.io/v1"
BASE = [
    *injected("shop", "web"), service("pay", "shop"), deployment("pay", "shop"),
    service("cart", "shop"), deployment("cart", "shop"), service("own", "web"), deployment("own", "web"),
]  # fmt: skip


def listener(name: str, port: int, protocol: str, hostname: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "port": port, "protocol": protocol, **({"hostname": hostname} if hostname else {}), **more}


ALL = {"allowedRoutes": {"namespaces": {"from": "All"}}}
HTTP = thing("Gateway", "gw", "shop", API, gatewayClassName="istio", listeners=[listener("h", 80, "HTTP", **ALL)])
PARENT = {"name": "gw", "namespace": "shop"}


def backend(name: str, port: int = 80, **more: Any) -> dict[str, Any]:
    return {"name": name, "port": port, **more}


def rule(*backends: dict[str, Any], path: Any = None, **more: Any) -> dict[str, Any]:
    match = {**({"path": {"type": path[0], "value": path[1]}} if path else {}), **more.pop("match", {})}
    return {**({"matches": [match]} if match else {}), "backendRefs": list(backends), **more}


def route(name: str, space: str, *rules: Any, parent: Any = PARENT, kind: str = "HTTPRoute", **spec: Any) -> Manifest:
    return thing(kind, name, space, API, parentRefs=[parent], rules=list(rules), **spec)


def asked(request: Request, *objects: Manifest) -> Trace:
    mesh = world(BASE, *objects)
    client = find_gateway(mesh, "shop", "gw")
    assert client is not None
    return Tracer(mesh).trace(client, request)


def where(found: Trace) -> list[str]:
    return [f"{it.host.partition('.')[0]}:{it.result}" for it in found.targets]


def test_a_request_goes_to_the_backend() -> None:
    found = asked(get("a.example.com"), HTTP, route("r", "shop", rule(backend("pay"))))
    assert where(found) == ["pay:ok"]
    assert [it.sent for it in found.targets[0].backends] == ["mtls"]
    assert found.route is not None
    assert (found.route.service.name, found.route.http, found.route.match) == ("r", 0, 0)


@pytest.mark.parametrize(
    ("path", "first"), [("/a", "exact"), ("/a/b", "long"), ("/a/c", "short"), ("/z", "none"), ("/ax", "none")]
)
def test_the_most_specific_match_of_all_routes_counts(path: str, first: str) -> None:
    def to(uri: str) -> Any:
        location = {"type": "ReplaceFullPath", "replaceFullPath": f"/{uri}"}
        return [{"type": "RequestRedirect", "requestRedirect": {"path": location}}]

    routes = [
        route("a", "shop", {"filters": to("none")}, rule(path=("RegularExpression", "/a.*"), filters=to("regex"))),
        route("b", "shop", rule(path=("PathPrefix", "/a"), filters=to("short"))),
        route("c", "shop", rule(path=("PathPrefix", "/a/b/"), filters=to("long"))),
        route("d", "shop", rule(path=("Exact", "/a"), filters=to("exact"))),
    ]
    found = asked(get("a.example.com", path=path), HTTP, *routes).redirect
    assert found == (302, f"http://a.example.com/{first}")


def test_methods_and_headers_break_ties() -> None:
    plain = route("a", "shop", rule(backend("pay"), path=("PathPrefix", "/")))
    method = route("b", "shop", rule(backend("cart"), path=("PathPrefix", "/"), match={"method": "GET"}))
    header = route(
        "c", "shop", rule(backend("gone"), path=("PathPrefix", "/"), match={"headers": [{"name": "X-A", "value": "1"}]})
    )
    assert where(asked(get("a"), HTTP, plain, method, header)) == ["cart:ok"]
    assert where(asked(get("a", method="POST"), HTTP, plain, method, header)) == ["pay:ok"]
    assert where(asked(get("a", method="POST", headers={"x-a": "1"}), HTTP, plain, method, header)) == [
        ":no-cluster-500"
    ]


def test_the_oldest_of_equal_routes_then_namespace_then_name() -> None:
    young = route("a", "shop", rule(backend("pay")), creationTimestamp="2025-02-01T00:00:00Z")
    old = route("b", "shop", rule(backend("cart")), creationTimestamp="2025-01-01T00:00:00Z")
    assert where(asked(get("a"), HTTP, young, old)) == ["cart:ok"]


def test_backends_that_cannot_be_used_get_500() -> None:
    shares = rule(backend("pay", weight=3), backend("gone"), backend("pay", 81), backend("own", namespace="web"))
    found = asked(get("a"), HTTP, route("r", "shop", shares))
    assert [it.weight for it in found.targets if it.result == "ok"] == [3]
    assert sum(it.weight or 0 for it in found.targets if it.result == "no-cluster-500") == 3
    grant = thing(
        "ReferenceGrant", "g", "web", "gateway.networking.k8s.io/v1beta1",
        **{"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}]},
        to=[{"group": "", "kind": "Service"}],
    )  # fmt: skip
    found = asked(get("a"), HTTP, grant, route("r", "shop", rule(backend("own", namespace="web"))))
    assert where(found) == ["own:ok"]
    assert asked(get("a"), HTTP, route("r", "shop", rule())).status == 500
    assert asked(get("a"), HTTP, route("r", "shop", rule(backend("pay", weight=0)))).status == 500


def test_hostnames_of_routes_and_listeners() -> None:
    gateway = thing(
        "Gateway", "gw", "shop", API, gatewayClassName="istio",
        listeners=[listener("wide", 80, "HTTP", "*.example.com"), listener("a", 80, "HTTP", "a.example.com")],
    )  # fmt: skip
    some = route("r", "shop", rule(backend("pay")), parent={**PARENT, "sectionName": "wide"})
    assert asked(get("b.example.com"), gateway, some).outcome == "forward"
    assert asked(get("a.example.org"), gateway, some).outcome == "no-route-404"
    named = route(
        "r", "shop", rule(backend("pay")), parent={**PARENT, "sectionName": "wide"}, hostnames=["a.example.com"]
    )
    assert asked(get("a.example.com"), gateway, named).outcome == "no-route-404"
    right = route("r", "shop", rule(backend("pay")), hostnames=["a.example.com"])
    assert asked(get("a.example.com"), gateway, right).outcome == "forward"


@pytest.mark.parametrize(
    ("allowed", "outcome"),
    [
        ({"from": "Same"}, "no-route-404"),
        ({"from": "All"}, "forward"),
        ({"from": "Selector", "selector": {"matchLabels": {"istio-injection": "enabled"}}}, "forward"),
        ({"from": "Selector", "selector": {"matchExpressions": [{"key": "x", "operator": "Exists"}]}}, "no-route-404"),
        (
            {
                "from": "Selector",
                "selector": {"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["y"]}]},
            },
            "forward",
        ),
    ],
)
def test_namespaces_that_may_attach(allowed: Any, outcome: str) -> None:
    gateway = thing(
        "Gateway", "gw", "shop", API, gatewayClassName="istio",
        listeners=[listener("h", 80, "HTTP", allowedRoutes={"namespaces": allowed})],
    )  # fmt: skip
    assert asked(get("a"), gateway, route("r", "web", rule(backend("own")))).outcome == outcome


def test_ports_kinds_and_sections() -> None:
    assert asked(get("a", 81), HTTP, route("r", "shop", rule(backend("pay")))).outcome == "no-listener"
    other = route("r", "shop", rule(backend("pay")), parent={**PARENT, "port": 81})
    assert asked(get("a"), HTTP, other).outcome == "no-route-404"
    only = thing(
        "Gateway", "gw", "shop", API, gatewayClassName="istio",
        listeners=[listener("h", 80, "HTTP", allowedRoutes={"kinds": [{"kind": "GRPCRoute"}]})],
    )  # fmt: skip
    assert asked(get("a"), only, route("r", "shop", rule(backend("pay")))).outcome == "no-route-404"
    grpc = {"matches": [{"method": {"service": "a.B", "method": "C"}}], "backendRefs": [backend("pay")]}
    assert asked(get("a", path="/a.B/C"), only, route("r", "shop", grpc, kind="GRPCRoute")).outcome == "forward"
    assert asked(get("a", path="/a.B/D"), only, route("r", "shop", grpc, kind="GRPCRoute")).outcome == "no-route-404"


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ({"service": "a.B"}, "/a.B/C", True),
        ({"service": "a.B"}, "/a.BC/C", False),
        ({"method": "C"}, "/x/C", True),
        ({"type": "RegularExpression", "service": "a.*"}, "/abc/x", True),
        ({}, "/anything", True),
    ],
)
def test_methods_of_grpc(method: Any, path: str, taken: bool) -> None:
    grpc = {"matches": [{"method": method}], "backendRefs": [backend("pay")]}
    found = asked(get("a", path=path), HTTP, route("r", "shop", grpc, kind="GRPCRoute"))
    assert (found.outcome == "forward") is taken


def secured(mode: str = "Terminate") -> Manifest:
    return thing(
        "Gateway", "gw", "shop", API, gatewayClassName="istio",
        listeners=[
            listener("a", 443, "HTTPS" if mode == "Terminate" else "TLS", "a.example.com", tls={"mode": mode}),
            listener("w", 443, "HTTPS" if mode == "Terminate" else "TLS", "*.example.com", tls={"mode": mode}),
        ],
    )  # fmt: skip


def secure(host: str, sni: str = "") -> Request:
    return get(host, 443, authority=host, sni=sni or host)._replace(protocol="https")


def test_the_server_name_chooses_the_listener() -> None:
    some = route("r", "shop", rule(backend("pay")), parent={**PARENT, "sectionName": "a"})
    assert asked(secure("a.example.com"), secured(), some).outcome == "forward"
    assert asked(secure("b.example.com"), secured(), some).outcome == "no-route-404"
    assert asked(secure("a.example.org"), secured(), some).outcome == "refused"
    assert asked(get("a.example.com", 443), secured(), some).outcome == "refused"


def test_tls_that_is_passed_through() -> None:
    some = route("r", "shop", {"backendRefs": [backend("pay")]}, kind="TLSRoute", hostnames=["b.example.com"])
    found = asked(secure("b.example.com"), secured("Passthrough"), some)
    assert where(found) == ["pay:ok"]
    assert asked(secure("c.example.com"), secured("Passthrough"), some).outcome == "refused"


def test_tcp() -> None:
    gateway = thing("Gateway", "gw", "shop", API, gatewayClassName="istio", listeners=[listener("t", 90, "TCP")])
    some = route("r", "shop", {"backendRefs": [backend("pay")]}, kind="TCPRoute")
    assert where(asked(Request("tcp", "a", 90), gateway, some)) == ["pay:ok"]


@pytest.mark.parametrize(
    ("redirect", "location"),
    [
        ({"scheme": "https"}, "https://a/x/y"),
        ({"hostname": "b"}, "http://b:8080/x/y"),
        ({"port": 443, "scheme": "https"}, "https://a/x/y"),
        ({"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/z/"}, "port": 80}, "http://a/z/y"),
        ({"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": ""}, "port": 80}, "http://a/y"),
    ],
)
def test_redirects(redirect: Any, location: str) -> None:
    gateway = {**HTTP, "spec": {**HTTP["spec"], "listeners": [listener("h", 8080, "HTTP")]}}
    filters = [{"type": "RequestRedirect", "requestRedirect": {**redirect, "statusCode": 301}}]
    some = route("r", "shop", rule(path=("PathPrefix", "/x"), filters=filters))
    found = asked(get("a", 8080, "/x/y", authority="a:8080"), gateway, some)
    assert found.redirect == (301, location)


def test_rewrites_mirrors_and_timeouts() -> None:
    path = {"type": "ReplaceFullPath", "replaceFullPath": "/n"}
    some = {"numerator": 1, "denominator": 8}
    filters = [
        {"type": "URLRewrite", "urlRewrite": {"hostname": "new", "path": path}},
        {"type": "RequestMirror", "requestMirror": {"backendRef": backend("cart"), "percent": 5}},
        {"type": "RequestMirror", "requestMirror": {"backendRef": backend("cart"), "fraction": some}},
    ]
    found = asked(get("a"), HTTP, route("r", "shop", rule(backend("pay"), filters=filters, timeouts={"request": "3s"})))
    assert (found.path, found.authority, found.timeout) == ("/n", "new", "3s")
    assert [it.percent for it in found.mirrors] == [5.0, 12.5]


def test_policies_that_name_the_gateway() -> None:
    deny = thing(
        "AuthorizationPolicy", "d", "shop", "security.istio.io/v1", action="DENY", rules=[{}],
        targetRefs=[{"kind": "Gateway", "group": "gateway.networking.k8s.io", "name": "gw"}],
    )  # fmt: skip
    found = asked(get("a"), HTTP, deny, route("r", "shop", rule(backend("pay"))))
    assert found.gateway_verdict is not None
    assert found.gateway_verdict.by == "deny-policy"


# In the mesh


def of_service(name: str, space: str = "shop", **more: Any) -> dict[str, Any]:
    return {"group": "", "kind": "Service", "name": name, "namespace": space, **more}


def inside(name: str, request: Request, *objects: Manifest) -> Trace:
    mesh: Mesh = world(BASE, *objects)
    return trace(mesh, name, request)


def test_routes_of_the_services_namespace_are_for_all_clients_and_others_for_their_own() -> None:
    producer = route("p", "shop", rule(backend("cart")), parent=of_service("pay"))
    consumer = route("c", "web", rule(backend("own")), parent=of_service("pay"))
    assert where(inside("web/own-v1", get("pay.shop"), producer)) == ["cart:ok"]
    assert where(inside("web/own-v1", get("pay.shop"), producer, consumer)) == ["own:ok"]
    assert where(inside("shop/cart-v1", get("pay.shop"), producer, consumer)) == ["cart:ok"]


def test_routes_of_the_clients_namespace_beat_older_virtual_services() -> None:
    old = virtual_service("a", "shop", ["pay"], {"redirect": {"uri": "/"}}, creationTimestamp="2020-01-01T00:00:00Z")
    mine = route("z", "shop", rule(backend("cart")), parent=of_service("pay"))
    assert where(inside("shop/cart-v1", get("pay"), old, mine)) == ["cart:ok"]
    assert inside("web/own-v1", get("pay.shop"), old, mine).outcome == "redirect"


def test_routes_for_one_port() -> None:
    two = service("two", "shop", ports=ports(("http", 80, 8080), ("http-b", 81, 8080)), selector={"app": "pay"})
    some = route("r", "shop", rule(backend("cart")), parent=of_service("two", port=81))
    assert where(inside("web/own-v1", get("two.shop", 81), two, some)) == ["cart:ok"]
    assert where(inside("web/own-v1", get("two.shop"), two, some)) == ["two:ok"]


def test_segments_in_the_mesh() -> None:
    some = route("r", "shop", rule(backend("cart"), path=("PathPrefix", "/a")), parent=of_service("pay"))
    assert where(inside("web/own-v1", get("pay.shop", path="/a/b"), some)) == ["cart:ok"]
    assert inside("web/own-v1", get("pay.shop", path="/ab"), some).outcome == "no-route-404"
