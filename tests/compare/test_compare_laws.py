"""Laws of comparisons, over generated worlds."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from objects import ANY_OBJECT, rich_worlds
from sides import compared, found, side
from worlds import PATHS, PORTS, Manifest, get, placed

from istiolint.compare.asking import Fate
from istiolint.compare.callers import clients, gateways
from istiolint.compare.effects import effect
from istiolint.compare.look import Look
from istiolint.compare.pairing import Pairing
from istiolint.compare.rows import rows_of
from istiolint.compare.run import compare
from istiolint.compare.sides import changed
from istiolint.compare.units import inside
from istiolint.trace.question import Protocol, Request
from istiolint.trace.result import behaviour

some = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

RENAMED = frozenset(
    (
        "VirtualService", "DestinationRule", "AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication",
        "Sidecar", "Gateway", "EnvoyFilter", "WasmPlugin", "Deployment", "HTTPRoute", "ServiceEntry",
    )
)  # fmt: skip


@st.composite
def edits(draw: st.DrawFn, objects: list[Manifest]) -> list[Manifest]:
    """The objects with one or two of them changed, taken away, or added."""
    values = copy.deepcopy(objects)
    for _ in range(draw(st.integers(1, 2))):
        what = draw(st.sampled_from(["add", "add", "change", "change", "remove", "pods", "ports", "namespace"]))
        if what == "add":
            new = draw(ANY_OBJECT)
            values = [it for it in values if _name(it) != _name(new)] + [new]
        elif what == "remove":
            values.pop(draw(st.integers(0, len(values) - 1)))
        elif what == "change":
            new = draw(ANY_OBJECT)
            if "spec" in new and (same := [it for it in values if it["kind"] == new["kind"]]):
                draw(st.sampled_from(same))["spec"] = new["spec"]
        else:
            kind = {"pods": "Deployment", "ports": "Service", "namespace": "Namespace"}[what]
            if chosen := [it for it in values if it["kind"] == kind]:
                _edit(draw, draw(st.sampled_from(chosen)))
    return values


def _edit(draw: st.DrawFn, value: Manifest) -> None:
    if value["kind"] == "Namespace":
        value["metadata"]["labels"] = {"istio-injection": draw(st.sampled_from(["enabled", "disabled"]))}
    elif value["kind"] == "Service":
        value["spec"]["ports"] = draw(PORTS)
    else:
        template = value["spec"]["template"]
        what = draw(st.sampled_from(["version", "app", "account", "replicas", "annotation"]))
        if what in ("version", "app"):
            labels = template["metadata"].setdefault("labels", {})
            labels[what] = draw(st.sampled_from(["v1", "v2", "pay", "cart"]))
        elif what == "account":
            template["spec"]["serviceAccountName"] = "other"
        elif what == "replicas":
            value["spec"]["replicas"] = draw(st.sampled_from([0, 2]))
        else:
            template["metadata"]["annotations"] = {"traffic.sidecar.istio.io/excludeInboundPorts": "8080"}


def _name(value: Manifest) -> tuple[str, ...]:
    return (value["kind"], value["metadata"]["name"], value["metadata"].get("namespace", ""))


PAIRS = rich_worlds().flatmap(lambda objects: st.tuples(st.just(objects), edits(objects)))


@settings(some, max_examples=60)
@given(PAIRS, st.sampled_from(["complete", "auto"]))
def test_what_is_not_asked_about_does_not_change(pair: tuple[list[Manifest], list[Manifest]], world: str) -> None:
    """Who fares otherwise with which host; how requests are told apart may differ with who else is asked about it."""
    some, every = (found(compared(*pair, whole=whole, world=world)) for whole in (False, True))
    assert {it[:2] for it in some} == {it[:2] for it in every}


@some
@given(rich_worlds())
def test_nothing_changes_from_a_tree_to_itself(objects: list[Manifest]) -> None:
    """Nor where every document is a new object that says the same: nothing is asked; nor where everything is asked."""
    assert not compared(objects, copy.deepcopy(objects)).changed
    stamped = copy.deepcopy(objects)
    for value in stamped:
        value["metadata"]["annotations"] = {"note": "says nothing", **value["metadata"].get("annotations", {})}
    comparison = compared(objects, stamped, whole=True)
    assert len(comparison.changed.after) == len(objects)
    assert not rows_of(comparison)


@some
@given(PAIRS)
def test_the_way_back_has_the_same_witnesses(pair: tuple[list[Manifest], list[Manifest]]) -> None:
    one, other = pair
    there, back = compared(one, other), compared(other, one)
    assert {(caller, host, after, before) for caller, host, before, after in found(back)} == found(there)
    ours, theirs = rows_of(there), rows_of(back)
    assert sorted(_witness(it) for it in ours.changed) == sorted(_witness(it) for it in theirs.changed)
    for row in ours.changed:
        twin = next(it for it in theirs.changed if _witness(it) == _witness(row) and _mirrored(it, row))
        assert twin.requests == row.requests
        assert {row.verdict, twin.verdict} in ({"changed"}, {"works", "fails"})
    assert [(it.kind, not it.new, it.names) for it in _sorted(theirs.lone)] == [
        (it.kind, it.new, it.names) for it in _sorted(ours.lone)
    ]


def _sorted(lone: Any) -> list[Any]:
    return sorted(lone, key=lambda it: (it.kind, it.names))


def _witness(row: Any) -> tuple[str, ...]:
    return (row.caller, repr(row.request), *(line.aspect for line in row.lines), *row.callers)


def _mirrored(one: Any, other: Any) -> bool:
    return [(it.before.words, it.after.words) for it in one.lines] == [
        (it.after.words, it.before.words) for it in other.lines
    ]


@some
@given(rich_worlds(), st.randoms(use_true_random=False))
def test_order_and_places_change_nothing(objects: list[Manifest], chance: random.Random) -> None:
    """Documents in other files and in another order, keys in another order."""
    moved = [_reversed(it) for it in objects]
    chance.shuffle(moved)
    assert not changed(side(placed(objects)), side(placed(moved)))


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(it) for it in value] if isinstance(value, list) else value


@some
@given(rich_worlds(), st.randoms(use_true_random=False))
def test_names_change_nothing(objects: list[Manifest], chance: random.Random) -> None:
    """Where the ages are told: else Istio goes by names. A Gateway of the Gateway API has a Service of its name."""
    for rank, value in enumerate(objects):
        value["metadata"]["creationTimestamp"] = f"2025-01-01T00:{rank // 60:02}:{rank % 60:02}Z"
    names = {
        name: f"{chance.choice('abz')}-{name}"
        for name in ({it["metadata"]["name"] for it in objects if _is_renamed(it)} | {"v1", "v2", "leaf"})
    }
    renamed = [_renamed(copy.deepcopy(it), names) for it in objects]
    for whole in (False, True):
        comparison = compare(side(placed(objects)), side(placed(renamed)), whole=whole)
        assert comparison.changed
        rows = rows_of(comparison)
        assert not rows, rows


def _renamed(value: Manifest, names: dict[str, str]) -> Manifest:
    """An object under another name, and what refers to others by theirs."""
    if _is_renamed(value):
        value["metadata"]["name"] = names[value["metadata"]["name"]]
    spec = value.get("spec", {})
    if value["kind"] == "VirtualService":
        spec["gateways"] = [_reference(it, names) for it in spec.get("gateways", ["mesh"])]
        for section in ("http", "tcp", "tls"):
            for route in spec.get(section, []):
                if "delegate" in route:
                    route["delegate"]["name"] = names["leaf"]
                for item in route.get("route", []):
                    if "subset" in item["destination"]:
                        item["destination"]["subset"] = names[item["destination"]["subset"]]
    if value["kind"] == "DestinationRule":
        for subset in spec.get("subsets", []):
            subset["name"] = names[subset["name"]]
    return value


def _is_renamed(value: Manifest) -> bool:
    return value["kind"] in RENAMED and (value["kind"], value["metadata"]["name"]) != ("Gateway", "kube")


def _reference(written: str, names: dict[str, str]) -> str:
    space, slash, name = written.partition("/")
    return f"{space}/{names.get(name, name)}" if slash else written


ASKED = st.builds(
    lambda host, port, path, method, user: get(
        host, port, path, method=method, headers={"x-user": user} if user else {}
    ),
    st.sampled_from(["pay.shop", "cart.shop", "pay.web", "cart.web"]), st.sampled_from([80, 80, 8080]), PATHS,
    st.sampled_from(["GET", "POST"]), st.sampled_from(["", "b", "bob", "a"]),
)  # fmt: skip


@settings(some, max_examples=60)
@given(PAIRS, st.lists(ASKED, min_size=4, max_size=8))
def test_no_request_that_fares_otherwise_is_missed(
    pair: tuple[list[Manifest], list[Manifest]], requests: list[Request]
) -> None:
    sides = side(placed(pair[0])), side(placed(pair[1]))
    comparison = compare(*sides)
    ports = {(it.host.host, it.host.port) for it in inside(*sides)}
    requests = [it for it in requests if (it.host, it.port) in ports]
    pairing = Pairing(sides[0].mesh, sides[1].mesh)
    told = {(it.caller.name, it.unit.host.host, it.unit.host.port) for it in comparison.changes}
    told |= {("", it.unit.host.host, it.unit.host.port) for it in comparison.hosts}
    told |= {("", it.host.host, it.host.port) for it in comparison.unsure}
    for caller in clients(*sides, pairing):
        if caller.both is None:
            continue
        for request in requests:
            effects = [
                Fate((effect(it.tracer.trace(client, request), Look(it.tracer, number, pairing)),)).value
                for number, (it, client) in enumerate(zip(sides, caller.both, strict=True))
            ]
            if effects[0] != effects[1]:
                where = (request.host, request.port)
                assert (caller.name, *where) in told or ("", *where) in told, (caller.name, request)


@some
@given(
    rich_worlds(), st.sampled_from(["www.example.com", "shop.example.com"]), st.sampled_from(["http", "https"]), PATHS
)
def test_where_nothing_is_contested_at_a_gateway_ages_change_nothing(
    objects: list[Manifest], host: str, protocol: Protocol, path: str
) -> None:
    its = side(placed(objects))
    request = get(host, 80 if protocol == "http" else 443, path)._replace(protocol=protocol, sni=host)
    for gateway in gateways(its, its, Pairing(its.mesh, its.mesh)):
        assert gateway.before is not None
        trace = its.tracer.trace(gateway.before, request)
        if not its.contested(trace):
            assert behaviour(its.other.trace(its.same(gateway.before), request)) == behaviour(trace)
