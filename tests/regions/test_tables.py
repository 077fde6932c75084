"""What is left for each route of a list: laws against requests that are tried one by one."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from istiolint.regions.conditions import of_condition
from istiolint.regions.products import EVERYTHING, Product, Setting, Space
from istiolint.regions.shadows import PLAIN, example, taken
from istiolint.regions.tables import remains
from istiolint.regions.witness import request_of, values_of
from istiolint.trace.matching import Condition, condition
from istiolint.trace.question import Request

URIS = st.sampled_from(
    [
        {"prefix": "/"}, {"prefix": "/a"}, {"exact": "/a"}, {"prefix": "/a/"}, {"exact": "/A"}, {"regex": "/a.*"},
        {"regex": "/[ab]/[0-9]+"}, {"regex": "/(a|b)(/.*)?"}, {"regex": ".*"}, {"regex": "/.+"}, {"prefix": "/a/1"},
        {"regex": r"/a\b.*"}, {"prefix": "/b"},
    ]
)  # fmt: skip
STRINGS = st.sampled_from([{"exact": "1"}, {"prefix": "1"}, {"regex": "1|2"}, {"regex": "[0-9]*"}, {}, {"regex": "*"}])
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "uri": URIS,
        "ignoreUriCase": st.booleans(),
        "method": st.sampled_from([{"exact": "GET"}, {"exact": "POST"}, {"regex": "GET|POST"}, {"prefix": "P"}]),
        "headers": st.dictionaries(st.sampled_from(["x", "y"]), STRINGS, max_size=2),
        "withoutHeaders": st.dictionaries(st.sampled_from(["x", "y"]), STRINGS, max_size=1),
        "queryParams": st.dictionaries(st.just("q"), STRINGS, max_size=1),
    },
)


def chances(count: int) -> list[Request]:
    """Random requests, near to what the matches ask for."""
    chance = random.Random(1)
    values = ["1", "2", "12", "3", "x"]
    found = []
    for _ in range(count):
        path = "/" + "".join(chance.choice(["a", "b", "/", "1", "A", "x", ""]) for _ in range(4))
        query = f"?q={chance.choice(values)}" if chance.random() < 0.4 else ""
        headers = tuple((name, chance.choice(values)) for name in ("x", "y") if chance.random() < 0.5)
        method = chance.choice(["GET", "POST", "PUT", "DELETE"])
        found.append(Request("http", "any", 80, "any", method, path + query, headers))
    return found


REQUESTS = chances(300)


def first(conditions: list[Condition], request: Request) -> int | None:
    return next((at for at, it in enumerate(conditions) if it.holds(request, request.path, "http")), None)


def products(conditions: list[Condition]) -> list[Product]:
    return [of_condition(it) for it in conditions]


@settings(max_examples=150, deadline=None)
@given(st.lists(MATCHES, min_size=1, max_size=5))
def test_what_is_left_is_taken_and_what_is_not_never_is(matches: list[dict[str, Any]]) -> None:
    conditions = [condition(it) for it in matches]
    table = remains(products(conditions))
    going = [first(conditions, request) for request in REQUESTS]
    for at, its in enumerate(table.routes):
        if its.left is not None:
            assert first(conditions, request_of(PLAIN, its.left.values)) == at
        elif its.proven:
            assert at not in going
            for request in REQUESTS:
                if conditions[at].holds(request, request.path, "http"):
                    assert any(conditions[it].holds(request, request.path, "http") for it in its.takers)
    if table.hole.left is not None:
        assert first(conditions, request_of(PLAIN, table.hole.left.values)) is None
    elif table.hole.proven:
        assert None not in going


@settings(max_examples=150, deadline=None)
@given(st.lists(MATCHES, min_size=1, max_size=4))
def test_every_request_has_a_point(matches: list[dict[str, Any]]) -> None:
    conditions = [condition(it) for it in matches]
    space = Space(products(conditions))
    points = {point.vector for point in space.points}
    for point in space.points:
        request = request_of(PLAIN, point.values)
        assert space.vector(values_of(request, "BASE")) == point.vector
    if all(it.exact for it in space.products):
        for request in REQUESTS[:100]:
            assert space.vector(values_of(request, "BASE")) in points


@settings(max_examples=5, deadline=None)
@given(st.lists(MATCHES, min_size=2, max_size=4))
def test_a_route_that_is_never_reached_is_not_reached_by_ten_thousand(matches: list[dict[str, Any]]) -> None:
    conditions = [condition(it) for it in matches]
    never = {at for at, its in enumerate(remains(products(conditions)).routes) if its.proven and its.left is None}
    if never:
        for request in chances(10_000):
            assert first(conditions, request) not in never


def prefix(text: str, **more: Any) -> dict[str, Any]:
    return {"uri": {"prefix": text}, **more}


def regex(text: str) -> dict[str, Any]:
    return {"uri": {"regex": text}}


@pytest.mark.parametrize(
    ("match", "earlier", "takers"),
    [
        (prefix("/api/x"), [regex("/api.*")], (0,)),
        (prefix("/api/x"), [regex("/api/y.*"), regex("/.*")], (1,)),
        (prefix("/a"), [prefix("/a", headers={"x": {"exact": "1"}}),
                        prefix("/", withoutHeaders={"x": {"exact": "1"}})], (0, 1)),
        (prefix("/a", method={"regex": "GET|POST"}),
         [prefix("/a", method={"exact": "GET"}), prefix("/", method={"exact": "POST"})], (0, 1)),
        (prefix("/a"), [prefix("/", headers={"x": {}}), prefix("/", withoutHeaders={"x": {}})], (0, 1)),
        ({"uri": {"exact": "/Api"}}, [prefix("/api", ignoreUriCase=True)], (0,)),
        (prefix("/api", ignoreUriCase=True), [prefix("/api")], None),
        (regex("/v[12]"), [{"uri": {"exact": "/v1"}}, {"uri": {"exact": "/v2"}}], (0, 1)),
        (regex("/v[12].*"), [regex("/v1.*"), regex("/v2/.*")], None),
        (regex(r"/a\b"), [prefix("/a")], None),
        (prefix("/a/b"), [regex(r"/a\b.*")], None),
        (prefix("/a", scheme={"exact": "https"}), [prefix("/", scheme={"exact": "http"})], None),
        (prefix("/a", scheme={"exact": "https"}), [prefix("/", scheme={"exact": "https"})], (0,)),
        (prefix("/a", authority={"exact": "a.com"}), [prefix("/", authority={"regex": "[a-z.]+"})], (0,)),
        ({}, [regex("/.*")], (0,)),
        ({"uri": {"exact": "no-slash"}}, [prefix("/")], None),
    ],
)  # fmt: skip
def test_takers(match: dict[str, Any], earlier: list[dict[str, Any]], takers: tuple[int, ...] | None) -> None:
    found = taken(match, earlier)
    assert (found.takers if found is not None else None) == takers


def test_examples_are_plain() -> None:
    assert example({}) == "GET /"
    assert example(prefix("/pay", method={"exact": "PUT"}, headers={"u": {"regex": "a+"}})) == "PUT /pay (u: a)"
    assert example({"queryParams": {"q": {"exact": "1"}}}) == "GET /?q=1"
    assert example(prefix("/a", headers={"@request.auth.claims.groups": {"exact": "dev"}})) == (
        "GET /a (token: iss x, sub x, groups dev)"
    )
    assert example(regex(r"/\bx")) == ""


def test_several_values_of_a_claim_are_thought_of() -> None:
    """Somebody in both groups is taken by neither of the first two."""
    key = "@request.auth.claims.groups"
    one = {"headers": {key: {"exact": "a"}}, "withoutHeaders": {key: {"exact": "b"}}}
    other = {"headers": {key: {"exact": "b"}}, "withoutHeaders": {key: {"exact": "a"}}}
    either = {"headers": {key: {"regex": "a|b"}}}
    table = remains([of_condition(condition(it)) for it in (one, other, either)])
    left = table.routes[2].left
    assert left is not None
    assert (request_of(PLAIN, left.values).claims or {})["groups"] in (["a", "b"], ["b", "a"])


def test_too_many_combinations_prove_nothing() -> None:
    many = [
        of_condition(condition({"headers": {f"h{at}": {"exact": "1"}, f"i{at}": {"regex": "a*"}}})) for at in range(9)
    ]
    space = Space([*many, EVERYTHING], cells=100)
    assert space.points
    assert not space.complete


def test_authorities_are_those_of_the_host() -> None:
    wanted = of_condition(condition({"authority": {"exact": "a.com"}}))
    some = remains([wanted], Setting(authorities=("a.com:80", "a.com")))
    assert some.routes[0].left is not None
    assert some.routes[0].left.values == {"authority": "a.com"}
    none = remains([wanted], Setting(authorities=("b.com",)))
    assert (none.routes[0].left, none.routes[0].takers, none.routes[0].shadowed) == (None, (), False)
