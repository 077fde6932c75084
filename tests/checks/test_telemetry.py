"""Telemetries: who else gives a provider, and which mesh configuration counts."""

from __future__ import annotations

import pytest

from checks.said import said

CONFIG = """---
apiVersion: v1
kind: ConfigMap
metadata: {{name: istio, namespace: istio-system}}
data:
  mesh: |
    {}
"""
LOG = "accessLogging: [{filter: {expression: 'response.code >= 500'}}]"
NAMED = "accessLogging: [{providers: [{name: envoy}]}]"


def telemetry(body: str, name: str = "logs", namespace: str = "shop") -> str:
    return f"""---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{body}}}
"""


SELECTED = f"selector: {{matchLabels: {{app: web}}}}, {LOG}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (telemetry(LOG), 1),
        (telemetry(LOG) + telemetry(NAMED, "wide", "istio-system"), 0),
        (telemetry(LOG) + telemetry(NAMED, "beside"), 1),
        (telemetry(SELECTED) + telemetry(NAMED, "wide"), 0),
        (telemetry(LOG) + CONFIG.format("accessLogFile: /dev/stdout"), 0),
        (telemetry(LOG) + CONFIG.format("defaultProviders: {accessLogging: [envoy]}"), 0),
        (telemetry("accessLogging: [{disabled: true}]"), 0),
    ],
)
def test_logs_have_a_provider_from_somewhere(text: str, count: int) -> None:
    assert len(said("access-log-without-provider", text, world="complete")) == count


def test_an_unknown_mesh_configuration_may_have_anything() -> None:
    named = telemetry("tracing: [{providers: [{name: jaeger}]}]")
    assert not said("access-log-without-provider", telemetry(LOG))
    assert not said("telemetry-provider-not-found", named, world="complete")
    assert not said("telemetry-provider-not-found", named + CONFIG.format("accessLogFile: /dev/stdout"))
    assert said("telemetry-provider-not-found", named + CONFIG.format("accessLogFile: /dev/stdout"), world="complete")


def test_built_in_providers() -> None:
    config = CONFIG.format("extensionProviders: [{name: otel, opentelemetry: {service: a, port: 1}}]")
    uses = ("metrics: [{providers: [{name: prometheus}]}]", "tracing: [{providers: [{name: stackdriver}]}]", NAMED)
    for use in uses:
        assert not said("telemetry-provider-not-found", telemetry(use) + config)
        assert not said("telemetry-provider-unfit", telemetry(use) + config)
    assert said("telemetry-provider-unfit", telemetry("metrics: [{providers: [{name: envoy}]}]") + config)
    assert said("telemetry-provider-unfit", telemetry("metrics: [{providers: [{name: otel}]}]") + config)
