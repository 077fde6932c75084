"""CRDs, settings of istiod, and conditions: what the examples of cards cannot show."""

from __future__ import annotations

import pytest

from checks.said import messages, said
from istiolint.checks.controlplane import CONDITIONS


@pytest.mark.parametrize(
    ("name", "version", "count"),
    [
        ("tlsroutes", "v1.4.1", 1),
        ("tlsroutes", "1.4.9", 1),
        ("tlsroutes", "v1.5.0-rc1", 0),
        ("tlsroutes", "v1.10.0", 0),
        ("tlsroutes", "main", 0),
        ("grpcroutes", "v1.0.0", 1),
        ("httproutes", "v0.8.0", 0),
    ],
)
def test_versions_of_the_gateway_api(name: str, version: str, count: int) -> None:
    text = f"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {name}.gateway.networking.k8s.io
  annotations: {{gateway.networking.k8s.io/bundle-version: "{version}"}}
"""
    assert len(said("gateway-api-too-old", text)) == count


API = {"Service": "v1", "AuthorizationPolicy": "security.istio.io/v1", "Gateway": "gateway.networking.k8s.io/v1"}
API |= dict.fromkeys(("HTTPRoute", "GRPCRoute"), "gateway.networking.k8s.io/v1")


@pytest.mark.parametrize("kind", sorted(CONDITIONS))
def test_conditions_of_each_kind(kind: str) -> None:
    for condition in (*CONDITIONS[kind], "Ready"):
        for status in ("False", "True"):
            entry = f"{{type: {condition}, status: '{status}', reason: Because}}"
            body = f"parents: [{{conditions: [{entry}]}}]" if "Route" in kind else f"conditions: [{entry}]"
            text = f"apiVersion: {API.get(kind, 'networking.istio.io/v1')}\nkind: {kind}\nmetadata: {{name: a}}\n"
            found = messages("negative-condition", f"{text}status: {{{body}}}\n")
            assert len(found) == (status == "False" and condition != "Ready"), (condition, status)


def test_keys_that_are_written_into_a_policy_are_not_fetched() -> None:
    istiod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, labels: {app: istiod}}\n---\n"
    policy = (
        "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: a}\nspec: {jwtRules: [%s]}\n"
    )
    assert said("jwks-fetch-unrestricted", istiod + policy % "{issuer: a}")
    assert not said("jwks-fetch-unrestricted", istiod + policy % "{issuer: a, jwks: '{}'}")
