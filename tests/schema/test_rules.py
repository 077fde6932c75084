"""The CEL rules: each is broken and kept at least once, and the defect is at the smallest wrong thing."""

from __future__ import annotations

import pytest
from look import Said, cases, judged, said

from istiolint.schema.gourl import NoUrl, is_url, scheme_of


@pytest.mark.parametrize(("kind", "spec", "expected"), cases("istio") + cases("gateway"))
def test_rule(kind: str, spec: str, expected: list[Said]) -> None:
    assert sorted(said(judged(kind, spec))) == sorted(expected)


def test_many_matches() -> None:
    full = "{matches: [" + ", ".join(["{}"] * 64) + "]}"
    assert said(judged("HTTPRoute", f"{{rules: [{full}, {full}]}}")) == []
    assert said(judged("HTTPRoute", f"{{rules: [{full}, {full}, {{}}]}}")) == [
        ("out-of-range", "rules/2/matches", "value")
    ]
    assert said(judged("GRPCRoute", f"{{rules: [{full}, {full}, {{}}]}}")) == []


def test_rules_of_older_releases() -> None:
    spec = "{targetRefs: [{kind: Service, name: a}]}"
    assert said(judged("Telemetry", spec)) == []
    assert said(judged("Telemetry", spec, "1.24")) == [("missing-field", "targetRefs/0/group", "value")]
    spec = "{targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: a}]}"
    assert said(judged("Telemetry", spec, "1.24")) == []
    assert said(judged("Telemetry", spec, "1.23")) == [("unsupported-target", "targetRefs/0/kind", "value")]
    spec = "{configPatches: [{match: {context: WAYPOINT, waypoint: {portNumber: 7000}}}]}"
    assert said(judged("EnvoyFilter", spec, "1.29")) == [
        ("invalid-port", "configPatches/0/match/waypoint/portNumber", "value")
    ]
    assert said(judged("VirtualService", "{http: [{timeout: 1d}]}", "1.22")) == []


def test_rules_wait_for_the_right_structure() -> None:
    assert [rule for rule, _, _ in said(judged("ServiceEntry", "{hosts: [a], resolution: 1, endpoints: []}"))] == [
        "wrong-type"
    ]


URLS = {
    "https://a.com/b?c#d": "https",
    "HTTP://a": "http",
    "/a": "",
    "a:b": "a",
    "http://a:80": "http",
    "http://u:p@a/": "http",
    "http://[::1]:80/": "http",
    "http://a/%20": "http",
    "http://ä.com": "http",
    "mailto:a b": "mailto",
    "http://": "http",
}
NO_URLS = [
    "",
    "a",
    "a/b",
    "://a",
    ":a",
    "1a:b",
    "http://a:b",
    "http://a:1:2",
    "http://a b",
    "http://[::1",
    "http://[a]",
    "http://a/%2",
    "http://a/%zz",
    "http://a\n",
    "http://a%41",
    "http://::1",
    "http://a b@c",
]


@pytest.mark.parametrize(("text", "scheme"), URLS.items())
def test_urls(text: str, scheme: str) -> None:
    assert is_url(text)
    assert scheme_of(text) == scheme


@pytest.mark.parametrize("text", NO_URLS)
def test_no_urls(text: str) -> None:
    assert not is_url(text)
    with pytest.raises(NoUrl):
        scheme_of(text)


def test_the_fragment_of_a_url_counts_only_for_its_scheme() -> None:
    assert is_url("http://a/#%zz") is False
    assert is_url("http://a#b") is False
    assert scheme_of("http://a/#b") == "http"
