"""MeshConfig, ProxyConfig and MeshNetworks: what istiod refuses, warns of and leaves out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.install.mesh_config import check_mesh_config
from istiolint.install.mesh_networks import check_mesh_networks
from istiolint.install.proxy_config import check_proxy_config
from istiolint.install.setting import Setting


def mesh(**settings: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(defect.rule, defect.path) for defect in check_mesh_config(Setting(settings, ()))]


def proxy(**settings: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(defect.rule, defect.path) for defect in check_proxy_config(Setting(settings, ()))]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"access_log_file": "/dev/stdout", "connectTimeout": "30m", "protocolDetectionTimeout": "0s"},
        {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}, "enableAutoMtls": None, "proxyListenPort": "15001"},
        {"trustDomain": "Cluster.Local.", "trustDomainAliases": ["a-b"]},
        {"serviceSettings": [{"hosts": ["*.a.svc.cluster.local"], "settings": {"clusterLocal": True}}]},
        {"localityLbSetting": {"distribute": [{"from": "a/*", "to": {"a/b": 80, "c": 20}}]}},
        {"defaultTrafficPolicy": {"connectionPool": {"tcp": {"idleTimeout": "0s"}}}},
        {"defaultInboundHttpRetryPolicy": {"attempts": 2, "retryOn": "reset,503"}},
        {"extensionProviders": [{"name": "a", "zipkin": {"service": "ns/z.ns.svc", "port": 9411}}]},
        {"extensionProviders": [{"name": "a", "envoyExtAuthzGrpc": {"service": "::1", "port": 1, "failOpen": True}}]},
        {"defaultConfig": {"privateKeyProvider": {"cryptomb": {"pollDelay": "10ms"}}}},
        {"defaultConfig": {"tracingServiceName": "CANONICAL_NAME_ONLY"}},
    ],
)  # fmt: skip
def test_sound_settings(settings: dict[str, Any]) -> None:
    assert mesh(**settings) == []


@pytest.mark.parametrize(
    ("settings", "rule", "path"),
    [
        ({"foo": 1}, "unknown-mesh-setting", ("foo",)),
        ({"AccessLogFile": "x"}, "unknown-mesh-setting", ("AccessLogFile",)),
        ({"enableTracing": "true"}, "wrong-setting-type", ("enableTracing",)),
        ({"accessLogEncoding": "XML"}, "wrong-setting-type", ("accessLogEncoding",)),
        ({"trustDomainAliases": "a"}, "wrong-setting-type", ("trustDomainAliases",)),
        ({"connectTimeout": "0s"}, "invalid-mesh-setting", ("connectTimeout",)),
        ({"connectTimeout": "61m"}, "invalid-mesh-setting", ("connectTimeout",)),
        ({"protocolDetectionTimeout": "1500us"}, "invalid-mesh-setting", ("protocolDetectionTimeout",)),
        ({"proxyListenPort": 0}, "invalid-mesh-setting", ("proxyListenPort",)),
        ({"proxyInboundListenPort": 99999}, "unlikely-mesh-setting", ("proxyInboundListenPort",)),
        ({"rootNamespace": "A B"}, "unlikely-mesh-setting", ("rootNamespace",)),
        ({"trust_domain": "a_b"}, "invalid-mesh-setting", ("trust_domain",)),
        ({"meshMTLS": {"ecdhCurves": ["P-256"]}}, "invalid-mesh-setting", ("meshMTLS", "ecdhCurves")),
        ({"tlsDefaults": {"ecdhCurves": ["a"]}}, "doubtful-mesh-setting", ("tlsDefaults", "ecdhCurves", 0)),
        ({"certificates": []}, "deprecated-mesh-setting", ("certificates",)),
        (
            {"defaultTrafficPolicy": {"connectionPool": {}}},
            "invalid-mesh-setting",
            ("defaultTrafficPolicy", "connectionPool"),
        ),
        (
            {"defaultTrafficPolicy": {"outlierDetection": {"consecutiveLocalOriginFailures": 3}}},
            "invalid-mesh-setting",
            ("defaultTrafficPolicy", "outlierDetection", "consecutiveLocalOriginFailures"),
        ),
        (
            {"defaultInboundHttpRetryPolicy": {"retryOn": "5xx"}},
            "invalid-mesh-setting",
            ("defaultInboundHttpRetryPolicy", "retryOn"),
        ),
        (
            {"localityLbSetting": {"distribute": [{"from": "a", "to": {"a": 60, "a/b": 40}}]}},
            "invalid-mesh-setting",
            ("localityLbSetting", "distribute", 0, "to"),
        ),
        (
            {"zoneAwareLbSetting": {"failoverPriority": ["topology.istio.io/subzone"]}},
            "invalid-mesh-setting",
            ("zoneAwareLbSetting", "failoverPriority", 0),
        ),
        ({"extensionProviders": [{"name": "a"}]}, "invalid-extension-provider", ("extensionProviders", 0)),
        (
            {"extensionProviders": [{"name": "a", "zipkin": {"service": "z.a:9411", "port": 1}}]},
            "invalid-extension-provider",
            ("extensionProviders", 0, "zipkin", "service"),
        ),
        (
            {"extensionProviders": [{"name": "a", "prometheus": {}, "stackdriver": {}}]},
            "invalid-extension-provider",
            ("extensionProviders", 0, "stackdriver"),
        ),
    ],
)
def test_each_mistake_has_one_defect_at_its_place(
    settings: dict[str, Any], rule: str, path: tuple[str | int, ...]
) -> None:
    assert mesh(**settings) == [(rule, path)]


LIGHTSTEP, CONNECTIONS = ("tracing", "lightstep"), ("connectionSettings",)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"drainDuration": "1500ms"}, ("drainDuration",)),
        ({"discoveryAddress": "istiod"}, ("discoveryAddress",)),
        ({"discoveryAddress": "a b:15012"}, ("discoveryAddress",)),
        ({"statusPort": 70000}, ("statusPort",)),
        ({"controlPlaneAuthPolicy": "INHERIT"}, ("controlPlaneAuthPolicy",)),
        ({"tracing": {"zipkin": {}}}, ("tracing", "zipkin")),
        ({"tracing": {"lightstep": {"address": "$(HOST_IP):80", "accessToken": "a"}}}, (*LIGHTSTEP, "address")),
        ({"tracing": {"tlsSettings": {"mode": "MUTUAL", "clientCertificate": "a"}}}, ("tracing", "tlsSettings")),
        ({"privateKeyProvider": {"qat": {"pollDelay": "0s"}}}, ("privateKeyProvider", "qat", "pollDelay")),
        ({"connectionSettings": {"http2InitialStreamWindowSize": 1}}, (*CONNECTIONS, "http2InitialStreamWindowSize")),
        ({"connectionSettings": {"listener_connection_limit": 0}}, (*CONNECTIONS, "listener_connection_limit")),
        ({"connectionSettings": {"httpIdleTimeout": "-1s"}}, (*CONNECTIONS, "httpIdleTimeout")),
    ],
)  # fmt: skip
def test_proxy_settings_that_are_refused(settings: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert proxy(**settings) == [("invalid-mesh-setting", path)]


def test_proxy_settings_that_are_taken() -> None:
    assert proxy(tracing={"zipkin": {"address": "$(HOST_IP):9411"}}, concurrency=0, statsdUdpAddress="") == []
    assert proxy(proxyMetadata={"ISTIO_META_DNS_AUTO_ALLOCATE": "true"}) == [
        ("doubtful-mesh-setting", ("proxyMetadata", "ISTIO_META_DNS_AUTO_ALLOCATE"))
    ]


def test_alone_a_message_needs_what_the_defaults_would_give() -> None:
    assert {defect.rule for defect in check_proxy_config(Setting({}, ()), alone=True)} == {"invalid-mesh-setting"}
    assert list(check_proxy_config(Setting({}, ()))) == []


@pytest.mark.parametrize(
    ("network", "count"),
    [
        ({"gateways": [{"address": "1.1.1.1", "port": 443}]}, 0),
        ({"gateways": [{"address": "foo.com"}]}, 1),
        ({"gateways": [{"address": "a b", "port": 1}]}, 1),
        ({"endpoints": [{"fromCidr": "1.1.1.1/99"}, {"fromRegistry": "a.b"}]}, 2),
        ({"endpoint": []}, 1),
    ],
)
def test_mesh_networks(network: dict[str, Any], count: int) -> None:
    assert len(list(check_mesh_networks(Setting({"networks": {"n1": network}}, ())))) == count


def test_near_names_are_suggested() -> None:
    (defect,) = check_mesh_config(Setting({"accessLogfile": "x"}, ()))
    assert defect.fields["hint"] == "; did you mean accessLogFile?"
    assert defect.repair is not None
    assert defect.repair.changes[0].text == "accessLogFile"


_KEYS = [
    "defaultConfig",
    "tracing",
    "extensionProviders",
    "localityLbSetting",
    "distribute",
    "failover",
    "to",
    "from",
    "a",
]


@given(
    st.dictionaries(
        st.sampled_from(_KEYS),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=3) | st.booleans(),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=3),
            max_leaves=8,
        ),
    )
)
def test_no_shape_makes_it_stumble(settings: dict[str, Any]) -> None:
    for defect in check_mesh_config(Setting(settings, ())):
        assert defect.rule
