"""The dispatch by kind, what the schema has said already, and laws that hold for objects of every kind."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from judged import defects, manifest

from istiolint.admission.judge import judge
from istiolint.cards import catalog
from istiolint.finding import Path

SPECS = {
    "VirtualService": """
        hosts: [reviews]
        gateways: [mesh]
        exportTo: [.]
        http:
        - name: first
          match:
          - uri: {prefix: /api}
            headers: {x-user: {exact: jason}}
            withoutHeaders: {x-test: {regex: '*'}}
            queryParams: {q: {regex: a+}}
            sourceLabels: {app: web}
            port: 80
          route:
          - destination: {host: reviews, subset: v1, port: {number: 80}}
            weight: 90
            headers: {response: {set: {x: '%REQ(y)%'}}}
          - destination: {host: reviews, subset: v2}
            weight: 10
          headers: {request: {add: {x-a: b}, remove: [x-c]}}
          rewrite: {uri: /v1}
          retries: {attempts: 3, perTryTimeout: 2s, retryOn: '5xx,reset'}
          timeout: 10s
          mirrors: [{destination: {host: shadow}, percentage: {value: 1.5}}]
          fault: {delay: {fixedDelay: 1s, percentage: {value: 5}}, abort: {httpStatus: 500}}
          corsPolicy: {allowOrigins: [{exact: a}], allowMethods: [GET], maxAge: 24h}
        - redirect: {uri: /, redirectCode: 301}
        tcp:
        - match: [{port: 1, destinationSubnets: [10.0.0.0/8]}]
          route: [{destination: {host: db}}]
        tls:
        - match: [{sniHosts: [reviews], sourceLabels: {a: b}}]
          route: [{destination: {host: reviews}}]
        """,
    "DestinationRule": """
        host: reviews
        exportTo: [.]
        trafficPolicy:
          loadBalancer:
            consistentHash: {httpCookie: {name: user, ttl: 0s}, maglev: {tableSize: 65537}}
            localityLbSetting: {distribute: [{from: a, to: {a: 80, b: 20}}]}
            warmup: {duration: 10s, aggression: 1.5}
          connectionPool:
            tcp: {maxConnections: 1}
            http: {idleTimeout: 1s, http2KeepAlive: {interval: 1s, timeout: 1s}}
          outlierDetection: {interval: 1s, maxEjectionPercent: 50}
          tls: {mode: MUTUAL, clientCertificate: a, privateKey: b}
          portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]
        subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {loadBalancer: {simple: RANDOM}}}]
        """,
    "Gateway": """
        selector: {istio: ingressgateway}
        servers:
        - port: {number: 80, name: http, protocol: HTTP}
          hosts: [shop/*.a.com]
          tls: {httpsRedirect: true}
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: ['*']
          tls: {mode: SIMPLE, credentialName: a, cipherSuites: [AES128-SHA]}
        """,
    "ServiceEntry": """
        hosts: [a.com]
        addresses: [10.0.0.1]
        ports: [{number: 443, name: tls, protocol: TLS, targetPort: 8443}]
        resolution: STATIC
        endpoints: [{address: 10.0.0.2, ports: {tls: 8443}, labels: {a: b}, network: c}]
        exportTo: ['*']
        """,
    "Sidecar": """
        workloadSelector: {labels: {app: a}}
        ingress: [{port: {number: 80, protocol: HTTP, name: http}, defaultEndpoint: '127.0.0.1:8080'}]
        egress: [{port: {number: 81}, hosts: [./*], bind: 127.0.0.1}, {hosts: ['*/a.com']}]
        outboundTrafficPolicy: {mode: ALLOW_ANY}
        inboundConnectionPool: {tcp: {maxConnections: 1}}
        """,
    "WorkloadEntry": "address: 10.0.0.1\nports: {http: 80}\nlabels: {app: a}\nnetwork: n",
    "WorkloadGroup": """
        metadata: {labels: {a: b}}
        template: {ports: {http: 80}}
        probe: {periodSeconds: 1, httpGet: {port: 80, scheme: HTTP, httpHeaders: [{name: a, value: b}]}}
        """,
    "ProxyConfig": "concurrency: 0\nselector: {matchLabels: {a: b}}\nimage: {imageType: debug}",
    "EnvoyFilter": """
        workloadSelector: {labels: {a: b}}
        configPatches:
        - applyTo: HTTP_FILTER
          match:
            proxy: {proxyVersion: '^1\\..*'}
            listener:
              filterChain: {filter: {name: envoy.filters.network.http_connection_manager, subFilter: {name: a}}}
          patch:
            operation: INSERT_BEFORE
            value:
              name: lua
              typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, inline_code: a}
        - applyTo: CLUSTER
          patch: {operation: MERGE, value: {connect_timeout: 1s, health_checks: [{timeout: 1s}]}}
        """,
}
"""A sound object of each kind, which uses much of what it can have."""

OPTIONAL = {
    "VirtualService": ("exportTo", "gateways", "http.0.name", "http.0.timeout", "http.0.retries", "http.0.fault",
                       "http.0.corsPolicy", "http.0.mirrors", "http.0.match", "http.0.headers", "http.1", "tcp", "tls"),
    "DestinationRule": ("exportTo", "subsets", "trafficPolicy", "trafficPolicy.loadBalancer", "trafficPolicy.tls",
                        "trafficPolicy.connectionPool.tcp", "trafficPolicy.portLevelSettings"),
    "Gateway": ("selector", "servers.0", "servers.0.tls", "servers.1.tls.cipherSuites"),
    "ServiceEntry": ("addresses", "endpoints", "exportTo", "ports.0.targetPort", "endpoints.0.labels"),
    "Sidecar": ("workloadSelector", "ingress", "egress", "outboundTrafficPolicy", "inboundConnectionPool"),
    "WorkloadEntry": ("ports", "labels", "network"),
    "WorkloadGroup": ("metadata", "probe", "probe.periodSeconds", "probe.httpGet.scheme", "template.ports"),
    "ProxyConfig": ("concurrency", "selector", "image"),
    "EnvoyFilter": ("workloadSelector", "configPatches.0", "configPatches.1", "configPatches.0.match"),
}  # fmt: skip
KINDS = sorted(SPECS)
CARDS = catalog()


def sound(kind: str) -> dict[str, Any]:
    return manifest(kind, SPECS[kind])


def rejected(value: dict[str, Any]) -> list[str]:
    return [defect.rule for defect in defects(value) if CARDS[defect.rule].admission == "reject"]


@pytest.mark.parametrize("kind", KINDS)
def test_sound_objects_are_taken(kind: str) -> None:
    assert rejected(sound(kind)) == []


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in OPTIONAL.items() for field in fields])
def test_without_an_optional_field_they_still_are(kind: str, field: str) -> None:
    value = sound(kind)
    *steps, last = (int(step) if step.isdigit() else step for step in field.split("."))
    holder: Any = value["spec"]
    for step in steps:
        holder = holder[step]
    del holder[last]
    assert rejected(value) == []


@given(st.sampled_from(KINDS), st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True))
def test_the_name_does_not_matter(kind: str, name: str) -> None:
    value = sound(kind)
    value["metadata"]["name"] = name
    assert rejected(value) == []


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of everything below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from paths(item, (*path, key))


PLACES = [(kind, path) for kind in KINDS for path in paths(yaml.safe_load(SPECS[kind]))]
ANYTHING = st.sampled_from(
    [None, True, 5, -1, 1.5, "", "a b", "*", [], [None], ["a"], [{}], {}, {"a": None}, {"a": {"b": []}}]
)


@given(st.sampled_from(PLACES), ANYTHING)
def test_values_of_any_type_do_no_harm(place: tuple[str, Path], wrong: Any) -> None:
    kind, path = place
    value = sound(kind)
    holder: Any = value["spec"]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = copy.deepcopy(wrong)
    for defect in defects(value):
        message = CARDS[defect.rule].message.format(**defect.fields)
        assert "None" not in message
        end: Any = value
        for step in defect.path[:-1]:
            end = end[step]
        if defect.on == "key" and defect.path[-1] in end:
            assert isinstance(end, dict)


@pytest.mark.parametrize("wrong", [None, 5, "text", [], {"spec": 5}, {"metadata": {"annotations": []}}])
def test_specs_of_any_type_do_no_harm(wrong: Any) -> None:
    for kind in KINDS:
        value = manifest(kind, "{}")
        value.update(wrong if isinstance(wrong, dict) else {"spec": wrong})
        assert isinstance(defects(value), list)


def test_other_kinds_are_not_judged() -> None:
    assert list(judge({"spec": {}}, "networking.istio.io", "Unknown", "1.32")) == []
    assert list(judge({"spec": {}}, "apps", "Deployment", "1.32")) == []


@pytest.mark.parametrize(
    "name",
    ["istio.io/dry-run", "internal.istio.io/webhook-always-reject", "internal.istio.io/parents",
     "internal.istio.io/parent-namespace"],
)  # fmt: skip
def test_annotations_that_are_refused(name: str) -> None:
    value = sound("Gateway")
    value["metadata"]["annotations"] = {name: "", "a": "b"}
    assert [(defect.rule, defect.path) for defect in defects(value)] == [
        ("forbidden-annotation", ("metadata", "annotations", name))
    ]


@pytest.mark.parametrize(
    ("spec", "refused", "expected"),
    [
        ("{hosts: [a], http: [{timeout: 0s, redirect: {uri: a}}]}", ("http", 0, "timeout"), []),
        ("{hosts: [a], http: [{timeout: 0s, redirect: {uri: a}}]}", ("http", 0), ["invalid-duration"]),
        ("{hosts: [a], http: [{rout: []}]}", ("http", 0, "rout"), []),
        ("{hosts: [a], http: [{rout: []}]}", ("http", 0, "rout", 0), ["missing-setting"]),
        ("{hosts: [a], htp: []}", ("htp",), []),
    ],
)
def test_what_the_schema_refuses_is_not_said_twice(spec: str, refused: Path, expected: list[str]) -> None:
    found = defects(manifest("VirtualService", spec), [("spec", *refused)])
    assert [defect.rule for defect in found] == expected


@pytest.mark.parametrize(
    "spec", ["{$patch: delete}", "{http: [{$patch: replace}, {name: a}]}", "{hosts: [a_b], $retainKeys: [hosts]}"]
)
def test_patches_for_kustomize_are_not_judged(spec: str) -> None:
    assert defects(manifest("VirtualService", spec)) == []
