"""Schema nodes as functions: `checker(schemas, ref)` gives one that notes what is wrong with a value.

A node is compiled when a document first has a value for it; the functions of a kind's nodes stay with its `Schemas`.
They are written for speed on valid documents; what is slow, such as making a path, happens where something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from istiolint.finding import Defect
from istiolint.schema.problems import Problem, Trail, What, path_of
from istiolint.schema.store import Json, Ref, Schemas

Checker = Callable[[Any, Trail, list[Problem]], None]
Predicate = Callable[[Any], Iterable[Defect]]

LARGEST_WHOLE_FLOAT = 2**53 - 1

_STRINGS: Json = {"type": "object", "values": {"type": "string", "null": True}, "null": True}
_STRING: Json = {"type": "string", "null": True}
_ANY: Json = {"type": "any"}
METADATA: Json = {
    "type": "object",
    "null": True,
    "fields": {
        **dict.fromkeys(("name", "generateName", "namespace", "uid", "resourceVersion", "selfLink"), _STRING),
        **dict.fromkeys(("labels", "annotations"), _STRINGS),
        **dict.fromkeys(
            (
                "clusterName", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
                "generation", "initializers", "managedFields", "ownerReferences",
            ),
            _ANY,
        ),
    },
}  # fmt: skip
"""What the API server reads of `metadata`, in Go: null is nothing, numbers are no strings."""


def checker(schemas: Schemas, ref: Ref | Json) -> Checker:
    """The function for a node: `(value, trail, problems)`, which appends to `problems`."""
    if isinstance(ref, dict):
        return _compiled(schemas, ref)
    found: Checker | None = schemas.checkers.get(ref)
    if found is None:
        node = METADATA if ref == "metadata" else schemas.node(ref)
        found = schemas.checkers[ref] = _compiled(schemas, node)
    return found


def _compiled(schemas: Schemas, node: Json) -> Checker:
    kind = node["type"]
    if kind == "object":
        check = _object(schemas, node)
    elif kind == "array":
        check = _array(schemas, node)
    elif kind == "string":
        check = _string(node)
    elif kind == "boolean":
        check = _boolean(node)
    elif kind == "any":
        return _anything
    else:
        check = _number(node)
    if "cel" in node:
        check = _with_rules(check, _predicates(schemas.group, node["cel"]))
    if node.get("null"):
        check = _nullable(check)
    elif node.get("default"):
        check = _defaulted(check)
    return check


def _note(problems: list[Problem], what: What, trail: Trail, value: Any, more: Any) -> None:
    problems.append(Problem(what, path_of(trail), value, more))


def _anything(value: Any, trail: Trail, problems: list[Problem]) -> None:
    pass


def _nullable(check: Checker) -> Checker:
    def nullable(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if value is not None:
            check(value, trail, problems)

    return nullable


def _defaulted(check: Checker) -> Checker:
    def defaulted(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if value is None:
            _note(problems, "default", trail, value, None)
        else:
            check(value, trail, problems)

    return defaulted


class _Fields(dict[str, Checker | None]):
    """Field name to checker, compiled when first asked for; None for names that are no fields."""

    __slots__ = ("_refs", "_schemas")

    def __init__(self, schemas: Schemas, refs: dict[str, Any]) -> None:
        super().__init__()
        self._schemas = schemas
        self._refs = refs

    def __missing__(self, name: Any) -> Checker | None:
        ref = self._refs.get(name)
        if ref is None:
            return None
        found = self[name] = checker(self._schemas, ref)
        return found


def _object(schemas: Schemas, node: Json) -> Checker:
    fields = _Fields(schemas, node.get("fields", {}))
    required: tuple[str, ...] = tuple(node.get("required", ()))
    values = node.get("values")
    if node.get("open"):
        rest: Checker | None = _anything
    elif values is not None:
        rest = checker(schemas, values)
    else:
        rest = None
    late = _sizes(node) + _choices(node)

    def check(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if type(value) is not dict:
            _note(problems, "type", trail, value, node)
            return
        for name, item in value.items():
            one = fields[name] or rest
            if one is not None:
                one(item, (trail, name), problems)
            else:
                _note(problems, "unknown", (trail, name), item, node)
        for name in required:
            if name not in value:
                _note(problems, "missing", (trail, name), value, node)
        for test in late:
            test(value, trail, problems)

    return check


def _choices(node: Json) -> list[Checker]:
    """Checks that of some fields at most one is set, or just one."""
    checks: list[Checker] = []
    for choice in node.get("choices", ()):

        def check(
            value: Any,
            trail: Trail,
            problems: list[Problem],
            choice: Json = choice,
            of: frozenset[str] = frozenset(choice["of"]),
        ) -> None:
            count = len(of & value.keys())
            if count > 1 or (not count and "one" in choice):
                _note(problems, "choices", trail, value, choice)

        checks.append(check)
    return checks


def _sizes(node: Json) -> list[Checker]:
    """The check of the size of an object or list, where it has bounds."""
    if "min" not in node and "max" not in node:
        return []
    least, most = node.get("min", 0), node.get("max", float("inf"))

    def check(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if not least <= len(value) <= most:
            _note(problems, "bounds", trail, value, node)

    return [check]


def _array(schemas: Schemas, node: Json) -> Checker:
    item = checker(schemas, node["items"])
    late = _sizes(node)
    if "keys" in node:
        late.append(_distinct(tuple(node["keys"])))
    elif "unique" in node:
        late.append(_distinct(()))

    def check(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if type(value) is not list:
            _note(problems, "type", trail, value, node)
            return
        for index, one in enumerate(value):
            item(one, (trail, index), problems)
        for test in late:
            test(value, trail, problems)

    return check


def _distinct(keys: tuple[str, ...]) -> Checker:
    """The check that no two items have the same keys; without keys, that no two are the same."""

    def check(value: Any, trail: Trail, problems: list[Problem]) -> None:
        first: dict[Any, int] = {}
        for index, item in enumerate(value):
            if keys:
                if type(item) is not dict:
                    continue
                item = tuple(item.get(key) for key in keys)
            try:
                earlier = first.setdefault(item, index)
            except TypeError:  # a list or mapping where a scalar belongs, which is noted already
                continue
            if earlier != index:
                _note(problems, "twice", (trail, index), value[index], (earlier, keys))

    return check


def _string(node: Json) -> Checker:
    if not node.keys() & {"enum", "min", "max", "pattern", "format"}:

        def plain(value: Any, trail: Trail, problems: list[Problem]) -> None:
            if type(value) is not str:
                _note(problems, "type", trail, value, node)

        return plain

    allowed = frozenset(node["enum"]) if "enum" in node else None
    least, most = node.get("min", 0), node.get("max", float("inf"))
    pattern, form = node.get("pattern"), node.get("format")

    def check(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if type(value) is not str:
            _note(problems, "type", trail, value, node)
        elif allowed is not None and value not in allowed:
            _note(problems, "enum", trail, value, node)
        elif not least <= len(value) <= most:
            _note(problems, "bounds", trail, value, node)
        elif pattern is not None and not _matches(pattern, value):
            _note(problems, "pattern", trail, value, node)
        elif form is not None and not _well_formed(form, value):
            _note(problems, "format", trail, value, node)

    return check


def _matches(pattern: str, value: str) -> bool:
    from istiolint.schema.patterns import matches

    return matches(pattern, value)


def _well_formed(form: str, value: str) -> bool:
    """Whether a string has a format: base64 is all that occurs."""
    from istiolint.schema.patterns import is_base64

    return form != "byte" or is_base64(value)


def _boolean(node: Json) -> Checker:
    def check(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if type(value) is not bool:
            _note(problems, "type", trail, value, node)

    return check


def _number(node: Json) -> Checker:
    """Integers and numbers; a float without fraction is an integer, as far as floats are exact."""
    whole = node["type"] == "integer"
    least, most = node.get("min", float("-inf")), node.get("max", float("inf"))
    allowed = node.get("enum")

    def check(value: Any, trail: Trail, problems: list[Problem]) -> None:
        if type(value) is int:
            right = -(2**63) <= value < 2**63 or not whole
        elif type(value) is float:
            right = not whole or (value.is_integer() and abs(value) <= LARGEST_WHOLE_FLOAT)
        else:
            right = False
        if not right:
            _note(problems, "type", trail, value, node)
        elif not least <= value <= most:
            _note(problems, "bounds", trail, value, node)
        elif allowed is not None and value not in allowed:
            _note(problems, "enum", trail, value, node)

    return check


def _with_rules(check: Checker, rules: list[Predicate]) -> Checker:
    """CEL rules after the structure, where that is right."""

    def ruled(value: Any, trail: Trail, problems: list[Problem]) -> None:
        before = len(problems)
        check(value, trail, problems)
        if len(problems) == before:
            for rule in rules:
                for defect in rule(value):
                    _note(problems, "rule", trail, value, defect)

    return ruled


def _predicates(group: str, names: list[str]) -> list[Predicate]:
    """The functions for names of `schemas/cel.json`."""
    modules: tuple[Any, ...]
    if group.startswith("gateway."):
        from istiolint.schema import cel_filters, cel_gateway

        modules = cel_gateway, cel_filters
    else:
        from istiolint.schema import cel_istio

        modules = (cel_istio,)
    return [next(getattr(module, name) for module in modules if hasattr(module, name)) for name in names]
