"""Which matches of a list may take requests from others together, as far as texts tell (semantics 16).

What one match takes from another alone is told by comparing their texts; what several take, or expressions, is worked
out exactly, and only where the list has anything that is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.admission.unreachable import is_well_formed
from istiolint.mesh.read import mapping
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path

MOST = 60
"""Matches of a list that are looked at."""
PLAIN = frozenset(("uri", "method", "scheme", "authority", "headers", "queryParams", "port", "name", "gateways",
                   "sourceLabels", "sourceNamespace", "statPrefix"))  # fmt: skip
ANYTHING = (None, {"prefix": "/"}, {"regex": ".*"})
"""Values of `uri` that every path has."""
_HEAD = re.compile(r"\^?((?:[\w/~%-]|\\[./-])*)(?![*?{+])", re.ASCII)


class Item(NamedTuple):
    """An http match, or an entry without one."""

    path: Path
    match: dict[str, Any]
    entry: int
    delegated: bool
    """Whether another VirtualService says which of its requests it takes."""


def left_over(entries: list[Any]) -> str:
    """A request that no entry of `http` takes, in words; empty: there is none, or it is not known.

    An entry with a delegate is taken to leave nothing of what its own matches say.
    """
    items = list(items_of(entries))
    if any(it.match.get("uri") in ANYTHING and not it.match.keys() - {"uri", "name"} for it in items):
        return ""
    written = [it.get("match") if isinstance(it, dict) else None for it in entries]
    if len(items) > MOST or sum(len(it) if isinstance(it, list) else 1 for it in written) != len(items):
        return ""
    from istiolint.regions.shadows import left_by_all

    return left_by_all([it.match for it in items])


def odd(entry: object) -> bool:
    """Whether an entry has a match that has more than texts, which are compared elsewhere."""
    written = entry.get("match") if isinstance(entry, dict) else None
    if not isinstance(written, list):
        return False
    matches = [it for it in written if isinstance(it, dict)]
    return any(not it.keys() <= PLAIN or "'regex':" in str(it) for it in matches)


def items_of(entries: list[Any]) -> Iterator[Item]:
    """The matches that are tried, up to an entry that takes everything."""
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            continue
        delegated = bool(entry.get("delegate"))
        path: Path = ("spec", "http", index)
        written = entry.get("match")
        if not written:
            yield Item(path, {}, index, delegated)
            if not delegated:
                return
        for place, match in enumerate(written if isinstance(written, list) else ()):
            if isinstance(match, dict) and is_well_formed(match):
                yield Item((*path, "match", place), match, index, delegated)


def suspects(match: dict[str, Any], rivals: list[dict[str, Any]]) -> list[int]:
    """Positions of the http matches that may take a part of another one's requests that counts.

    None, where all of them have texts only: what those take, one of them takes alone.
    """
    form, head = _head(match)
    near = []
    for at, rival in enumerate(rivals):
        its_form, its_head = _head(rival)
        # Many longer texts never make up a shorter one, of which there is always one more continuation.
        if head.startswith(its_head) if form != "regex" != its_form else _meet(head, its_head):
            near.append(at)
    return near if any(odd({"match": [it]}) for it in (match, *[rivals[it] for it in near])) else []


def _head(match: dict[str, Any]) -> tuple[str, str]:
    """The kind of uri that a match wants, and what all paths of it begin with, in lower case."""
    uri = mapping(match.get("uri"))
    for form in ("exact", "prefix"):
        if isinstance(uri.get(form), str):
            return form, uri[form].lower()
    pattern = uri.get("regex")
    if not isinstance(pattern, str):
        return "any", ""
    if "|" in pattern or "(?" in pattern:
        return "regex", ""
    found = _HEAD.match(pattern)
    return "regex", found[1].replace("\\", "").lower() if found else ""


def _meet(one: str, other: str) -> bool:
    """Whether two matches may have a path in common, for all that is known of their beginnings."""
    return one.startswith(other) or other.startswith(one)
