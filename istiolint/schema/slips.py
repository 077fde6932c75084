"""What was meant by a key that is no field: another spelling, another place, another release."""

from __future__ import annotations

from typing import Any

from istiolint.finding import Change, Defect, Path, Repair
from istiolint.records import NamedTuple
from istiolint.schema.defects import misplaced_field, not_in_version, unknown_field
from istiolint.schema.near import nearest, same_but_case
from istiolint.schema.problems import Problem
from istiolint.schema.store import Json, Schemas
from istiolint.schema.tree import at, child, fits, releases_with, under
from istiolint.schema.words import listed, place

MOST_LISTED = 8
"""So many fields of an object are still worth naming."""

COMMON = frozenset(("name", "namespace", "labels", "mode", "type", "value", "kind", "group", "version"))
"""Fields that so many objects have that having one in the wrong object does not say where it belongs."""

GONE = {
    ("EnvoyFilter", "filters"): "configPatches",
    ("EnvoyFilter", "workloadLabels"): "workloadSelector",
}
"""Fields of kinds before the first release whose schemas are known, and what took their place."""


class Slip(NamedTuple):
    """A defect, and the paths whose missing or empty fields it explains."""

    defect: Defect
    explains: tuple[Path, ...] = ()


class Tree(NamedTuple):
    """An object and its schema."""

    value: dict[str, Any]
    schemas: Schemas
    root: int
    release: str


def unknown(problem: Problem, tree: Tree) -> Slip:
    """What to say of an unknown key."""
    holder: Json = problem.more
    fields: dict[str, Any] = holder.get("fields", {})
    key = str(problem.path[-1])
    beside = _at(tree.value, problem.path[:-1])
    if right := same_but_case(key, fields):
        return _renamed(problem, tree, right, right in beside, safe=True)
    for look in (_other_release, _lost_indentation, _level_down, _level_up, _into_only_map, _below_empty_map):
        if slip := look(problem, tree, key, beside):
            return slip
    absent = [name for name in fields if name not in beside]
    if right := nearest(key, absent) or nearest(key, fields) or _only_field(problem, tree, fields):
        return _renamed(problem, tree, right, right in beside, safe=False)
    if instead := GONE.get((tree.schemas.kind, key), ""):
        return Slip(unknown_field(problem.path, _place(problem.path, tree), f'; Istio 1.6 replaced it by "{instead}"'))
    hint = f"; known here: {listed(sorted(fields), 'and')}" if 0 < len(fields) <= MOST_LISTED else ""
    return Slip(unknown_field(problem.path, _place(problem.path, tree), hint))


def _renamed(problem: Problem, tree: Tree, right: str, present: bool, safe: bool) -> Slip:
    path, where = problem.path, _place(problem.path, tree)
    hint = f'; it is written "{right}"' if safe else f'; did you mean "{right}"?'
    if present:
        hint = f'; "{right}" is there already'
        return Slip(unknown_field(path, where, hint))
    repair = Repair(f'rename "{path[-1]}" to "{right}"', (Change("rename", path, right),), safe)
    return Slip(unknown_field(path, where, hint, repair=repair), ((*path[:-1], right),))


def _other_release(problem: Problem, tree: Tree, key: str, beside: dict[str, Any]) -> Slip | None:
    having = releases_with(tree.schemas, problem.path[:-1], key)
    if not having:
        return None
    from istiolint.schema.store import table

    releases = table().releases
    if releases.index(having[0]) > releases.index(tree.release):
        when = f"exists since Istio {having[0]}"
    else:
        when = f"existed up to Istio {having[-1]}"
    what = f'"{key}" in {_place(problem.path, tree)}'
    return Slip(not_in_version(problem.path, what, when, tree.release, on="key"))


def _lost_indentation(problem: Problem, tree: Tree, key: str, beside: dict[str, Any]) -> Slip | None:
    """`- uri:` with `prefix:` beside it: an empty field before the key that has such a field."""
    above: tuple[str, Json] | None = None
    for name, item in beside.items():
        if name == key:
            break
        inner = under(tree.schemas, child(tree.schemas, problem.more, name))
        if item is None and inner is not None and key in inner["fields"]:
            above = name, inner
    if above is None:
        return None
    name, inner = above
    empty = (*problem.path[:-1], name)
    reason = f'it belongs to "{name}" above it; indent it'
    if child(tree.schemas, problem.more, name) is not inner:
        reason += ' and put "- " before it'
    wanted = tuple((*empty, field) for field in inner["fields"])
    return Slip(misplaced_field(problem.path, _place(problem.path, tree), reason), (empty, *wanted))


def _below_empty_map(problem: Problem, tree: Tree, key: str, beside: dict[str, Any]) -> Slip | None:
    """`headers:` with `end-user:` beside it: right behind an empty field that may have any keys."""
    names = list(beside)
    above = names[names.index(key) - 1] if key in names and names.index(key) else ""
    node = child(tree.schemas, problem.more, above) if above and beside[above] is None else None
    if node is None or node["type"] != "object" or "values" not in node:
        return None
    if not fits(tree.schemas, child(tree.schemas, node, key), problem.value):
        return None
    reason = f'it belongs to "{above}" above it; indent it'
    return Slip(misplaced_field(problem.path, _place(problem.path, tree), reason), ((*problem.path[:-1], above),))


def _level_down(problem: Problem, tree: Tree, key: str, beside: dict[str, Any]) -> Slip | None:
    """A field of an object that stands, or could stand, beside the key."""
    if key in COMMON:
        return None
    places = []
    for name in problem.more.get("fields", {}):
        node = child(tree.schemas, problem.more, name)
        inner = under(tree.schemas, node)
        if inner is None or key not in inner["fields"]:
            continue
        if fits(tree.schemas, child(tree.schemas, inner, key), problem.value):
            places.append((name, node is not inner))
    there = [found for found in places if found[0] in beside]
    if len(there) != 1 and len(places) != 1:
        return None
    name, is_list = there[0] if len(there) == 1 else places[0]
    target = (*problem.path[:-1], name, *((0,) if is_list else ()))
    reason = f"it belongs one level down, in {place(target)}"
    return Slip(
        misplaced_field(problem.path, _place(problem.path, tree), reason), (target[: len(problem.path)], (*target, key))
    )


def _level_up(problem: Problem, tree: Tree, key: str, beside: dict[str, Any]) -> Slip | None:
    """A field of one of the two objects around."""
    if key in COMMON:
        return None
    levels = 0
    for end in range(len(problem.path) - 2, 0, -1):
        outer = problem.path[:end]
        node = at(tree.schemas, tree.root, outer)
        if node is None or "fields" not in node:
            continue
        levels += 1
        if levels > 2:
            return None
        if key in node["fields"] and fits(tree.schemas, child(tree.schemas, node, key), problem.value):
            far = "one level up" if levels == 1 else "two levels up"
            reason = f"it belongs {far}, in {place(outer)}"
            return Slip(misplaced_field(problem.path, _place(problem.path, tree), reason), ((*outer, key),))
    return None


def _into_only_map(problem: Problem, tree: Tree, key: str, beside: dict[str, Any]) -> Slip | None:
    """`selector: {app: web}`: what belongs into the map that is the object's only field."""
    fields = problem.more.get("fields", {})
    if len(fields) != 1 or isinstance(problem.value, dict | list):
        return None
    (name,) = fields
    node = child(tree.schemas, problem.more, name)
    if node is None or "values" not in node or not fits(tree.schemas, child(tree.schemas, node, key), problem.value):
        return None
    target = (*problem.path[:-1], name)
    reason = f"it belongs one level down, in {place(target)}"
    return Slip(misplaced_field(problem.path, _place(problem.path, tree), reason), (target,))


def _only_field(problem: Problem, tree: Tree, fields: dict[str, Any]) -> str:
    """The only field of an object, where the value has its shape; empty otherwise."""
    if len(fields) != 1 or not isinstance(problem.value, dict | list) or not problem.value:
        return ""
    (name,) = fields
    return name if fits(tree.schemas, child(tree.schemas, problem.more, name), problem.value) else ""


def _place(path: Path, tree: Tree) -> str:
    """The place of a key; the kind for the object itself."""
    return place(path[:-1]) if len(path) > 1 else f"a {tree.schemas.kind}"


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
