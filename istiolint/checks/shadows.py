"""Matches for which no request is left, seen exactly: by expressions, and by several others together (semantics 16).

What one match takes from another by its texts alone is told by `ineffective-match`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.admission.unreachable import covers, covers_places
from istiolint.checks.match_cover import MOST, items_of, odd, suspects
from istiolint.checks.phrases import listed
from istiolint.finding import Defect, Note

if TYPE_CHECKING:
    from istiolint.source.node import Node


def match_taken_by_others(http: Node) -> Iterator[Defect]:
    """Earlier matches of a list take all that a later one asks for (semantics 6, 16)."""
    entries = http.value
    if not isinstance(entries, list) or len(entries) < 2 or not any(odd(entry) for entry in entries):
        return
    items = list(items_of(entries))
    if len(items) > MOST:
        return
    for at, item in enumerate(items):
        rivals = [it for it in items[:at] if not it.delegated and covers_places(it.match, item.match)]
        rivals = [rivals[it] for it in suspects(item.match, [it.match for it in rivals])]
        if not rivals or any(covers(it.match, item.match) for it in items[:at]):
            continue
        from istiolint.regions.shadows import taken

        found = taken(item.match, [it.match for it in rivals])
        if found is None or all(rivals[it].entry == item.entry for it in found.takers):
            continue
        takers = [rivals[it] for it in found.takers]
        numbers = list(dict.fromkeys(f"#{it.entry}" for it in takers))
        yield (http.document.node(*item.path) or http).defect(
            takers=f"route {numbers[0]} takes" if len(numbers) == 1 else f"routes {listed(numbers)} take",
            example=found.example,
            first=f"#{rivals[found.first].entry}",
            notes=tuple([Note(it.path, "this match takes them" if len(takers) == 1 else "this match takes some of them")
                         for it in takers]),
        )  # fmt: skip
