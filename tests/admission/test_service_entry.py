"""ServiceEntries, by resolution."""

from __future__ import annotations

import pytest
from judged import reasons, said

TLS = "ports: [{number: 443, name: tls, protocol: TLS}]"
TCP = "ports: [{number: 1, name: tcp, protocol: MONGO}]"


def of(*lines: str, **metadata: object) -> list[str]:
    return said("ServiceEntry", "\n".join(lines), **metadata)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (["hosts: [a.com, '*.b.com']", TLS], []),
        (["hosts: []"], ["missing-setting key:hosts"]),
        (["hosts: ['*', 1.2.3.4, a_b]"], ["invalid-host hosts.0", "invalid-host hosts.1", "invalid-host hosts.2"]),
        (["hosts: ['*a.com']"], ["dubious-service-entry hosts.0"]),
        (["hosts: [a]", "addresses: [10.0.0.0/8, 10.0.0.256]"], ["invalid-address addresses.1"]),
        (["hosts: [a]", "ports: [{name: a_b, number: 0, protocol: SCTP}]"],
         ["invalid-name ports.0.name", "invalid-port ports.0.number", "unsupported-value ports.0.protocol"]),
        (["hosts: [a]",
         "ports: [{name: a, number: 1, protocol: TLS}, {name: a, number: 1, protocol: TLS, targetPort: -1}]"],
         ["duplicate-entry ports.1.name", "duplicate-entry ports.1.number", "invalid-port ports.1.targetPort"]),
        (["hosts: [a]", "ports: [{name: a, number: 1}]"], ["dubious-service-entry ports.0"]),
        (["hosts: [a]", "ports: [{name: a, number: 1, protocol: tcp}]"], []),
        (["hosts: [a]", "addresses: [1.1.1.1]", "ports: [{name: a, number: 1, protocol: TCP}]"], []),
        (["hosts: [a]", "exportTo: ['~']"], []),
        (["hosts: [a]", "exportTo: ['~', a]"], ["invalid-export-to exportTo.0"]),
        (["hosts: [a]", "workloadSelector: {labels: {a: b}}", "endpoints: [{address: 1.1.1.1}]", "resolution: STATIC"],
         ["conflicting-settings key:endpoints"]),
    ],
)  # fmt: skip
def test_hosts_and_ports(spec: list[str], expected: list[str]) -> None:
    assert of(*spec) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (["endpoints: [{address: 1.1.1.1}]"], ["invalid-service-entry key:endpoints"]),
        (["workloadSelector: {labels: {a: b}}"], ["dubious-service-entry key:workloadSelector"]),
        (["resolution: STATIC", "endpoints: [{address: 1.1.1.1, ports: {tls: 1}, labels: {a: b}}]"], []),
        (["resolution: STATIC", "endpoints: [{address: b.com, ports: {http: 1}}]"],
         ["invalid-address endpoints.0.address", "invalid-name key:endpoints.0.ports.http"]),
        (["resolution: STATIC", "endpoints: [{address: 'unix:///a'}]"], []),
        (["resolution: STATIC", "endpoints: [{address: 'unix:///a', ports: {tls: 1}}]"],
         ["conflicting-settings key:endpoints.0.ports"]),
        (["resolution: STATIC", "endpoints: [{}]"], ["missing-setting endpoints.0"]),
        (["resolution: STATIC", "endpoints: [{network: a}]"], ["dubious-service-entry endpoints.0"]),
        (["resolution: DNS"], []),
        (["resolution: DNS", "endpoints: [{address: b.com, ports: {tls: 0}}]"], ["invalid-port endpoints.0.ports.tls"]),
        (["resolution: DNS", "endpoints: [{address: 'unix:///a'}, {address: '', network: a}, {network: a}]"],
         ["invalid-address endpoints.0.address", "invalid-address endpoints.1.address", "missing-setting endpoints.2"]),
        (["resolution: DNS", "addresses: [10.0.0.0/8]"], ["invalid-service-entry addresses.0"]),
        (["resolution: DNS_ROUND_ROBIN", "endpoints: [{address: b.com}, {address: c.com}]"],
         ["invalid-service-entry endpoints.1"]),
        (["resolution: DYNAMIC_DNS"], ["invalid-host hosts.0"]),
        (["resolution: DYNAMIC_DNS", "addresses: [1.1.1.1]", "endpoints: [{address: b.com}]"],
         ["invalid-host hosts.0", "invalid-service-entry key:addresses", "invalid-service-entry key:endpoints"]),
        (["resolution: 2"], []),
    ],
)  # fmt: skip
def test_resolutions(spec: list[str], expected: list[str]) -> None:
    assert of("hosts: [a.com]", TLS, *spec) == expected


def test_wildcards_need_endpoints_to_be_looked_up() -> None:
    assert of("hosts: ['*.a.com']", TLS, "resolution: DNS") == ["invalid-host hosts.0"]
    assert of("hosts: ['*.a.com']", TLS, "resolution: DNS", "endpoints: [{address: b.com}]") == []
    assert of("hosts: ['*a.com']", TLS, "resolution: DYNAMIC_DNS") == []


def test_dynamic_dns_sees_the_host() -> None:
    assert of("hosts: ['*.a.com']", TCP, "resolution: DYNAMIC_DNS") == ["invalid-service-entry ports.0.protocol"]
    internal = ("hosts: ['*.a.com']", TLS, "resolution: DYNAMIC_DNS", "location: MESH_INTERNAL")
    assert of(*internal) == []
    assert of(*internal, labels={"istio.io/use-waypoint": "w"}) == ["invalid-service-entry location"]
    assert of(*internal, labels={"istio.io/use-waypoint": "None"}) == []


def test_several_hosts_need_ports_that_show_the_host() -> None:
    assert of("hosts: [a.com, b.com]", TCP, "resolution: DNS") == ["invalid-service-entry ports.0"]
    assert of("hosts: [a.com, b.com]", TCP) == []
    shared = of("hosts: [a.com, b.com]", TLS, "resolution: DNS", "addresses: [1.1.1.1]")
    assert shared == ["dubious-service-entry ports.0"]


def test_addresses_of_their_own() -> None:
    spec = ("hosts: [a.com]", "ports: [{name: a, number: 1}]", "resolution: STATIC")
    assert of(*spec) == []
    assert of(*spec, labels={"networking.istio.io/enable-autoallocate-ip": "False"}) == [
        "dubious-service-entry ports.0"
    ]


def test_reasons_name_what_is_right() -> None:
    assert "the ServiceEntry has the ports tls" in reasons(
        "ServiceEntry",
        f"hosts: [a.com]\n{TLS}\nresolution: STATIC\nendpoints: [{{address: 1.1.1.1, ports: {{http: 1}}}}]",
    )
