"""From what the walker noted to defects: one for each cause, with what was probably meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import duplicate_entry, out_of_range
from istiolint.finding import Change, Defect, Note, Path, Repair
from istiolint.schema.defects import (
    conflicting_fields,
    gateway_of_other_api,
    missing_field,
    not_in_version,
    null_not_allowed,
    pattern_mismatch,
    unknown_value,
    wrong_type,
)
from istiolint.schema.near import nearest, same_but_case
from istiolint.schema.patterns import reason
from istiolint.schema.problems import Problem
from istiolint.schema.slips import Tree, unknown
from istiolint.schema.store import Json, Schemas
from istiolint.schema.tree import child, releases_with
from istiolint.schema.words import TYPES, given, listed, place, quoted, what
from istiolint.source.kustomize import DIRECTIVES

GATEWAYS = {"networking.istio.io": "Istio's", "gateway.networking.k8s.io": "the Gateway API's"}
GATEWAY_FIELDS = {
    "networking.istio.io": frozenset(("gatewayClassName", "listeners", "addresses", "infrastructure")),
    "gateway.networking.k8s.io": frozenset(("selector", "servers")),
}
"""Fields that show that a Gateway is meant to be one of the other API."""


def diagnose(problems: list[Problem], value: dict[str, Any], schemas: Schemas, root: int, release: str) -> list[Defect]:
    """The defects of an object, in the order of the problems; none where it is a patch for kustomize."""
    if any(problem.what == "unknown" and str(problem.path[-1]).startswith(DIRECTIVES) for problem in problems):
        return []
    tree = Tree(value, schemas, root, release)
    if defect := _other_gateway(problems, tree):
        return [defect]
    slips = {problem.path: unknown(problem, tree) for problem in problems if problem.what == "unknown"}
    explained = {path for slip in slips.values() for path in slip.explains}
    rests = {_rest(problem, tree, 1) for problem in problems if problem.what == "missing"}
    defects: list[Defect] = []
    for problem in problems:
        if problem.what == "unknown":
            defects.append(slips[problem.path].defect)
        elif problem.what == "rule":
            defect = problem.more
            defects.append(_below(problem.path, defect))
        elif problem.what == "missing" and (problem.path in explained or problem.path[:-1] in rests):
            continue
        elif problem.value is not None or problem.path not in explained:
            defects += _DEFECTS[problem.what](problem, tree)
    return defects


def _below(path: Path, defect: Defect) -> Defect:
    """A defect of the value at `path`, which was judged by itself, as a defect of the document."""
    notes = tuple(note._replace(path=path + note.path) for note in defect.notes)
    repair = defect.repair
    if repair is not None:
        repair = repair._replace(changes=tuple(change._replace(path=path + change.path) for change in repair.changes))
    return defect._replace(path=path + defect.path, notes=notes, repair=repair)


def _other_gateway(problems: list[Problem], tree: Tree) -> Defect | None:
    """Instead of many unknown fields: this is a Gateway of the other API."""
    group = tree.schemas.group
    if tree.schemas.kind != "Gateway" or group not in GATEWAYS:
        return None
    foreign = [
        p.path[1] for p in problems if p.what == "unknown" and len(p.path) == 2 and p.path[1] in GATEWAY_FIELDS[group]
    ]
    spec = tree.value.get("spec")
    if not foreign or not isinstance(spec, dict) or any(name in spec for name in GATEWAY_FIELDS[_other(group)]):
        return None
    other = f"{_other(group)}/v1"
    repair = Repair(f"set apiVersion to {other}", (Change("set", ("apiVersion",), other),), safe=False)
    return gateway_of_other_api(
        ("apiVersion",), GATEWAYS[group], other, listed([f'"{name}"' for name in foreign], "and"), repair=repair
    )


def _other(group: str) -> str:
    return next(other for other in GATEWAYS if other != group)


def _missing(problem: Problem, tree: Tree) -> Iterator[Defect]:
    where = place(problem.path[:-1]) if len(problem.path) > 1 else f"a {tree.schemas.kind}"
    hint = ""
    if _rest(problem, tree, 1):
        hint = '; the next item has it: is there a "- " too many?'
    elif _rest(problem, tree, -1):
        hint = '; does this belong to the item before it, and there is a "- " too many?'
    yield missing_field(problem.path, where, f'"{problem.path[-1]}"', hint)


def _rest(problem: Problem, tree: Tree, by: int) -> Path | None:
    """The item of a list after or before this one, where the two look like one: it has what is missing here, and
    nothing that is here too."""
    *holder, index, name = problem.path if len(problem.path) > 1 else (0, "", "")
    if not isinstance(index, int) or index + by < 0:
        return None
    items: Any = tree.value
    for step in holder:
        items = items[step]
    other = items[index + by] if index + by < len(items) else None
    if isinstance(other, dict) and name in other and not other.keys() & problem.value.keys():
        return (*holder, index + by)
    return None


def _mistyped(problem: Problem, tree: Tree) -> Iterator[Defect]:
    path, value, node = problem.path, problem.value, problem.more
    if value is None:
        yield null_not_allowed(path, what(path), _null_hint(path, node))
        return
    expected = TYPES[node["type"]]
    hint, text = _wanted(value, node, tree.schemas)
    repair = Repair(f"write {text}", (Change("set", path, text),)) if text else None
    if node.get("cel") == ["duration_from_1ms"] and type(value) is int and value > 0:
        hint = "; a duration has a unit, such as s or ms"
        repair = Repair(f"write {value}s", (Change("set", path, f"{value}s"),), safe=False)
    elif not text and node["type"] == "string" and isinstance(value, int | float):
        repair = Repair("put it in quotes", (Change("quote", path),))
    yield wrong_type(path, what(path), expected, given(value), hint, repair=repair)


def _null_hint(path: Path, node: Json) -> str:
    if path and isinstance(path[-1], int):
        return '; remove the "-", or write something behind it'
    if node["type"] in ("object", "array"):
        return "; write something below it (indented), or remove the key"
    return "; write one, or remove the key"


def _wanted(value: Any, node: Json, schemas: Schemas) -> tuple[str, str]:
    """A hint on a value of the wrong type, and the YAML that was surely meant (empty where that is not sure)."""
    expected = node["type"]
    if expected == "array":
        return _wanted_list(value, node, schemas)
    if expected == "object":
        return _wanted_mapping(value, node, schemas)
    if expected == "string" and isinstance(value, bool):
        return "; put it in quotes (yes, no, on, off, y and n are booleans in YAML too)", ""
    if expected == "string" and isinstance(value, int | float):
        return "; put it in quotes", ""
    if expected in ("integer", "number") and isinstance(value, str) and _is_number(value):
        return "; remove the quotes", value
    if expected == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return "; remove the quotes", value.lower()
    if isinstance(value, list) and len(value) == 1:
        return "; it takes one value, not a list of them", ""
    return "", ""


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isdecimal() and digits.isascii() and (digits == "0" or not digits.startswith("0"))


def _wanted_list(value: Any, node: Json, schemas: Schemas) -> tuple[str, str]:
    item = child(schemas, node, 0) or {}
    if isinstance(value, dict):
        named = item.get("fields", {})
        if item.get("type") == "object" and (not named or all(name in named for name in value)):
            return '; put "- " before its first field', ""
        return "", ""
    if isinstance(value, str) and item.get("type") == "string":
        return "; put it in brackets", f"[{quoted(value)}]"
    return "", ""


def _wanted_mapping(value: Any, node: Json, schemas: Schemas) -> tuple[str, str]:
    fields = node.get("fields", {})
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and all(name in fields for name in item) for item in value):
            return '; remove the "- "', ""
        return "", ""
    if len(fields) == 1:
        (name,) = fields
        inner = child(schemas, node, name) or {}
        if inner.get("type") in ("integer", "number") and type(value) in (int, float):
            return f'; it has the field "{name}" for that', f"{{{name}: {value}}}"
    choices = [name for choice in node.get("choices", ()) for name in choice["of"]]
    if choices and isinstance(value, str):
        return f"; write it under {listed(choices)}", ""
    if fields:
        names = sorted(fields)
        some = listed(names, "and") if len(names) <= 4 else ", ".join(names[:4]) + ", ..."
        return f"; it has {some}", ""
    return "", ""


def _enum(problem: Problem, tree: Tree) -> Iterator[Defect]:
    path, value, known = problem.path, problem.value, problem.more["enum"]
    name, texts = what(path), [one for one in known if isinstance(one, str)]
    right = same_but_case(value, texts) if isinstance(value, str) else ""
    near = right or (nearest(value, texts) if isinstance(value, str) else "")
    if not right and (having := releases_with(tree.schemas, path, value, enum=True)):
        when = f"exists since Istio {having[0]}"
        yield not_in_version(path, f'{name} "{value}"', when, tree.release)
        return
    repair = Repair(f"write {near}", (Change("set", path, near),), safe=bool(right)) if near else None
    some = listed(known if len(known) <= 12 else [*known[:11], "..."])
    hint = f'; it is written "{right}"' if right else f'; did you mean "{near}"?' if near else f"; it can be {some}"
    yield unknown_value(path, name, value, hint, repair=repair)


def _bounds(problem: Problem, tree: Tree) -> Iterator[Defect]:
    path, value, node = problem.path, problem.value, problem.more
    units = {"string": "characters", "array": "items", "object": "entries"}
    unit = units.get(node["type"])
    size = len(value) if unit else value
    least, most = node.get("min"), node.get("max")
    too_much = most is not None and size > most
    bound = f"at most {most}" if too_much else f"at least {least}"
    name = what(path)
    if unit == "characters" and not value:
        yield out_of_range(path, f"the length of {name}", 0, "at least 1; write something, or remove the key")
    elif unit:
        name = f"the length of {name}" if unit == "characters" else f"the number of {unit} of {name}"
        extra = (most,) if too_much and unit == "items" else ()
        yield out_of_range((*path, *extra), name, size, bound)
    else:
        yield out_of_range(path, name, value, bound)


def _pattern(problem: Problem, tree: Tree) -> Iterator[Defect]:
    yield pattern_mismatch(problem.path, what(problem.path), problem.value, reason(problem.more["pattern"]))


def _format(problem: Problem, tree: Tree) -> Iterator[Defect]:
    yield pattern_mismatch(problem.path, what(problem.path), problem.value, "must be base64")


def _choices(problem: Problem, tree: Tree) -> Iterator[Defect]:
    choice: Json = problem.more
    present = [name for name in problem.value if name in choice["of"]]
    where = place(problem.path) if problem.path else f"a {tree.schemas.kind}"
    if not present:
        yield missing_field(problem.path, where, f"one of {listed(choice['of'])}")
        return
    first, second = (*problem.path, present[0]), (*problem.path, present[1])
    yield conflicting_fields(
        second,
        where,
        listed([f'"{name}"' for name in present], "and"),
        on="key",
        notes=(Note(first, "the first one", on="key"),),
    )


def _twice(problem: Problem, tree: Tree) -> Iterator[Defect]:
    first, keys = problem.more
    holder, index = problem.path[:-1], problem.path[-1]
    tail: Path = ()
    value = problem.value
    if keys:
        tail = (keys[-1],)
        value = ", ".join(str(problem.value.get(key)) for key in keys)
    name = f"{listed(keys, 'and')} in {place(holder)}" if keys else f"value in {place(holder)}"
    note = Note((*holder, first, *tail), "the first one")
    yield duplicate_entry((*holder, index, *tail), name, value, notes=(note,))


_DEFECTS = {
    "missing": _missing,
    "type": _mistyped,
    "enum": _enum,
    "bounds": _bounds,
    "pattern": _pattern,
    "format": _format,
    "choices": _choices,
    "twice": _twice,
}
