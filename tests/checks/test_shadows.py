"""Matches that others before them leave nothing."""

import json
from typing import Any

import pytest

from istiolint.checks.match_cover import left_over
from tests.checks.said import messages, said

RULE = "match-taken-by-others"


def virtual_service(*entries: Any, **spec: Any) -> str:
    metadata = {"name": "it", "namespace": "shop"}
    route = {"route": [{"destination": {"host": "it"}}]}
    http = [{"match": matches, **route} if matches else route for matches in entries]
    return json.dumps(
        {
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": metadata,
            "spec": {"hosts": ["it"], "http": http, **spec},
        }
    )  # fmt: skip


def prefix(text: str, **more: Any) -> dict[str, Any]:
    return {"uri": {"prefix": text}, **more}


def regex(text: str, **more: Any) -> dict[str, Any]:
    return {"uri": {"regex": text}, **more}


@pytest.mark.parametrize(
    "entries",
    [
        ([regex("/api/.*")], [prefix("/api/v2/")]),
        ([regex("/.*")], []),
        ([regex("/(api|web).*")], [prefix("/web")]),
        ([prefix("/A", ignoreUriCase=True)], [regex("/aB+"), prefix("/b")]),
        ([prefix("/a", headers={"x": {}}), prefix("/b")], [prefix("/a", withoutHeaders={"x": {}})], [prefix("/a/b")]),
        ([regex("/a.*", port=80)], [prefix("/a", port=80)]),
        ([prefix("/v1"), prefix("/v2")], [regex("/v[12]/.*")]),
    ],
)  # fmt: skip
def test_it_speaks(entries: Any) -> None:
    assert len(messages(RULE, virtual_service(*entries))) == 1


@pytest.mark.parametrize(
    "entries",
    [
        ([regex("/api/.*")], [prefix("/api")]),
        ([regex("/a.*", port=80)], [prefix("/a")]),
        ([regex("/a.*", sourceNamespace="x")], [prefix("/a")]),
        ([regex("/a.*"), prefix("/a")],),
        ([prefix("/a")], [prefix("/a/b", ignoreUriCase=False)]),
        ([regex("/a(")], [prefix("/a")]),
        ([regex(".*")], [prefix("/a")]),
        ([prefix("/a", headers={"x": {"regex": "1.*"}})], [prefix("/a")], []),
        (["odd", None, {"uri": 3}, {"uri": {"regex": 4}}], [{"headers": [1], "uri": {"regex": "a"}}]),
    ],
)  # fmt: skip
def test_it_is_quiet(entries: Any) -> None:
    assert messages(RULE, virtual_service(*entries)) == []


def test_a_delegate_may_leave_something() -> None:
    text = json.loads(virtual_service([regex("/a.*")], [prefix("/a/b")]))
    text["spec"]["http"][0] = {"match": [regex("/a.*")], "delegate": {"name": "other"}}
    assert messages(RULE, json.dumps(text)) == []


def test_what_is_compared_elsewhere_is_not_said_twice() -> None:
    text = virtual_service([prefix("/a")], [prefix("/a/b", method={"regex": "G.*"})])
    assert messages(RULE, text) == []
    assert len(messages("ineffective-match", text)) == 1


def test_long_lists_are_left_alone() -> None:
    between = [[prefix(f"/b{at}")] for at in range(70)]
    assert messages(RULE, virtual_service([regex("/a.*")], *between, [prefix("/a")])) == []


def test_the_message_names_a_request_and_who_takes_it() -> None:
    text = virtual_service(
        [prefix("/a", headers={"x": {"exact": "1"}})],
        [prefix("/", withoutHeaders={"x": {"exact": "1"}})],
        [prefix("/a/b")],
    )
    (finding,) = said(RULE, text)
    assert "routes #0 and #1 take all of its requests before it (GET /a/b goes to #1)" in finding.message
    assert [it.message for it in finding.related] == ["this match takes some of them"] * 2


@pytest.mark.parametrize(
    ("entries", "request_left"),
    [
        ([[prefix("/api")]], "GET /"),
        ([[prefix("/")]], ""),
        ([[prefix("/a")], None], ""),
        ([[regex("/.*")]], ""),
        ([[regex("/.+")]], "GET /"),
        ([[prefix("/", method={"exact": "GET"})]], "POST /"),
        ([[{"method": {"exact": "GET"}}], [{"method": {"regex": "[^G].*|G[^E].*"}}]], "G /"),
        ([[{"headers": {"x": {}}}], [{"withoutHeaders": {"x": {}}}]], ""),
        ([[{"headers": {"x": {"exact": "1"}}}], [{"withoutHeaders": {"x": {}}}]], "GET / (x: x)"),
        ([[prefix("/", port=80)]], ""),
        ([[regex("/a\\b.*")]], "GET /"),
        ([["odd", prefix("/api")]], ""),
        (["odd"], ""),
        ([3], ""),
    ],
)
def test_what_no_route_takes(entries: list[Any], request_left: str) -> None:
    assert left_over([{"match": it} if it is not None else {} for it in entries]) == request_left


def test_what_a_delegate_may_take_is_not_left() -> None:
    assert left_over([{"match": [prefix("/")], "delegate": {"name": "d"}}]) == ""
    assert left_over([{"match": [prefix("/a")], "delegate": {"name": "d"}}]) == "GET /"
