"""PeerAuthentication, RequestAuthentication, Telemetry, WasmPlugin and TrafficExtension beyond their schemas."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.admission import peer_authentication, request_authentication, telemetry, traffic_extension, wasm_plugin
from istiolint.admission.judge import judge
from istiolint.admission.jwks import read_key_set

JWT = ("spec", "jwtRules", 0)


def found(module: Any, **spec: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(defect.rule, defect.path) for defect in module.check({"spec": spec}, None)]


@pytest.mark.parametrize(
    ("ports", "count"),
    [({"80": {}}, 0), ({"080": {}}, 1), ({"+80": {}}, 1), ({"http": {}}, 1), ({"0": {}, "65536": {}}, 2), ({}, 1)],
)
def test_ports_of_a_peer_authentication(ports: dict[str, Any], count: int) -> None:
    labels = {"matchLabels": {"app": "a"}}
    assert len(found(peer_authentication, selector=labels, portLevelMtls=ports)) == count


def test_port_level_needs_a_selector() -> None:
    assert found(peer_authentication, portLevelMtls={"80": {}}) == [("missing-setting", ("spec", "portLevelMtls"))]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"issuer": "a"}, []),
        ({"jwksUri": "https://a/b"}, []),
        ({}, [("missing-setting", JWT)]),
        ({"jwks": '{"keys":[]}'}, [("missing-setting", JWT)]),
        ({"issuer": "a", "jwks": "foo"}, [("invalid-jwks", (*JWT, "jwks"))]),
        ({"issuer": "a", "jwks": '{"kty":"oct","k":"AyM1"}'}, [("private-key-in-jwks", (*JWT, "jwks"))]),
        ({"issuer": "a", "timeout": "1.5ms"}, [("invalid-duration", (*JWT, "timeout"))]),
        ({"issuer": "a", "timeout": "2ms"}, []),
    ],
)
def test_jwt_rules(rule: dict[str, Any], expected: list[Any]) -> None:
    assert found(request_authentication, jwtRules=[rule]) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "object"),
        ("[]", "object"),
        ("{}", 'no "keys"'),
        ('{"keys": {}}', "list"),
        ('{"keys": [{}]}', "number 1"),
        ('{"keys": [{"kty": "FOO", "kid": "a"}]}', '"a" has the unknown key type "FOO"'),
        ('{"keys": [{"kty": "RSA", "e": "AQAB"}]}', 'no "n"'),
        ('{"keys": [{"kty": "EC", "crv": "P-1", "x": "AA", "y": "AA"}]}', "curve"),
        ('{"keys": [{"kty": "oct", "k": "?"}]}', "base64url"),
        ('{"keys": [NaN]}', "JSON"),
    ],
)
def test_what_is_no_key_set(text: str, said: str) -> None:
    assert said in read_key_set(text).problem


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ('{"keys": []}', ()),
        (' {"keys": []}.', ()),
        ('{"kty": "RSA", "e": "AQAB", "n": "xAE7"}', ()),
        ('{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}', ()),
        ('{"keys": [{"kty": "oct", "k": "AA", "kid": "a"}, {"kty": "oct", "k": "AA"}]}', ('"a"', "number 2")),
    ],
)
def test_key_sets(text: str, private: tuple[str, ...]) -> None:
    assert read_key_set(text) == ("", private)


TAG = ("spec", "metrics", 0, "overrides", 0, "tagOverrides")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"a": {"value": "b"}}, []),
        ({"a": {"operation": "REMOVE"}}, []),
        ({"a": {}}, [("missing-setting", (*TAG, "a"))]),
        ({"a": {"operation": "UPSERT", "value": ""}}, [("missing-setting", (*TAG, "a"))]),
        ({"": {"operation": "REMOVE"}}, [("ignored-setting", (*TAG, ""))]),
    ],
)
def test_tag_overrides(tags: dict[str, Any], expected: list[Any]) -> None:
    assert found(telemetry, metrics=[{"overrides": [{"tagOverrides": tags}]}]) == expected


def test_only_the_first_tracing_counts() -> None:
    providers = {"providers": [{"name": "a"}, {"name": "b"}]}
    assert found(telemetry, tracing=[providers, {}]) == [
        ("ignored-setting", ("spec", "tracing", 1)),
        ("ignored-setting", ("spec", "tracing", 0, "providers", 1)),
    ]
    assert found(telemetry, accessLogging=[providers, {}], metrics=[providers]) == []


def test_tags_have_names() -> None:
    assert found(telemetry, tracing=[{"customTags": {"": {"literal": {"value": "a"}}}}]) == [
        ("empty-value", ("spec", "tracing", 0, "customTags", ""))
    ]


@pytest.mark.parametrize("expression", ["", "a >"])
def test_filters_hold_an_expression(expression: str) -> None:
    path = ("spec", "accessLogging", 0, "filter")
    wrong = [("invalid-filter-expression", (*path, "expression"))]
    assert found(telemetry, accessLogging=[{"filter": {"expression": expression}}]) == wrong
    assert found(telemetry, accessLogging=[{"filter": {}}]) == [("missing-setting", path)]


def test_what_the_schema_refuses_is_not_missed_again() -> None:
    value = {"spec": {"accessLogging": [{"filter": {"expresion": "true"}}]}}
    refused = [("spec", "accessLogging", 0, "filter", "expresion")]
    assert list(judge(value, "telemetry.istio.io", "Telemetry", "1.32", refused)) == []
    assert len(list(judge(value, "telemetry.istio.io", "Telemetry", "1.32"))) == 1


def test_lua_is_measured_in_bytes() -> None:
    assert found(traffic_extension, lua={"inlineCode": "é" * 32768}) == []
    assert found(traffic_extension, lua={"inlineCode": "é" * 32769}) == [
        ("out-of-range", ("spec", "lua", "inlineCode"))
    ]


def test_attachments() -> None:
    target = {"kind": "Service", "name": "a", "namespace": "b"}
    assert found(wasm_plugin, targetRef=target) == [("unsupported-setting", ("spec", "targetRef", "namespace"))]
    assert found(wasm_plugin, selector={"matchLabels": {"a": "*"}}) == [
        ("invalid-selector", ("spec", "selector", "matchLabels", "a"))
    ]
    both = found(wasm_plugin, selector={"matchLabels": {"a": "b"}}, targetRefs=[{"kind": "Service", "name": "a"}])
    assert both == [("conflicting-settings", ("spec", "targetRefs"))]
