"""The CEL rules of Gateway API's route filters; see `cel_gateway.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from istiolint.admission.defects import duplicate_entry, out_of_range
from istiolint.finding import Defect, Note
from istiolint.schema.defects import conflicting_fields, constraint_violated, missing_field

Object = dict[str, Any]
Defects = Iterable[Defect]

FILTERS = {
    "CORS": "cors",
    "ExtensionRef": "extensionRef",
    "ExternalAuth": "externalAuth",
    "RequestHeaderModifier": "requestHeaderModifier",
    "RequestMirror": "requestMirror",
    "RequestRedirect": "requestRedirect",
    "ResponseHeaderModifier": "responseHeaderModifier",
    "URLRewrite": "urlRewrite",
}
"""Types of route filters, and the fields that belong to them."""

ONCE = ("CORS", "RequestHeaderModifier", "RequestRedirect", "ResponseHeaderModifier", "URLRewrite")
"""Filters that a list has once at most."""


def filters(value: list[Object]) -> Iterator[Defect]:
    """What a list of filters has once, and what it has not together."""
    first: dict[str, int] = {}
    for index, one in enumerate(value):
        kind = one["type"]
        earlier = first.setdefault(kind, index)
        if kind in ONCE and earlier != index:
            yield duplicate_entry((index, "type"), "filter", kind, notes=(Note((earlier, "type"), "the first one"),))
    both = [first[kind] for kind in ("RequestRedirect", "URLRewrite") if kind in first]
    if len(both) == 2:
        note = Note((min(both), "type"), "the other one")
        yield constraint_violated((max(both), "type"), "a request is redirected or rewritten, not both", notes=(note,))


def filter_type(value: Object) -> Iterator[Defect]:
    """The field of a filter is that of its type."""
    kind = value["type"]
    own = FILTERS.get(kind, "")
    for name in value:
        if name != own and name in FILTERS.values():
            reason = f'a filter of type {kind} has the field "{own}", not "{name}"'
            yield constraint_violated((name,), reason, on="key", notes=(Note(("type",), "the type"),))
    if own and own not in value:
        yield missing_field((own,), f"a filter of type {kind}", f'"{own}"')


def path_modifier(value: Object) -> Iterator[Defect]:
    """The field of a path modifier is that of its type."""
    return _by_type(
        value,
        "type",
        {"ReplaceFullPath": "replaceFullPath", "ReplacePrefixMatch": "replacePrefixMatch"},
        "path modifier",
    )


def external_auth(value: Object) -> Iterator[Defect]:
    """The field of an authorization service is that of its protocol."""
    return _by_type(value, "protocol", {"GRPC": "grpc", "HTTP": "http"}, "authorization service")


def _by_type(value: Object, key: str, fields: dict[str, str], what: str) -> Iterator[Defect]:
    kind = value.get(key, "")
    for other, name in fields.items():
        if name in value and kind != other:
            reason = f'"{name}" is only for a {what} of {key} {other}'
            yield constraint_violated((name,), reason, on="key", notes=(Note((key,), f"the {key}"),))
        elif name not in value and kind == other:
            yield missing_field((name,), f"a {what} of {key} {kind}", f'"{name}"')


def mirror_share(value: Object) -> Defects:
    """How much is mirrored is said once."""
    if "percent" not in value or "fraction" not in value:
        return ()
    note = Note(("percent",), "the other one", on="key")
    return (conflicting_fields(("fraction",), "a mirror", '"percent" and "fraction"', on="key", notes=(note,)),)


def fraction(value: Object) -> Defects:
    """At most all."""
    most = value.get("denominator", 100)
    if value["numerator"] <= most:
        return ()
    return (out_of_range(("numerator",), "numerator", value["numerator"], f"at most the denominator, {most}"),)


def star_alone(value: list[str]) -> Defects:
    """ "*" stands for everything."""
    if "*" not in value or len(value) < 2:
        return ()
    return (constraint_violated((value.index("*"),), '"*" stands for all, and so must stand alone'),)
