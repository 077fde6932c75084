"""Routes that a gateway merges: several VirtualServices for one host, in one list, the oldest first (semantics 8.2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from istiolint.admission.unreachable import covers, covers_places, is_well_formed
from istiolint.checks.match_cover import suspects
from istiolint.mesh.gateway_hosts import Bindings
from istiolint.mesh.names import MESH, gateway_reference
from istiolint.mesh.order import age, created
from istiolint.mesh.read import mapping, sequence, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService

ENOUGH = 40
"""So many matches of one uri are compared with another one, at most."""
FEW = 8
"""VirtualServices of one host of which it is asked what several matches take together, at most."""
CONDITIONS = ("headers", "queryParams", "withoutHeaders", "method", "authority", "scheme")


class Taker(NamedTuple):
    """An http match of a VirtualService, with what it can be found by."""

    route: VirtualService
    match: dict[str, Any]
    path: Path


class Pool:
    """The matches of all VirtualServices for one host of one gateway."""

    __slots__ = ("_by_uri", "routes")

    def __init__(self) -> None:
        self.routes: list[VirtualService] = []
        self._by_uri: dict[tuple[str, str], list[Taker]] | None = None

    def takers(self, gateway: str, match: dict[str, Any]) -> Iterator[Taker]:
        """Matches that may take all requests of `match`, for requests that come from this gateway."""
        if self._by_uri is None:
            self._by_uri = {}
            for route in self.routes:
                for path, other in matches(route, gateway):
                    self._by_uri.setdefault(uri_key(other), []).append(Taker(route, other, path))
        for key in wider_keys(match):
            yield from islice(self._by_uri.get(key, ()), ENOUGH)


def pools(mesh: Mesh) -> dict[tuple[str, str], Pool]:
    """VirtualServices by gateway (`ns/name`) and full host, the oldest first.

    Those are left out to which the gateway surely sends nothing.
    """
    found: dict[tuple[str, str], Pool] = {}
    bindings = mesh.index(Bindings)
    for route in sorted(mesh.virtual_services, key=age):
        arriving = bindings.arriving(route)
        for gateway in dict.fromkeys(route.gateways):
            if gateway != MESH:
                for host in dict.fromkeys(route.hosts):
                    if host in arriving.get(gateway, route.hosts):
                        found.setdefault((gateway, host), Pool()).routes.append(route)
    return found


def matches(route: VirtualService, gateway: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The http matches of a VirtualService that count at a gateway, with their paths; `{}` for a route without any."""
    for index, entry in enumerate(sequence(route.spec.get("http"))):
        written = mapping(entry).get("match")
        if not written:
            yield ("spec", "http", index), {}
            continue
        for place, match in enumerate(sequence(written)):
            if isinstance(match, dict):
                named = [gateway_reference(it, route.namespace) for it in sequence(match.get("gateways")) if text(it)]
                if not named or gateway in named:
                    bare = {key: value for key, value in match.items() if key != "gateways"}
                    yield ("spec", "http", index, "match", place), bare


def uri_key(match: dict[str, Any]) -> tuple[str, str]:
    """What kind of uri a match wants, and which; `any` for what every path has."""
    uri = mapping(match.get("uri"))
    for kind in ("exact", "prefix", "regex"):
        value = text(uri.get(kind))
        if value and (kind, value) not in (("prefix", "/"), ("regex", ".*")):
            if match.get("ignoreUriCase") is True and kind != "regex":
                return f"folded {kind}", value.lower()
            return kind, value
    return "any", ""


def wider_keys(match: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The keys of matches that may take everything that this one takes, the narrowest first."""
    kind, value = uri_key(match)
    if kind != "any":
        yield kind, value
        literal = kind.rpartition(" ")[2] != "regex"
        folded = kind.startswith("folded ")
        for end in range(len(value), 1, -1) if literal else ():
            if not folded and ("prefix", value[:end]) != (kind, value):
                yield "prefix", value[:end]
            if ("folded prefix", value[:end].lower()) != (kind, value):
                yield "folded prefix", value[:end].lower()
        if kind == "exact":
            yield "folded exact", value.lower()
    yield "any", ""


def is_catch_all(match: dict[str, Any]) -> bool:
    """Whether a gateway moves a route with this match behind all others (semantics 6)."""
    return uri_key(match)[0] == "any" and not any(match.get(key) for key in CONDITIONS)


def earlier(mesh: Mesh, route: VirtualService, gateway: str, host: str) -> Iterator[tuple[Path, Taker]]:
    """Matches of a VirtualService of which one of another takes all requests, if that other one is the older."""
    pool = mesh.index(pools).get((gateway, host))
    if pool is None or len(pool.routes) < 2 or route not in pool.routes:
        return
    for path, match in matches(route, gateway):
        last = is_catch_all(match)
        for taker in pool.takers(gateway, match):
            other = taker.route
            if (
                (other.namespace, other.name) != (route.namespace, route.name)
                and last == is_catch_all(taker.match)
                and not _surely_later(other, route)
                and (last or covers(taker.match, match))
                and mesh.together(route.document, other.document)
            ):
                yield path, taker
                break
        else:
            if not last and len(pool.routes) <= FEW and is_well_formed(match):
                others = (it for it in pool.routes if it is not route and not _surely_later(it, route))
                for other in others:
                    taker_of_all = _by_several(match, other, gateway)
                    if taker_of_all is not None and mesh.together(route.document, other.document):
                        yield path, taker_of_all
                        break


def _by_several(match: dict[str, Any], other: VirtualService, gateway: str) -> Taker | None:
    """The first of the matches of a VirtualService that together take all requests of one, seen exactly."""
    entries = sequence(other.spec.get("http"))
    rivals = [
        Taker(other, its, path)
        for path, its in islice(matches(other, gateway), ENOUGH)
        if is_well_formed(its)
        and covers_places(its, match)
        and not is_catch_all(its)
        and not mapping(entries[int(path[2])]).get("delegate")
    ]
    near = [rivals[it] for it in suspects(match, [it.match for it in rivals])]
    if not near:
        return None
    from istiolint.regions.shadows import taken

    found = taken(match, [it.match for it in near])
    return near[found.first] if found is not None else None


def _surely_later(one: VirtualService, other: VirtualService) -> bool:
    """Whether `one` was created after `other`, as far as the manifests tell."""
    first, second = created(one.document), created(other.document)
    return "~" not in (first, second) and first > second
