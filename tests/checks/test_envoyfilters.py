"""Which operation on what is carried out, and which patches depend on others."""

from __future__ import annotations

import pytest

from checks.said import said
from istiolint.checks.envoyfilters import APPLIED, OPERATIONS

IGNORED = ("add-ignored", "remove-ignored", "replace-ignored", "operation-ignored")
MATCH = "listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}"


def patch(apply_to: str, operation: str, value: str = "{name: x}", match: str = "") -> str:
    return f"{{applyTo: {apply_to}, match: {{{match}}}, patch: {{operation: {operation}, value: {value}}}}}"


def envoy_filter(*patches: str, name: str = "a", more: str = "") -> str:
    return f"""---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{name: {name}, namespace: shop}}
spec: {{configPatches: [{", ".join(patches)}]{more}}}
"""


@pytest.mark.parametrize("apply_to", sorted(APPLIED))
def test_every_pair_is_carried_out_or_said_once(apply_to: str) -> None:
    for operation in sorted(OPERATIONS):
        found = [it for it in IGNORED if said(it, envoy_filter(patch(apply_to, operation)))]
        assert len(found) == (operation not in APPLIED[apply_to]), (apply_to, operation, found)


def relative(*filters: str) -> tuple[int, int]:
    text = "".join(filters)
    return (
        len(said("relative-patch-without-priority", text)),
        len(said("relative-patch-after-version", text)),
    )


def test_what_depends_on_others() -> None:
    insert = patch("HTTP_FILTER", "INSERT_BEFORE")
    assert relative(envoy_filter(insert)) == (1, 0)
    assert relative(envoy_filter(insert, more=", priority: 10")) == (0, 0)
    assert relative(envoy_filter(insert, more=", priority: 0")) == (1, 0)
    assert relative(envoy_filter(patch("HTTP_FILTER", "INSERT_FIRST"), patch("CLUSTER", "MERGE"))) == (0, 0)
    assert relative(envoy_filter(patch("CLUSTER", "REPLACE"))) == (0, 0)


def test_a_version_before_it_decides_and_one_after_it_does_not() -> None:
    versioned = patch("HTTP_FILTER", "ADD", match="proxy: {proxyVersion: 1.30}".replace("1.30", "'1.30'"))
    insert = patch("HTTP_FILTER", "INSERT_AFTER")
    assert relative(envoy_filter(versioned, insert)) == (0, 1)
    assert relative(envoy_filter(insert, versioned)) == (1, 0)
    assert relative(envoy_filter(versioned), envoy_filter(insert, name="b")) == (0, 1)
    assert relative(envoy_filter(versioned, patch("HTTP_FILTER", "INSERT_AFTER", "{name: y}"))) == (1, 0)


def test_the_name_of_the_matched_filter_counts_where_the_value_has_none() -> None:
    versioned = patch("NETWORK_FILTER", "MERGE", "{a: 1}", MATCH + ", proxy: {proxyVersion: '1.30'}")
    assert relative(envoy_filter(versioned, patch("HTTP_FILTER", "INSERT_AFTER", "{a: 1}", MATCH))) == (0, 1)
