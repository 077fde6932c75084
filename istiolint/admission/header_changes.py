"""Headers to add, set and remove on the way (specification VS042 to VS047)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import conflicting_settings, invalid_header_name, invalid_header_value
from istiolint.admission.headers import change_problem, set_request_problem, value_problem
from istiolint.admission.values import mapping, pairs, text, texts
from istiolint.finding import Defect, Note, Path


def check_header_changes(holder: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The object at `headers` of a route or destination (specification VS042 to VS046)."""
    headers = mapping(holder, "headers")
    if headers is None:
        return
    for side, problem_of in (("request", set_request_problem), ("response", change_problem)):
        changes = mapping(headers, side)
        if changes is None:
            continue
        base = (*path, "headers", side)
        for operation in ("set", "add"):
            for name, value in pairs(changes, operation):
                where = (*base, operation, name)
                problem = problem_of(name)
                if problem is not None:
                    yield invalid_header_name(where, name, problem, on="key")
                problem = value_problem(value)
                if problem is not None:
                    yield invalid_header_value(where, value, problem)
        for index, name in texts(changes, "remove"):
            problem = change_problem(name)
            if problem is not None:
                yield invalid_header_name((*base, "remove", index), name, problem)


def check_authority(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """At most one setting of a route may change the host of requests (specification VS047)."""
    places: list[tuple[Path, str]] = []
    rewrite = mapping(route, "rewrite")
    if rewrite is not None and text(rewrite, "authority"):
        places.append(((*path, "rewrite", "authority"), "rewrite.authority"))
    request = mapping(mapping(route, "headers") or {}, "request") or {}
    for operation in ("set", "add"):
        for name, value in pairs(request, operation):
            if value and name.lower() in ("host", ":authority"):
                places.append(
                    ((*path, "headers", "request", operation, name), f"headers.request.{operation} of {name}")
                )
    for where, setting in places[1:]:
        note = Note(places[0][0], "the host is changed here already", on="key")
        reason = "both change the host that the destination sees"
        yield conflicting_settings(where, setting, places[0][1], reason, on="key", notes=(note,))
