"""What can be told apart of what happens to a request: values without names, words, and the places that decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from istiolint.finding import Path
    from istiolint.source.document import Document

    Where = tuple[Document, Path]


ROUTED = ("sent", True)
"""The value of the answer where a route (a default one, too) sends requests on."""


class Aspect(NamedTuple):
    """One thing that happens to a request."""

    value: Hashable
    """Equal on both sides, if the same happens."""
    words: tuple[str, ...] = ()
    """It in words; empty: nothing to tell."""
    places: tuple[Where, ...] = ()
    """Who may have decided it, the likeliest first."""
    settings: bool = False
    """Whether the words are settings, of which only those that differ need be told."""


class Share(NamedTuple):
    """An aspect of a part of the requests."""

    behind: Hashable
    """Where that part goes."""
    name: str
    """That in words."""
    percent: float
    aspect: Aspect


def together(shares: Sequence[Share]) -> Aspect:
    """The aspect of all requests: that of each part where they agree, else told by where the parts go."""
    values = {it.aspect.value for it in shares}
    places = once(place for it in shares for place in it.aspect.places)
    first = shares[0].aspect
    if len(values) == 1:
        return first._replace(places=places)
    sums: dict[tuple[Hashable, Hashable], float] = {}
    for it in shares:
        key = (it.behind, it.aspect.value)
        sums[key] = sums.get(key, 0.0) + it.percent
    value = tuple(sorted(((*key, round(total, 4)) for key, total in sums.items()), key=repr))
    words = dict.fromkeys(f"{word} ({it.name})" for it in shares for word in it.aspect.words)
    return Aspect(value, tuple(words), places, first.settings)


def once(places: Iterable[Where]) -> tuple[Where, ...]:
    """Each place once."""
    found = {(id(document), path): (document, path) for document, path in places}
    return tuple(found.values())


def percent(share: float) -> str:
    """`90 %`, `0.5 %`."""
    return f"{share:.4g} %"
