"""One constructor per card of the families `schema` and `versions`: the rule's name, and the fields of its message.

A constructor takes the path first, then what is to be said. `**where` are the remaining parts of a `Defect`: `on`,
`part`, `notes`, `repair`, `confidence`. What the schema refuses for reasons that Istio itself has too
(`invalid-duration`, `out-of-range`, ...) is said with the constructors of `istiolint/admission/defects.py`.
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from istiolint.finding import Confidence, Defect, Note, Path, Repair, Side


class Where(TypedDict, total=False):
    """The parts of a defect beside its path and fields."""

    on: Side
    part: tuple[int, int] | None
    notes: tuple[Note, ...]
    repair: Repair | None
    confidence: Confidence | None


# Fields


def unknown_field(path: Path, place: str, hint: str, **where: Unpack[Where]) -> Defect:
    """A key that is no field of `place`; `hint` is empty or follows a semicolon."""
    return Defect(path, {"field": str(path[-1]), "place": place, "hint": hint}, "unknown-field", on="key", **where)  # type: ignore[misc]


def misplaced_field(path: Path, place: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A field that exists, but not in `place`."""
    return Defect(
        path, {"field": str(path[-1]), "place": place, "reason": reason}, "misplaced-field", on="key", **where
    )  # type: ignore[misc]


def missing_field(path: Path, place: str, what: str, hint: str = "", **where: Unpack[Where]) -> Defect:
    """A field without which `place` is refused; `path` leads to where it should be. `hint` follows a semicolon."""
    return Defect(path, {"place": place, "what": what, "hint": hint}, "missing-field", **where)


def conflicting_fields(path: Path, place: str, fields: str, reason: str = "", **where: Unpack[Where]) -> Defect:
    """Fields that exclude each other; `path` leads to one of them. `reason` is empty or follows a semicolon."""
    return Defect(path, {"place": place, "fields": fields, "reason": reason}, "conflicting-fields", **where)


# Names


def unnamed_object(path: Path, kind: str, **where: Unpack[Where]) -> Defect:
    """An object without `metadata.name`."""
    return Defect(path, {"kind": kind}, "unnamed-object", **where)


def invalid_object_name(path: Path, what: str, value: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A name that the API server gives to no object; `what` is "a namespace" or "the name of an object"."""
    return Defect(path, {"what": what, "value": value, "reason": reason}, "invalid-object-name", **where)


# Values


def wrong_type(path: Path, what: str, expected: str, given: str, hint: str = "", **where: Unpack[Where]) -> Defect:
    """A value of another type than the field has; `hint` is empty or follows a semicolon."""
    fields = {"what": what, "expected": expected, "given": given, "hint": hint}
    return Defect(path, fields, "wrong-type", **where)


def null_not_allowed(path: Path, what: str, hint: str, **where: Unpack[Where]) -> Defect:
    """A key without a value, where that is not the same as leaving the key out."""
    return Defect(path, {"what": what, "hint": hint}, "null-not-allowed", **where)


def unknown_value(path: Path, what: str, value: object, hint: str, **where: Unpack[Where]) -> Defect:
    """A value outside the closed list of a field; `hint` says which are in it."""
    return Defect(path, {"what": what, "value": value, "hint": hint}, "unknown-value", **where)


def pattern_mismatch(path: Path, what: str, value: str, reason: str, **where: Unpack[Where]) -> Defect:
    """A text of another form than the field asks for."""
    return Defect(path, {"what": what, "value": value, "reason": reason}, "pattern-mismatch", **where)


def constraint_violated(path: Path, reason: str, **where: Unpack[Where]) -> Defect:
    """A condition that the schema sets beyond the form of a single field; `reason` is a sentence about it."""
    return Defect(path, {"reason": reason}, "constraint-violated", **where)


def duplicate_listener(path: Path, name: str, other: str, traffic: str, **where: Unpack[Where]) -> Defect:
    """A listener for the same port, protocol and hostname as an earlier one, `other`; the note shows that one."""
    return Defect(path, {"name": name, "other": other, "traffic": traffic}, "duplicate-listener", **where)


# Versions


def not_in_version(path: Path, what: str, when: str, release: str, **where: Unpack[Where]) -> Defect:
    """A field or value of other Istio releases than the one checked for; `when` is "exists since Istio 1.22"."""
    return Defect(path, {"what": what, "when": when, "release": release}, "not-in-version", **where)


def gateway_of_other_api(path: Path, own: str, other: str, fields: str, **where: Unpack[Where]) -> Defect:
    """A Gateway of Istio with the fields of the Gateway API's, or the other way round."""
    return Defect(path, {"own": own, "other": other, "fields": fields}, "gateway-of-other-api", **where)


def unknown_api_group(path: Path, group: str, hint: str, **where: Unpack[Where]) -> Defect:
    """An API group that is surely meant to be one of Istio's; `hint` says which."""
    return Defect(path, {"group": group, "hint": hint}, "unknown-api-group", **where)


def unknown_api_version(path: Path, version: str, kind: str, hint: str, **where: Unpack[Where]) -> Defect:
    """A version that no release has of a kind."""
    return Defect(path, {"version": version, "kind": kind, "hint": hint}, "unknown-api-version", **where)


def api_version_not_served(
    path: Path, version: str, kind: str, when: str, release: str, **where: Unpack[Where]
) -> Defect:
    """A version that other Istio releases serve than the one checked for."""
    fields = {"version": version, "kind": kind, "when": when, "release": release}
    return Defect(path, fields, "api-version-not-served", **where)


def unknown_kind(path: Path, kind: str, group: str, hint: str, **where: Unpack[Where]) -> Defect:
    """A kind that an Istio group does not have."""
    return Defect(path, {"kind": kind, "group": group, "hint": hint}, "unknown-kind", **where)


def wrong_api_group(path: Path, kind: str, group: str, right: str, **where: Unpack[Where]) -> Defect:
    """A kind with the group of another one; `right` are the groups that have it."""
    return Defect(path, {"kind": kind, "group": group, "right": right}, "wrong-api-group", **where)


def removed_api(path: Path, what: str, last: str, instead: str, **where: Unpack[Where]) -> Defect:
    """An API that Istio does not have any more since the release after `last`."""
    return Defect(path, {"what": what, "last": last, "instead": instead}, "removed-api", **where)


def old_api_version(path: Path, version: str, newer: str, kind: str, **where: Unpack[Where]) -> Defect:
    """A version that is served, though there is a v1."""
    return Defect(path, {"version": version, "newer": newer, "kind": kind}, "old-api-version", **where)
