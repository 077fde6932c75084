"""From a CRD's schema to nodes: what is kept, what is shared, and what is refused rather than lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from schema_ahead import ahead
from schema_nodes import Cel, Intern, simplify

TEXT = {"type": "string"}


def made(schema: dict[str, Any], names: dict[str, list[list[str]]] | None = None) -> tuple[Any, list[dict[str, Any]]]:
    nodes = Intern()
    return simplify(schema, nodes, Cel(names or {})), nodes.all


def test_plain_types_need_no_node() -> None:
    assert made({"type": "string", "description": "a text"}) == ("string", [])


def test_same_nodes_are_stored_once() -> None:
    port = {"type": "integer", "format": "int32", "minimum": 0}
    ref, nodes = made({"type": "object", "properties": {"a": port, "b": port}})
    assert ref == 2
    assert nodes == [
        {"type": "integer", "min": 0, "max": 2**31 - 1},
        {"type": "object", "fields": {"a": 1, "b": 1}},
    ]


def test_a_default_is_not_required_and_takes_the_place_of_null() -> None:
    _, nodes = made({"type": "object", "required": ["a", "b"], "properties": {"a": {**TEXT, "default": ""}, "b": TEXT}})
    assert nodes == [
        {"type": "string", "default": True},
        {"type": "object", "fields": {"a": 1, "b": "string"}, "required": ["b"]},
    ]


def test_choices() -> None:
    options = [{"required": ["a"]}, {"required": ["b"]}]
    fields = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}
    _, nodes = made({**fields, "oneOf": [{"not": {"anyOf": options}}, *options]})
    assert nodes[-1]["choices"] == [{"of": ["a", "b"]}]
    _, nodes = made({**fields, "allOf": [{"oneOf": options}]})
    assert nodes[-1]["choices"] == [{"of": ["a", "b"], "one": True}]


def test_lists() -> None:
    item = {"type": "object", "properties": {"a": TEXT}}
    _, nodes = made(
        {"type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"]}
    )
    assert nodes[-1] == {"type": "array", "items": 1, "keys": ["a"]}
    _, nodes = made({"type": "array", "items": TEXT, "x-kubernetes-list-type": "set", "maxItems": 3})
    assert nodes[-1] == {"type": "array", "items": "string", "unique": True, "max": 3}


def test_rules_are_named_whatever_their_spacing() -> None:
    names = {"both": [["self != 'a'", "self != 'b'"]], "one": [["self != 'a'"]]}
    rules = [{"rule": 'self  !=  "b"'}, {"rule": 'self != "a"'}]
    _, nodes = made({**TEXT, "x-kubernetes-validations": rules}, names)
    assert nodes == [{"type": "string", "cel": ["both"]}]
    with pytest.raises(SystemExit, match="no name"):
        made({**TEXT, "x-kubernetes-validations": [{"rule": "self == 'c'"}]}, names)


def test_what_is_not_understood_is_refused() -> None:
    with pytest.raises(SystemExit, match="multipleOf"):
        made({"type": "integer", "multipleOf": 2})


def crd(properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
    return {
        "group": "networking.istio.io",
        "names": {"kind": "EnvoyFilter"},
        "versions": [{"name": "v1alpha3", "schema": {"openAPIV3Schema": schema}}],
    }


def test_what_the_main_branch_adds() -> None:
    chain = {"type": "object", "properties": {"name": TEXT}}
    listener = {"type": "object", "properties": {"filterChain": chain}}
    ahead(crd({"listener": listener}))
    assert chain["properties"] == {"name": TEXT, "transportSocket": TEXT}
    with pytest.raises(SystemExit, match="already has"):
        ahead(crd({"listener": listener}))
