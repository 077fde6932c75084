"""The comparison of two trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.compare.asking import Asking, Change
from istiolint.compare.callers import clients, gateways
from istiolint.compare.kinds import Kinds
from istiolint.compare.pairing import Pairing
from istiolint.compare.reach import everything, reach
from istiolint.compare.sides import changed
from istiolint.compare.units import at_gateway, inside
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.compare.callers import Caller
    from istiolint.compare.sides import Changed, Side
    from istiolint.compare.units import Unit


class Comparison(NamedTuple):
    """What two trees do otherwise."""

    before: Side
    after: Side
    changed: Changed
    """Documents that differ in value."""
    changes: tuple[Change, ...] = ()
    """Requests of clients and gateways that both trees have, to hosts that both have."""
    hosts: tuple[Change, ...] = ()
    """Hosts that one tree has, each by one request; its effects are only on the side that has the host."""
    callers: tuple[Caller, ...] = ()
    """Clients that one tree has."""
    gateways: tuple[Caller, ...] = ()
    """Gateways that one tree has."""
    everyone: tuple[str, ...] = ()
    """The names of all clients that were asked for."""
    compared: int = 0
    """Classes of requests, of each client that stands for others."""
    unsure: tuple[Unit, ...] = ()
    """Hosts to which there may be requests that fare otherwise, and were not found."""


def compare(before: Side, after: Side, *, whole: bool = False) -> Comparison:
    """What changes from one tree to the other.

    Only what the documents that differ can affect is asked about, and of clients that fare the same only one; `whole`:
    everything is, for everyone. What comes of it is the same.
    """
    differing = changed(before, after)
    empty = Comparison(before, after, differing)
    if not differing:
        return empty
    pairing = Pairing(before.mesh, after.mesh)
    asking = Asking(before, after, pairing)
    doors = gateways(before, after, pairing)
    affected = everything() if whole else reach(before, after, differing, pairing, doors)
    domain = before.mesh.domain
    everyone = clients(before, after, pairing)
    both = [it for it in everyone if it.both is not None]
    changes: list[Change] = []
    hosts: list[Change] = []
    unsure: list[Unit] = []
    compared = 0
    kinds = Kinds(before, after)
    moved = [it for it in both if affected.has_caller(it, False)]
    for listed in inside(before, after):
        unit = asking.settled(listed, both)
        if not (unit.before and unit.after):
            hosts.append(asking.plain(unit, [*both, *everyone]))
            continue
        chosen = both if affected.has_host(unit.host, domain) else moved
        if not chosen:
            continue
        groups = [[it] for it in chosen] if whole else kinds.grouped(unit, chosen)
        found = asking.compare(unit, [it[0] for it in groups])
        standing = {it[0].name: it for it in groups}
        changes += (change._replace(caller=it) for change in found.changes for it in standing[change.caller.name])
        compared += found.requests * len(groups)
        unsure += [] if found.exhaustive else [unit]
    for gateway in doors:
        if gateway.both is None:
            continue
        for listed in at_gateway(before, after, gateway):
            unit = asking.settled(listed, [gateway])
            if unit.before != unit.after:
                hosts.append(asking.plain(unit, [gateway]))
            elif unit.before and (affected.has_caller(gateway, True) or affected.has_host(unit.host, domain)):
                found = asking.compare(unit, [gateway])
                changes += found.changes
                compared += found.requests
                unsure += [] if found.exhaustive else [unit]
    return empty._replace(
        changes=tuple(changes),
        hosts=tuple(hosts),
        callers=tuple(it for it in everyone if it.both is None),
        gateways=tuple(it for it in doors if it.both is None),
        everyone=tuple(sorted({name for it in both for name in it.members})),
        compared=compared,
        unsure=tuple(unsure),
    )
