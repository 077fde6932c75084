"""Whether one rule of an AuthorizationPolicy holds for all that another one is about (semantics 13.2, 13.3)."""

from __future__ import annotations

from typing import Any

from istiolint.checks.policy_rules import conditions, operations, sources
from istiolint.checks.principals import principal
from istiolint.checks.rewritten import sample, takes
from istiolint.mesh.read import texts

OPERATION = ("hosts", "methods", "paths", "ports")
APART = ("hosts", "methods", "namespaces", "paths", "ports", "principals")
"""Fields of which two different values are surely two things."""


def covers(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    """Whether everything that `narrow` matches is surely matched by `wide`, too."""
    if not _conditions(wide, narrow):
        return False
    if wide.get("from") and not all(any(_source(it, own) for it in sources(wide)) for own in sources(narrow) or [{}]):
        return False
    wanted = operations(narrow) or [{}]
    return not wide.get("to") or all(any(_operation(it, own) for it in operations(wide)) for own in wanted)


def _conditions(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    asked = conditions(narrow)
    return all(it in asked for it in conditions(wide))


def _operation(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    known = {field for field in wide if wide[field]}
    return known <= {*OPERATION, *map(_negated, OPERATION)} and all(_field(field, wide, narrow) for field in known)


def _source(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    narrow = {**narrow, **_implied(narrow)}
    return all(_field(field, wide, narrow) for field in wide if wide[field])


def _implied(source: dict[str, Any]) -> dict[str, Any]:
    """The namespaces of principals, where nothing else is said of them."""
    found = [principal(it) for it in texts(source.get("principals"))]
    if source.get("namespaces") or not found or None in found:
        return {}
    return {"namespaces": [it.namespace for it in found if it is not None]}


def _field(field: str, wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    """Whether what `narrow` says suffices for one field of `wide`."""
    patterns = texts(wide.get(field))
    if field.startswith("not"):
        plain = field[3].lower() + field[4:]
        values = texts(narrow.get(plain))
        if patterns and set(patterns) <= set(texts(narrow.get(field))):
            return True
        return bool(values) and plain in APART and all(_apart(plain, it, value) for it in patterns for value in values)
    values = texts(narrow.get(field))
    return bool(values) and all(any(value == it or _takes(it, value) for it in patterns) for value in values)


def _takes(pattern: str, value: str) -> bool:
    """Whether a value is surely one of a pattern's."""
    if "{" in pattern or value.startswith("*"):
        return pattern == "*"
    if value.endswith("*"):
        return pattern == "*" or (pattern.endswith("*") and value.startswith(pattern[:-1]))
    return takes(pattern, value)


def _apart(field: str, pattern: str, value: str) -> bool:
    """Whether a value is surely none of a pattern's."""
    if "*" in value or "{" in pattern or "{" in value:
        return False
    if field == "principals":  # one account may go by several trust domains
        return "*" not in pattern and pattern.partition("/")[2] != value.partition("/")[2]
    if field == "hosts":
        pattern, value = pattern.lower(), value.lower()
    return "*" not in pattern.strip("*") and not takes(pattern, value)


def _negated(field: str) -> str:
    return f"not{field[0].upper()}{field[1:]}"


def example(rule: dict[str, Any]) -> str:
    """A request that a rule is about, in words: `GET /pay from namespace web`."""
    operation = next(iter(operations(rule)), {})
    source = next(iter(sources(rule)), {})
    method = next(iter(texts(operation.get("methods"))), "GET").strip("*") or "GET"
    path = sample(next(iter(texts(operation.get("paths"))), "/")) or "/"
    caller = next(iter(texts(source.get("principals"))), "")
    space = next(iter(texts(source.get("namespaces"))), "")
    who = f" from {caller}" if caller else f" from namespace {space}" if space else ""
    port = next(iter(texts(operation.get("ports"))), "")
    return f"{method} {path}{who}" + (f" to port {port}" if port else "")
