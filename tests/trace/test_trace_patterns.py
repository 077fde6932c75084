"""Texts, expressions, paths, and the conditions made of them."""

import pytest
from worlds import get

from istiolint.trace.matching import ANYTHING, claim_path, condition
from istiolint.trace.patterns import Text, full_match, normalise, substitute, text_match
from istiolint.trace.question import Request


@pytest.mark.parametrize(
    ("written", "given", "holds"),
    [
        ({"exact": "a"}, "a", True),
        ({"exact": "a"}, "A", False),
        ({"prefix": "a"}, "ab", True),
        ({"regex": "a.c"}, "abc", True),
        ({"regex": "a.c"}, "abcd", False),
        ({"regex": "*"}, "", True),
        ({}, "anything", True),
        ({"exact": "a"}, None, False),
        ({}, None, False),
        ({"regex": "(?=a)a"}, "a", False),
    ],
)
def test_texts(written: dict[str, str], given: str | None, holds: bool) -> None:
    assert text_match(written).holds(given) is holds


def test_expressions_that_no_engine_takes_match_nothing() -> None:
    assert not full_match("(", "(")


def test_groups_in_substitutions() -> None:
    assert substitute("^/api/v([0-9]+)(.*)$", "/r\\1\\2", "/api/v2/x") == "/r2/x"
    assert substitute("a", "\\\\", "ba") == "b\\"
    assert substitute("(", "x", "ba") == "ba"


@pytest.mark.parametrize(
    ("mode", "written", "seen"),
    [
        ("BASE", "/a/./b/../c?x=/../y", "/a/c?x=/../y"),
        ("BASE", "/a\\b", "/a/b"),
        ("BASE", "/%61dmin", "/admin"),
        ("BASE", "/a%2fb", "/a%2Fb"),
        ("BASE", "//a", "//a"),
        ("BASE", "/a/..", "/"),
        ("MERGE_SLASHES", "//a///b", "/a/b"),
        ("DECODE_AND_MERGE_SLASHES", "/a%2F%2fb", "/a/b"),
        ("NONE", "/a/../b", "/a/../b"),
    ],
)
def test_paths_as_the_proxy_sees_them(mode: str, written: str, seen: str) -> None:
    assert normalise(written, mode) == seen


def holds(match: dict[str, object], request: Request) -> bool:
    return condition(match).holds(request, request.path, "http")


@pytest.mark.parametrize(
    ("match", "request_", "taken"),
    [
        ({"uri": {"prefix": "/api"}}, get("a", path="/apix"), True),
        ({"uri": {"exact": "/a"}}, get("a", path="/a?q=1"), True),
        ({"uri": {"exact": "/A"}, "ignoreUriCase": True}, get("a", path="/a"), True),
        ({"uri": {"regex": "/A"}, "ignoreUriCase": True}, get("a", path="/a"), False),
        ({"uri": {"regex": "/a"}}, get("a", path="/ab"), False),
        ({"method": {"exact": "get"}}, get("a"), False),
        ({"authority": {"exact": "a"}}, get("a", 8080), False),
        ({"authority": {"regex": "a:.*"}}, get("a", 8080), True),
        ({"scheme": {"exact": "https"}}, get("a"), False),
        ({"headers": {"X-User": {"exact": "b"}}}, get("a", headers={"x-user": "b"}), True),
        ({"headers": {"x-user": {}}}, get("a"), False),
        ({"withoutHeaders": {"x-user": {"exact": "b"}}}, get("a"), True),
        ({"withoutHeaders": {"x-user": {"exact": "b"}}}, get("a", headers={"x-user": "b"}), False),
        ({"withoutHeaders": {"x-user": {}}}, get("a", headers={"x-user": "b"}), False),
        ({"withoutHeaders": {"x-user": {"prefix": ""}}}, get("a"), False),
        ({"queryParams": {"q": {"exact": "1"}}}, get("a", path="/?q=1&q=2"), True),
        ({"queryParams": {"q": {"exact": "2"}}}, get("a", path="/?q=1&q=2"), False),
        ({"queryParams": {"q": {}}}, get("a"), False),
        ({"headers": {"@request.auth.claims.group": {"exact": "x"}}}, get("a", claims={"group": ["y", "x"]}), True),
        ({"headers": {"@request.auth.claims[a][b]": {"exact": "x"}}}, get("a", claims={"a": {"b": "x"}}), True),
        ({"headers": {"@request.auth.claims.group": {"exact": "x"}}}, get("a"), False),
        ({"withoutHeaders": {"@request.auth.claims.group": {"exact": "x"}}}, get("a"), True),
    ],
)
def test_conditions(match: dict[str, object], request_: Request, taken: bool) -> None:
    assert holds(match, request_) is taken


@pytest.mark.parametrize(
    ("match", "everything"),
    [
        ({}, True),
        ({"uri": {"prefix": "/"}}, True),
        ({"uri": {"regex": ".*"}}, True),
        ({"uri": {"regex": "/.*"}}, False),
        ({"uri": {"prefix": "/"}, "method": {"exact": "GET"}}, False),
        ({"uri": {"prefix": "/"}, "ignoreUriCase": True, "port": 80}, True),
        ({"queryParams": {"q": {}}}, False),
    ],
)
def test_what_takes_everything(match: dict[str, object], everything: bool) -> None:
    assert condition(match).catch_all is everything


def test_prefixes_by_segments() -> None:
    by_segment = ANYTHING._replace(path=Text("prefix", "/a"), segments=True)
    assert by_segment.takes_path("/a")
    assert by_segment.takes_path("/a/b")
    assert not by_segment.takes_path("/ab")


def test_claims_in_both_spellings() -> None:
    assert claim_path("@request.auth.claims.a.b") == ["a", "b"]
    assert claim_path("@request.auth.claims[a.b][c]") == ["a.b", "c"]
