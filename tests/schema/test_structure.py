"""Each way of not fitting a schema is one rule, at the smallest wrong thing."""

from __future__ import annotations

import pytest
from look import Said, cases, judged, said, words

from istiolint.schema import walk

ROUTE = "hosts: [a], http: [{route: [{destination: {host: a}}]"


@pytest.mark.parametrize(("kind", "spec", "expected"), cases("structure"))
def test_one_defect_at_the_smallest_wrong_thing(kind: str, spec: str, expected: list[Said]) -> None:
    assert said(judged(kind, spec)) == expected


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("VirtualService", f"{{{ROUTE}}}]}}"),
        ("VirtualService", f"{{{ROUTE}, match: [{{port: 80.0}}]}}]}}"),
        ("VirtualService", f"{{{ROUTE}, retries: {{retryRemoteLocalities: null}}}}]}}"),
        (
            "EnvoyFilter",
            "{configPatches: [{applyTo: CLUSTER, patch: {operation: MERGE, value: {a: [1, null, {b: c}]}}}]}",
        ),
        ("ProxyConfig", "{concurrency: null}"),
        ("ServiceEntry", "{hosts: [a], resolution: DNS, ports: [{name: a, number: 1}, {name: b, number: 2}]}"),
        ("HTTPRoute", "{rules: [{backendRefs: [{name: a, port: 80, kind: null}]}]}"),
        ("HTTPRoute", "{rules: null}"),
    ],
)
def test_accepted(kind: str, spec: str) -> None:
    assert judged(kind, spec) == []


def test_null_takes_the_default_before_rules_are_asked() -> None:
    assert said(judged("HTTPRoute", "{rules: [{backendRefs: [{name: a, kind: null}]}]}")) == [
        ("missing-field", "rules/0/backendRefs/0/port", "value")
    ]


def test_all_defects_are_said_in_order() -> None:
    found = judged(
        "VirtualService",
        "{hosts: 1, http: [{timeout: 0s, x: 1, route: [{destination: {host: a, port: {number: -1}}}]}]}",
    )
    assert [path for _, path, _ in said(found)] == [
        "hosts", "http/0/timeout", "http/0/x", "http/0/route/0/destination/port/number",
    ]  # fmt: skip


def test_the_object_around_the_spec() -> None:
    value = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Sidecar",
        "metadata": {"name": "a", "labels": {"a": 1}},
        "data": {},
    }
    found = walk.check(value, "networking.istio.io", "v1", "Sidecar")
    assert [(d.rule, d.path) for d in found] == [
        ("wrong-type", ("metadata", "labels", "a")),
        ("unknown-field", ("data",)),
    ]
    assert found[1].fields["place"] == "a Sidecar"
    nothing = {"metadata": {"name": "a", "labels": None, "creationTimestamp": None}, "status": {"anything": 1}}
    assert walk.check(nothing, "networking.istio.io", "v1", "Sidecar") == []
    assert [d.path for d in walk.check({}, "networking.istio.io", "v1", "WorkloadGroup")] == [("spec",)]


def test_what_is_not_known_is_not_judged() -> None:
    assert walk.check({"spec": 1}, "apps", "v1", "Deployment") == []


def test_a_patch_for_kustomize_is_no_object() -> None:
    assert judged("VirtualService", "{unknown: 1}", **{"$patch": "delete"}) == []
    assert judged("VirtualService", "{http: [{$patch: replace}], hosts: 1}") == []


def test_the_first_of_two_is_noted() -> None:
    (defect,) = judged("ServiceEntry", "{hosts: [a], ports: [{name: a, number: 1}, {name: a, number: 2}]}")
    assert defect.notes[0].path == ("spec", "ports", 0, "name")
    (defect,) = judged("VirtualService", f"{{{ROUTE}, match: [{{uri: {{exact: a, prefix: b}}}}]}}]}}")
    assert defect.notes[0].path[-1] == "exact"
    assert '"exact" and "prefix"' in words(defect)


def test_versions_of_one_kind_can_differ() -> None:
    spec = {"parentRefs": [{"name": "a"}], "rules": [{"backendRefs": [{"name": "a", "port": 1}]}]}
    value = {"apiVersion": "", "kind": "TLSRoute", "metadata": {"name": "a"}, "spec": spec}
    assert walk.check(value, "gateway.networking.k8s.io", "v1alpha2", "TLSRoute") == []
    (defect,) = walk.check(value, "gateway.networking.k8s.io", "v1", "TLSRoute")
    assert (defect.rule, defect.path) == ("missing-field", ("spec", "hostnames"))
