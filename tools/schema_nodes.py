"""From an OpenAPI schema of a CustomResourceDefinition to the nodes of `schemas/` (schemas/README.md)."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]
Ref = int | str
"""A node by its number, or a type that needs no node: string, integer, number, boolean, object, any, metadata."""

IGNORED = {"description", "x-kubernetes-map-type", "deprecated"}
"""Say nothing about what is accepted."""

FORMATS = {"byte", "ipv4", "ipv6"}
"""Formats of strings that the API server checks and that occur outside of status; others say nothing."""

IP_ADDRESS = {
    "properties": {
        "type": {"enum": ["IPAddress"]},
        "value": {"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    }
}
"""The one conditional of Gateway API that is written without CEL: an address of type IPAddress holds an IP."""


class Intern:
    """Nodes, each stored once; a node's number is its place in the list."""

    def __init__(self) -> None:
        self.all: list[Json] = []
        self.numbers: dict[str, int] = {}

    def number(self, node: Json) -> int:
        key = json.dumps(node, sort_keys=True)
        if key not in self.numbers:
            self.all.append(node)
            self.numbers[key] = len(self.all)  # line 0 of a file is its head
        return self.numbers[key]

    def ref(self, node: Json) -> Ref:
        """The bare type where the node says no more, else its number."""
        return node["type"] if len(node) == 1 else self.number(node)


class Cel:
    """Names for CEL rules: `schemas/cel.json` lists, for each name, the sets of expressions it stands for."""

    def __init__(self, names: dict[str, list[list[str]]]) -> None:
        self.sets = [
            (name, frozenset(map(spelled, expressions)))
            for name, alternatives in names.items()
            for expressions in alternatives
        ]
        self.sets.sort(key=lambda item: -len(item[1]))
        self.used: set[frozenset[str]] = set()

    def names(self, rules: list[Json]) -> list[str]:
        """The names that together stand for just these rules; raises SystemExit for what has no name."""
        left = {spelled(rule["rule"]) for rule in rules if "oldSelf" not in rule["rule"]}
        found = []
        for name, expressions in self.sets:
            if expressions <= left:
                left -= expressions
                found.append(name)
                self.used.add(expressions)
        if left:
            raise SystemExit("no name in schemas/cel.json for:\n" + "\n".join(sorted(left)))
        return sorted(found)

    def unused(self) -> list[str]:
        return [name for name, expressions in self.sets if expressions not in self.used]


def spelled(expression: str) -> str:
    """An expression without the differences in white space and quotes that releases have."""
    if '"' not in expression:
        expression = expression.replace("'", '"')
    return "".join(expression.split())


def simplify(schema: Json, nodes: Intern, cel: Cel) -> Ref:
    """The node of a schema (stored in `nodes` with all below it). Raises SystemExit for what it does not know."""
    schema = {key: value for key, value in schema.items() if key not in IGNORED}
    node: Json = {}
    rules = schema.pop("x-kubernetes-validations", [])
    has_default = schema.pop("default", None) is not None
    if schema.pop("x-kubernetes-int-or-string", False):
        schema.pop("anyOf", None)
        node["type"] = "int-or-string"
    else:
        node["type"] = schema.pop("type", "any")
    {"object": objects, "array": arrays}.get(node["type"], scalars)(schema, node, nodes, cel)
    if schema.pop("nullable", False):
        node["null"] = True
    elif has_default:
        node["default"] = True  # null is replaced by it; what it is, the predicates of the CEL rules know
    names = cel.names(rules)
    if schema.get("oneOf") == [IP_ADDRESS, {"properties": {"type": {"not": IP_ADDRESS["properties"]["type"]}}}]:
        del schema["oneOf"]
        names.append("address_is_ip")
    else:
        for choices in choose(schema):
            node.setdefault("choices", []).append(choices)
    if names:
        node["cel"] = names
    if schema:
        raise SystemExit(f"a schema has what tools/schema_nodes.py does not know: {schema}")
    return nodes.ref(node)


def objects(schema: Json, node: Json, nodes: Intern, cel: Cel) -> None:
    fields = schema.pop("properties", {})
    required = [name for name in schema.pop("required", ()) if "default" not in fields[name]]
    if fields:
        node["fields"] = {name: simplify(field, nodes, cel) for name, field in fields.items()}
    if required:
        node["required"] = required
    if "additionalProperties" in schema:
        node["values"] = simplify(schema.pop("additionalProperties"), nodes, cel)
    if schema.pop("x-kubernetes-preserve-unknown-fields", False):
        node["open"] = True
    bounds(schema, node, "minProperties", "maxProperties")


def arrays(schema: Json, node: Json, nodes: Intern, cel: Cel) -> None:
    items = schema.pop("items")
    listed = schema.pop("x-kubernetes-list-type", "atomic")
    keys = schema.pop("x-kubernetes-list-map-keys", [])
    node["items"] = simplify(items, nodes, cel)
    if listed == "map":
        if any("default" in items["properties"][key] for key in keys):
            raise SystemExit(f"a list key with a default: {keys}")
        node["keys"] = keys
    if listed == "set":
        node["unique"] = True
    bounds(schema, node, "minItems", "maxItems")


def scalars(schema: Json, node: Json, nodes: Intern, cel: Cel) -> None:
    bounds(schema, node, "minLength", "maxLength")
    bounds(schema, node, "minimum", "maximum")
    if "enum" in schema:
        node["enum"] = schema.pop("enum")
    if "pattern" in schema:
        node["pattern"] = schema.pop("pattern")
    form = schema.pop("format", None)
    if node["type"] == "integer" and form == "int32":
        # The API server refuses what does not fit, so the bounds of the format are bounds of the value.
        node["min"] = max(node.get("min", -(2**31)), -(2**31))
        node["max"] = min(node.get("max", 2**31 - 1), 2**31 - 1)
    elif form in FORMATS:
        node["format"] = form
    if schema.pop("x-kubernetes-preserve-unknown-fields", False):
        node["type"] = "any"


def bounds(schema: Json, node: Json, least: str, most: str) -> None:
    if least in schema:
        node["min"] = schema.pop(least)
    if most in schema:
        node["max"] = schema.pop(most)


def choose(schema: Json) -> list[Json]:
    """Take Istio's oneOf groups out of a schema: `{"of": names}`, with `"one": true` where one must be there."""
    groups = [schema.pop("oneOf")] if "oneOf" in schema else []
    groups += [part.pop("oneOf") for part in schema.get("allOf", ()) if set(part) == {"oneOf"}]
    if not any(schema.get("allOf", ())):
        schema.pop("allOf", None)
    return [choice(group) for group in groups]


def choice(group: list[Json]) -> Json:
    """`oneOf: [{not: {anyOf: [{required: [a]}, ...]}}, {required: [a]}, ...]` is: at most one of a, ..."""
    names = []
    for option in group:
        if set(option) == {"not"}:
            continue
        (name,) = option["required"]
        names.append(name)
    optional = any(set(option) == {"not"} for option in group)
    return {"of": names} if optional else {"of": names, "one": True}
