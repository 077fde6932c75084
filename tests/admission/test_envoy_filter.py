"""EnvoyFilters: patches, matches, and values as messages of Envoy."""

from __future__ import annotations

import pytest
from judged import defects, manifest, reasons, said

HCM = "envoy.filters.network.http_connection_manager"
LUA = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
MERGE = "patch: {operation: MERGE, value: {}}"


def of(patch: str) -> list[str]:
    """What is said of one patch in flow style, with paths below it; the remark about every EnvoyFilter left out."""
    found = said("EnvoyFilter", f"configPatches: [{{{patch}}}]")
    assert found[0] == "envoy-internals kind"
    return [one.replace("configPatches.0.", "").replace("configPatches.0", ".") for one in found[1:]]


def of_value(apply_to: str, value: str) -> list[str]:
    """What is said of the value of a patch, with paths below it."""
    found = of(f"applyTo: {apply_to}, patch: {{operation: MERGE, value: {{{value}}}}}")
    return [one.replace("patch.value.", "").replace("patch.value", ".") for one in found]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (f"applyTo: CLUSTER, {MERGE}", []),
        (MERGE, ["invalid-envoy-patch ."]),
        (f"applyTo: INVALID, {MERGE}", ["invalid-envoy-patch applyTo"]),
        ("applyTo: CLUSTER", ["invalid-envoy-patch ."]),
        ("applyTo: CLUSTER, patch: {}", ["invalid-envoy-patch patch"]),
        ("applyTo: CLUSTER, patch: {operation: ADD}", ["invalid-envoy-patch patch"]),
        ("applyTo: CLUSTER, patch: {operation: REMOVE}", []),
        (f"match: {{context: WAYPOINT}}, {MERGE}", []),
        (f"applyTo: CLUSTER, match: {{proxy: {{proxyVersion: '('}}}}, {MERGE}",
         ["invalid-regex match.proxy.proxyVersion"]),
        (f"applyTo: CLUSTER, match: {{listener: {{}}}}, {MERGE}", ["invalid-envoy-patch key:match.listener"]),
        (f"applyTo: HTTP_ROUTE, match: {{cluster: {{}}}}, {MERGE}", ["invalid-envoy-patch key:match.cluster"]),
        (f"applyTo: BOOTSTRAP, match: {{cluster: {{}}}}, {MERGE}", []),
    ],
)  # fmt: skip
def test_patches(patch: str, expected: list[str]) -> None:
    assert of(patch) == expected


@pytest.mark.parametrize(
    ("apply_to", "match", "expected"),
    [
        ("NETWORK_FILTER", "name: a", []),
        ("NETWORK_FILTER", "", ["invalid-envoy-patch ."]),
        ("LISTENER", "name: a", ["ignored-setting key:."]),
        ("NETWORK_FILTER", "name: envoy.tcp_proxy", ["deprecated-filter-name name"]),
        ("HTTP_FILTER", f"name: {HCM}, subFilter: {{name: a}}", []),
        ("HTTP_FILTER", f"name: {HCM}, subFilter: {{name: envoy.router}}", ["deprecated-filter-name subFilter.name"]),
        ("HTTP_FILTER", f"name: {HCM}, subFilter: {{}}", ["invalid-envoy-patch key:subFilter"]),
        ("HTTP_FILTER", "name: a, subFilter: {name: b}", ["invalid-envoy-patch name"]),
        ("NETWORK_FILTER", f"name: {HCM}, subFilter: {{name: a}}", ["invalid-envoy-patch key:subFilter"]),
    ],
)  # fmt: skip
def test_matches_on_filters(apply_to: str, match: str, expected: list[str]) -> None:
    filters = f"match: {{listener: {{filterChain: {{filter: {{{match}}}}}}}}}"
    found = of(f"applyTo: {apply_to}, {filters}, patch: {{operation: REMOVE}}")
    prefix = "match.listener.filterChain.filter"
    assert [one.replace(f"{prefix}.", "").replace(prefix, ".") for one in found] == expected


@pytest.mark.parametrize(
    ("apply_to", "value", "expected"),
    [
        ("CLUSTER", "connect_timeout: 5s, lbPolicy: RANDOM, upstream_connection_options: {tcp_keepalive: {}}", []),
        ("CLUSTER", "connect_timeout: null, lb_policy: 1, per_connection_buffer_limit_bytes: '80'", []),
        ("CLUSTER", "connect_timeout: 5", ["invalid-envoy-value connect_timeout"]),
        ("CLUSTER", "connect_timeout: 1d", ["invalid-envoy-value connect_timeout"]),
        ("CLUSTER", "lb_policy: random", ["invalid-envoy-value lb_policy"]),
        ("CLUSTER", "name: 5, ignore_health_on_host_removal: 'true'",
         ["invalid-envoy-value name", "invalid-envoy-value ignore_health_on_host_removal"]),
        ("CLUSTER", "health_checks: {}, transport_socket: []",
         ["invalid-envoy-value health_checks", "invalid-envoy-value transport_socket"]),
        ("CLUSTER", "health_checks: [{timeout: 1}]", ["invalid-envoy-value health_checks.0.timeout"]),
        ("CLUSTER", "per_connection_buffer_limit_bytes: 4294967296",
         ["invalid-envoy-value per_connection_buffer_limit_bytes"]),
        ("CLUSTER", "per_connection_buffer_limit_bytes: 1.5",
         ["invalid-envoy-value per_connection_buffer_limit_bytes"]),
        ("CLUSTER", "connnect_timeout: 5s", ["unknown-envoy-field key:connnect_timeout"]),
        ("CLUSTER", "metadata: {filter_metadata: {a: {whatever: [1, {}]}}}", []),
        ("CLUSTER", "transport_socket: {name: a}", ["missing-typed-config transport_socket"]),
        ("VIRTUAL_HOST", "typed_per_filter_config: {a: {}}", ["invalid-envoy-value typed_per_filter_config.a"]),
        ("HTTP_FILTER", "name: a", ["missing-typed-config ."]),
        ("HTTP_FILTER", "name: a, config_discovery: {}", []),
        ("HTTP_FILTER", f"typed_config: {{'@type': {LUA}, inlineCode: a}}", []),
        ("HTTP_FILTER", f"typed_config: {{'@type': {LUA}, inline_code: 1}}",
         ["invalid-envoy-value typed_config.inline_code"]),
        ("HTTP_FILTER", "typed_config: {inline_code: a}", ["invalid-envoy-value typed_config"]),
        ("HTTP_FILTER", "typed_config: {'@type': 5}", ["invalid-envoy-value typed_config.@type"]),
        ("HTTP_FILTER", "typed_config: {'@type': a/foo.Bar}", ["unknown-envoy-type typed_config.@type"]),
        ("HTTP_FILTER", "typed_config: {'@type': a/google.protobuf.Duration, value: 1x}",
         ["invalid-envoy-value typed_config.value"]),
        ("HTTP_FILTER", "typed_config: {'@type': a/xds.type.v3.TypedStruct, type_url: b, value: {c: 1}}", []),
        ("HTTP_FILTER", "typed_config: {'@type': a/envoy.config.filter.network.mysql_proxy.v1alpha1.MySQLProxy}",
         ["ignored-setting typed_config.@type"]),
    ],
)  # fmt: skip
def test_values(apply_to: str, value: str, expected: list[str]) -> None:
    assert of_value(apply_to, value) == expected


def test_a_selector_without_labels() -> None:
    assert said("EnvoyFilter", "workloadSelector: {}")[1:] == ["selector-without-labels key:workloadSelector"]


def test_reasons_name_what_is_right() -> None:
    def reason(value: str) -> str:
        return reasons(
            "EnvoyFilter", f"configPatches: [{{applyTo: HTTP_FILTER, patch: {{operation: ADD, value: {value}}}}}]"
        )

    assert f"did you mean {LUA}?" in reason("{typed_config: {'@type': a/envoy.extensions.filters.http.lua.v3.lua}}")
    assert "use the type of v3" in reason("{typed_config: {'@type': a/envoy.config.filter.http.lua.v2.Lua}}")


def test_old_names_are_repaired() -> None:
    spec = (
        "configPatches: [{applyTo: NETWORK_FILTER, patch: {operation: REMOVE}, "
        "match: {listener: {filterChain: {filter: {name: envoy.tcp_proxy}}}}}]"
    )
    _, found = defects(manifest("EnvoyFilter", spec))
    assert found.repair is not None
    assert found.repair.changes[0].text == "envoy.filters.network.tcp_proxy"
