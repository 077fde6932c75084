"""Finding one's way in the schemas of a kind: what is at a path, here and in other releases."""

from __future__ import annotations

from typing import Any

from istiolint.finding import Path
from istiolint.schema.compile import METADATA
from istiolint.schema.store import Json, Schemas, table


def child(schemas: Schemas, node: Json | None, step: str | int) -> Json | None:
    """The node of a field, a value of a map, or a list's items; None where nothing is known."""
    if node is None:
        return None
    ref: Any = node.get("items") if isinstance(step, int) else node.get("fields", {}).get(step, node.get("values"))
    if ref is None or isinstance(ref, dict):
        return ref
    return METADATA if ref == "metadata" else schemas.node(ref)


def at(schemas: Schemas, root: int, path: Path) -> Json | None:
    """The node of a path."""
    node: Json | None = schemas.node(root)
    for step in path:
        node = child(schemas, node, step)
    return node


def under(schemas: Schemas, node: Json | None) -> Json | None:
    """The object that a field holds: itself, or the items of its list."""
    if node is not None and node["type"] == "array":
        node = child(schemas, node, 0)
    return node if node is not None and node["type"] == "object" and "fields" in node else None


def fits(schemas: Schemas, node: Json | None, value: Any) -> bool:
    """Whether a value has the outer shape of a node: null fits all."""
    if node is None or value is None:
        return node is not None
    types = {"object": dict, "array": list, "string": str, "boolean": bool}
    wanted = types.get(node["type"])
    if wanted is None:
        return node["type"] == "any" or (isinstance(value, int | float) and not isinstance(value, bool))
    if isinstance(value, dict) and "fields" in node:
        return not value or any(name in node["fields"] for name in value)
    return isinstance(value, wanted)


def releases_with(schemas: Schemas, path: Path, name: object, enum: bool = False) -> list[str]:
    """The Istio releases, oldest first, whose schema of the object at `path` has a field `name`.

    With `enum`, those whose list of values at `path` has `name`.
    """
    roots = {since: root for steps in schemas.roots.values() for since, root in steps if root is not None}
    found = []
    root: int | None = None
    for release in table().releases:
        root = roots.get(release, root)
        node = at(schemas, root, path) if root is not None else None
        if node is not None and name in (node.get("enum", ()) if enum else node.get("fields", ())):
            found.append(release)
    return found
