"""The http routes of a VirtualService: what goes together in a route, and where its requests go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.admission.defects import (
    conflicting_settings,
    deprecated_setting,
    invalid_delegation,
    missing_setting,
    out_of_range,
)
from istiolint.admission.fields import check_destination, check_duration, check_percent
from istiolint.admission.header_changes import check_authority, check_header_changes
from istiolint.admission.http_actions import check_direct_response, check_redirect, check_rewrite
from istiolint.admission.http_match import check_http_match
from istiolint.admission.http_policies import check_cors, check_fault, check_retries
from istiolint.admission.values import integer, mapping, objects
from istiolint.admission.virtual_service_tls import check_weights
from istiolint.finding import Change, Defect, Note, Path, Repair

if TYPE_CHECKING:
    from istiolint.admission.binding import Binding

_ONE_ACTION = "a request is either routed, redirected or answered at once"
_CONFLICTS = (
    ("redirect", "route", _ONE_ACTION),
    ("redirect", "directResponse", _ONE_ACTION),
    ("directResponse", "route", _ONE_ACTION),
    ("redirect", "fault", "faults are injected only into routed requests"),
    ("redirect", "rewrite", "a redirect has its own uri and authority"),
    ("directResponse", "fault", "faults are injected only into routed requests"),
    ("directResponse", "rewrite", "there is no request to rewrite when the proxy answers"),
)
"""Specification VS019 to VS025."""


def check_http_route(route: dict[str, Any], path: Path, binding: Binding) -> Iterator[Defect]:
    """One entry of `http` (specification VS014 to VS098)."""
    if not binding.is_delegate and mapping(route, "delegate") is not None:
        yield from _check_root(route, path)
    else:
        yield from _check_actions(route, path, binding)
    for index, match in objects(route, "match"):
        yield from check_http_match(match, (*path, "match", index), binding)
    if "headers" in route or "rewrite" in route:
        yield from check_header_changes(route, path)
        yield from check_authority(route, path)
        yield from check_rewrite(route, path)
    if "redirect" in route:
        yield from check_redirect(route, path)
    if "directResponse" in route:
        yield from check_direct_response(route, path)
    if "corsPolicy" in route:
        yield from check_cors(route, path)
    if "fault" in route:
        yield from check_fault(route, path)
    if "retries" in route:
        yield from check_retries(route, path)
    if "timeout" in route:
        yield from check_duration(route, "timeout", path)
    yield from _check_mirrors(route, path)
    for index, destination in objects(route, "route"):
        where = (*path, "route", index)
        yield from check_destination(destination, "destination", where)
        if "headers" in destination:
            yield from check_header_changes(destination, where)
    yield from check_weights(route, path)


def _check_root(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """A route that delegates (specification VS015 to VS017)."""
    for key in ("redirect", "route"):
        if _is_there(route, key):
            reason = f'a route that delegates has no "{key}" of its own'
            note = Note((*path, "delegate"), "it delegates here", on="key")
            yield invalid_delegation((*path, key), reason, on="key", notes=(note,))


def _check_actions(route: dict[str, Any], path: Path, binding: Binding) -> Iterator[Defect]:
    """One action, and what may stand beside it (specification VS018 to VS027)."""
    if binding.is_delegate and mapping(route, "delegate") is not None:
        reason = "a VirtualService without hosts is a delegate, and cannot delegate further"
        yield invalid_delegation((*path, "delegate"), reason, on="key")
    if "redirect" in route or "directResponse" in route:
        for first, second, reason in _CONFLICTS:
            if _is_there(route, first) and _is_there(route, second):
                note = Note((*path, second), f"the {second}", on="key")
                yield conflicting_settings((*path, first), first, second, reason, on="key", notes=(note,))
    elif route.get("route") in (None, []):
        yield missing_setting(path, "route, redirect or directResponse", "requests that match must go somewhere")
    if "mirror" in route and _is_there(route, "mirror") and _is_there(route, "mirrors"):
        note = Note((*path, "mirrors"), "the list of mirrors", on="key")
        reason = "the list alone can hold all of them"
        yield conflicting_settings((*path, "mirror"), "mirror", "mirrors", reason, on="key", notes=(note,))


def _check_mirrors(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Copies of requests (specification VS067 to VS072)."""
    for key in ("mirrorPercent", "mirror_percent"):
        if route.get(key) is not None and (key == "mirrorPercent" or "mirrorPercent" not in route):
            value = integer(route, key)
            if value is not None and value > 100:
                yield out_of_range((*path, key), "the percentage", value, "from 0 to 100")
            elif value is not None:
                new = f"{{value: {value}}}"
                changes = (Change("rename", (*path, key), "mirrorPercentage"), Change("set", (*path, key), new))
                repair = Repair(f"write mirrorPercentage: {new}", changes) if "mirrorPercentage" not in route else None
                yield deprecated_setting((*path, key), key, "mirrorPercentage", on="key", repair=repair)
    share = mapping(route, "mirrorPercentage")
    if share is not None:
        yield from check_percent(share, "value", (*path, "mirrorPercentage"))
    if "mirror" in route:
        yield from check_destination(route, "mirror", path)
    for index, mirror in objects(route, "mirrors"):
        where = (*path, "mirrors", index)
        yield from check_destination(mirror, "destination", where)
        share = mapping(mirror, "percentage")
        if share is not None:
            yield from check_percent(share, "value", (*where, "percentage"))


def _is_there(route: dict[str, Any], key: str) -> bool:
    """Objects count when present, lists when not empty; null and other types do not."""
    value = route.get(key)
    return isinstance(value, dict) or (isinstance(value, list) and bool(value))
