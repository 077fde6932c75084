"""Who can be affected by the documents that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from istiolint.compare.callers import Caller
    from istiolint.compare.pairing import Pairing
    from istiolint.compare.sides import Changed, Side
    from istiolint.regions.hosts import Host


class Reach:
    """Clients and hosts."""

    def covers(self, caller: Caller, host: Host) -> bool:
        return True


EVERYTHING = Reach()


def reach(before: Side, after: Side, changed: Changed, pairing: Pairing) -> Reach:
    return EVERYTHING
