"""DestinationRules: traffic policies, load balancing, localities, TLS, subsets and visibility."""

from __future__ import annotations

import pytest
from judged import defects, manifest, reasons, said

from istiolint.admission.localities import _problem


def of_policy(policy: str, **metadata: str) -> list[str]:
    """What is said of a traffic policy in flow style, with paths below it."""
    found = said("DestinationRule", f"host: a\ntrafficPolicy: {{{policy}}}", **metadata)
    return [one.replace("trafficPolicy.", "").replace("trafficPolicy", ".") for one in found]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", ["missing-setting ."]),
        ("portLevelSettings: []", ["missing-setting ."]),
        ("tls: {mode: DISABLE, clientCertificate: /x}", []),
        ("proxyProtocol: {version: V1}, tunnel: {targetHost: a, targetPort: 1}",
         ["conflicting-settings key:proxyProtocol"]),
        ("outlierDetection: {interval: 0s, baseEjectionTime: 1.5ms}",
         ["invalid-duration outlierDetection.baseEjectionTime", "invalid-duration outlierDetection.interval"]),
        ("outlierDetection: {consecutiveErrors: 5}", ["deprecated-setting key:outlierDetection.consecutiveErrors"]),
        ("outlierDetection: {consecutiveLocalOriginFailures: 1}",
         ["missing-setting key:outlierDetection.consecutiveLocalOriginFailures"]),
        ("outlierDetection: {consecutiveLocalOriginFailures: 1, splitExternalLocalOriginErrors: true}", []),
        ("outlierDetection: {maxEjectionPercent: 101, minHealthPercent: -1}",
         ["out-of-range outlierDetection.maxEjectionPercent", "out-of-range outlierDetection.minHealthPercent"]),
        ("connectionPool: {}", ["missing-setting connectionPool"]),
        ("connectionPool: {tcp: {}}", []),
        ("connectionPool: {tcp: {maxConnections: 3000000000}}", ["out-of-range connectionPool.tcp.maxConnections"]),
        ("connectionPool: {tcp: {idleTimeout: 0s}}", []),
        ("connectionPool: {tcp: {idleTimeout: 500us}}", []),
        ("connectionPool: {tcp: {idleTimeout: 1.5ms}}", ["invalid-duration connectionPool.tcp.idleTimeout"]),
        ("connectionPool: {tcp: {tcpKeepalive: {time: 1us}}}",
         ["invalid-duration connectionPool.tcp.tcpKeepalive.time"]),
        ("connectionPool: {http: {maxRetries: -1, idleTimeout: 0s}}",
         ["out-of-range connectionPool.http.maxRetries", "invalid-duration connectionPool.http.idleTimeout"]),
        ("connectionPool: {http: {h2UpgradePolicy: UPGRADE, useClientProtocol: true}}",
         ["conflicting-settings connectionPool.http.useClientProtocol"]),
        ("connectionPool: {http: {http2KeepAlive: {interval: 1s}}}",
         ["missing-setting connectionPool.http.http2KeepAlive.timeout"]),
        ("tunnel: {targetHost: '*.a', targetPort: 0, protocol: GET}",
         ["unsupported-value tunnel.protocol", "invalid-host tunnel.targetHost", "invalid-port tunnel.targetPort"]),
        ("tunnel: {targetHost: '::1', targetPort: 1}", []),
        ("retryBudget: {budgetInterval: 1d}", ["invalid-duration retryBudget.budgetInterval"]),
        ("retryBudget: {budgetInterval: -1s}", []),
        ("portLevelSettings: [{port: {number: 0}, tls: {}}]", []),
        ("portLevelSettings: [{loadBalancer: {}}]", ["missing-setting portLevelSettings.0.port"]),
        ("portLevelSettings: [{port: {}}]", ["missing-setting portLevelSettings.0"]),
    ],
)  # fmt: skip
def test_policies(policy: str, expected: list[str]) -> None:
    assert of_policy(policy) == expected


@pytest.mark.parametrize(
    ("balancer", "expected"),
    [
        ("consistentHash: {httpCookie: {name: '', ttl: 1d, attributes: [{name: a}, {name: a}, {name: ''}]}}",
         ["missing-setting consistentHash.httpCookie.name",
          "duplicate-entry consistentHash.httpCookie.attributes.1.name",
          "missing-setting consistentHash.httpCookie.attributes.2.name",
           "invalid-duration consistentHash.httpCookie.ttl"]),
        ("consistentHash: {httpCookie: {name: a, ttl: -1s}}", []),
        ("consistentHash: {minimumRingSize: 1, ringHash: {}}",
         ["deprecated-setting key:consistentHash.minimumRingSize",
          "conflicting-settings key:consistentHash.minimumRingSize"]),
        ("consistentHash: {maglev: {tableSize: 65537}}", []),
        ("consistentHash: {maglev: {tableSize: 1}}", []),
        ("consistentHash: {maglev: {}}", ["out-of-range consistentHash.maglev.tableSize"]),
        ("consistentHash: {maglev: {tableSize: 65538}}", ["out-of-range consistentHash.maglev.tableSize"]),
        ("consistentHash: {maglev: {tableSize: -1}}", ["out-of-range consistentHash.maglev.tableSize"]),
        ("consistentHash: {maglev: {tableSize: 5000011}}", ["out-of-range consistentHash.maglev.tableSize"]),
        ("backendUtilization: {weightUpdatePeriod: x}", ["invalid-duration backendUtilization.weightUpdatePeriod"]),
        ("warmup: {duration: 0s, minimumPercent: 101, aggression: 0}",
         ["invalid-duration warmup.duration", "out-of-range warmup.minimumPercent", "out-of-range warmup.aggression"]),
        ("warmupDurationSecs: 1x", ["invalid-duration warmupDurationSecs"]),
        ("localityLbSetting: {}, zoneAwareLbSetting: {}", ["conflicting-settings key:zoneAwareLbSetting"]),
        ("localityLbSetting: {failoverPriority: [a]}",
         ["failover-without-outlier-detection key:localityLbSetting.failoverPriority"]),
        ("zoneAwareLbSetting: {failoverPriority: [topology.istio.io/subzone]}",
         ["conflicting-settings zoneAwareLbSetting.failoverPriority.0",
          "failover-without-outlier-detection key:zoneAwareLbSetting.failoverPriority"]),
    ],
)  # fmt: skip
def test_load_balancing(balancer: str, expected: list[str]) -> None:
    assert [one.replace("loadBalancer.", "") for one in of_policy(f"loadBalancer: {{{balancer}}}")] == expected


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("failover: [{from: a, to: b}]", []),
        ("failover: [{from: a, to: a}, {from: a/b, to: '*'}, {}]",
         ["invalid-locality failover.0.to", "invalid-locality failover.1.from", "invalid-locality failover.1.to",
          "invalid-locality failover.2"]),
        ("failover: [{from: a, to: b}], distribute: [{from: a, to: {a: 100}}]", ["conflicting-settings key:failover"]),
        ("failover: [{from: a, to: b}], failoverPriority: [x, topology.kubernetes.io/zone]",
         ["conflicting-settings failoverPriority.1"]),
        ("distribute: [{from: a, to: {a: 0}}]", ["out-of-range distribute.0.to.a"]),
        ("distribute: [{from: a, to: {a: 99}}]", ["invalid-weights key:distribute.0.to"]),
        ("distribute: [{from: a}]", ["invalid-weights distribute.0"]),
        ("distribute: [{from: a, to: {b/c: 50, b/*: 50}}]", ["invalid-locality key:distribute.0.to.b/*"]),
        ("distribute: [{from: a, to: {b/*: 50, b/c: 50}}]", ["invalid-locality key:distribute.0.to.b/c"]),
        ("distribute: [{from: a/b, to: {a: 100}}, {from: a/b, to: {a: 100}}]", ["invalid-locality distribute.1.from"]),
    ],
)  # fmt: skip
def test_localities(setting: str, expected: list[str]) -> None:
    policy = f"outlierDetection: {{interval: 1s}}, loadBalancer: {{localityLbSetting: {{{setting}}}}}"
    assert [one.replace("loadBalancer.localityLbSetting.", "") for one in of_policy(policy)] == expected


@pytest.mark.parametrize(
    ("localities", "fine"),
    [
        (["a", "b"], True), (["a/b", "a/*"], True), (["a", "*"], True), (["a/b/c", "a/b/d"], True), (["a*"], True),
        (["*", "a"], False), (["*a"], False), (["a/*", "a/b"], False), (["a", "a/b"], False), (["a/b", "a/b/c"], False),
        (["a/b/*", "a/b/c"], False), (["a/b/c", "a/b"], False), (["a//c"], False), ([""], False), (["a/b", "a"], False),
    ],
)  # fmt: skip
def test_lists_of_localities(localities: list[str], fine: bool) -> None:
    assert (_problem(localities) == "") is fine


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        ("mode: MUTUAL", ["invalid-tls-settings mode", "invalid-tls-settings mode"]),
        ("mode: MUTUAL, credentialName: a", []),
        ("mode: MUTUAL, clientCertificate: a, privateKey: b", []),
        ("mode: SIMPLE, credentialName: a, caCertificates: b, privateKey: c",
         ["invalid-tls-settings key:caCertificates", "invalid-tls-settings key:privateKey"]),
        ("mode: SIMPLE, insecureSkipVerify: true, caCertificates: a, subjectAltNames: [b]",
         ["invalid-tls-settings key:caCertificates", "invalid-tls-settings key:subjectAltNames"]),
        ("mode: ISTIO_MUTUAL, caCertificates: a", []),
        ("mode: SIMPLE, credentialName: 'configmap://shop/ca'", []),
        ("mode: SIMPLE, credentialName: 'configmap://ca'", ["invalid-tls-settings credentialName"]),
        ("mode: SIMPLE, credentialName: 'configmap://other/ca'", ["invalid-tls-settings credentialName"]),
    ],
)  # fmt: skip
def test_tls(tls: str, expected: list[str]) -> None:
    assert [one.replace("tls.", "") for one in of_policy(f"tls: {{{tls}}}")] == expected


def test_a_config_map_is_not_compared_with_an_unknown_namespace() -> None:
    spec = {"host": "a", "trafficPolicy": {"tls": {"mode": "SIMPLE", "credentialName": "configmap://other/ca"}}}
    assert said("DestinationRule", spec, namespace=None) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("host: '*'", []),
        ("host: 1.2.3.4", ["invalid-host host"]),
        ("subsets: [{name: v1}]\nhost: a", []),
        ("host: a\nsubsets: [{name: ''}, {name: v1}, {name: v1}, {name: v.1}]",
         ["invalid-name subsets.0.name", "duplicate-entry subsets.2.name", "invalid-name subsets.3.name"]),
        ("host: a\nsubsets: [{name: v1, labels: {a: b c}, trafficPolicy: {}}]",
         ["invalid-label subsets.0.labels.a", "missing-setting subsets.0.trafficPolicy"]),
        ("host: a\nworkloadSelector: {}", ["selector-without-labels workloadSelector"]),
        ("host: a\nworkloadSelector: {matchLabels: {a: b}}\nexportTo: [.]", []),
        ("host: a\nworkloadSelector: {matchLabels: {a: b}}\nexportTo: [other]", ["invalid-export-to exportTo.0"]),
    ],
)  # fmt: skip
def test_hosts_subsets_and_visibility(spec: str, expected: list[str]) -> None:
    found = said("DestinationRule", spec)
    assert [one.replace("key:workloadSelector", "workloadSelector") for one in found] == expected


def test_the_namespace_of_a_config_map_is_pointed_at() -> None:
    spec = "host: a\ntrafficPolicy: {tls: {mode: SIMPLE, credentialName: 'configmap://other/ca'}}"
    (found,) = defects(manifest("DestinationRule", spec))
    assert found.part == (12, 17)
    assert '"shop"' in reasons("DestinationRule", spec)
