"""Where routes send: destinations as clusters are named (specification 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.names import complete
from istiolint.mesh.read import dig, mapping, number, sequence, text
from istiolint.records import NamedTuple
from istiolint.trace.result import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from istiolint.finding import Path
    from istiolint.mesh.order import Placed
    from istiolint.source.document import Document
    from istiolint.trace.registry import Entry


class Meant(NamedTuple):
    """What a route's table knows of the host of a destination."""

    alias: str = ""
    """The host that stands for it, where it is an ExternalName Service that the table knows."""
    port: int | None = None
    """Its port, where it has only one."""


NOT_KNOWN = Meant()


def meant(entry: Entry | None) -> Meant:
    """What is known of a service that is known as a whole."""
    if entry is None:
        return NOT_KNOWN
    return Meant(entry.alias, entry.ports[0].number if len(entry.ports) == 1 else None)


class Cluster(NamedTuple):
    """A cluster by name, with the place that names it."""

    host: str
    port: int
    subset: str
    weight: int | None = None
    """As written; None for an only destination."""
    document: Document | None = None
    path: Path = ()
    authority: str = ""
    """What the destination sets Host to; empty: nothing."""
    status: int = 503
    """What requests get where there is no such cluster."""
    headers: Mapping[str, Any] = NONE
    """What the destination changes of headers, as written."""


class Naming(NamedTuple):
    """How the destinations of a table get their full names."""

    domain: str
    port: int
    """The table's own port."""
    known: Callable[[str], Meant]

    def cluster(self, written: Any, owner: Placed) -> tuple[str, int, str]:
        """Host, port and subset of a `destination` in a VirtualService."""
        host = complete(text(dig(written, "host")), owner.namespace, self.domain)
        known = self.known(host)
        port = number(dig(written, "port", "number")) or known.port or self.port
        return known.alias or host, port, text(dig(written, "subset"))

    def clusters(self, written: Any, path: Path, owner: Placed) -> tuple[Cluster, ...]:
        """The destinations of a `route` list: those of weight 0 are dropped, where there are several."""
        items = [(at, it) for at, it in enumerate(sequence(written)) if isinstance(it, dict)]
        if len(items) > 1:
            items = [(at, it) for at, it in items if (number(it.get("weight")) or 0) > 0]
        found: dict[tuple[str, int, str], Cluster] = {}
        for at, item in items:
            key = self.cluster(item.get("destination"), owner)
            weight = (number(item.get("weight")) or 0) if len(items) > 1 else None
            if key in found:
                found[key] = found[key]._replace(weight=(found[key].weight or 0) + (weight or 0))
            else:
                where = (*path, at, "destination")
                found[key] = Cluster(
                    *key, weight, owner.document, where, host_header(item), headers=mapping(item.get("headers"))
                )
        if len(found) == 1:
            return tuple(it._replace(weight=None) for it in found.values())
        return tuple(found.values())


def host_header(item: dict[str, Any]) -> str:
    """The Host header that an entry of `http`, or a destination of it, sets; empty: it does not."""
    written = dig(item, "headers", "request", "set")
    if not isinstance(written, dict):
        return ""
    return next((text(value) for key, value in written.items() if str(key).lower() in ("host", ":authority")), "")
