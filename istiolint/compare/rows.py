"""From changes to rows: the same change for the same clients is one row, with the smallest request as witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.compare.aspects import once
from istiolint.records import NamedTuple
from istiolint.verify.selecting import said

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from istiolint.compare.asking import Change, Fate
    from istiolint.compare.aspects import Aspect, Where
    from istiolint.compare.callers import Caller
    from istiolint.compare.run import Comparison
    from istiolint.compare.sides import Changed
    from istiolint.compare.units import Unit
    from istiolint.trace.question import Request

Verdict = Literal["fails", "works", "changed"]
"""`fails`: requests that got where they were meant to no longer do (or fewer of them); `works`: the reverse."""

WHOLE = ("answer", "destination", "transport", "fate")
"""Aspects that together say where a request goes."""
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


class Row(NamedTuple):
    """A change of behaviour."""

    verdict: Verdict
    caller: str
    """Who sends the witness."""
    gateway: bool
    """Whether that is a gateway, which passes on a request from outside."""
    request: Request
    """The witness."""
    lines: tuple[Line, ...]
    callers: tuple[str, ...]
    """All for whom it is the same, by name."""
    requests: tuple[Request, ...]
    """All requests for which it is the same, the witness first."""
    depends_on_age: bool
    """Whether the files do not say which of two objects is older, and that matters."""
    doubts_before: tuple[str, ...]
    """Why it may be otherwise."""
    doubts_after: tuple[str, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of its requests."""
        return tuple(dict.fromkeys(it.host for it in self.requests))


class Lone(NamedTuple):
    """What only one of the trees has."""

    kind: Literal["host", "client", "gateway"]
    new: bool
    """Only after; else only before."""
    names: tuple[str, ...]
    words: tuple[str, ...]
    """What happens there; of the first."""
    place: Where | None
    """Of the first."""


class Rows(NamedTuple):
    """The whole comparison in rows."""

    changed: tuple[Row, ...]
    lone: tuple[Lone, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.lone)


def rows_of(found: Comparison) -> Rows:
    """The rows of a comparison, those that break something first."""
    return Rows(tuple(_grouped(found.changes, found.changed)), tuple(_lone(found)))


# Changes


def _grouped(changes: Sequence[Change], changed: Changed) -> list[Row]:
    by_request: dict[tuple[Hashable, bool, str], list[Change]] = {}
    for it in changes:
        by_request.setdefault((_delta(it), it.unit.gateway is not None, repr(it.request)), []).append(it)
    groups: dict[Hashable, list[list[Change]]] = {}
    for (delta, gateway, _), found in by_request.items():
        who = tuple(sorted(it.caller.name for it in found))
        groups.setdefault((delta, gateway, who), []).append(found)
    rows = [_row(found, changed) for found in groups.values()]
    order = {"fails": 0, "works": 1, "changed": 2}
    return sorted(
        rows, key=lambda it: (order[it.verdict], it.request.host, it.request.port, _size(it.request), it.caller)
    )


def _row(groups: list[list[Change]], changed: Changed) -> Row:
    """The row of some requests, each with the clients for which it changes in the same way."""
    groups = sorted(groups, key=lambda it: _size(it[0].request))
    first = min(groups[0], key=lambda it: (it.caller.stranger, it.caller.name))
    doubts = [_doubts(fate) for fate in (first.before, first.after)]
    return Row(
        _verdict(first), first.caller.name, first.unit.gateway is not None, first.request, _lines(first, changed),
        tuple(sorted({name for it in groups[0] for name in it.caller.members})),
        tuple(it[0].request for it in groups), any(len(it.effects) > 1 for it in (first.before, first.after)),
        *doubts,
    )  # fmt: skip


def _size(request: Request) -> tuple[int, int, str]:
    """The plainest request first."""
    return (len(request.headers), len(said(request)), said(request))


def _names(change: Change) -> list[str]:
    """The aspects that differ, in order."""
    both = [*change.before.effects, *change.after.effects]
    every = dict.fromkeys(name for it in both for name in it.aspects)
    differing = [it for it in every if _values(change.before, it) != _values(change.after, it)]
    return differing or [it for it in every if len(_values(change.before, it)) > 1]


def _values(fate: Fate, name: str) -> frozenset[Hashable]:
    return frozenset(it.aspects[name].value if name in it.aspects else None for it in fate.effects)


def _delta(change: Change) -> Hashable:
    """What changes, so that equal changes are equal."""
    return tuple((name, _values(change.before, name), _values(change.after, name)) for name in _names(change))


def _verdict(change: Change) -> Verdict:
    before, after = ([it.works for it in fate.effects] for fate in (change.before, change.after))
    known = [it for it in (*before, *after) if it is not None]
    if len(known) < len(before) + len(after):
        return "changed"
    least = min(it or 0.0 for it in before), min(it or 0.0 for it in after)
    if abs(least[0] - least[1]) < 1e-9:
        return "changed"
    return "fails" if least[1] < least[0] else "works"


def _doubts(fate: Fate) -> tuple[str, ...]:
    return tuple(dict.fromkeys(doubt for it in fate.effects for doubt in it.doubts))


# Lines


def _lines(change: Change, changed: Changed) -> tuple[Line, ...]:
    names = _names(change)
    if "answer" in names:
        # What happens at all is another: where it goes, and what else, is told with it.
        shown = [it for it in names if it not in WHOLE and not _incident(change, it)]
        lines = [Line("answer", *(_whole(fate, number, changed) for number, fate in _sides(change)))]
    else:
        # Of other destinations it is no news that they are reached in another way than none.
        shown = [it for it in names if it not in WHOLE[2:] or "destination" not in names or not _lacking(change, it)]
        lines = []
    for name in shown:
        before, after = (_side(fate, name, number, changed) for number, fate in _sides(change))
        if any(it.settings for it in _aspects(change, name)):
            words = before.words
            before = before._replace(words=tuple(it for it in words if it not in after.words))
            after = after._replace(words=tuple(it for it in after.words if it not in words))
        lines.append(Line(name, before, after))
    return tuple(lines)


def _sides(change: Change) -> tuple[tuple[int, Fate], tuple[int, Fate]]:
    return ((0, change.before), (1, change.after))


def _aspects(change: Change, name: str) -> list[Aspect]:
    both = (*change.before.effects, *change.after.effects)
    return [it.aspects[name] for it in both if name in it.aspects]


def _lacking(change: Change, name: str) -> bool:
    """Whether an aspect is on one side only."""
    return any(all(name not in it.aspects for it in fate.effects) for fate in (change.before, change.after))


def _incident(change: Change, name: str) -> bool:
    """Whether an aspect is only on one side because nothing is sent on the other."""
    sent = [any("destination" in it.aspects for it in fate.effects) for fate in (change.before, change.after)]
    there = [any(name in it.aspects for it in fate.effects) for fate in (change.before, change.after)]
    return name != "certainty" and sent[0] != sent[1] and there[0] != there[1]


def _side(fate: Fate, name: str, number: int, changed: Changed) -> Side:
    """One aspect of a fate."""
    found = [it.aspects[name] for it in fate.effects if name in it.aspects]
    texts = [it.words for it in found]
    if len(found) > 1 and texts[0] != texts[1]:
        words: tuple[str, ...] = (" or ".join(", ".join(it) for it in texts),)
    else:
        words = texts[0] if texts else ()
    return Side(words, _place(found, number, changed))


def _whole(fate: Fate, number: int, changed: Changed) -> Side:
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


# Hosts, clients and gateways of one tree


def _lone(found: Comparison) -> list[Lone]:
    lone: list[Lone] = []
    hosts: dict[tuple[bool, str], list[Change]] = {}
    for it in found.hosts:
        hosts.setdefault((it.unit.after, it.unit.gateway.name if it.unit.gateway else ""), []).append(it)
    for (new, gateway), changes in hosts.items():
        names = tuple(dict.fromkeys(_host(it.unit) + (f" at gateway {gateway}" if gateway else "") for it in changes))
        number = 1 if new else 0
        fate = (changes[0].before, changes[0].after)[number]
        its = _whole(fate, number, found.changed)
        lone.append(Lone("host", new, names, its.words, its.place))
    kinds: tuple[tuple[Literal["client", "gateway"], tuple[Caller, ...]], ...] = (
        ("client", found.callers), ("gateway", found.gateways)
    )  # fmt: skip
    for kind, callers in kinds:
        for new in (False, True):
            chosen = [it for it in callers if (it.before is None) == new]
            if chosen:
                client = chosen[0].after if new else chosen[0].before
                its_document = client.workload.document if client and client.workload else None
                place = (its_document, ("metadata", "name")) if its_document and its_document.index >= 0 else None
                lone.append(Lone(kind, new, tuple(it.name for it in chosen), (), place))
    return sorted(lone, key=lambda it: (it.kind != "host", it.kind, it.new, it.names))


def _host(unit: Unit) -> str:
    return f"{unit.host.host}:{unit.host.port}"
