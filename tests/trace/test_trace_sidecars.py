"""What a sidecar does with requests: hosts, routes, listeners, clusters."""

from typing import Any

import pytest
from worlds import (
    Manifest,
    deployment,
    get,
    injected,
    namespace,
    ports,
    service,
    thing,
    to,
    trace,
    virtual_service,
    world,
)  # fmt: skip

from istiolint.mesh.mesh import Mesh
from istiolint.trace.question import Request
from istiolint.trace.result import Trace

BASE = [
    *injected("shop", "web"),
    service("pay", "shop"), deployment("pay", "shop"), deployment("pay", "shop", "v2"),
    service("cart", "shop", ports=ports(("http", 80, 8080), ("http-alt", 8080, 8080))), deployment("cart", "shop"),
    service("db", "shop", ports=ports(("tcp-db", 5432, 5432))), deployment("db", "shop"),
    service("own", "web"), deployment("own", "web"),
]  # fmt: skip
ONE = "shop/pay-v1"


def asked(request: Request, *objects: Manifest, name: str = "web/own-v1", **settings: Any) -> Trace:
    return trace(world(BASE, *objects, **settings), name, request)


def hosts(found: Trace) -> list[str]:
    return [f"{it.host}:{it.port}" + (f"/{it.subset}" if it.subset else "") for it in found.targets]


def rule(name: str, space: str, host: str, *subsets: str, **spec: Any) -> Manifest:
    written = [{"name": it, "labels": {"version": it}} for it in subsets]
    return thing("DestinationRule", name, space, host=host, **({"subsets": written} if subsets else {}), **spec)


# Hosts


@pytest.mark.parametrize(
    "host",
    ["pay.shop", "pay.shop.svc", "pay.shop.svc.cluster.local", "pay.shop.svc.cluster.local.", "PAY.shop"],
)
def test_names_of_a_service(host: str) -> None:
    found = asked(get(host))
    assert found.outcome == "forward"
    assert hosts(found) == ["pay.shop.svc.cluster.local:80"]


def test_short_names_are_for_the_own_namespace_only() -> None:
    assert asked(get("pay"), name="shop/cart-v1").outcome == "forward"
    assert asked(get("pay")).outcome == "passthrough"


def test_on_http_ports_only_the_host_header_counts() -> None:
    found = asked(get("pay.shop", authority="cart.shop"))
    assert hosts(found) == ["cart.shop.svc.cluster.local:80"]


@pytest.mark.parametrize(("mode", "outcome"), [("ALLOW_ANY", "passthrough"), ("REGISTRY_ONLY", "blackhole-502")])
def test_unknown_hosts(mode: str, outcome: str) -> None:
    assert asked(get("www.example.com"), mesh_config={"outboundTrafficPolicy": {"mode": mode}}).outcome == outcome


def test_unknown_ports_are_closed_by_the_mesh_or_the_sidecar() -> None:
    empty = thing("Sidecar", "one", "web", outboundTrafficPolicy={}, egress=[{"hosts": ["*/*"]}])
    assert asked(get("www.example.com", 9999), empty).outcome == "closed"
    assert asked(get("www.example.com", 9999)).outcome == "passthrough"


def test_a_second_virtual_service_for_a_host_is_dropped_as_a_whole() -> None:
    old = virtual_service("a", "shop", ["pay"], {"match": [{"uri": {"prefix": "/old"}}], "route": [to("cart")]})
    new = virtual_service("b", "shop", ["pay"], {"match": [{"uri": {"prefix": "/new"}}], "route": [to("cart")]})
    found = asked(get("pay.shop", path="/new"), old, new)
    assert found.outcome == "no-route-404"
    assert found.route is not None
    assert found.route.service.name == "a"
    assert [loser.document.name for step in found.steps for loser in step.losers] == ["b"]


def test_a_virtual_service_without_routes_for_a_port_leaves_the_host() -> None:
    first = virtual_service("a", "shop", ["cart"], {"match": [{"port": 8080}], "route": [to("pay", port=80)]})
    other = virtual_service("b", "shop", ["cart"], {"redirect": {"uri": "/b"}})
    assert asked(get("cart.shop"), first, other).outcome == "redirect"
    assert asked(get("cart.shop", 8080), first, other).outcome == "forward"


def test_a_wildcard_does_not_step_in_for_a_host_that_is_named_exactly() -> None:
    exact = virtual_service("a", "shop", ["cart"], {"match": [{"port": 8080}], "route": [to("pay", port=80)]})
    wild = virtual_service("w", "shop", ["*.shop.svc.cluster.local"], {"redirect": {"uri": "/w"}})
    found = asked(get("cart.shop"), exact, wild)
    assert found.route is None
    assert hosts(found) == ["cart.shop.svc.cluster.local:80"]
    assert asked(get("pay.shop"), exact, wild).outcome == "redirect"


def test_a_private_virtual_service_of_the_client_beats_an_older_public_one() -> None:
    public = virtual_service(
        "a", "shop", ["pay"], {"redirect": {"uri": "/a"}}, creationTimestamp="2025-01-01T00:00:00Z"
    )
    private = virtual_service(
        "b", "web", ["pay.shop.svc.cluster.local"], {"directResponse": {"status": 403}}, exportTo=["."],
        creationTimestamp="2025-02-01T00:00:00Z",
    )  # fmt: skip
    assert asked(get("pay.shop"), public, private).status == 403
    assert asked(get("pay.shop"), public, private, name="shop/cart-v1").outcome == "redirect"


def test_plain_hosts_are_served_on_port_80_or_beside_a_service() -> None:
    plain = virtual_service("a", "web", ["partner.example.com"], {"directResponse": {"status": 200}})
    assert asked(get("partner.example.com"), plain).status == 200
    assert asked(get("partner.example.com", 8080), plain).outcome == "passthrough"
    beside = virtual_service(
        "b", "web", ["partner.example.com", "cart.shop.svc.cluster.local"], {"directResponse": {"status": 200}}
    )
    assert asked(get("partner.example.com", 8080), beside).status == 200


def test_aliases_are_hosts_of_the_service_that_they_stand_for() -> None:
    alias = thing("Service", "alias", "web", "v1", type="ExternalName", externalName="pay.shop.svc.cluster.local")
    assert hosts(asked(get("alias"), alias)) == ["pay.shop.svc.cluster.local:80"]
    assert hosts(asked(get("alias.web"), alias)) == ["pay.shop.svc.cluster.local:80"]


def test_an_alias_is_a_destination_only_where_it_has_the_port_of_the_table() -> None:
    route = virtual_service("a", "web", ["own"], {"route": [to("alias")]})
    alias = thing("Service", "alias", "web", "v1", type="ExternalName", externalName="pay.shop.svc.cluster.local")
    assert [it.result for it in asked(get("own"), alias, route).targets] == ["no-cluster-503"]
    alias = {**alias, "spec": {**alias["spec"], "ports": [{"port": 80, "name": "http"}]}}
    assert hosts(asked(get("own"), alias, route)) == ["pay.shop.svc.cluster.local:80"]


# Sidecars


def test_what_is_not_imported_is_unknown() -> None:
    only = thing("Sidecar", "one", "web", egress=[{"hosts": ["./*"]}])
    assert asked(get("pay.shop"), only).outcome == "passthrough"
    assert asked(get("own"), only).outcome == "forward"


def test_the_virtual_service_must_be_imported_by_its_own_namespace() -> None:
    only = thing("Sidecar", "one", "web", egress=[{"hosts": ["shop/*"]}])
    foreign = virtual_service("a", "web", ["pay.shop.svc.cluster.local"], {"redirect": {"uri": "/"}})
    assert asked(get("pay.shop"), only, foreign).outcome == "forward"


def test_a_listener_of_one_port_hides_its_services_from_the_others() -> None:
    both = thing(
        "Sidecar", "one", "web",
        egress=[{"port": {"number": 80, "protocol": "HTTP"}, "hosts": ["./*"]}, {"hosts": ["*/*"]}],
    )  # fmt: skip
    assert asked(get("pay.shop"), both).outcome == "passthrough"
    assert asked(get("cart.shop", 8080), both).outcome == "forward"


def test_exclusions() -> None:
    most = thing("Sidecar", "one", "web", egress=[{"hosts": ["*/*", "~shop/pay.shop.svc.cluster.local"]}])
    assert asked(get("pay.shop"), most).outcome == "passthrough"
    assert asked(get("cart.shop"), most).outcome == "forward"


def test_destinations_of_imported_routes_exist_though_not_imported() -> None:
    only = thing("Sidecar", "one", "web", egress=[{"hosts": ["./*"]}])
    route = virtual_service("a", "web", ["own"], {"route": [to("cart.shop.svc.cluster.local", port=8080)]})
    found = asked(get("own"), only, route)
    assert [(it.host, it.result) for it in found.targets] == [("cart.shop.svc.cluster.local", "ok")]
    assert asked(get("cart.shop", 8080), only, route).outcome == "passthrough"
    other = virtual_service("a", "web", ["own"], {"route": [to("cart.shop.svc.cluster.local", port=80)]})
    elsewhere = virtual_service(
        "b", "web", ["b.example.com"], {"route": [to("cart.shop.svc.cluster.local", port=8080)]}
    )
    assert asked(get("b.example.com"), only, other, elsewhere).targets[0].result == "ok"
    assert asked(get("b.example.com"), only, elsewhere).targets[0].result == "ok"


# Listeners


def test_tcp_goes_by_address() -> None:
    found = asked(Request("tcp", "db.shop", 5432))
    assert [(it.host, it.result) for it in found.targets] == [("db.shop.svc.cluster.local", "ok")]
    assert asked(get("db.shop", 5432, authority="pay.shop:5432")).targets[0].host == "db.shop.svc.cluster.local"


def test_tls_on_an_http_port_falls_through() -> None:
    found = asked(Request("https", "pay.shop", 80, sni="pay.shop"))
    assert found.outcome == "passthrough"
    assert [backend.connection for backend in found.backends] == ["tls-refused", "tls-refused"]


def test_tcp_routes() -> None:
    route = virtual_service(
        "a", "web", ["db.shop.svc.cluster.local"], tcp=[{"route": [to("pay.shop.svc.cluster.local", port=80)]}]
    )
    assert hosts(asked(Request("tcp", "db.shop", 5432), route)) == ["pay.shop.svc.cluster.local:80"]


def test_tls_routes_by_server_name() -> None:
    entry = thing(
        "ServiceEntry", "e", "web", hosts=["*.example.com"], resolution="NONE",
        ports=[{"number": 443, "name": "tls", "protocol": "TLS"}],
    )  # fmt: skip
    route = virtual_service(
        "a", "web", ["a.example.com"],
        tls=[{"match": [{"sniHosts": ["a.example.com"]}], "route": [to("db.shop.svc.cluster.local", "", 5432)]}],
    )  # fmt: skip
    asking = Request("https", "a.example.com", 443, sni="a.example.com")
    assert hosts(asked(asking, entry)) == ["*.example.com:443"]
    assert hosts(asked(asking, entry, route)) == ["db.shop.svc.cluster.local:5432"]
    assert asked(asking._replace(sni="b.example.com"), entry, route).outcome == "passthrough"


def test_sniffed_ports_have_a_table_of_their_own() -> None:
    auto = [service("auto", "shop", ports=ports(("main", 7000, 7000))), deployment("auto", "shop")]
    assert hosts(asked(get("auto.shop", 7000, authority="whatever"), *auto)) == ["auto.shop.svc.cluster.local:7000"]
    assert hosts(asked(Request("tcp", "auto.shop", 7000), *auto)) == ["auto.shop.svc.cluster.local:7000"]


def test_headless_services_go_to_the_address_that_is_dialled() -> None:
    headless = [service("one", "shop", clusterIP="None"), deployment("one", "shop")]
    found = asked(get("one.shop"), *headless)
    assert [it.result for it in found.targets] == ["original-destination"]
    assert found.targets[0].client_tls == "istio-mtls"
    assert hosts(asked(get("pod-1.one.shop"), *headless)) == ["one.shop.svc.cluster.local:80"]


def test_a_headless_service_has_no_listener_for_the_client_itself() -> None:
    headless = [service("one", "shop", clusterIP="None", ports=ports(("tcp", 90, 90))), deployment("one", "shop")]
    assert asked(Request("tcp", "one.shop", 90), *headless).outcome == "forward"
    assert asked(Request("tcp", "one.shop", 90), *headless, name="shop/one-v1").outcome == "passthrough"


def test_clients_without_sidecar_route_nothing() -> None:
    route = virtual_service("a", "shop", ["pay"], {"redirect": {"uri": "/"}})
    mesh = world(BASE[2:], route, namespace("shop"))
    found = trace(mesh, "shop/cart-v1", get("pay"))
    assert found.outcome == "no-sidecar"
    assert [backend.workload.name for backend in found.backends if backend.workload] == ["pay-v1", "pay-v2"]


# Routes and actions


def routed(request: Request, *entries: Any, **spec: Any) -> Trace:
    return asked(request, virtual_service("a", "shop", ["pay"], *entries, **spec))


def test_source_filters_do_not_count_where_gateways_are_named() -> None:
    match = {"sourceNamespace": "other", "sourceLabels": {"app": "other"}}
    assert routed(get("pay.shop"), {"match": [match], "redirect": {"uri": "/"}}).route is None
    named = {**match, "gateways": ["mesh"]}
    assert routed(get("pay.shop"), {"match": [named], "redirect": {"uri": "/"}}).outcome == "redirect"


def test_nothing_behind_a_catch_all_is_reached() -> None:
    found = routed(get("pay.shop", path="/x"), {"redirect": {"uri": "/a"}}, {"redirect": {"uri": "/b"}})
    assert found.redirect is not None
    assert found.redirect.location == "http://pay.shop/a"


@pytest.mark.parametrize(
    ("match", "rewrite", "path", "after"),
    [
        ({"prefix": "/api"}, {"uri": "/v2"}, "/api/x?q=1", "/v2/x?q=1"),
        ({"exact": "/api"}, {"uri": "/v2"}, "/api", "/v2"),
        ({"regex": "/a.*"}, {"uri": "/v2"}, "/api/x", "/v2"),
        (None, {"uri": "/v2/"}, "/x", "/v2/x"),
        ({"prefix": "/"}, {"uriRegexRewrite": {"match": "^/(.*)$", "rewrite": "/z/\\1"}}, "/x", "/z/x"),
    ],
)
def test_rewrites(match: Any, rewrite: Any, path: str, after: str) -> None:
    entry = {"route": [to("cart")], "rewrite": rewrite, **({"match": [{"uri": match}]} if match else {})}
    assert routed(get("pay.shop", path=path), entry).path == after


@pytest.mark.parametrize(
    ("redirect", "request_", "location"),
    [
        ({"uri": "/m"}, get("pay.shop", path="/x?q=1"), "http://pay.shop/m?q=1"),
        ({"uri": "/m?a=1"}, get("pay.shop", path="/x?q=1"), "http://pay.shop/m?a=1"),
        ({"authority": "new.example.com"}, get("pay.shop", path="/x"), "http://new.example.com/x"),
        ({"scheme": "https"}, get("pay.shop", authority="pay.shop:80"), "https://pay.shop/"),
        ({"port": 8443}, get("pay.shop", authority="pay.shop:80"), "http://pay.shop:8443/"),
        ({"scheme": "https", "port": 443}, get("pay.shop"), "https://pay.shop/"),
        ({"derivePort": "FROM_REQUEST_PORT", "scheme": "https"}, get("pay.shop"), "https://pay.shop:80/"),
    ],
)
def test_redirects(redirect: Any, request_: Request, location: str) -> None:
    found = routed(request_, {"redirect": redirect}).redirect
    assert found is not None
    assert found.location == location


def test_weights_and_equal_destinations() -> None:
    entry = {"route": [to("cart", weight=10), to("pay", weight=0), to("cart", weight=5), to("pay", "v1", weight=1)]}
    assert [(it.host[:4], it.weight) for it in routed(get("pay.shop"), entry).targets] == [("cart", 15), ("pay.", 1)]
    entry = {"route": [to("cart", weight=10), to("pay", weight=0)]}
    assert [it.weight for it in routed(get("pay.shop"), entry).targets] == [None]


def test_faults_mirrors_and_timeouts() -> None:
    found = routed(
        get("pay.shop"),
        {
            "route": [to("cart")], "timeout": "3s", "mirror": {"host": "gone"},
            "mirrors": [{"destination": {"host": "cart"}, "percentage": {"value": 0}}],
            "fault": {"abort": {"httpStatus": 503}, "delay": {"fixedDelay": "2s", "percentage": {"value": 5}}},
        },
    )  # fmt: skip
    assert found.timeout == "3s"
    assert found.fault is not None
    assert found.fault.abort is None
    assert found.fault.delay == ("2s", 5.0)
    assert [(it.host, it.percent, it.result) for it in found.mirrors] == [
        ("gone.shop.svc.cluster.local", 100.0, "no-cluster")
    ]


def test_a_destination_without_port_means_the_port_of_the_table() -> None:
    other = service("other", "shop", ports=ports(("http", 8080, 8080)))
    found = asked(get("pay.shop"), other, virtual_service("a", "shop", ["pay"], {"route": [to("other")]}))
    assert [(it.port, it.result) for it in found.targets] == [(80, "no-cluster-503")]


def test_host_headers_that_routes_set() -> None:
    item = {**to("cart"), "headers": {"request": {"set": {"Host": "x.example.com"}}}}
    assert routed(get("pay.shop"), {"route": [item]}).authority == "x.example.com"
    entry = {"route": [item], "headers": {"request": {"set": {":authority": "y.example.com"}}}}
    assert routed(get("pay.shop"), entry).authority == "y.example.com"


# Delegates


def test_delegates_stand_in_place_of_the_root_entry() -> None:
    root = virtual_service(
        "a", "shop", ["pay"],
        {"match": [{"uri": {"prefix": "/b"}}], "delegate": {"name": "d"}, "timeout": "1s"}, {"redirect": {"uri": "/r"}},
    )  # fmt: skip
    leaf = thing(
        "VirtualService", "d", "shop",
        http=[
            {"match": [{"uri": {"prefix": "/c"}}], "redirect": {"uri": "/c"}},
            {"match": [{"uri": {"prefix": "/b/x"}}], "route": [to("cart")]},
        ],
    )  # fmt: skip
    found = asked(get("pay.shop", path="/b/x/y"), root, leaf)
    assert found.route is not None
    assert (found.route.http, found.route.match, found.route.delegate_http, found.route.delegate_match) == (0, 0, 1, 0)
    assert found.timeout == "1s"
    assert asked(get("pay.shop", path="/b"), root, leaf).outcome == "redirect"
    hidden = {**leaf, "spec": {**leaf["spec"], "exportTo": ["web"]}}
    assert asked(get("pay.shop", path="/b/x"), root, hidden).outcome == "redirect"
    assert asked(get("pay.shop", path="/b/x"), root).outcome == "redirect"


# Clusters


def test_subsets_of_the_rule_in_effect() -> None:
    route = virtual_service("a", "shop", ["pay"], {"route": [to("pay", "v2")]})
    own = rule("pay", "shop", "pay", "v2")
    found = asked(get("pay.shop"), route, own)
    assert [it.workload.name for it in found.targets[0].backends if it.workload] == ["pay-v2"]
    assert found.targets[0].rule == ("shop", "pay")
    wide = rule("all", "web", "*.local")
    hidden = asked(get("pay.shop"), route, own, wide)
    assert [it.result for it in hidden.targets] == ["no-cluster-503"]
    assert "web/all" in hidden.targets[0].steps[-1].said
    nowhere = rule("pay", "shop", "pay", "v2", exportTo=["."])
    assert [it.result for it in asked(get("pay.shop"), route, nowhere).targets] == ["no-cluster-503"]


def test_no_pods() -> None:
    empty = [service("empty", "shop"), deployment("empty", "shop", replicas=0)]
    assert [it.result for it in asked(get("empty.shop"), *empty).targets] == ["no-endpoints-503"]


def test_endpoints_given_elsewhere_are_unknown() -> None:
    bare = thing("Service", "bare", "shop", "v1", ports=ports(("http", 80, 80)))
    found = asked(get("bare.shop"), bare)
    assert [it.result for it in found.targets] == ["unknown"]
    assert found.unknowns == ("the endpoints of bare.shop.svc.cluster.local are not in the files",)


def entry(resolution: str, **spec: Any) -> Manifest:
    return thing(
        "ServiceEntry", "e", "web", hosts=["api.example.com"], resolution=resolution,
        ports=[{"number": 80, "name": "http", "protocol": "HTTP"}], **spec,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "result", "sends"),
    [
        (entry("DNS"), "by-name", "plaintext"),
        (entry("NONE"), "original-destination", "plaintext"),
        (entry("STATIC"), "no-endpoints-503", "plaintext"),
        (entry("DNS", location="MESH_INTERNAL"), "by-name", "auto-mtls"),
    ],
)
def test_service_entries(written: Manifest, result: str, sends: str) -> None:
    found = asked(get("api.example.com"), written)
    assert [(it.result, it.client_tls) for it in found.targets] == [(result, sends)]


def test_endpoints_of_service_entries() -> None:
    written = entry("STATIC", endpoints=[{"address": "192.0.2.1", "ports": {"http": 8080}, "labels": {"v": "1"}}])
    found = asked(get("api.example.com"), written)
    assert [(it.address, it.port, it.sent) for it in found.targets[0].backends] == [("192.0.2.1", 8080, "plaintext")]
    chosen = entry("STATIC", workloadSelector={"labels": {"app": "own"}}, location="MESH_INTERNAL")
    found = asked(get("api.example.com"), chosen)
    assert [(it.workload.name, it.sent) for it in found.targets[0].backends if it.workload] == [("own-v1", "mtls")]


def test_a_load_balancer_that_passes_through() -> None:
    through = rule("pay", "shop", "pay", trafficPolicy={"loadBalancer": {"simple": "PASSTHROUGH"}})
    found = asked(get("pay.shop"), through)
    assert [(it.result, it.client_tls) for it in found.targets] == [("original-destination", "istio-mtls")]


def mesh_with(*objects: Manifest) -> Mesh:
    return world(BASE, *objects)


def test_the_rule_of_a_host_with_several_owners_is_that_of_the_service_in_scope() -> None:
    foreign = {**entry("DNS"), "metadata": {"name": "e", "namespace": "shop"}}
    rules = [
        rule("r", space, "api.example.com", trafficPolicy={"tls": {"mode": "SIMPLE"}}) for space in ("shop", "web")
    ]
    for space in ("web", "shop"):
        found = trace(
            mesh_with(entry("DNS"), foreign, *rules), "web/own-v1" if space == "web" else ONE, get("api.example.com")
        )
        assert found.targets[0].rule == (space, "r")
