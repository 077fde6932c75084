"""What was meant: spelling, place, release, type; and that one cause makes one defect."""

from __future__ import annotations

import pytest
from look import judged, said, words

from istiolint.finding import Change
from istiolint.schema.near import distance, nearest, same_but_case

HTTP = "hosts: [a]\nhttp:\n"


@pytest.mark.parametrize(
    ("spec", "path", "reason"),
    [
        (
            HTTP + "- match:\n  - uri:\n    prefix: /a\n",
            "http/0/match/0/prefix",
            'belongs to "uri" above it; indent it',
        ),
        (
            HTTP + "- match:\n  - headers:\n    end-user:\n      exact: jason\n  route: [{destination: {host: a}}]\n",
            "http/0/match/0/end-user",
            'belongs to "headers" above it; indent it',
        ),
        (
            "hosts: [a]\nhttp:\nroute:\n- destination: {host: a}\n",
            "route",
            'to "http" above it; indent it and put "- "',
        ),
        (
            HTTP + "- route:\n  - destination: {host: a, weight: 1}\n",
            "http/0/route/0/destination/weight",
            "one level up, in http[].route[]",
        ),
        (
            HTTP + "- route:\n  - destination: {host: a}\n    timeout: 5s\n",
            "http/0/route/0/timeout",
            "one level up, in http[]",
        ),
        (
            HTTP + "- route:\n  - destination: {host: a, retries: {attempts: 1}}\n",
            "http/0/route/0/destination/retries",
            "two levels up, in http[]",
        ),
        (HTTP + "- attempts: 3\n  retries: {}\n", "http/0/attempts", "one level down, in http[].retries"),
        (HTTP + "- route:\n  - host: a\n", "http/0/route/0/host", "one level down, in http[].route[].destination"),
    ],
)
def test_misplaced(spec: str, path: str, reason: str) -> None:
    (defect,) = judged("VirtualService", spec)
    assert said([defect]) == [("misplaced-field", path, "key")]
    assert reason in words(defect)


def test_labels_without_their_field() -> None:
    (defect,) = judged("AuthorizationPolicy", "selector: {app: web}")
    assert said([defect]) == [("misplaced-field", "selector/app", "key")]
    assert "selector.matchLabels" in words(defect)
    (defect,) = judged("Sidecar", "workloadSelector: {matchLabels: {app: web}}")
    assert 'did you mean "labels"?' in words(defect)


def test_common_names_say_nothing_about_their_place() -> None:
    (defect,) = judged("VirtualService", HTTP + "- route:\n  - destination: {host: a, name: b}\n")
    assert defect.rule == "unknown-field"


@pytest.mark.parametrize(
    ("kind", "spec", "wrong", "right", "safe"),
    [
        ("VirtualService", HTTP + "- route: [{destination: {hots: a}}]", "hots", "host", False),
        ("VirtualService", "host: [a]", "host", "hosts", False),
        ("VirtualService", HTTP + "- cors_policy: {}", "cors_policy", "corsPolicy", True),
        ("VirtualService", HTTP + "- Timeout: 5s", "Timeout", "timeout", True),
        ("RequestAuthentication", "jwtRules: [{issuer: a, jwksuri: https://a}]", "jwksuri", "jwksUri", True),
        ("Sidecar", "egres: []", "egres", "egress", False),
        ("Sidecar", "{ngress: [], egress: []}", "ngress", "ingress", False),
    ],
)
def test_misspelled(kind: str, spec: str, wrong: str, right: str, safe: bool) -> None:
    (defect,) = judged(kind, spec)
    assert (defect.rule, defect.path[-1], defect.on) == ("unknown-field", wrong, "key")
    assert defect.repair is not None
    assert defect.repair.changes == (Change("rename", defect.path, right),)
    assert defect.repair.safe is safe


def test_nothing_is_renamed_to_what_is_there() -> None:
    (defect,) = judged("VirtualService", HTTP + "- {corsPolicy: {}, cors_policy: {}}")
    assert defect.repair is None
    assert '"corsPolicy" is there already' in words(defect)


@pytest.mark.parametrize(
    ("kind", "spec", "version", "since", "on"),
    [
        ("VirtualService", HTTP + "- redirect: {prefixRewrite: /}", "1.30", "1.31", "key"),
        ("AuthorizationPolicy", "targetRefs: []", "1.21.4", "1.22", "key"),
        (
            "Gateway",
            "servers: [{port: {number: 1, name: a, protocol: TCP}, hosts: [a], tls: {ecdhCurves: [a]}}]",
            "1.31",
            "1.32",
            "key",
        ),
        ("EnvoyFilter", "configPatches: [{patch: {operation: MERGE_AND_REPLACE_LIST}}]", "1.30", "1.31", "value"),
    ],
)
def test_of_another_release(kind: str, spec: str, version: str, since: str, on: str) -> None:
    (defect,) = judged(kind, spec, version)
    assert (defect.rule, defect.on) == ("not-in-version", on)
    assert f"exists since Istio {since}" in words(defect)
    assert judged(kind, spec, since) == []


def test_fields_of_the_first_releases() -> None:
    first, second = judged("EnvoyFilter", "{workloadLabels: {}, filters: []}")
    assert '"workloadSelector"' in words(first)
    assert '"configPatches"' in words(second)


@pytest.mark.parametrize(
    ("spec", "path", "hint", "text", "safe"),
    [
        ("hosts: a", "hosts", "put it in brackets", '["a"]', True),
        (
            HTTP + "- route: [{destination: {host: a, port: 80}}]",
            "http/0/route/0/destination/port",
            '"number"',
            "{number: 80}",
            True,
        ),
        (HTTP + '- match: [{port: "80"}]', "http/0/match/0/port", "remove the quotes", "80", True),
        (
            HTTP + '- match: [{ignoreUriCase: "True"}]',
            "http/0/match/0/ignoreUriCase",
            "remove the quotes",
            "true",
            True,
        ),
        (HTTP + "- name: 7", "http/0/name", "put it in quotes", "", True),
        (HTTP + "- timeout: 7", "http/0/timeout", "has a unit", "7s", False),
        (HTTP + "- name: on", "http/0/name", "yes, no, on, off", "", True),
        (HTTP + "- match: {uri: {prefix: /}}", "http/0/match", 'put "- " before', "", False),
        (HTTP + "- match: [{uri: /}]", "http/0/match/0/uri", "write it under exact, prefix or regex", "", False),
        (HTTP + "- retries: [{attempts: 3}]", "http/0/retries", 'remove the "- "', "", False),
        (HTTP + '- match: [{port: "080"}]', "http/0/match/0/port", "", "", False),
    ],
)
def test_wrong_types(spec: str, path: str, hint: str, text: str, safe: bool) -> None:
    (defect,) = judged("VirtualService", spec)
    assert said([defect]) == [("wrong-type", path, "value")]
    assert hint in words(defect)
    assert (defect.repair.changes[0].text, defect.repair.safe) == (text, safe) if defect.repair else not text


@pytest.mark.parametrize(
    ("value", "right", "safe"),
    [("simple", "SIMPLE", True), ("istio-mutual", "ISTIO_MUTUAL", True), ("SIMPEL", "SIMPLE", False)],
)
def test_values(value: str, right: str, safe: bool) -> None:
    (defect,) = judged("DestinationRule", f"{{host: a, trafficPolicy: {{tls: {{mode: {value}}}}}}}")
    assert defect.rule == "unknown-value"
    assert defect.repair is not None
    assert (defect.repair.changes[0].text, defect.repair.safe) == (right, safe)


def test_values_that_are_far_off_are_listed() -> None:
    (defect,) = judged("PeerAuthentication", "mtls: {mode: maybe}")
    assert defect.repair is None
    assert "it can be UNSET, DISABLE, PERMISSIVE or STRICT" in words(defect)


def test_one_item_that_became_two() -> None:
    found = judged("Gateway", "servers: [{port: {number: 1, name: a, protocol: TCP}}, {hosts: [a]}]")
    assert said(found) == [("missing-field", "servers/0/hosts", "value")]
    assert 'a "- " too many' in words(found[0])
    found = judged("RequestAuthentication", "jwtRules: [{issuer: a, fromHeaders: [{name: x}, {prefix: y}]}]")
    assert "the item before it" in words(found[0])


def test_a_gateway_of_the_other_api_is_one_defect() -> None:
    (defect,) = judged("Gateway", "{gatewayClassName: istio, listeners: []}")
    assert (defect.rule, defect.path) == ("gateway-of-other-api", ("apiVersion",))
    assert defect.fields["other"] == "gateway.networking.k8s.io/v1"
    (defect,) = judged("KubernetesGateway", "{selector: {istio: a}, servers: []}")
    assert defect.fields["other"] == "networking.istio.io/v1"
    mixed = judged("Gateway", "{servers: [], listeners: []}")
    assert [d.rule for d in mixed] == ["unknown-field"]


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xabc", 1), ("abcd", "dcba", 3), ("", "abcd", 3)],
)
def test_distance(one: str, other: str, far: int) -> None:
    assert distance(one, other, 2) == far
    assert distance(other, one, 2) == far


def test_near_words() -> None:
    assert nearest("tiemout", ["timeout", "time"]) == "timeout"
    assert nearest("foo", ["bar", "baz"]) == ""
    assert nearest("url", ["uri"]) == "uri"
    assert same_but_case("load_balancer", ["loadBalancer"]) == "loadBalancer"
    assert same_but_case("loadBalancer", ["loadBalancer"]) == ""
