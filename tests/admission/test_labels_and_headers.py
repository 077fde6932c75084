"""Label keys and values; header names in their roles; header values as format strings."""

from __future__ import annotations

import pytest

from istiolint.admission import headers, labels


@pytest.mark.parametrize("key", ["a", "a/b", "app.kubernetes.io/name", "A_b-c.d", "1", f"{'a' * 60}.b/c"])
def test_label_keys(key: str) -> None:
    assert labels.key_problem(key) is None


@pytest.mark.parametrize("key", ["", "/a", "a/", "a/b/c", "-a", "a b", "a_b/c", "a" * 64, "ä", f"{'a.' * 127}a/b"])
def test_no_label_keys(key: str) -> None:
    assert labels.key_problem(key) is not None


def test_label_values() -> None:
    assert labels.value_problem("") is None
    assert labels.value_problem("v" * 100) is None
    assert labels.value_problem("v1,v2") is not None
    assert labels.value_problem(".v1") is not None


@pytest.mark.parametrize(
    "name", ["x-user", ":path", "@request.auth.claims.a", "@Request.Auth.Claims[a]", "a,b", "!#$%&'*+-.^_`|~"]
)
def test_headers_to_match(name: str) -> None:
    assert headers.match_name_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", "a b", ":foo", "a/b", "@request.auth.claims", "@request.auth.claims[]", "ä", 'a"b']
)
def test_no_headers_to_match(name: str) -> None:
    assert headers.match_name_problem(name) is not None


def test_headers_to_change() -> None:
    assert headers.set_request_problem("Host") is None
    assert headers.set_request_problem(":authority") is None
    assert headers.set_request_problem(":path") is not None
    assert headers.set_request_problem("a b") is None
    assert headers.change_problem("host") is not None
    assert headers.change_problem("") is not None
    assert headers.change_problem("x") is None


def test_headers_of_cors_and_probes() -> None:
    assert headers.cors_problem("*") is None
    assert headers.cors_problem("a b") is not None
    assert headers.probe_problem("X-a") is None
    assert headers.probe_problem("x_a") is not None


@pytest.mark.parametrize(
    "value",
    ["", "plain", "a\tb", "100%%", "%REQ(x)%", "%A%", '%A(["a","b"])%', '%A( ["a"] ) %', "%A(b\\)c)%", "%A(xy)%z%%"],
)
def test_header_values(value: str) -> None:
    assert headers.value_problem(value) is None


@pytest.mark.parametrize(
    "value",
    ["%", "abc%123", "100%", "%START_TIME%%", "%A()%", '%A("a")%', "%A(b", "%A(b)", "%A(b)x%", "%A(b\\",
     '%A(["a" "b"])%', '%A([a])%', "a\nb", "a\x7f"],
)  # fmt: skip
def test_bad_header_values(value: str) -> None:
    problem = headers.value_problem(value)
    assert problem is not None
    assert problem.part is None or problem.part[1] <= len(value)
