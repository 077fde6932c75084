"""Matches of VirtualServices that never decide, since others before them take all of their requests together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.records import NamedTuple
from istiolint.regions.conditions import of_condition
from istiolint.regions.products import Setting, Space
from istiolint.regions.tables import remains
from istiolint.regions.witness import request_of
from istiolint.regions.words import request_said
from istiolint.trace.matching import condition
from istiolint.trace.question import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from istiolint.regions.products import Point, Product

PLAIN = Request("http", "any", 80, "any")
ANY = Setting("NONE")
"""Paths as they are sent: what is true of all of them is so for every normalisation."""


class Taken(NamedTuple):
    """What becomes of the requests of a match."""

    takers: tuple[int, ...]
    """Positions of the matches that take them, in order."""
    example: str
    """A request that fits it, in words."""
    first: int
    """The position of the match that takes that one."""


def taken(match: dict[str, Any], earlier: Sequence[dict[str, Any]]) -> Taken | None:
    """Who takes all requests of an http match; None where some are left for it, or that is not certain.

    It is asked only what the request says: the earlier matches must count wherever this one does.
    """
    scheme = match.get("scheme")
    products = [_product(it) for it in earlier if it.get("scheme") in (None, {}, scheme)]
    places = [at for at, it in enumerate(earlier) if it.get("scheme") in (None, {}, scheme)]
    own = _product(match)
    found = remains([*products, own], ANY).routes[-1]
    if not found.shadowed:
        return None
    point = next(it for it in Space([own, *products], ANY).points if it.vector & 1)
    first = next((at for at, product in enumerate(products) if product.holds(point.values)), found.takers[0])
    return Taken(tuple(places[at] for at in found.takers), _said(point), places[first])


def plainest(match: dict[str, Any]) -> Request | None:
    """The plainest request that fits an http match; None: there is none, or an expression hides which."""
    own = _product(match)
    point = next((it for it in Space([own], ANY).points if it.vector), None) if own.exact else None
    return None if point is None else request_of(PLAIN, point.values)


def example(match: dict[str, Any]) -> str:
    """That request in words; empty: there is none, or it is not known."""
    found = plainest(match)
    return "" if found is None else request_said(found, PLAIN)


def left_by_all(matches: Sequence[dict[str, Any]]) -> str:
    """The plainest request that no http match takes, in words; empty: there is none, or it is not known."""
    left = remains([_product(it) for it in matches], ANY).hole.left
    return "" if left is None else _said(left)


def _product(match: dict[str, Any]) -> Product:
    return of_condition(condition({key: value for key, value in match.items() if key != "scheme"}))


def _said(point: Point) -> str:
    return request_said(request_of(PLAIN, point.values), PLAIN)
