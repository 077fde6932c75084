"""From changes to rows: the same change for the same clients is one row, with the smallest request as witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.compare.lines import Line, Part, Verdict, doubts_of, line_of, names_of, parts_of, verdict_of, whole_of
from istiolint.compare.sides import key_of
from istiolint.mesh.names import shown
from istiolint.records import NamedTuple
from istiolint.verify.selecting import said

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from istiolint.compare.asking import Change
    from istiolint.compare.aspects import Where
    from istiolint.compare.callers import Caller
    from istiolint.compare.run import Comparison
    from istiolint.compare.sides import Changed
    from istiolint.compare.units import Unit
    from istiolint.trace.question import Request


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
    """All requests for which it is the same, the plainest first."""
    depends_on_age: bool
    """Whether the files do not say which of two objects is older, and that matters."""
    doubts_before: tuple[str, ...]
    """Why it may be otherwise."""
    doubts_after: tuple[str, ...]
    likewise: tuple[Request, ...] = ()
    """Requests to other hosts that fare alike for the same reason, though with other pods."""
    causes: frozenset[tuple[int, str, int]] = frozenset()
    """Side, file and index of the documents that differ and decide."""

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


class _Case(NamedTuple):
    """A line of a change."""

    change: Change
    part: Part


_Cases = dict[str, list[_Case]]
"""By request: who fares otherwise in one and the same way."""


def _grouped(changes: Sequence[Change], changed: Changed) -> list[Row]:
    found: dict[tuple[Hashable, bool], _Cases] = {}
    for it in changes:
        for part in parts_of(it):
            cases = found.setdefault((part.delta, it.unit.gateway is not None), {})
            cases.setdefault(repr(it.request), []).append(_Case(it, part))
    groups: dict[Hashable, list[_Cases]] = {}
    for (_, gateway), cases in found.items():
        for its in _by_callers(cases).values():
            who = tuple(sorted(it.change.caller.name for it in next(iter(its.values()))))
            groups.setdefault((gateway, who, frozenset(its)), []).append(its)
    order = {"fails": 0, "works": 1, "changed": 2}
    rows = sorted((_row(it, changed) for it in groups.values()), key=lambda it: (*_first(it), it.caller))
    return sorted(_likewise(rows), key=lambda it: (order[it.verdict], *_first(it), it.caller))


def _by_callers(cases: _Cases) -> dict[tuple[str, ...], _Cases]:
    """The cases apart by who asks."""
    found: dict[tuple[str, ...], _Cases] = {}
    for request, its in cases.items():
        found.setdefault(tuple(sorted(it.change.caller.name for it in its)), {})[request] = its
    return found


def _row(lines: list[_Cases], changed: Changed) -> Row:
    """The row of lines that are those of the same requests of the same clients."""
    every = [case.change for cases in lines[0].values() for case in cases]
    first = min(every, key=_plainness)
    own = [next(it for it in cases[repr(first.request)] if it.change is first) for cases in lines]
    order = names_of(first)
    own.sort(key=lambda it: order.index(it.part.names[0]))
    shown = tuple(line_of(it.change, it.part, changed) for it in own)
    sides = [(number, side.place) for it in shown for number, side in enumerate((it.before, it.after))]
    causes = {(number, *key_of(place[0])) for number, place in sides if place and changed.has(number, place[0])}
    requests = {repr(it.request): it.request for it in sorted(every, key=lambda it: _size(it.request))}
    return Row(
        verdict_of(first), first.caller.name, first.unit.gateway is not None, first.request, shown,
        tuple(sorted({name for it in every for name in it.caller.members})),
        tuple(requests.values()), any(it.part.depends_on_age for it in own),
        doubts_of(first.before), doubts_of(first.after), causes=frozenset(causes),
    )  # fmt: skip


def _plainness(change: Change) -> tuple[object, ...]:
    """The plainest change first: in which nothing else changes, of the plainest request."""
    return (len(parts_of(change)), _size(change.request), change.caller.stranger, change.caller.name)


def _likewise(rows: list[Row]) -> list[Row]:
    """Rows of one host each, those of all hosts together that fare alike for one cause: each has its own pods."""
    by_host: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        by_host.setdefault((row.caller, *row.hosts), []).append(row)
    groups: dict[Hashable, list[list[Row]]] = {}
    for (*_, host), found in by_host.items():
        alone = len(found[0].hosts) > 1
        shape = tuple(
            (it.verdict, it.callers, it.gateway, it.causes, tuple(x.aspect for x in it.lines)) for it in found
        )
        groups.setdefault((shape, host if alone else ""), []).append(found)
    merged: list[Row] = []
    for hosts in groups.values():
        for each in zip(*hosts, strict=True):
            others = tuple(request for it in each[1:] for request in it.requests)
            merged.append(each[0]._replace(likewise=others))
    return merged


def _first(row: Row) -> tuple[object, ...]:
    return (row.request.host, row.request.port, *_size(row.request))


def _size(request: Request) -> tuple[int, int, str]:
    """The plainest request first."""
    return (len(request.headers), len(said(request)), said(request))


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
        its = whole_of(fate, number, found.changed)
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
    return f"{shown(unit.host.host)}:{unit.host.port}"
