"""Laws of traces, over generated worlds."""

import copy
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import CLIENTS, ENTRIES, REQUESTS, Manifest, client, mesh_of, placed, policy, virtual_service, worlds

from istiolint.mesh.mesh import Mesh
from istiolint.trace.ages import OtherAges
from istiolint.trace.contests import Contests
from istiolint.trace.question import Request
from istiolint.trace.result import Backend, Trace, behaviour
from istiolint.trace.tracer import Tracer

some = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def traced(mesh: Mesh, name: str, request: Request) -> Trace:
    return Tracer(mesh).trace(client(mesh, name, "10.0.0.9"), request)


def reached(trace: Trace) -> list[Backend]:
    return [*trace.backends, *(backend for target in trace.targets for backend in target.backends)]


@some
@given(worlds(), CLIENTS, st.lists(REQUESTS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_files_changes_nothing(
    objects: list[Manifest], name: str, requests: list[Request], chance: random.Random
) -> None:
    found = placed(objects)
    shuffled = list(found)
    chance.shuffle(shuffled)
    for request in requests:
        assert behaviour(traced(mesh_of(found), name, request)) == behaviour(traced(mesh_of(shuffled), name, request))


@some
@given(worlds(), CLIENTS, st.lists(REQUESTS, min_size=2, max_size=6))
def test_what_was_asked_before_changes_nothing(objects: list[Manifest], name: str, requests: list[Request]) -> None:
    mesh = mesh_of(placed(objects))
    tracer = Tracer(mesh)
    asked = [behaviour(tracer.trace(client(mesh, name, "10.0.0.9"), request)) for request in requests]
    for request, said in zip(reversed(requests), reversed(asked), strict=True):
        assert behaviour(traced(mesh_of(placed(objects)), name, request)) == said


@some
@given(worlds(), st.lists(REQUESTS, min_size=1, max_size=8))
def test_where_nothing_is_contested_the_order_of_age_changes_nothing(
    objects: list[Manifest], requests: list[Request]
) -> None:
    mesh = mesh_of(placed(objects))
    tracer, other = Tracer(mesh), Tracer(mesh.index(OtherAges).mesh)
    contests = mesh.index(Contests)
    for name in ("shop/pay-v1", "web/cart-v1"):
        caller = client(mesh, name, "10.0.0.9")
        for request in requests:
            trace = tracer.trace(caller, request)
            if not contests.possible(trace):
                opposite = other.trace(mesh.index(OtherAges).same(caller), request)
                assert behaviour(opposite) == behaviour(trace)


@some
@given(worlds(2), CLIENTS, REQUESTS, st.lists(ENTRIES, min_size=1, max_size=4))
def test_a_route_that_is_taken_takes_the_request_and_none_before_it_does(
    objects: list[Manifest], name: str, request: Request, entries: list[Manifest]
) -> None:
    hosts = ["pay", "pay.shop.svc.cluster.local", "cart.web.svc.cluster.local", "www.example.com"]
    mesh = mesh_of(placed([*objects, virtual_service("0", "shop", hosts, *entries)]))
    trace = traced(mesh, name, request)
    if trace.route is None or trace.route.http is None:
        return
    entries = trace.route.service.spec["http"]
    if trace.route.match is not None:
        assert holds(entries[trace.route.http]["match"][trace.route.match], name, request)
    else:
        assert not entries[trace.route.http].get("match")
    for entry in entries[: trace.route.http]:
        assert entry.get("match")
        assert not any(holds(match, name, request) for match in entry["match"])


def holds(match: dict[str, Any], name: str, request: Request) -> bool:
    """A second, plain reading of a match."""
    import re

    path, _, query = request.path.partition("?")
    user = request.header("x-user")
    if match.get("port") not in (None, request.port):
        return False
    if match.get("sourceNamespace") not in (None, name.split("/", maxsplit=1)[0]):
        return False
    if "sourceLabels" in match and not name.split("/")[1].startswith("pay"):
        return False
    if match.get("method", {}).get("exact") not in (None, request.method):
        return False
    if match.get("queryParams") and query != "q=1":
        return False
    for test in match.get("headers", {}).values():
        if user is None or test.get("exact", user) != user or not user.startswith(test.get("prefix", "")):
            return False
    if match.get("withoutHeaders") and user == "b":
        return False
    uri = match.get("uri", {"prefix": "/"})
    if match.get("ignoreUriCase") and "regex" not in uri:
        path = path.lower()
    if "exact" in uri:
        return path == uri["exact"]
    return bool(re.fullmatch(uri["regex"], path)) if "regex" in uri else path.startswith(uri["prefix"])


@some
@given(worlds(), CLIENTS, REQUESTS)
def test_strict_ports_take_nothing_but_mtls(objects: list[Manifest], name: str, request: Request) -> None:
    for backend in reached(traced(mesh_of(placed(objects)), name, request)):
        if backend.mode == "STRICT" and backend.connection in ("ok", "tls-to-app"):
            assert backend.sent == "mtls"
        if backend.connection not in ("ok", "tls-to-app"):
            assert backend.verdict is None


@some
@given(worlds(), CLIENTS, REQUESTS)
def test_weights_are_those_of_the_route(objects: list[Manifest], name: str, request: Request) -> None:
    trace = traced(mesh_of(placed(objects)), name, request)
    weights = [target.weight for target in trace.targets]
    assert all(weight is None or weight > 0 for weight in weights)
    assert (None in weights) <= (len(weights) == 1)


@some
@given(worlds(), CLIENTS, REQUESTS)
def test_what_nobody_sees_changes_nothing(objects: list[Manifest], name: str, request: Request) -> None:
    hidden = virtual_service("a", "shop", ["pay", "*.svc.cluster.local"], {"redirect": {"uri": "/x"}}, exportTo=["~"])
    before = traced(mesh_of(placed(objects)), name, request)
    assert behaviour(traced(mesh_of(placed([*objects, hidden])), name, request)) == behaviour(before)


@some
@given(worlds(), CLIENTS, REQUESTS, st.sampled_from(["shop", "web", "istio-system"]))
def test_one_more_denial_allows_nothing_new(objects: list[Manifest], name: str, request: Request, space: str) -> None:
    before = reached(traced(mesh_of(placed(objects)), name, request))
    denial = policy("zz", space, action="DENY", rules=[{}])
    for one, other in zip(before, reached(traced(mesh_of(placed([*objects, denial])), name, request)), strict=True):
        if one.verdict is not None and one.workload is not None and other.verdict is not None:
            touched = space in (one.workload.namespace, "istio-system")
            assert other.verdict.allowed == (one.verdict.allowed and not touched)


@some
@given(worlds(), CLIENTS, REQUESTS)
def test_one_more_allowance_beside_others_denies_nothing_new(
    objects: list[Manifest], name: str, request: Request
) -> None:
    before = reached(traced(mesh_of(placed(objects)), name, request))
    leave = policy("zz", "istio-system", rules=[{}])
    for one, other in zip(before, reached(traced(mesh_of(placed([*objects, leave])), name, request)), strict=True):
        if one.verdict is not None and other.verdict is not None:
            assert other.verdict.allowed == (one.verdict.by != "deny-policy")


@some
@given(worlds(), CLIENTS, REQUESTS)
def test_told_ages_leave_nothing_open(objects: list[Manifest], name: str, request: Request) -> None:
    found = placed(objects)
    for rank, it in enumerate(found):
        it.metadata["creationTimestamp"] = f"2025-01-01T00:00:{rank:02}Z"
    mesh = mesh_of(found)
    assert Tracer(mesh).both_ages(client(mesh, name), request).otherwise is None


@some
@given(worlds(), CLIENTS, REQUESTS)
def test_every_step_names_a_place_that_is_there(objects: list[Manifest], name: str, request: Request) -> None:
    for step in traced(mesh_of(placed(objects)), name, request).all_steps:
        for document_, path in [(step.document, step.path), *((it.document, it.path) for it in step.losers)]:
            if document_ is not None and path:
                assert document_.node(*path) or document_.node(*path[:-1]), (step.said, path)


junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.text("a.*/:", max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text("a", max_size=2), inner, max_size=2)),
    max_leaves=5,
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), CLIENTS, REQUESTS, st.data())
def test_malformed_values_crash_nothing(
    objects: list[Manifest], name: str, request: Request, data: st.DataObject
) -> None:
    values = copy.deepcopy(objects)
    for value in values:
        if value["kind"] not in ("Namespace", "Deployment") and data.draw(st.integers(0, 2)) == 0:
            spoil(value["spec"], data)
    mesh = mesh_of(placed(values))
    assert Tracer(mesh).both_ages(client(mesh, name), request).all_steps


def spoil(value: Any, data: st.DataObject) -> None:
    """Put junk somewhere into a value."""
    while isinstance(value, dict | list) and value:
        key = data.draw(st.sampled_from(sorted(value))) if isinstance(value, dict) else 0
        if data.draw(st.integers(0, 2)) == 0 or not isinstance(value[key], dict | list):
            value[key] = data.draw(junk)
            return
        value = value[key]
