"""The way through a gateway."""

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
    policy,
    server,
    service,
    thing,
    to,
    virtual_service,
    world,
)  # fmt: skip

from istiolint.trace.question import Request, find_gateway
from istiolint.trace.result import Trace
from istiolint.trace.tracer import Tracer

BASE = [*injected("shop"), service("pay", "shop"), deployment("pay", "shop"), *edge()]
HTTP = gateway("g", "shop", server(80, "HTTP", "*.example.com"))
SIMPLE = {"mode": "SIMPLE", "credentialName": "c"}


def asked(request: Request, *objects: Manifest, **settings: Any) -> Trace:
    mesh = world(BASE, *objects, **settings)
    return Tracer(mesh).trace(client(mesh, "istio-system/edge", "10.0.0.5"), request._replace(source_ip="203.0.113.7"))


def secure(host: str, sni: str = "", path: str = "/") -> Request:
    return get(host, 443, path, authority=host, sni=sni or host)._replace(protocol="https")


def route(name: str, hosts: list[str], *http: Any, space: str = "shop", **spec: Any) -> Manifest:
    return virtual_service(name, space, hosts, *http, **{"gateways": ["shop/g"], **spec})


def losers(found: Trace) -> list[str]:
    return [loser.reason for step in found.steps for loser in step.losers]


def test_routes_of_one_host_are_appended_and_catch_alls_come_last() -> None:
    first = route("a", ["a.example.com"], {"match": [{"uri": {"prefix": "/a"}}], "redirect": {"uri": "/1"}},
                  {"directResponse": {"status": 404}})  # fmt: skip
    second = route("b", ["*.example.com"], {"match": [{"uri": {"prefix": "/b"}}], "redirect": {"uri": "/2"}})
    third = route("c", ["a.example.com"], {"match": [{"uri": {"prefix": "/c"}}], "redirect": {"uri": "/3"}})
    for path, location in (("/a", "/1"), ("/c", "/3")):
        found = asked(get("a.example.com", path=path), HTTP, first, second, third)
        assert found.redirect is not None
        assert found.redirect.location == f"http://a.example.com{location}"
    assert asked(get("a.example.com", path="/b"), HTTP, first, second, third).status == 404
    assert asked(get("z.example.com", path="/x"), HTTP, first, second, third).outcome == "no-route-404"


def test_requests_to_nowhere() -> None:
    some = route("a", ["a.example.com"], {"route": [to("pay")]})
    assert asked(get("b.example.com"), HTTP, some).outcome == "no-route-404"
    assert asked(get("a.example.com", 9999), HTTP, some).outcome == "no-listener"
    assert asked(secure("a.example.com")._replace(port=80), HTTP, some).outcome == "refused"
    assert asked(get("a.example.com", 443), HTTP, some).outcome == "no-listener"


def test_a_request_goes_on_to_the_pods() -> None:
    found = asked(get("a.example.com"), HTTP, route("a", ["a.example.com"], {"route": [to("pay")]}))
    backend = found.targets[0].backends[0]
    assert (backend.sent, backend.port, backend.connection) == ("mtls", 8080, "ok")
    assert found.gateway_verdict is not None
    assert found.gateway_verdict.by == "no-policy"


def test_identity_and_addresses_of_callers() -> None:
    some = route("a", ["a.example.com"], {"route": [to("pay")]})
    allow = policy("a", "shop", rules=[{"from": [{"source": {"principals": ["*/ns/istio-system/sa/edge"]}}]}])
    outside = policy("o", "istio-system", selector={"matchLabels": {"istio": "ingressgateway"}}, action="DENY",
                     rules=[{"from": [{"source": {"ipBlocks": ["203.0.113.0/24"]}}]}])  # fmt: skip
    found = asked(get("a.example.com"), HTTP, some, allow, outside)
    assert found.gateway_verdict is not None
    assert found.gateway_verdict.by == "deny-policy"
    verdict = found.targets[0].backends[0].verdict
    assert verdict is not None
    assert verdict.by == "allow-policy"
    behind = policy("b", "shop", action="DENY", rules=[{"from": [{"source": {"remoteIpBlocks": ["203.0.113.7"]}}]}])
    verdict = asked(get("a.example.com"), HTTP, some, behind).targets[0].backends[0].verdict
    assert verdict is not None
    assert verdict.by == "deny-policy"


def test_servers_restrict_namespaces_and_pods_must_see_the_routes() -> None:
    own = gateway("g", "shop", server(80, "HTTP", "./a.example.com"))
    some = {"directResponse": {"status": 200}}
    assert asked(get("a.example.com"), own, route("a", ["a.example.com"], some)).status == 200
    assert asked(get("a.example.com"), own, route("a", ["a.example.com"], some, space="web")).outcome == "no-route-404"
    private = route("a", ["a.example.com"], some, exportTo=["."])
    assert asked(get("a.example.com"), own, private).outcome == "no-route-404"
    assert (
        asked(get("a.example.com"), own, route("a", ["a.example.com"], some, exportTo=["istio-system"])).status == 200
    )


def test_https_redirects() -> None:
    first = gateway("g", "shop", server(80, "HTTP", "a.example.com", httpsRedirect=True))
    found = asked(get("a.example.com", path="/x?q=1", authority="a.example.com:80"), first)
    assert found.redirect == (301, "https://a.example.com:80/x?q=1")


def test_the_server_name_chooses_the_server_and_the_host_among_its_hosts() -> None:
    two = gateway(
        "g", "shop", server(443, "HTTPS", "a.example.com", name="a", **SIMPLE),
        server(443, "HTTPS", "*.example.com", name="b", **SIMPLE),
    )  # fmt: skip
    some = route("a", ["a.example.com", "b.example.com"], {"directResponse": {"status": 200}})
    assert asked(secure("a.example.com"), two, some).status == 200
    assert asked(secure("b.example.com"), two, some).status == 200
    assert asked(secure("b.example.com", "a.example.com"), two, some).outcome == "no-route-404"
    assert asked(secure("c.example.org"), two, some).outcome == "refused"
    assert asked(get("a.example.com", 443), two, some).outcome == "refused"


def test_a_tls_server_loses_all_its_hosts_for_one_that_is_taken() -> None:
    first = gateway("a", "shop", server(443, "HTTPS", "x.example.com", name="a", **SIMPLE))
    second = gateway("g", "shop", server(443, "HTTPS", "x.example.com", "y.example.com", name="b", **SIMPLE))
    some = route("a", ["y.example.com"], {"directResponse": {"status": 200}})
    assert asked(secure("y.example.com"), first, second, some).outcome == "refused"
    third = gateway("h", "shop", server(443, "HTTPS", "y.example.com", name="c", **SIMPLE))
    named = {**some, "spec": {**some["spec"], "gateways": ["shop/h"]}}
    found = asked(secure("y.example.com"), first, second, third, named)
    assert found.status == 200
    assert any("Gateway shop/a has x.example.com on this port already" in reason for reason in losers(found))


def test_plaintext_keeps_a_port_to_itself_and_tls_does_not() -> None:
    plain = gateway("g", "shop", server(443, "HTTP", "a.example.com"))
    tls = gateway("h", "shop", server(443, "HTTPS", "b.example.com", **SIMPLE))
    some = [
        route("a", ["a.example.com"], {"directResponse": {"status": 200}}),
        route("b", ["b.example.com"], {"directResponse": {"status": 201}}, gateways=["shop/h"]),
    ]
    assert asked(get("a.example.com", 443), plain, tls, *some).status == 200
    assert asked(secure("b.example.com"), plain, tls, *some).outcome == "refused"
    older = {**tls, "metadata": {**tls["metadata"], "creationTimestamp": "2025-01-01T00:00:00Z"}}
    assert asked(get("a.example.com", 443), plain, older, *some).status == 200
    assert asked(secure("b.example.com"), plain, older, *some).status == 201


def test_equal_server_names_in_other_words_close_the_port() -> None:
    both = gateway(
        "g", "shop", server(443, "HTTPS", "shop/a.example.com", name="a", **SIMPLE),
        server(443, "HTTPS", "a.example.com", name="b", **SIMPLE),
    )  # fmt: skip
    assert asked(secure("a.example.com"), both).outcome == "listener-rejected"


def passthrough(*names: str, host: str = "pay", space: str = "shop") -> Manifest:
    match = {"port": 443, "sniHosts": list(names)}
    return route(
        f"r-{names[0][:1]}", ["*.example.com"], tls=[{"match": [match], "route": [to(host, port=80)]}], space=space
    )


def test_tls_that_is_passed_through_goes_by_server_name() -> None:
    through = gateway("g", "shop", server(443, "TLS", "*.example.com", mode="PASSTHROUGH"))
    found = asked(secure("a.example.com"), through, passthrough("a.example.com"))
    assert [(it.host, it.port) for it in found.targets] == [("pay.shop.svc.cluster.local", 80)]
    assert found.targets[0].backends[0].connection == "protocol-error"
    assert asked(secure("b.example.com"), through, passthrough("a.example.com")).outcome == "refused"
    assert asked(secure("b.example.com"), through, passthrough("*.example.com")).outcome == "forward"
    assert asked(secure("b.example.com"), through).outcome == "no-listener"


def test_tcp_servers() -> None:
    raw = gateway("g", "shop", server(80, "TCP", "*"))
    some = route("a", ["*"], tcp=[{"match": [{"port": 81}], "route": [to("gone", port=1)]},
                                  {"match": [{"port": 80}], "route": [to("pay", port=80)]}])  # fmt: skip
    found = asked(Request("tcp", "a.example.com", 80), raw, some)
    assert [(it.host, it.result) for it in found.targets] == [("pay.shop.svc.cluster.local", "ok")]
    assert asked(Request("tcp", "a.example.com", 80), raw).outcome == "no-listener"


def test_one_port_of_a_service_gives_destinations_their_port() -> None:
    odd = thing(
        "Service",
        "odd",
        "shop",
        "v1",
        selector={"app": "pay"},
        ports=[{"port": 9000, "name": "http", "targetPort": 8080}],
    )
    found = asked(get("a.example.com"), HTTP, odd, route("a", ["a.example.com"], {"route": [to("odd")]}))
    assert [(it.port, it.result) for it in found.targets] == [(9000, "ok")]


def test_headless_services_are_balanced_by_gateways() -> None:
    headless = service("one", "shop", clusterIP="None", selector={"app": "pay"})
    found = asked(get("a.example.com"), HTTP, headless, route("a", ["a.example.com"], {"route": [to("one")]}))
    assert [(it.result, it.client_tls, len(it.backends)) for it in found.targets] == [("ok", "auto-mtls", 1)]


@pytest.mark.parametrize(("labels", "outcome"), [({}, "no-route-404"), ({"app": "none"}, "no-listener")])
def test_selectors(labels: dict[str, str], outcome: str) -> None:
    every = {**HTTP, "spec": {**HTTP["spec"], "selector": labels}}
    assert asked(get("a.example.com"), every).outcome == outcome


def test_gateways_of_istios_own_charts_are_assumed() -> None:
    mesh = world(BASE[:3], HTTP, route("a", ["a.example.com"], {"route": [to("pay")]}))
    for space, name in (("istio-system", "istio-ingressgateway"), ("shop", "g")):
        found = find_gateway(mesh, space, name)
        assert found is not None
        assert str(found) == "istio-system/istio-ingressgateway"
        said = Tracer(mesh).both_ages(found, get("a.example.com"))
        assert said.outcome == "forward"
        assert said.unknowns == (
            "the pods and the Service of gateway istio-system/istio-ingressgateway are not in the files",
        )
    assert find_gateway(mesh, "shop", "nothing") is None
    own = world(BASE, HTTP)
    assert str(find_gateway(own, "shop", "g")) == "istio-system/edge"
