"""What is left for each route of a list once those before it have taken theirs, and what is left for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.regions.products import PLAIN, Point, Product, Setting, Space

if TYPE_CHECKING:
    from collections.abc import Sequence


class Remaining(NamedTuple):
    """What is left for a route (or for none)."""

    left: Point | None
    """A request that is left; None: none was found."""
    proven: bool
    """Whether it is certain: a request that is left always is; that none is left, only where all could be told."""
    takers: tuple[int, ...] = ()
    """The positions of earlier routes that take all that this one could; empty also where it could take nothing."""

    @property
    def shadowed(self) -> bool:
        """Whether earlier routes surely take all requests of a route that could take some."""
        return self.proven and bool(self.takers)


class Table(NamedTuple):
    """A list of routes, of which each request goes to the first that takes it."""

    routes: tuple[Remaining, ...]
    hole: Remaining
    """What no route takes."""


def remains(products: Sequence[Product], setting: Setting = PLAIN) -> Table:
    """What is left for each of some routes, by what they take.

    Of a route that is not `exact` it is not assumed that it takes anything from others, and everything that its other
    tests allow is taken to be its own, so that what is proven is true whatever its expressions mean.
    """
    vague = {at: Product(tuple(it for it in its.tests if not it.pattern)) for at, its in enumerate(products)}
    vague = {at: it for at, it in vague.items() if not products[at].exact}
    loose = {at: len(products) + place for place, at in enumerate(vague)}
    space = Space([*products, *vague.values()], setting)
    points = space.points
    sure = sum(1 << at for at in range(len(products)) if at not in vague)
    routes = []
    for at in range(len(products)):
        before = (1 << at) - 1
        left = next((it for it in points if it.vector >> at & 1 and not it.vector & before), None)
        if left is not None:
            routes.append(Remaining(left, True))
            continue
        own = [it.vector & before & sure for it in points if it.vector >> loose.get(at, at) & 1]
        proven = space.complete and all(own)
        routes.append(Remaining(None, proven, _hitting(own) if proven else ()))
    taken = (1 << len(products)) - 1
    hole = next((it for it in points if not it.vector & taken), None)
    closed = space.complete and all(it.vector & sure for it in points)
    return Table(tuple(routes), Remaining(hole, hole is not None or closed))


def _hitting(vectors: Sequence[int]) -> tuple[int, ...]:
    """Few positions such that each vector has one of them: the first one that does it alone, else the most frequent."""
    common = -1
    for vector in vectors:
        common &= vector
    if not vectors:
        return ()
    if common:
        return ((common & -common).bit_length() - 1,)
    left = list(vectors)
    found: list[int] = []
    while left:
        counts = {at: sum(vector >> at & 1 for vector in left) for at in range(max(left).bit_length())}
        best = max(counts, key=lambda it: (counts[it], -it))
        found.append(best)
        left = [it for it in left if not it >> best & 1]
    return tuple(sorted(found))
