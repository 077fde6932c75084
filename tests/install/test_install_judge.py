"""Whole documents: ConfigMaps, pod templates, labels and annotations."""

from __future__ import annotations

import os
from typing import Any

import pytest

from istiolint.install.annotations import annotation_problem
from istiolint.install.judge import judge
from istiolint.install.quantities import quantity, quantity_problem
from istiolint.install.tables import table
from istiolint.shelf import shelf


def config_map(name: str = "istio", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def labelled(kind: str, **metadata: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(defect.rule, defect.path) for defect in judge({"kind": kind, "metadata": metadata})]


def test_the_place_in_a_config_map_is_a_part_of_its_text() -> None:
    text = "accessLogFile: x\ndefaultConfig:\n  drainDuration: 1500ms\n  foo: 1\n"
    invalid, unknown = sorted(judge(config_map(mesh=text)), key=lambda defect: defect.rule)
    assert (invalid.rule, invalid.path) == ("invalid-mesh-setting", ("data", "mesh"))
    assert invalid.part is not None
    assert text[slice(*invalid.part)] == "1500ms"
    assert unknown.part is not None
    assert text[slice(*unknown.part)] == "foo"
    assert unknown.repair is None


@pytest.mark.parametrize("name", ["istio", "istio-canary"])
def test_mesh_config_maps_by_name(name: str) -> None:
    assert [defect.path for defect in judge(config_map(name, mesh="foo: 1", meshNetworks="networks: 1"))] == [
        ("data", "mesh"),
        ("data", "meshNetworks"),
    ]
    assert list(judge(config_map("other", mesh="foo: 1"))) == []


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("# nothing\n", 0), ("{}", 0), ("[]", 1), ("a: [", 1), ("a: b: c", 1)]
)
def test_texts_that_are_no_settings(text: str, count: int) -> None:
    assert len(list(judge(config_map(mesh=text)))) == count


def test_twice_the_same_key_is_taken() -> None:
    assert list(judge(config_map(mesh="accessLogFile: a\naccessLogFile: b\n"))) == []


def test_the_template_counts_and_not_the_workload() -> None:
    wrong = {"annotations": {"sidecar.istio.io/proxyCPU": "x"}}
    value: dict[str, Any] = {"kind": "Deployment", "metadata": wrong, "spec": {"template": {"metadata": wrong}}}
    path = ("spec", "template", "metadata", "annotations", "sidecar.istio.io/proxyCPU")
    assert [(defect.rule, defect.path) for defect in judge(value)] == [("invalid-proxy-annotation", path)]


def test_the_proxy_configuration_of_a_pod() -> None:
    text = "concurrency: two\n"
    (defect,) = judge({"kind": "Pod", "metadata": {"annotations": {"proxy.istio.io/config": text}}})
    assert defect.rule == "wrong-setting-type"
    assert defect.part is not None
    assert text[slice(*defect.part)] == "two"


@pytest.mark.parametrize(
    ("kind", "labels", "count"),
    [
        ("Namespace", {"istio-injection": "enabled"}, 0),
        ("Namespace", {"istio-injection": "true"}, 1),
        ("Namespace", {"istio.io/dataplane-mode": "sidecar"}, 1),
        ("Pod", {"istio.io/dataplane-mode": "none", "sidecar.istio.io/inject": "false"}, 0),
        ("Pod", {"sidecar.istio.io/inject": "yes"}, 1),
        ("Service", {"istio.io/use-waypoint": "None"}, 1),
        ("Service", {"istio.io/use-waypoint-namespace": "a"}, 1),
        ("Gateway", {"istio.io/waypoint-for": "services"}, 1),
        ("Service", {"istio-injection": "true", "app": "istio"}, 0),
    ],
)
def test_labels(kind: str, labels: dict[str, str], count: int) -> None:
    assert [rule for rule, _ in labelled(kind, labels=labels)] == ["ineffective-metadata"] * count


@pytest.mark.parametrize(
    ("kind", "annotations", "count"),
    [
        ("Service", {"networking.istio.io/exportTo": "., ns1"}, 0),
        ("Service", {"networking.istio.io/exportTo": "a b"}, 1),
        ("Service", {"networking.istio.io/traffic-distribution": "prefersamezone"}, 0),
        ("Service", {"istio.io/use-waypoint-canary-weight": "101"}, 1),
        ("Pod", {"sidecar.istio.io/inject": "maybe"}, 1),
        ("Pod", {"sidecar.istio.io/logLevel": "verbose"}, 1),
    ],
)
def test_annotations(kind: str, annotations: dict[str, str], count: int) -> None:
    assert [rule for rule, _ in labelled(kind, annotations=annotations)] == ["ineffective-metadata"] * count


@pytest.mark.parametrize(
    ("name", "text", "good"),
    [
        ("sidecar.istio.io/proxyMemory", "128Mi", True),
        ("sidecar.istio.io/proxyMemory", "128mi", False),
        ("sidecar.istio.io/proxyMemoryLimit", "1Gi ", False),
        ("sidecar.istio.io/interceptionMode", "redirect", False),
        ("status.sidecar.istio.io/port", " 80", True),
        ("status.sidecar.istio.io/port", "65536", False),
        ("readiness.status.sidecar.istio.io/periodSeconds", "-1", False),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges", "10.0.0.0/8, 1.1.1.1/32", False),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges", "*", True),
        ("traffic.sidecar.istio.io/excludeOutboundIPRanges", "*", False),
        ("traffic.sidecar.istio.io/includeInboundPorts", "80, 90", True),
        ("traffic.sidecar.istio.io/includeInboundPorts", "80,*", False),
        ("traffic.sidecar.istio.io/excludeInterfaces", "abcdefghijklmnop", False),
        ("prometheus.istio.io/merge-metrics", "F", True),
        ("sidecar.istio.io/proxyImage", "whatever", True),
    ],
)
def test_values_that_the_injector_takes(name: str, text: str, good: bool) -> None:
    assert (annotation_problem(name, text) is None) == good


@pytest.mark.parametrize(
    ("text", "amount"),
    [("100m", 0.1), ("1.5", 1.5), ("1e3", 1000.0), ("1E", 1e18), ("2Ki", 2048.0), ("-1", -1.0), (".5", 0.5), (2, 2.0)],
)
def test_quantities(text: object, amount: float) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize(
    ("text", "said"), [("128MB", "M"), ("128mi", "Mi is"), ("", "empty"), (" 1", "blanks"), ("abc", "number")]
)
def test_what_is_no_quantity(text: str, said: str) -> None:
    problem = quantity_problem(text)
    assert problem is not None
    assert said in problem.reason


@pytest.mark.parametrize("name", ["mesh", "values", "operator"])
def test_every_type_of_a_table_is_known(name: str) -> None:
    scalars = {"string", "bool", "int32", "uint32", "int64", "double", "duration", "object", "any", "quantity"}
    scalars |= {"int-or-string", "string-or-number"}
    messages = table(name)
    for shape in messages.values():
        for field, kind in shape.items():
            if field[0] not in "|~":
                plain = kind.lstrip("![]{}")
                assert plain in scalars or plain in messages or plain.startswith("enum ")


def test_labels_and_annotations_are_listed() -> None:
    assert sorted(os.listdir(os.path.join(shelf("schemas"), "install"))) == [
        "annotations.json", "labels.json", "mesh.json", "operator.json", "values.json",
    ]  # fmt: skip
