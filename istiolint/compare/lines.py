"""What differs of one request, line by line: an aspect each, with words and the places that decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.compare.aspects import ROUTED, once
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from istiolint.compare.asking import Change, Fate
    from istiolint.compare.aspects import Aspect, Where
    from istiolint.compare.sides import Changed

Verdict = Literal["fails", "works", "changed"]
"""`fails`: requests that got where they were meant to no longer do (or fewer of them); `works`: the reverse."""

WHOLE = ("answer", "destination", "transport", "fate")
"""Aspects that together say where a request goes."""
CERTAINTY = "certainty"
ORDER = (
    *WHOLE, "authorization", "path", "host header", "timeout", "retries", "delay", "abort", "mirror", "headers", "CORS",
)  # fmt: skip
"""In which people want to know of aspects; then the settings of destinations."""
QUIET = frozenset(("let in", "is sent on"))


class Side(NamedTuple):
    """What happens in one tree."""

    words: tuple[str, ...]
    """Empty: nothing of the kind."""
    place: Where | None
    """Who decides it; None: a default of Istio's, or nobody."""


class Line(NamedTuple):
    """One aspect that changes."""

    aspect: str
    before: Side
    after: Side


def names_of(change: Change) -> list[str]:
    """The aspects that differ, in order; how certain it all is counts only where nothing else differs."""
    both = [*change.before.effects, *change.after.effects]
    every = sorted({name for it in both for name in it.aspects}, key=_rank)
    differing = [it for it in every if _values(change.before, it) != _values(change.after, it)]
    differing = differing or [it for it in every if len(_values(change.before, it)) > 1]
    return [it for it in differing if it != CERTAINTY] or differing


def _rank(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def _values(fate: Fate, name: str) -> frozenset[Hashable]:
    return frozenset(it.aspects[name].value if name in it.aspects else None for it in fate.effects)


class Part(NamedTuple):
    """Aspects of a change that make one line."""

    names: tuple[str, ...]
    delta: Hashable
    """Equal for equal changes."""
    depends_on_age: bool


def parts_of(change: Change) -> list[Part]:
    """What differs, line by line, in order."""
    names = names_of(change)
    if names == [CERTAINTY]:
        before, after = (_doubted(it) for it in (change.before, change.after))
        return [Part((CERTAINTY,), (CERTAINTY, before - after, after - before), False)]
    main: list[str] = []
    if "answer" in names:
        # What happens at all is another: where it goes, and what else, is told with it.
        main = [it for it in names if it in WHOLE or _incident(change, it)]
    elif "destination" in names:
        # Of other destinations it is no news that they are reached in another way than none.
        main = ["destination", *(it for it in WHOLE[2:] if it in names and _lacking(change, it))]
    bundles = [tuple(main)] if main else []
    bundles += [(it,) for it in names if it not in main]
    return [_part(change, it) for it in bundles]


def _part(change: Change, names: tuple[str, ...]) -> Part:
    values = tuple((name, _values(change.before, name), _values(change.after, name)) for name in names)
    return Part(names, values, any(len(it) > 1 for _, *sides in values for it in sides))


def _doubted(fate: Fate) -> frozenset[Hashable]:
    """All that is not known of a fate."""
    found = (it.aspects[CERTAINTY].value for it in fate.effects if CERTAINTY in it.aspects)
    return frozenset(token for value in found if isinstance(value, tuple) for token in value)


def verdict_of(change: Change) -> Verdict:
    """Whether it is better or worse than before, going by the part of the requests that arrives."""
    before, after = ([it.works for it in fate.effects] for fate in (change.before, change.after))
    known = [it for it in (*before, *after) if it is not None]
    if len(known) < len(before) + len(after):
        return "changed"
    least = min(it or 0.0 for it in before), min(it or 0.0 for it in after)
    if abs(least[0] - least[1]) < 1e-9:
        return "changed"
    return "fails" if least[1] < least[0] else "works"


def doubts_of(fate: Fate) -> tuple[str, ...]:
    """Why it may be otherwise."""
    return tuple(dict.fromkeys(doubt for it in fate.effects for doubt in it.doubts))


def line_of(change: Change, part: Part, changed: Changed) -> Line:
    """The line of a part; `changed`: documents that differ, which are shown rather than others as who decides."""
    name = part.names[0]
    if "answer" in part.names:
        return Line("answer", *(whole_of(fate, number, changed) for number, fate in _sides(change)))
    before, after = (_side(fate, name, number, changed) for number, fate in _sides(change))
    if any(it.settings for it in _aspects(change, name)):
        words = before.words
        before = before._replace(words=tuple(it for it in words if it not in after.words))
        after = after._replace(words=tuple(it for it in after.words if it not in words))
    return Line(name, before, after)


def _sides(change: Change) -> tuple[tuple[int, Fate], tuple[int, Fate]]:
    return ((0, change.before), (1, change.after))


def _aspects(change: Change, name: str) -> list[Aspect]:
    both = (*change.before.effects, *change.after.effects)
    return [it.aspects[name] for it in both if name in it.aspects]


def _lacking(change: Change, name: str) -> bool:
    """Whether an aspect is on one side only."""
    return any(all(name not in it.aspects for it in fate.effects) for fate in (change.before, change.after))


def _incident(change: Change, name: str) -> bool:
    """Whether an aspect is missing on a side for no other reason than that no route sends requests on there."""
    missing = [fate for fate in (change.before, change.after) if all(name not in it.aspects for it in fate.effects)]
    routed = (it.aspects["answer"].value == ROUTED for fate in missing for it in fate.effects)
    return name != CERTAINTY and bool(missing) and not any(routed)


def _side(fate: Fate, name: str, number: int, changed: Changed) -> Side:
    """One aspect of a fate."""
    found = [it.aspects[name] for it in fate.effects if name in it.aspects]
    texts = [it.words for it in found]
    if len(found) > 1 and texts[0] != texts[1]:
        words: tuple[str, ...] = (" or ".join(", ".join(it) for it in texts),)
    else:
        words = texts[0] if texts else ()
    return Side(words, _place(found, number, changed))


def whole_of(fate: Fate, number: int, changed: Changed) -> Side:
    """Answer and destination of a fate."""
    words = [", ".join(whole(it.aspects)) for it in fate.effects]
    found = [it.aspects[name] for it in fate.effects for name in WHOLE if name in it.aspects]
    return Side((" or ".join(dict.fromkeys(words)),) if words else (), _place(found, number, changed))


def whole(aspects: Mapping[str, Aspect]) -> list[str]:
    """What happens to a request, in words, without settings."""
    found: list[str] = []
    for name in WHOLE:
        aspect = aspects.get(name)
        found += [it for it in aspect.words if it not in QUIET] if aspect is not None else []
    return found


def _place(found: Iterable[Aspect], number: int, changed: Changed) -> Where | None:
    """The place that decides: one in a document that differs, if there is any."""
    places = once(place for it in found for place in it.places if place[0].index >= 0)
    return next((it for it in places if changed.has(number, it[0])), places[0] if places else None)
