"""Laws of partitions, over generated worlds: every request fares like the one that stands for its class."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_trace_laws import spoil
from worlds import (
    CLIENTS,
    ENTRIES,
    REQUESTS,
    Manifest,
    client,
    edge,
    gateway,
    mesh_of,
    placed,
    policy,
    server,
    thing,
    virtual_service,
    worlds,
)

from istiolint.regions.hosts import Host, asked_hosts
from istiolint.regions.partition import Partition, partition
from istiolint.regions.ways import host_ways
from istiolint.trace.question import Request
from istiolint.trace.result import Trace, behaviour
from istiolint.trace.tracer import Tracer

some = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def fate(trace: Trace) -> tuple[object, ...]:
    """What happens, but for paths, which are the request's own."""
    return behaviour(
        trace._replace(path=None, redirect=None if trace.redirect is None else trace.redirect._replace(location=""))
    )


def stands(found: Partition, request: Request, traces: list[Trace]) -> None:
    its = found.class_of(request)
    assert its is not None
    for one, other in zip(its.traces, traces, strict=True):
        assert fate(one) == fate(other), (its.request, request)


@some
@given(worlds(), CLIENTS, st.lists(REQUESTS, min_size=1, max_size=8))
def test_requests_fare_like_their_class(objects: list[Manifest], name: str, requests: list[Request]) -> None:
    mesh = mesh_of(placed(objects))
    tracer, its = Tracer(mesh), client(mesh, name, "10.0.0.9")
    for request in requests:
        found = partition([(tracer, its)], request.host, request.port)
        assert found.exhaustive
        stands(found, request, [tracer.trace(its, request)])


@some
@given(worlds(), worlds(), CLIENTS, st.lists(REQUESTS, min_size=1, max_size=6))
def test_two_meshes_have_classes_in_common(
    objects: list[Manifest], others: list[Manifest], name: str, requests: list[Request]
) -> None:
    meshes = [mesh_of(placed(it)) for it in (objects, others)]
    asked = [(Tracer(mesh), client(mesh, name, "10.0.0.9")) for mesh in meshes]
    for request in requests:
        found = partition(asked, request.host, request.port)
        stands(found, request, [tracer.trace(its, request) for tracer, its in asked])


OUTSIDE = st.builds(
    lambda path, method, user, ip, claims: Request(
        "http", "www.example.com", 80, "www.example.com", method, path, (("x-user", user),) if user else (),
        source_ip=ip, claims=claims,
    ),
    st.sampled_from(["/", "/a", "/a/", "/ab", "/a/b", "/B", "/b", "/z", "/zb", "/a?q=1", "/x?p=2&q=1", "/a.b"]),
    st.sampled_from(["GET", "POST", "PUT"]), st.sampled_from(["", "b", "bob", "a"]),
    st.sampled_from(["", "10.1.2.3", "10.1.9.9", "192.168.1.1", "8.8.8.8"]),
    st.sampled_from(
        [
            None, {"iss": "a", "sub": "x"}, {"iss": "b", "sub": "x"},
            {"iss": "a", "sub": "y", "groups": ["dev", "ops"]}, {"iss": "a", "sub": "y", "groups": "dev"},
            {"iss": "a", "sub": "z", "aud": "me", "groups": []},
        ]
    ),
)  # fmt: skip
EDGE_SOURCES = st.sampled_from(
    [
        {"ipBlocks": ["10.1.0.0/16"]}, {"notRemoteIpBlocks": ["10.1.2.0/24", "192.168.0.0/16"]},
        {"requestPrincipals": ["*"]},
        {"requestPrincipals": ["a/x", "b/*"]}, {"notRequestPrincipals": ["a/*"]}, {"namespaces": ["istio-system"]},
    ]
)  # fmt: skip
EDGE_OPERATIONS = st.sampled_from(
    [
        {"paths": ["/a*"]}, {"paths": ["*b"], "methods": ["GET"]}, {"notPaths": ["/z{**}", "/a/{*}"]},
        {"notMethods": ["POST"]},
        {"hosts": ["www.example.com"]}, {"notHosts": ["*:80"]}, {"paths": ["/a"], "notMethods": ["GET", "P*"]},
    ]
)  # fmt: skip
WHEN = st.sampled_from(
    [
        {"key": "request.headers[x-user]", "values": ["b*"]}, {"key": "request.headers[x-user]", "notValues": ["bob"]},
        {"key": "request.auth.claims[groups]", "values": ["dev"]},
        {"key": "request.auth.claims[groups]", "notValues": ["ops"]},
        {"key": "request.auth.audiences", "values": ["me"]}, {"key": "source.ip", "notValues": ["10.0.0.0/8"]},
        {"key": "remote.ip", "values": ["10.1.2.0/24"]}, {"key": "request.auth.principal", "values": ["a/*"]},
    ]
)  # fmt: skip


def rule(sources: list[Any], operations: list[Any], when: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if sources:
        found["from"] = [{"source": it} for it in sources]
    if operations:
        found["to"] = [{"operation": it} for it in operations]
    return found | ({"when": when} if when else {})


EDGE_RULES = st.builds(
    rule, st.lists(EDGE_SOURCES, max_size=2), st.lists(EDGE_OPERATIONS, max_size=2), st.lists(WHEN, max_size=1)
)
POLICIES = st.builds(
    lambda name, space, action, rules: policy(name, space, action=action, **({"rules": rules} if rules else {})),
    st.sampled_from(["one", "two"]), st.sampled_from(["shop", "istio-system"]),
    st.sampled_from(["ALLOW", "DENY", "CUSTOM"]), st.lists(EDGE_RULES, max_size=2),
)  # fmt: skip
TOKENS = st.builds(
    lambda space, audiences: thing(
        "RequestAuthentication", "tokens", space, "security.istio.io/v1",
        jwtRules=[{"issuer": "a", **({"audiences": audiences} if audiences else {})}],
    ),
    st.sampled_from(["shop", "istio-system"]), st.sampled_from([[], ["me"]]),
)  # fmt: skip
CLAIMED = st.sampled_from(
    [
        {"@request.auth.claims.groups": {"exact": "dev"}}, {"@request.auth.claims.sub": {"prefix": "x"}},
        {"x-user": {"regex": "b.*b"}},
    ]
)  # fmt: skip
AT_EDGE = st.builds(
    lambda entry, headers, place: {**entry, "match": [{"headers": headers}]} if place else entry,
    ENTRIES, CLAIMED, st.booleans(),
)  # fmt: skip


@some
@given(
    worlds(0), st.lists(AT_EDGE, min_size=1, max_size=3), st.lists(AT_EDGE, max_size=2),
    st.builds(lambda one, other: [*one, *other], st.lists(POLICIES, max_size=3), st.lists(TOKENS, max_size=1)),
    st.lists(OUTSIDE, min_size=1, max_size=12),
)  # fmt: skip
def test_requests_from_outside_fare_like_their_class(
    objects: list[Manifest], one: list[Any], other: list[Any], policies: list[Manifest],
    requests: list[Request],
) -> None:  # fmt: skip
    host = ["www.example.com"]
    routes = [
        virtual_service(name, "shop", host, *http, gateways=["gw"]) for name, http in (("a", one), ("b", other)) if http
    ]
    front = [*edge(), gateway("gw", "shop", server(80, "HTTP", "*.example.com"))]
    named = {(it["kind"], it["metadata"]["name"], it["metadata"]["namespace"]): it for it in policies}
    mesh = mesh_of(placed([*objects, *front, *routes, *named.values()]))
    tracer, its = Tracer(mesh), client(mesh, "istio-system/edge")
    found = partition([(tracer, its)], "www.example.com", 80)
    assert found.exhaustive
    for request in requests:
        stands(found, request, [tracer.trace(its, request)])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.lists(POLICIES, max_size=2), CLIENTS, REQUESTS, st.data())
def test_malformed_values_crash_nothing(
    objects: list[Manifest], policies: list[Manifest], name: str, request: Request, data: st.DataObject
) -> None:
    values = copy.deepcopy([*objects, *policies])
    for value in values:
        if value["kind"] not in ("Namespace", "Deployment") and data.draw(st.integers(0, 2)) == 0:
            spoil(value["spec"], data)
    mesh = mesh_of(placed(values))
    tracer = Tracer(mesh)
    found = host_ways(tracer, client(mesh, name), Host(request.host, request.port, "http"))
    assert found.ways
    assert all("*" not in it.host for it in asked_hosts(tracer, client(mesh, name)))
