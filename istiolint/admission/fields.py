"""Checks of single fields that several kinds share; each takes the object, the key in it and the object's path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    invalid_duration,
    invalid_export_to,
    invalid_host,
    invalid_name,
    invalid_port,
    invalid_status_code,
    missing_setting,
    out_of_range,
)
from istiolint.admission.durations import duration_problem, nanoseconds, syntax_problem
from istiolint.admission.hosts import is_label, label_problem, wildcard_domain_problem
from istiolint.admission.values import Problem, integer, mapping, number, texts
from istiolint.finding import Change, Defect, Note, Path, Repair

PORT_RANGE = "ports run from 1 to 65535"
INT32 = 2**31


def check_duration(holder: dict[str, Any], key: str, path: Path) -> Iterator[Defect]:
    """A duration of whole milliseconds, at least one (specification 3.9, "dur")."""
    value = holder.get(key)
    if isinstance(value, str):
        problem = duration_problem(value)
        if problem is not None:
            yield invalid_duration((*path, key), value, problem)


def check_duration_text(holder: dict[str, Any], key: str, path: Path) -> Iterator[Defect]:
    """A duration of any length and sign, which only has to be one (specification 3.9, "text")."""
    value = holder.get(key)
    if isinstance(value, str) and nanoseconds(value) is None:
        yield invalid_duration((*path, key), value, syntax_problem(value) or Problem("it is no duration"))


def check_int32(holder: dict[str, Any], path: Path, *keys: str) -> Iterator[Defect]:
    """Numbers that must fit into 32 bits with a sign (specification 2, item 6)."""
    for key in keys:
        value = integer(holder, key)
        if value is not None and not -INT32 <= value < INT32:
            yield out_of_range((*path, key), key, value, "a number of 32 bits")


def check_not_negative(holder: dict[str, Any], path: Path, *keys: str) -> Iterator[Defect]:
    """Whole numbers of 32 bits, zero or more."""
    for key in keys:
        value = integer(holder, key)
        if value is not None and value < 0:
            yield out_of_range((*path, key), key, value, "0 or more")
        elif value is not None and value >= INT32:
            yield out_of_range((*path, key), key, value, "a number of 32 bits")


def check_percent(holder: dict[str, Any], key: str, path: Path, least: float = 0) -> Iterator[Defect]:
    """A number from 0 to 100; other than 0 it is at least `least` (specification 3.15)."""
    value = number(holder, key)
    if value is not None and value != 0 and not max(least, 0) <= value <= 100:
        yield out_of_range(
            (*path, key), "the percentage", value, f"0, or from {least} to 100" if least else "from 0 to 100"
        )


def check_http_status(holder: dict[str, Any], key: str, path: Path) -> Iterator[Defect]:
    """The status of an answer (specification 3.20)."""
    value = integer(holder, key)
    if value is not None and not 200 <= value <= 600:
        yield invalid_status_code((*path, key), value, "HTTP status that can be answered", "200 to 599")


def check_port(holder: dict[str, Any], key: str, path: Path, zero: bool = False) -> Iterator[Defect]:
    """A port number where there is one; `zero` stands for "any" where it is allowed (specification 3.8)."""
    value = integer(holder, key)
    if value is not None and not (1 <= value <= 65535 or (zero and value == 0)):
        yield invalid_port((*path, key), value, PORT_RANGE)


def check_label(holder: dict[str, Any], key: str, what: str, path: Path) -> Iterator[Defect]:
    """A name that must be a DNS label where it is given (specification 3.1)."""
    value = holder.get(key)
    if isinstance(value, str) and value and not is_label(value):
        problem = label_problem(value)
        if problem is not None:
            yield invalid_name((*path, key), what, value, problem)


def check_destination(holder: dict[str, Any], key: str, path: Path) -> Iterator[Defect]:
    """Where traffic is sent: host, subset and port (specification 3.17)."""
    destination = mapping(holder, key)
    if destination is None:
        return
    path = (*path, key)
    host = destination.get("host")
    if isinstance(host, str):
        problem = wildcard_domain_problem(host)
        if host == "*":
            problem = Problem("a destination is one service, not all")
        if problem is not None:
            yield invalid_host((*path, "host"), "destination host", host, problem)
    yield from check_label(destination, "subset", "subset name", path)
    port = mapping(destination, "port")
    if port is not None:
        if port.get("number") is None:
            yield missing_setting((*path, "port", "number"), "number", "the port needs one")
        yield from check_port(port, "number", (*path, "port"))


def check_export_to(spec: dict[str, Any], namespace: str | None, none: bool = False) -> Iterator[Defect]:
    """Who can see the object: no entry twice, and `*` (with `none` also `~`) alone (specification 3.16)."""
    seen: dict[str, int] = {}
    valid: dict[str, int] = {}
    listed = spec.get("exportTo")
    for index, entry in texts(spec, "exportTo"):
        path: Path = ("spec", "exportTo", index)
        value = namespace if entry == "." and namespace else entry
        if value in seen:
            twice = entry == spec["exportTo"][seen[value]]
            reason = "the list has it already" if twice else f'"." and "{value}" are the same namespace'
            note = Note(("spec", "exportTo", seen[value]), "the first one")
            repair = Repair(f"remove {entry}", (Change("remove", path),))
            yield invalid_export_to(path, entry, reason, notes=(note,), repair=repair)
            continue
        seen[value] = index
        if value in ("*", ".") or (none and value == "~") or is_label(value):
            valid[value] = index
        elif value == "~":
            yield invalid_export_to(path, entry, "only a ServiceEntry can be exported to nobody")
        else:
            yield invalid_export_to(path, entry, f'a namespace, "." or "*"{", or ~," if none else ""} is needed')
    if isinstance(listed, list) and len(listed) > 1:
        for alone, meaning in (("*", "everybody"), ("~", "nobody")):
            if alone in valid and (alone == "*" or none):
                yield invalid_export_to(
                    ("spec", "exportTo", valid[alone]), alone, f"it means {meaning}, and stands alone"
                )
