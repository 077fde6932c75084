"""The http routes of a VirtualService: actions, matches, headers, policies."""

from __future__ import annotations

import pytest
from judged import defects, manifest, reasons, said

TO = "route: [{destination: {host: a}}]"


def of_route(route: str, gateways: str = "[mesh]") -> list[str]:
    """What is said of one route in flow style, with paths below the route."""
    found = said("VirtualService", f"hosts: [a]\ngateways: {gateways}\nhttp: [{{{route}}}]")
    return [one.replace("http.0.", "").replace("http.0", ".") for one in found]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (TO, []),
        ("match: [{uri: {prefix: /}}]", ["missing-setting ."]),
        ("route: []", ["missing-setting ."]),
        ("redirect: {uri: /}", []),
        ("directResponse: {status: 200}", []),
        (f"redirect: {{uri: /}}, {TO}", ["conflicting-settings key:redirect"]),
        ("redirect: {uri: /}, directResponse: {status: 200}", ["conflicting-settings key:redirect"]),
        (f"directResponse: {{status: 200}}, {TO}", ["conflicting-settings key:directResponse"]),
        ("redirect: {uri: /}, rewrite: {uri: /}", ["conflicting-settings key:redirect"]),
        ("redirect: {uri: /}, fault: {abort: {httpStatus: 500}}", ["conflicting-settings key:redirect"]),
        ("directResponse: {status: 200}, rewrite: {uri: /}", ["conflicting-settings key:directResponse"]),
        ("delegate: {name: b}", []),
        (f"delegate: {{name: b}}, {TO}", ["invalid-delegation key:route"]),
        ("delegate: {name: b}, redirect: {uri: /}", ["invalid-delegation key:redirect"]),
        (f"{TO}, mirror: {{host: b}}, mirrors: [{{destination: {{host: c}}}}]", ["conflicting-settings key:mirror"]),
        (f"{TO}, mirror: {{host: b_c}}, mirrorPercentage: {{value: 101}}",
         ["out-of-range mirrorPercentage.value", "invalid-host mirror.host"]),
        (f"{TO}, mirrorPercent: 101", ["out-of-range mirrorPercent"]),
        (f"{TO}, mirrorPercent: 0", ["deprecated-setting key:mirrorPercent"]),
        (f"{TO}, mirrors: [{{destination: {{host: c}}, percentage: {{value: -1}}}}]",
         ["out-of-range mirrors.0.percentage.value"]),
        (f"{TO}, timeout: 0s", ["invalid-duration timeout"]),
        ("route: [{destination: {host: a, subset: v1.0, port: {}}}]",
         ["invalid-name route.0.destination.subset", "missing-setting route.0.destination.port.number"]),
        ("route: [{destination: {host: a, port: {number: 0}}}]", ["invalid-port route.0.destination.port.number"]),
        ("route: [{destination: {host: a}}, {destination: {host: b}, weight: 1}]", []),
        ("route: [{destination: {host: a}, weight: 0}]", []),
        ("route: [{destination: {host: a}}, {destination: {host: b}, weight: 0}]", ["invalid-weights key:route"]),
    ],
)  # fmt: skip
def test_actions(route: str, expected: list[str]) -> None:
    assert of_route(route) == expected


def test_delegates_do_not_delegate() -> None:
    assert said("VirtualService", "http: [{delegate: {name: b}}]") == [
        "invalid-delegation key:http.0.delegate",
        "missing-setting http.0",
    ]


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("uri: {prefix: ''}", []),
        ("uri: {regex: ''}", ["empty-match uri.regex"]),
        ("uri: {regex: '('}", ["invalid-regex uri.regex"]),
        (f"uri: {{regex: {'a' * 1025}}}", ["out-of-range uri.regex"]),
        ("method: {prefix: ''}", ["empty-match method.prefix"]),
        ("method: {exact: ''}, scheme: {}", []),
        ("headers: {'': {}}", ["invalid-header-name key:headers."]),
        ("headers: {a b: {regex: '*'}}", ["invalid-header-name key:headers.a b", "invalid-regex headers.a b.regex"]),
        ("headers: {':path': {exact: a}}", []),
        ("withoutHeaders: {x: {regex: '*'}}", []),
        ("withoutHeaders: {x: {prefix: ''}}", ["empty-match withoutHeaders.x.prefix"]),
        ("queryParams: {'a b': {regex: '+'}}", ["invalid-regex queryParams.a b.regex"]),
        ("port: 0, sourceNamespace: a", []),
        ("port: 65536, sourceNamespace: a.b", ["invalid-port port", "invalid-name sourceNamespace"]),
        ("sourceLabels: {a/b/c: d}", ["invalid-label key:sourceLabels.a/b/c"]),
        ("gateways: [a/b/c]", ["invalid-gateway-reference gateways.0"]),
        ("headers: {'@request.auth.claims.a': {exact: b}}",
         ["claim-route-without-gateway key:headers.@request.auth.claims.a"]),
    ],
)  # fmt: skip
def test_matches(match: str, expected: list[str]) -> None:
    assert [one.replace("match.0.", "") for one in of_route(f"match: [{{{match}}}], {TO}")] == expected


def test_claims_at_gateways() -> None:
    assert of_route("match: [{headers: {'@request.auth.claims.a': {exact: b}}}], " + TO, "[ns/gw]") == []


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("request: {set: {host: a}, add: {x y: '100%%'}, remove: [x]}", []),
        ("request: {set: {':path': a}, remove: [host]}",
         ["invalid-header-name key:headers.request.set.:path", "invalid-header-name headers.request.remove.0"]),
        ("response: {set: {Host: a}, add: {x: '%'}, remove: ['']}",
         ["invalid-header-name key:headers.response.set.Host", "invalid-header-value headers.response.add.x",
          "invalid-header-name headers.response.remove.0"]),
        ("request: {set: {host: a}, add: {':authority': b}}",
         ["conflicting-settings key:headers.request.add.:authority"]),
        ("request: {set: {host: a, Host: ''}}", []),
    ],
)  # fmt: skip
def test_headers(headers: str, expected: list[str]) -> None:
    assert of_route(f"headers: {{{headers}}}, {TO}") == expected


def test_headers_of_destinations() -> None:
    route = "route: [{destination: {host: a}, headers: {response: {remove: [':status']}}}]"
    assert of_route(route) == ["invalid-header-name route.0.headers.response.remove.0"]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("redirect: {}", ["missing-setting redirect"]),
        ("redirect: {port: 0}", []),
        ("redirect: {uri: /a, prefixRewrite: /b}", ["conflicting-settings key:redirect.uri"]),
        ("match: [{uri: {exact: /}}], redirect: {prefixRewrite: /b}", ["missing-setting key:redirect.prefixRewrite"]),
        ("match: [{uri: {prefix: /}}, {port: 1}], redirect: {prefixRewrite: /b}", []),
        ("redirect: {uri: /, redirectCode: 200}", ["invalid-status-code redirect.redirectCode"]),
        ("redirect: {scheme: HTTPS}", ["unsupported-value redirect.scheme"]),
        ("redirect: {port: 65536}", ["invalid-port redirect.port"]),
        ("directResponse: {status: 199}", ["invalid-status-code directResponse.status"]),
        ("directResponse: {status: 600}", []),
        (f"rewrite: {{}}, {TO}", ["missing-setting rewrite"]),
        (f"rewrite: {{uri: /, uriRegexRewrite: {{match: a, rewrite: b}}}}, {TO}",
         ["conflicting-settings key:rewrite.uri"]),
        (f"rewrite: {{uriRegexRewrite: {{match: '('}}}}, {TO}",
         ["missing-setting rewrite.uriRegexRewrite.rewrite", "invalid-regex rewrite.uriRegexRewrite.match"]),
        (f"rewrite: {{authority: a}}, headers: {{request: {{set: {{Host: b}}}}}}, {TO}",
         ["conflicting-settings key:headers.request.set.Host"]),
        (f"corsPolicy: {{allowMethods: [GET, get, '*', FOO]}}, {TO}",
         ["unsupported-value corsPolicy.allowMethods.1", "unsupported-value corsPolicy.allowMethods.3"]),
        (f"corsPolicy: {{allowOrigins: [{{}}, {{regex: '['}}], allowHeaders: [a b], maxAge: 1.5s}}, {TO}",
         ["empty-match corsPolicy.allowOrigins.0", "invalid-regex corsPolicy.allowOrigins.1.regex",
          "invalid-header-name corsPolicy.allowHeaders.0", "invalid-duration corsPolicy.maxAge"]),
        (f"fault: {{}}, {TO}", ["missing-setting fault"]),
        (f"fault: {{abort: {{}}, delay: {{}}}}, {TO}", []),
        (f"fault: {{abort: {{httpStatus: 20, percentage: {{value: 0.00001}}}}}}, {TO}",
         ["out-of-range fault.abort.percentage.value", "invalid-status-code fault.abort.httpStatus"]),
        (f"fault: {{abort: {{grpcStatus: '14'}}}}, {TO}", ["unsupported-value fault.abort.grpcStatus"]),
        (f"fault: {{abort: {{http2Error: x}}}}, {TO}", ["unsupported-setting key:fault.abort.http2Error"]),
        (f"fault: {{delay: {{exponentialDelay: 5s}}}}, {TO}", ["unsupported-setting key:fault.delay.exponentialDelay"]),
        (f"fault: {{delay: {{fixedDelay: 5}}}}, {TO}", []),
        (f"retries: {{attempts: -1}}, {TO}", ["out-of-range retries.attempts"]),
        (f"retries: {{retryOn: 5xx}}, {TO}", ["conflicting-settings key:retries.retryOn"]),
        (f"retries: {{attempts: 0, retryRemoteLocalities: false}}, {TO}",
         ["conflicting-settings key:retries.retryRemoteLocalities"]),
        (f"retries: {{attempts: 1, retryOn: '503,+503,reset', backoff: 1ms}}, {TO}", []),
        (f"retries: {{attempts: 1, retryOn: '306'}}, {TO}", ["unsupported-value retries.retryOn"]),
        (f"retries: {{attempts: 1, retryOn: '5xx,', perTryTimeout: 1us}}, {TO}",
         ["invalid-duration retries.perTryTimeout", "unsupported-value retries.retryOn"]),
    ],
)  # fmt: skip
def test_settings(setting: str, expected: list[str]) -> None:
    assert of_route(setting) == expected


def test_large_bodies() -> None:
    def body(size: int) -> list[str]:
        return of_route(f"directResponse: {{status: 200, body: {{string: {'x' * size}}}}}")

    assert body(100 * 1024) == []
    assert body(100 * 1024 + 1) == ["large-response-body directResponse.body.string"]
    assert body(1024 * 1024 + 1) == ["out-of-range directResponse.body.string"]


def test_the_bad_retry_condition_is_pointed_at_and_repaired() -> None:
    spec = f"hosts: [a]\nhttp: [{{retries: {{attempts: 1, retryOn: '5xx, reset'}}, {TO}}}]"
    (found,) = defects(manifest("VirtualService", spec))
    assert found.part == (4, 10)
    assert found.repair is not None
    assert found.repair.changes[0].text == '"5xx,reset"'


def test_reasons_name_what_is_right() -> None:
    spec = f"hosts: [a]\nhttp: [{{fault: {{abort: {{grpcStatus: UNAVAILBLE}}}}, {TO}}}]"
    assert "did you mean UNAVAILABLE?" in reasons("VirtualService", spec)
