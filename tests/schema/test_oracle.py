"""The walker says what a general JSON Schema validator says, for objects made at random from the schemas."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from istiolint.schema.compile import METADATA, checker
from istiolint.schema.patterns import translated
from istiolint.schema.problems import Problem
from istiolint.schema.store import NEWEST, Json, Schemas, release, schemas, table

KINDS = sorted(table().kinds)
BEYOND = {"rule", "twice", "default", "format"}
"""Problems that JSON Schema cannot say, or that are none."""

ODD: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    80,
    80.0,
    1.5,
    2**31,
    2**32,
    "",
    "a",
    "A b",
    "80",
    "ALLOW",
    [],
    {},
    ["a"],
    {"a": "b"},
]


def standard(known: Schemas, ref: Any) -> Json:
    """A node as JSON Schema with all keys closed."""
    node = METADATA if ref == "metadata" else ref if isinstance(ref, dict) else known.node(ref)
    kind = node["type"]
    if kind == "any":
        return {}
    made: Json = {"type": kind}
    sizes = {"object": "Properties", "array": "Items", "string": "Length"}
    for bound, number in (("min", "minimum"), ("max", "maximum")):
        if bound in node:
            made[bound + sizes[kind] if kind in sizes else number] = node[bound]
    if kind == "object":
        made["properties"] = {name: standard(known, field) for name, field in node.get("fields", {}).items()}
        made["required"] = node.get("required", [])
        made["additionalProperties"] = standard(known, node["values"]) if "values" in node else bool(node.get("open"))
        made["allOf"] = [
            {"oneOf": [{"required": [name]} for name in choice["of"]]}
            if "one" in choice
            else {"not": {"anyOf": [{"required": [a, b]} for a in choice["of"] for b in choice["of"] if a < b]}}
            for choice in node.get("choices", ())
        ]
    elif kind == "array":
        made["items"] = standard(known, node["items"])
    if "enum" in node:
        made["enum"] = node["enum"]
    if "pattern" in node:
        made["pattern"] = translated(node["pattern"])
    if kind == "integer":
        made = {**made, "minimum": made.get("minimum", -(2**63)), "maximum": made.get("maximum", 2**63 - 1)}
    return {"anyOf": [{"type": "null"}, made]} if node.get("null") or node.get("default") else made


def sample(known: Schemas, ref: Any, random: Random, depth: int = 0) -> Any:
    """A value that mostly fits a node."""
    node = METADATA if ref == "metadata" else ref if isinstance(ref, dict) else known.node(ref)
    if random.random() < 0.01:
        return random.choice(ODD)
    kind = node["type"]
    if "enum" in node and random.random() < 0.95:
        return random.choice(node["enum"])
    if kind == "object":
        fields = node.get("fields", {})
        share = random.choice((0.1, 0.4, 0.8)) if depth < 3 else 0.15
        required = {name for name in node.get("required", ()) if random.random() < 0.97}
        taken = [name for name in fields if name in required or random.random() < share]
        value = {name: sample(known, fields[name], random, depth + 1) for name in taken}
        if "values" in node:
            value |= {
                key: sample(known, node["values"], random, depth + 1) for key in random.sample(["a", "b-c", "80"], 2)
            }
        if random.random() < 0.01:
            value["unknown"] = random.choice(ODD)
        return value
    if kind == "array":
        return [sample(known, node["items"], random, depth + 1) for _ in range(random.choice((0, 1, 1, 2)))]
    if kind == "boolean":
        return random.random() < 0.5
    if kind in ("integer", "number"):
        return random.choice((node.get("min", 1), node.get("max", 80), 8080, 1.5 if kind == "number" else 3, -5))
    return random.choice(("a", "reviews", "5s", "/a", "a.example.com", "Service", "x" * 70, "http://a"))


@pytest.mark.parametrize(("group", "kind"), KINDS)
@settings(max_examples=25, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_structure_is_judged_alike(group: str, kind: str, random: Random) -> None:
    known = schemas(group, kind)
    assert known is not None
    version = random.choice(sorted(known.roots))
    each = random.choice([release(NEWEST), *table().releases])
    root = known.root(version, each)
    value = sample(known, known.node(root)["fields"]["spec"], random)
    whole = {"apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": "a"}, "spec": value}
    problems: list[Problem] = []
    checker(known, root)(whole, None, problems)
    ours = [problem for problem in problems if problem.what not in BEYOND]
    theirs = list(Draft202012Validator(standard(known, root)).iter_errors(whole))
    assert bool(ours) == bool(theirs), (ours[:3], [error.message for error in theirs[:3]])
