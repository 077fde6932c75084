"""Which operations of an ALLOW rule another rule allows to everybody (semantics 13.2)."""

from __future__ import annotations

from typing import Any

from istiolint.checks.rewritten import takes
from istiolint.mesh.read import sequence, texts

FIELDS = ("hosts", "methods", "ports")
NEGATIVE = ("notHosts", "notMethods", "notPorts", "notPaths")


def open_to_all(rule: dict[str, Any]) -> bool:
    """Whether a rule asks neither who calls nor for any other condition."""
    return not rule.get("from") and not rule.get("when")


def within(value: str, patterns: tuple[str, ...]) -> str:
    """The first of some values of a policy that surely takes all that another one takes; empty where none does."""
    plain = (it for it in patterns if "{" not in it and it.count("*") < 2)
    return value if value in patterns else next((it for it in plain if takes(it, value)), "")


def opened(narrow: dict[str, Any], wide: dict[str, Any]) -> list[tuple[int, str]]:
    """The paths of an operation, by index, that another operation allows too, with the value that does so.

    Index -1 where neither names paths and the whole operation is allowed. An operation without any field is open on
    purpose, and says so: it counts for nothing here.
    """
    if not wide or any(wide.get(field) for field in NEGATIVE):
        return []
    for field in FIELDS:
        patterns = texts(wide.get(field))
        if wide.get(field) and not (
            texts(narrow.get(field)) and all(within(it, patterns) for it in texts(narrow.get(field)))
        ):
            return []
    if not wide.get("paths"):
        return [(-1, "")]
    paths = texts(wide.get("paths"))
    return [
        (at, by)
        for at, path in enumerate(sequence(narrow.get("paths")))
        if isinstance(path, str) and (by := within(path, paths))
    ]
