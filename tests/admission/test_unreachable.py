"""Routes and matches that decide nothing."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from judged import said

from istiolint.admission.unreachable import covers

TO = "route: [{destination: {host: a}}]"


def of(*matches: str) -> list[str]:
    """What is said of http routes with these matches, in order; empty: a route without match."""
    routes = ", ".join(f"{{match: [{match}], {TO}}}" if match else f"{{{TO}}}" for match in matches)
    return [one.replace("http.", "") for one in said("VirtualService", f"hosts: [a]\nhttp: [{routes}]")]


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        (["{uri: {prefix: /a}}", "{uri: {prefix: /b}}", ""], []),
        (["", "{uri: {prefix: /b}}", ""], ["unreachable-rule 1", "unreachable-rule 2"]),
        (["{port: 80}", "{port: 80}"], ["ineffective-match 1.match.0", "unreachable-rule 1"]),
        (
            ["{port: 0, uri: {exact: a}}", "{name: x, uri: {exact: a}}"],
            ["ineffective-match 1.match.0", "unreachable-rule 1"],
        ),
        (["{port: 80}, {port: 80}"], ["ineffective-match 0.match.1"]),
        (["{port: 80}", "{port: 80}, {port: 81}"], ["ineffective-match 1.match.0"]),
        (["{uri: {prefix: /a}}", "{uri: {exact: /ab}}"], ["ineffective-match 1.match.0"]),
        (["{uri: {prefix: /a}}, {uri: {exact: /ab}}"], []),
        (["{uri: {prefix: /a}}, {uri: {prefix: /ab}}"], ["ineffective-match 0.match.1"]),
        (["{}", "{uri: {prefix: /}}"], ["ineffective-match 1.match.0"]),
    ],
)
def test_routes(matches: list[str], expected: list[str]) -> None:
    assert of(*matches) == expected


def test_tcp_and_tls_routes() -> None:
    tcp = f"tcp: [{{{TO}}}, {{match: [{{port: 1}}], {TO}}}]"
    assert said("VirtualService", f"hosts: [a]\n{tcp}") == ["unreachable-rule tcp.1"]
    match = "match: [{sniHosts: [a], port: 1}]"
    tls = f"tls: [{{{match}, {TO}}}, {{{match}, {TO}}}]"
    assert said("VirtualService", f"hosts: [a]\n{tls}") == ["ineffective-match tls.1.match.0", "unreachable-rule tls.1"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("{}", "{port: 80}", True),
        ("{uri: {prefix: /A}, ignoreUriCase: true}", "{uri: {prefix: /ab}}", True),
        ("{uri: {prefix: /a}}", "{uri: {prefix: /ab}, ignoreUriCase: true}", False),
        ("{uri: {regex: .*}}", "{uri: {exact: /}}", True),
        ("{uri: {regex: a}}", "{uri: {regex: b}}", False),
        ("{headers: {X: {}}}", "{headers: {x: {exact: a}}}", True),
        ("{headers: {x: {exact: a}}}", "{}", False),
        ("{headers: {x: {exact: '12'}}}", "{headers: {x: {exact: '123'}}}", False),
        ("{withoutHeaders: {x: {exact: ab}}}", "{withoutHeaders: {x: {prefix: a}}}", True),
        ("{withoutHeaders: {x: {prefix: a}}}", "{withoutHeaders: {x: {exact: ab}}}", False),
        ("{queryParams: {a: {exact: b}}}", "{queryParams: {A: {exact: b}}}", False),
        ("{authority: {exact: a}}", "{}", False),
        ("{method: {regex: .*}}", "{}", True),
        ("{port: 80}", "{}", False),
        ("{sourceLabels: {a: b}}", "{sourceLabels: {a: b, c: d}}", True),
        ("{sourceNamespace: a}", "{sourceNamespace: a}", True),
        ("{gateways: [a, b]}", "{gateways: [a]}", True),
        ("{gateways: [a]}", "{}", False),
        ("{scheme: {exact: http}}", "{scheme: {exact: https}}", False),
    ],
)
def test_coverage(one: str, other: str, expected: bool) -> None:
    assert covers(yaml.safe_load(one), yaml.safe_load(other)) is expected


TEXTS = st.sampled_from(["", "a", "ab", "b", "A"])
MATCHES = st.one_of(
    st.none(),
    st.just({}),
    st.builds(lambda text: {"exact": text}, TEXTS),
    st.builds(lambda text: {"prefix": text}, TEXTS),
)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "uri": MATCHES, "method": MATCHES, "ignoreUriCase": st.booleans(), "port": st.integers(0, 2),
        "headers": st.dictionaries(st.just("x"), MATCHES), "withoutHeaders": st.dictionaries(st.just("y"), MATCHES),
    },
)  # fmt: skip
REQUESTS = st.fixed_dictionaries(
    {"uri": TEXTS, "method": TEXTS, "port": st.integers(1, 2), "x": st.none() | TEXTS, "y": st.none() | TEXTS}
)


def takes(match: dict[str, Any] | None, text: str | None, fold: bool = False) -> bool:
    """Whether a string match takes a text; None is a header that is not there."""
    if text is None:
        return False
    if not match:
        return True
    (kind, wanted), text = next(iter(match.items())), text.lower() if fold else text
    wanted = wanted.lower() if fold else wanted
    return text == wanted if kind == "exact" else text.startswith(wanted)


def fits(condition: dict[str, Any], request: dict[str, Any]) -> bool:
    return (
        takes(condition.get("uri"), request["uri"], condition.get("ignoreUriCase", False))
        and takes(condition.get("method"), request["method"])
        and condition.get("port", 0) in (0, request["port"])
        and all(takes(match, request["x"]) for match in condition.get("headers", {}).values())
        and not any(takes(match, request["y"]) for match in condition.get("withoutHeaders", {}).values())
    )


@given(CONDITIONS, CONDITIONS, REQUESTS)
def test_what_is_covered_is_taken_before(one: dict[str, Any], other: dict[str, Any], request: dict[str, Any]) -> None:
    if covers(one, other) and fits(other, request):
        assert fits(one, request)
