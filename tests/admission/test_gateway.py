"""Gateways: names, hosts, ports, and TLS of servers."""

from __future__ import annotations

import pytest
from judged import reasons, said

HTTP = "port: {number: 80, name: http, protocol: HTTP}"
HTTPS = "port: {number: 443, name: https, protocol: HTTPS}"
ANY = "hosts: ['*']"


def of(*servers: str, **metadata: object) -> list[str]:
    """What is said of servers in flow style, with paths below `servers`."""
    found = said("Gateway", f"servers: [{', '.join(f'{{{server}}}' for server in servers)}]", **metadata)
    return [one.replace("servers.", "") for one in found]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ([f"{HTTP}, {ANY}"], []),
        ([f"{HTTP}, hosts: [a.b, ./a.b, ns/*, '*/*.b', 1.2.3.4]"], []),
        ([f"{HTTP}, hosts: []"], ["missing-setting key:0.hosts"]),
        ([f"{HTTP}, hosts: [a]"], ["invalid-host 0.hosts.0"]),
        ([f"{HTTP}, hosts: ['*a.b', '~/a.b', /a.b, a_b.c, '::1']"], [f"invalid-host 0.hosts.{i}" for i in range(5)]),
        ([f"port: {{number: 0, name: a, protocol: HTTP}}, {ANY}"], ["invalid-port 0.port.number"]),
        ([f"port: {{number: 0, name: a, protocol: HTTP}}, bind: unix:///a, {ANY}"], []),
        ([f"{HTTP}, bind: 'unix://a', {ANY}"], ["invalid-port 0.port.number", "invalid-address 0.bind"]),
        ([f"{HTTP}, bind: localhost, {ANY}"], ["invalid-address 0.bind"]),
        ([f"port: {{number: 80, name: '', protocol: HBONE, targetPort: 1}}, {ANY}"],
         ["unsupported-value 0.port.protocol", "unsupported-setting key:0.port.targetPort",
          "missing-setting 0.port.name"]),
        ([f"{HTTP}, {ANY}", f"{HTTP}, {ANY}"], ["duplicate-entry 1.port.name"]),
    ],
)  # fmt: skip
def test_servers(servers: list[str], expected: list[str]) -> None:
    assert of(*servers) == expected


def test_a_gateway_needs_servers() -> None:
    assert said("Gateway", "selector: {a: b}") == ["missing-setting key:servers"]
    assert said("Gateway", None) == ["missing-setting key:servers"]


def test_names_of_gateways_have_no_dots() -> None:
    assert of(f"{HTTP}, {ANY}", name="a.b") == ["invalid-name metadata.name"]
    assert of(f"{HTTP}, {ANY}", name="a.b", annotations={"internal.istio.io/gateway-semantics": "gateway"}) == []


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (HTTPS, ["invalid-tls-settings 0.port.protocol"]),
        (f"{HTTPS}, tls: {{}}", []),
        (f"{HTTP}, tls: {{httpsRedirect: true}}", []),
        (f"{HTTP}, tls: {{mode: SIMPLE, credentialName: a}}", ["invalid-tls-settings 0.tls.mode"]),
        (
            f"{HTTPS}, tls: {{mode: SIMPLE, credentialName: a, httpsRedirect: true}}",
            ["ignored-setting key:0.tls.httpsRedirect"],
        ),
        ("port: {number: 1, name: a, protocol: TCP}, tls: {}", ["invalid-tls-settings key:0.tls"]),
    ],
)
def test_tls_and_protocols(server: str, expected: list[str]) -> None:
    assert of(f"{server}, {ANY}") == expected


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        ("mode: SIMPLE, credentialName: a", []),
        ("mode: SIMPLE, serverCertificate: a, privateKey: b", []),
        ("mode: SIMPLE", ["invalid-tls-settings mode", "invalid-tls-settings mode"]),
        ("mode: MUTUAL, serverCertificate: a, privateKey: b", ["invalid-tls-settings mode"]),
        ("mode: SIMPLE, serverCertificate: a, privateKey: b, caCrl: c", ["invalid-tls-settings key:caCrl"]),
        ("mode: SIMPLE, credentialName: a, tlsCertificates: [{}]", ["invalid-tls-settings key:tlsCertificates"]),
        ("mode: SIMPLE, tlsCertificates: [{serverCertificate: a}]", ["invalid-tls-settings tlsCertificates.0"]),
        ("mode: ISTIO_MUTUAL, credentialName: a, caCrl: b", ["invalid-tls-settings key:credentialName"]),
        ("credentialName: a", ["ignored-setting key:credentialName"]),
        ("mode: PASSTHROUGH, caCrl: a", ["ignored-setting key:caCrl"]),
        ("caCrl: b, credentialName: a",
         ["ignored-setting key:caCrl", "ignored-setting key:credentialName", "invalid-tls-settings key:caCrl"]),
        ("mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_1", ["outdated-tls-version minProtocolVersion"]),
        ("mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_1, cipherSuites: [AES128-SHA]", []),
        ("mode: SIMPLE, credentialName: a, cipherSuites: [ALL, '', '!x', AES128-SHA, AES128-SHA, X]",
         ["unknown-cipher-suite cipherSuites.4", "unknown-cipher-suite cipherSuites.5"]),
    ],
)  # fmt: skip
def test_tls_of_servers(tls: str, expected: list[str]) -> None:
    assert [one.replace("0.tls.", "") for one in of(f"{HTTPS}, {ANY}, tls: {{{tls}}}")] == expected


def test_reasons_name_what_is_right() -> None:
    assert "write the full name" in reasons("Gateway", f"servers: [{{{HTTP}, hosts: [reviews]}}]")
    spec = f"servers: [{{{HTTPS}, {ANY}, tls: {{cipherSuites: [ECDHE-RSA-AES128-GCM-SHA512]}}}}]"
    assert "did you mean ECDHE-RSA-AES128-GCM-SHA256?" in reasons("Gateway", spec)
