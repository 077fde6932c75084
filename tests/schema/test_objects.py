"""What every object must have: a name, and labels and annotations that are strings; kind and apiVersion."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.schema import kinds, objects


def rules(value: dict[str, Any], group: str = "", kind: str = "Namespace", of_istio: bool = False) -> list[Any]:
    return [(defect.path, defect.rule) for defect in objects.judge(value, group, kind, of_istio)]


@pytest.mark.parametrize("value", [True, 2, 1.5, ["a"], {"a": "b"}])
def test_labels_of_what_makes_pods_are_strings(value: object) -> None:
    metadata = {"labels": {"istio-injection": value, "team": "a", "gone": None}}
    path = ("metadata", "labels", "istio-injection")
    assert rules({"metadata": metadata}) == [(path, "wrong-type")]
    template = {"spec": {"template": {"metadata": metadata}}}
    assert rules(template, "apps", "Deployment") == [(("spec", "template", *path), "wrong-type")]
    job = {"spec": {"jobTemplate": {"spec": {"template": {"metadata": {"annotations": metadata["labels"]}}}}}}
    (found,) = objects.judge(job, "batch", "CronJob", of_istio=False)
    assert found.path[-2:] == ("annotations", "istio-injection")
    assert (found.repair is not None) == isinstance(value, bool | int | float)
    assert rules({"metadata": metadata}, "example.com", "Thing") == []


def test_labels_are_a_mapping() -> None:
    assert rules({"metadata": {"labels": ["a"]}}) == [(("metadata", "labels"), "wrong-type")]
    for nothing in (None, {}, []):
        assert rules({"metadata": {"labels": nothing}}) == []
    assert rules({"metadata": None}) == []
    assert rules({"metadata": {}, "spec": {"template": None}}, "apps", "Deployment") == []


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ({"name": "reviews-v1.canary", "namespace": "shop-1"}, []),
        ({"generateName": "reviews-"}, []),
        ({"name": "a" * 253}, []),
        ({"name": 5}, []),  # said by the schema
        (None, ["unnamed-object"]),
        ({}, ["unnamed-object"]),
        ({"name": ""}, ["unnamed-object"]),
        ({"name": "Reviews"}, ["invalid-object-name"]),
        ({"name": "reviews_v1"}, ["invalid-object-name"]),
        ({"name": "-reviews"}, ["invalid-object-name"]),
        ({"name": "a" * 254}, ["invalid-object-name"]),
        ({"name": "a", "namespace": "a.b"}, ["invalid-object-name"]),
        ({"name": "a", "namespace": "A"}, ["invalid-object-name"]),
    ],
)
def test_names_of_objects(metadata: Any, found: list[str]) -> None:
    value = {"metadata": metadata}
    assert [rule for _, rule in rules(value, "networking.istio.io", "Sidecar", of_istio=True)] == found
    assert rules(value, "install.istio.io", "IstioOperator", of_istio=True) == []
    beside = {"metadata": None, "name": "a"}
    assert rules(beside, "networking.istio.io", "Sidecar", of_istio=True) == [], "that it is misplaced is said"


@pytest.mark.parametrize(
    ("api_version", "kind", "rule", "hint"),
    [
        ("networking.istio.io/v1", "", "missing-field", '"kind"'),
        ("", "VirtualService", "missing-field", "; write networking.istio.io/v1"),
        ("v1", "VirtualService", "wrong-api-group", 'the core group ("v1")'),
        ("istio.io/v1", "VirtualService", "unknown-api-group", "networking.istio.io"),
    ],
)
def test_a_kind_or_a_group_that_is_not_there(api_version: str, kind: str, rule: str, hint: str) -> None:
    (found,) = kinds.judge(api_version, kind)
    assert found.rule == rule
    assert hint in found.fields.values()
    assert kinds.judge("", "Gateway") == ()
