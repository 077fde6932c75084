"""Paths and hosts of policies: what the examples of cards cannot show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.said import messages
from istiolint.checks.open_rules import within
from istiolint.checks.rewritten import free, surely_not, takes

TEXT = st.text("/ab*", max_size=5)
POLICY = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: payments, namespace: shop}}
spec:
  selector:
    matchLabels: {{app: payments}}
  action: {action}
  rules:
  - {source}to:
    - operation: {{{operation}}}
"""
BACKEND = """
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec:
  selector: {app: payments}
  ports:
  - {name: http, port: 80, targetPort: 8080}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments, sidecar.istio.io/inject: "true"}}
    spec:
      containers: [{name: app, image: "example/app:1"}]
"""
REWRITE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: payments, namespace: shop}}
spec:
  hosts: [payments]
  http:
{before}
  - match:
    - uri: {{prefix: /pay}}
    rewrite: {{uri: /api}}
    route:
    - destination: {{host: payments}}
"""


def policy(action: str, operation: str, source: str = "") -> str:
    return POLICY.format(action=action, operation=operation, source=source)


@given(TEXT, TEXT, st.text("/ab", max_size=6))
def test_what_is_within_a_pattern_takes_nothing_else(narrow: str, wide: str, path: str) -> None:
    if within(narrow, (wide,)) and takes(narrow, path):
        assert takes(wide, path)


@pytest.mark.parametrize(
    ("action", "operation", "source", "count"),
    [
        ("DENY", "hosts: [a.com]", "", 1),
        ("CUSTOM", "hosts: [a.com]", "", 1),
        ("ALLOW", "hosts: [a.com]", "", 0),
        ("ALLOW", "notHosts: [a.com]", "", 1),
        ("ALLOW", "notHosts: [a.com]", "from: [{source: {namespaces: [web]}}]\n    ", 0),
        ("DENY", "notHosts: [a.com]", "", 0),
        ("DENY", 'hosts: ["a.com*"]', "", 0),
        ("DENY", 'hosts: [a.com, "a.com:443"]', "", 0),
        ("DENY", 'hosts: ["*"]', "", 0),
        ("DENY", "hosts: [a.com, b.com]", "", 1),
    ],
)
def test_only_what_protects_is_got_past_with_a_port(action: str, operation: str, source: str, count: int) -> None:
    assert len(messages("denied-host-without-port", policy(action, operation, source))) == count


def test_an_envoy_filter_may_take_the_port_from_the_host() -> None:
    strips = """
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: strip, namespace: istio-system}
spec:
  configPatches:
  - applyTo: NETWORK_FILTER
    patch: {operation: MERGE, value: {typed_config: {strip_any_host_port: true}}}
"""
    assert not messages("denied-host-without-port", policy("DENY", "hosts: [a.com]"), strips)


@pytest.mark.parametrize("path", ["/*", "/pkg.Service/*", "/admin*", "/{*}/*", "*/admin"])
def test_not_every_star_leaves_a_path_open(path: str) -> None:
    assert not messages("denied-folder-without-itself", policy("DENY", f'paths: ["{path}"]'))


@pytest.mark.parametrize(
    ("action", "paths", "before", "count"),
    [
        ("ALLOW", "/pay/*", "", 1),
        ("ALLOW", "/*", "", 0),
        ("ALLOW", "/healthz", "", 0),
        ("ALLOW", "/pay/{**}", "", 0),
        ("DENY", "/pay/admin", "", 1),
        ("DENY", "*/admin", "", 0),
        ("DENY", "/healthz", "", 0),
        ("DENY", "/pay/admin", "  - match: [{uri: {prefix: /pay/admin}}]\n    directResponse: {status: 404}", 0),
        ("DENY", "/pay/admin", "  - match: [{uri: {prefix: /other}}]\n    directResponse: {status: 404}", 1),
    ],
)
def test_policies_that_miss_the_rewritten_path(action: str, paths: str, before: str, count: int) -> None:
    files = (REWRITE.format(before=before), policy(action, f'paths: ["{paths}"]'), BACKEND)
    assert len(messages("policy-tests-path-before-rewrite", "\n---\n".join(files))) == count


def test_another_policy_that_takes_the_rewritten_path() -> None:
    other = policy("DENY", "paths: [/api/admin]").replace("name: payments", "name: other")
    files = (REWRITE.format(before=""), policy("DENY", "paths: [/pay/admin]"), other, BACKEND)
    assert not messages("policy-tests-path-before-rewrite", "\n---\n".join(files))


def test_a_route_without_match_takes_everything() -> None:
    assert not free([{"match": [{"uri": {"prefix": "/a"}}]}, {"route": []}], "/")
    assert free([{"match": [{"uri": {"prefix": "/a"}}]}], "/")


@pytest.mark.parametrize(
    "match",
    [{}, {"port": 80}, {"uri": {"regex": ".*"}}, {"withoutHeaders": {"x": {}}}, {"uri": {"regex": "("}}],
)
def test_what_may_take_a_request_is_not_ruled_out(match: dict[str, object]) -> None:
    assert not surely_not(match, "/")
