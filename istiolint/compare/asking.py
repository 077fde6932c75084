"""What happens to the requests of one client to one host, in both trees and under both orders of age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.compare.callers import NOBODY
from istiolint.compare.effects import Effect, effect
from istiolint.compare.look import Look
from istiolint.records import NamedTuple
from istiolint.regions.hosts import plain_request
from istiolint.regions.partition import partition
from istiolint.trace.dialling import dial

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from istiolint.compare.callers import Caller
    from istiolint.compare.pairing import Pairing
    from istiolint.compare.sides import Side
    from istiolint.compare.units import Unit
    from istiolint.trace.question import Client, Request
    from istiolint.trace.result import Trace
    from istiolint.trace.tracer import Tracer

UNKNOWN = frozenset(("no-listener", "refused", "closed", "blackhole-502", "listener-rejected"))
"""What happens to requests to hosts that nobody knows."""

Asked = tuple["Tracer", "Client"]


class Fate(NamedTuple):
    """What happens in one tree; more than one effect where it depends on an age that the files do not tell."""

    effects: tuple[Effect, ...]

    @property
    def value(self) -> frozenset[Hashable]:
        """Equal for fates that are the same."""
        return frozenset(
            tuple((name, aspect.value) for name, aspect in sorted(it.aspects.items())) for it in self.effects
        )


class Change(NamedTuple):
    """A request of a client that fares otherwise."""

    unit: Unit
    caller: Caller
    request: Request
    before: Fate
    after: Fate


class Compared(NamedTuple):
    """What came of one host."""

    changes: tuple[Change, ...]
    requests: int
    """Classes of requests that were compared."""
    exhaustive: bool


class Asking:
    """Asks both trees."""

    def __init__(self, before: Side, after: Side, pairing: Pairing) -> None:
        self.sides = (before, after)
        self.pairing = pairing

    def compare(self, unit: Unit, callers: Sequence[Caller]) -> Compared:
        """Every class of requests of some callers, which are in both trees, to a host that is in both."""
        places = [_Place(self.sides, caller) for caller in callers if caller.both is not None]
        host = unit.host
        while True:
            asked = [it for place in places for it in place.asked]
            found = partition(asked, host.host, host.port, host.protocol)
            more = False
            for it in found.classes:
                at = 0
                for place in places:
                    more = place.widen(it.traces[at : at + len(place.asked)]) or more
                    at += len(place.asked)
            if not more:
                break
            for place in places:
                place.ask()
        changes: list[Change] = []
        for it in found.classes:
            at = 0
            for place in places:
                traces = it.traces[at : at + len(place.asked)]
                at += len(place.asked)
                before, after = (self._fate(place, traces, number) for number in (0, 1))
                if before.value != after.value:
                    changes.append(Change(unit, place.caller, it.request, before, after))
        return Compared(tuple(changes), len(found.classes), found.exhaustive)

    def settled(self, unit: Unit, callers: Sequence[Caller]) -> Unit:
        """A unit that only one tree lists, and which of them know its host: also by a wildcard, or not even there."""
        if (unit.before and unit.after) or not callers:
            return unit
        caller = next((it for it in callers if it.before is not None and it.before.kind == "sidecar"), callers[0])
        return unit._replace(before=self._knows(unit, caller, 0), after=self._knows(unit, caller, 1))

    def _knows(self, unit: Unit, caller: Caller, number: int) -> bool:
        client = (caller.before, caller.after)[number]
        if unit.gateway is None and (unit.before, unit.after)[number]:
            return True
        if client is None:
            return False
        tracer = self.sides[number].tracer
        trace = tracer.trace(client, plain_request(client, *unit.host))
        if trace.outcome in ("passthrough", "no-sidecar"):
            entry = dial(tracer.world.registry, unit.host.host, client.namespace).entry
            return entry is not None and entry.port(unit.host.port) is not None
        return trace.outcome not in UNKNOWN and (trace.outcome != "no-route-404" or trace.choice is not None)

    def plain(self, unit: Unit, callers: Sequence[Caller]) -> Change:
        """The plainest request to a host that only one tree has, by the first who is there to send it."""
        number = 1 if unit.after else 0
        there = ((it, (it.before, it.after)[number]) for it in callers)
        caller, client = next(((it, client) for it, client in there if client is not None), (NOBODY, NOBODY.before))
        assert client is not None
        side = self.sides[number]
        request = plain_request(client, *unit.host)
        trace = side.tracer.both_ages(client, request)
        found = [effect(trace, Look(side.tracer, number, self.pairing))]
        if trace.otherwise is not None:
            found.append(effect(trace.otherwise, Look(side.other, number, self.pairing)))
        fates = [Fate(()), Fate(())]
        fates[number] = Fate(tuple(found))
        return Change(unit, caller, request, *fates)

    def _fate(self, place: _Place, traces: Sequence[Trace], number: int) -> Fate:
        found = [
            effect(trace, Look(tracer, number, self.pairing))
            for (tracer, _), trace, owner in zip(place.asked, traces, place.numbers, strict=True)
            if owner == number
        ]
        if len(found) > 1 and Fate(tuple(found[:1])).value == Fate(tuple(found[1:])).value:
            found = found[:1]
        return Fate(tuple(found))


class _Place:
    """One caller, with the meshes that are asked for it: before and after, and of each the other order of age."""

    def __init__(self, sides: tuple[Side, Side], caller: Caller) -> None:
        assert caller.both is not None
        self.caller = caller
        self.sides = sides
        self.clients = caller.both
        self.aged = [False, False]
        self.ask()

    def ask(self) -> None:
        """Set up who is asked."""
        self.asked: list[Asked] = []
        self.numbers: list[int] = []
        for number, tracer, client in self._meshes():
            self.asked.append((tracer, client))
            self.numbers.append(number)

    def _meshes(self) -> Iterator[tuple[int, Tracer, Client]]:
        for number, (side, client) in enumerate(zip(self.sides, self.clients, strict=True)):
            yield number, side.tracer, client
            if self.aged[number]:
                yield number, side.other, side.same(client)

    def widen(self, traces: Sequence[Trace]) -> bool:
        """Whether age matters to one of the traces, and nobody has asked for that yet."""
        found = False
        for number, trace in zip(self.numbers, traces, strict=True):
            if not self.aged[number] and self.sides[number].contested(trace):
                self.aged[number] = found = True
        return found
