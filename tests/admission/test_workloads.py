"""WorkloadEntries, WorkloadGroups and ProxyConfigs."""

from __future__ import annotations

import pytest
from judged import reasons, said


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("address: 1.2.3.4", []),
        ("address: a.b", []),
        ("address: '*.b'", ["invalid-address address"]),
        ("address: 1.2.3.4:80", ["invalid-address address"]),
        ("{}", ["missing-setting "]),
        ("address: ''", ["missing-setting "]),
        ("network: a", ["unaddressed-endpoint key:network"]),
        ("address: 'unix:///a'", []),
        ("address: 'unix://'", ["invalid-address address"]),
        ("address: 'unix://@a'\nports: {}", ["conflicting-settings key:ports"]),
        ("address: a\nports: {a_b: 1, c: 0}", ["invalid-name key:ports.a_b", "invalid-port ports.c"]),
        ("address: a\nlabels: {a: b c}", ["invalid-label labels.a"]),
    ],
)
def test_workload_entries(spec: str, expected: list[str]) -> None:
    assert said("WorkloadEntry", spec) == expected


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ("httpGet: {port: 80, scheme: HTTPS, httpHeaders: [{name: X-a}]}", []),
        ("httpGet: {port: 0, scheme: https, httpHeaders: [{name: a_b}]}",
         ["invalid-port probe.httpGet.port", "unsupported-value probe.httpGet.scheme",
          "invalid-header-name probe.httpGet.httpHeaders.0.name"]),
        ("tcpSocket: {port: 70000}", ["invalid-port probe.tcpSocket.port"]),
        ("exec: {command: []}", ["missing-setting key:probe.exec.command"]),
        ("grpc: {port: 80}", ["unsupported-setting key:probe.grpc"]),
        ("periodSeconds: -1, exec: {command: [a]}", ["out-of-range probe.periodSeconds"]),
        ("", ["missing-setting probe"]),
    ],
)  # fmt: skip
def test_probes(probe: str, expected: list[str]) -> None:
    assert said("WorkloadGroup", f"template: {{}}\nprobe: {{{probe}}}") == expected


def test_labels_of_groups() -> None:
    assert said("WorkloadGroup", "template: {labels: {a: b c}}\nmetadata: {labels: {a: b c}}") == [
        "invalid-label metadata.labels.a"
    ]


def test_proxy_configs() -> None:
    assert said("ProxyConfig", "concurrency: 0") == []
    assert said("ProxyConfig", "concurrency: -1\nselector: {}") == [
        "selector-without-labels key:selector",
        "out-of-range concurrency",
    ]


def test_reasons_name_what_is_right() -> None:
    assert "a port stands in `ports`" in reasons("WorkloadEntry", "address: a.b:80")
