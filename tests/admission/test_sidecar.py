"""Sidecars: listeners, hosts and policies."""

from __future__ import annotations

import pytest
from judged import reasons, said

ALL = "hosts: ['*/*']"


def ingress(*listeners: str) -> list[str]:
    found = said("Sidecar", f"ingress: [{', '.join(f'{{{listener}}}' for listener in listeners)}]")
    return [one.replace("ingress.", "") for one in found]


def egress(*listeners: str, **metadata: object) -> list[str]:
    found = said("Sidecar", f"egress: [{', '.join(f'{{{listener}}}' for listener in listeners)}]", **metadata)
    return [one.replace("egress.", "") for one in found]


@pytest.mark.parametrize(
    ("listener", "expected"),
    [
        ("port: {number: 80, protocol: HTTP, name: a}, defaultEndpoint: '127.0.0.1:8080'", []),
        ("port: {number: 80}, defaultEndpoint: 'unix:///a'", []),
        ("port: {number: 80}, defaultEndpoint: '[::1]:8080', bind: 10.0.0.1", []),
        ("port: {number: 80}, defaultEndpoint: ':8080'", []),
        ("port: {number: 80}, defaultEndpoint: '10.0.0.1:8080'", ["invalid-address 0.defaultEndpoint"]),
        ("port: {number: 80}, defaultEndpoint: '127.0.0.1:0'", ["invalid-address 0.defaultEndpoint"]),
        ("port: {number: 80}, defaultEndpoint: '127.0.0.1'", ["invalid-address 0.defaultEndpoint"]),
        ("port: {number: 80}, bind: 'unix:///a'", ["invalid-address 0.bind"]),
        ("port: {protocol: X, name: a.b, targetPort: 1}",
         ["unsupported-setting key:0.port.targetPort", "invalid-name 0.port.name", "unsupported-value 0.port.protocol",
          "missing-setting 0.port.number"]),
        ("port: {number: 70000}", ["invalid-port 0.port.number"]),
        ("port: {number: 80, protocol: HTTPS}, tls: {mode: SIMPLE, serverCertificate: a, privateKey: b}", []),
        ("port: {number: 80, protocol: HTTP}, tls: {mode: SIMPLE, serverCertificate: a, privateKey: b}",
         ["invalid-tls-settings key:0.tls"]),
        ("port: {number: 80, protocol: TLS}, tls: {mode: ISTIO_MUTUAL}", ["invalid-tls-settings 0.tls.mode"]),
        ("port: {number: 80, protocol: TLS}, tls: {mode: SIMPLE, credentialName: a}",
         ["unsupported-setting key:0.tls.credentialName"]),
        ("port: {number: 80, protocol: TCP}, connectionPool: {http: {}}",
         ["ignored-setting key:0.connectionPool.http"]),
        ("port: {number: 80, protocol: HTTP}, connectionPool: {}", ["missing-setting 0.connectionPool"]),
    ],
)  # fmt: skip
def test_ingress(listener: str, expected: list[str]) -> None:
    assert ingress(listener) == expected


def test_ingress_ports_differ() -> None:
    assert ingress("port: {number: 80}", "port: {number: 80}, bind: 10.0.0.1") == ["duplicate-entry 1.port.number"]


@pytest.mark.parametrize(
    ("listeners", "expected"),
    [
        ([f"port: {{number: 80}}, {ALL}", ALL], []),
        ([ALL, f"port: {{number: 80}}, {ALL}"], ["missing-setting 0.port"]),
        ([f"port: {{number: 80}}, {ALL}", f"port: {{number: 80}}, bind: 1.1.1.1, {ALL}"],
         ["duplicate-entry 1.port.number"]),
        ([f"port: {{number: 0}}, bind: 'unix:///a', {ALL}"], []),
        ([f"port: {{number: 0}}, {ALL}"], ["invalid-address 0.port.number"]),
        ([f"port: {{}}, {ALL}"], ["missing-setting 0.port.number"]),
        ([f"port: {{}}, bind: 'unix://a', captureMode: IPTABLES, {ALL}"],
         ["invalid-address 0.bind", "conflicting-settings 0.captureMode"]),
        ([f"port: {{}}, bind: 'unix:///a', {ALL}", f"port: {{}}, bind: 'unix:///a', {ALL}"],
         ["duplicate-entry 1.bind"]),
        ([f"port: {{number: 70000}}, bind: 'unix:///a', {ALL}"],
         ["invalid-port 0.port.number", "invalid-address 0.bind"]),
        (["hosts: []"], ["missing-setting key:0.hosts"]),
        (["hosts: [./a.b, '~/*', '*/*.b', ns/a.b.c]"], []),
        (["hosts: [a.b, ./a, /a.b, a_b/*, ./1.2.3.4, './*a.b']"], [f"invalid-host 0.hosts.{i}" for i in range(6)]),
        (["hosts: [./a.b, shop/a.b]"], ["redundant-egress-host 0.hosts.1"]),
        (["hosts: [./*, ./a.b]"], ["redundant-egress-host 0.hosts.1"]),
        (["hosts: [./a.b, ./*]"], ["redundant-egress-host 0.hosts.1"]),
        (["hosts: [x/*, '*/*']"], ["redundant-egress-host 0.hosts.0"]),
        (["hosts: [~/a.b, ~/a.b]"], []),
    ],
)  # fmt: skip
def test_egress(listeners: list[str], expected: list[str]) -> None:
    assert egress(*listeners) == expected


def test_the_own_namespace_is_not_guessed() -> None:
    assert egress("hosts: [./a.b, shop/a.b]", namespace=None) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (None, ["missing-setting "]),
        ("egress: []", ["missing-setting "]),
        ("outboundTrafficPolicy: {}", []),
        ("inboundConnectionPool: {}", ["missing-setting inboundConnectionPool"]),
        ("outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: a.b, port: {number: 1}}}", []),
        ("outboundTrafficPolicy: {egressProxy: {host: a.b}}",
         ["conflicting-settings key:outboundTrafficPolicy.egressProxy"]),
        ("outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: '*.b'}}",
         ["invalid-host outboundTrafficPolicy.egressProxy.host",
          "missing-setting outboundTrafficPolicy.egressProxy.port"]),
        ("outboundTrafficPolicy: {mode: ALLOW_ANY_DYNAMIC_DNS}", ["unsupported-setting outboundTrafficPolicy.mode"]),
        ("workloadSelector: {labels: {'': a, 'b*': c}}\negress: [{hosts: ['*/*']}]",
         ["invalid-selector key:workloadSelector.labels.", "invalid-selector key:workloadSelector.labels.b*"]),
        ("workloadSelector: {}\negress: [{hosts: ['*/*']}]", ["selector-without-labels key:workloadSelector"]),
    ],
)  # fmt: skip
def test_policies(spec: str | None, expected: list[str]) -> None:
    assert said("Sidecar", spec) == expected


def test_reasons_name_what_is_right() -> None:
    assert "it has the form namespace/host" in reasons("Sidecar", "egress: [{hosts: [a.b]}]")
