"""Matches of VirtualServices that take other requests than it seems, or none (semantics 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.known_hosts import known_host, serving
from istiolint.checks.naming import across_files, called, host_shown, note_at
from istiolint.checks.phrases import listed
from istiolint.finding import Change, Defect, Note, Repair
from istiolint.mesh.answers import Absent
from istiolint.mesh.names import MESH, gateway_reference, is_wildcard
from istiolint.mesh.read import dig, sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.source.node import Node

MANY = 3
ALWAYS_ASKED = 80
"""Sidecars use all VirtualServices for HTTP on this port, also those about hosts that do not have it."""

# Ports


class _Offered(NamedTuple):
    """The ports on which requests come to a VirtualService, and who says so."""

    ports: tuple[int, ...]
    where: str
    notes: tuple[Note, ...]


def match_port_not_served(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """`port` is compared with the port that was asked: a Service's, or that of a Gateway's server (semantics 6)."""
    route = mesh.virtual_service_of(port.document)
    if not isinstance(port.value, int) or not route.hosts:
        return
    match = port.document.node(*port.path[:-1])
    named = texts(dig(match.value, "gateways")) if match is not None else ()
    gateways = [gateway_reference(it, route.namespace) for it in named] or list(route.gateways)
    offers: list[_Offered] = []
    for gateway in gateways:
        found = _of_hosts(route, str(port.path[1]), mesh) if gateway == MESH else _of_gateway(route, gateway, mesh)
        if found is None or port.value in found.ports:
            return
        offers.append(found)
    if offers:
        notes = [note for it in offers for note in it.notes]
        yield port.defect(
            port=port.value,
            known=", ".join(f"{it.where} {listed(it.ports) or 'none'}" for it in offers),
            notes=notes,
            # another file may give the host that port
            confidence=across_files(mesh, port.document, (it.document or port.document for it in notes)),
        )


def _of_hosts(route: VirtualService, section: str, mesh: Mesh) -> _Offered | None:
    """The ports of all hosts; None where one is not known."""
    ports: set[int] = {ALWAYS_ASKED} if section == "http" else set()
    notes: tuple[Note, ...] = ()
    for host in route.hosts:
        found = known_host(route, host, mesh)
        if found is not None and all(it.ports for it in found.definers):
            ports.update(found.numbers)
            notes = notes or note_at(found.definers[0].document, ("spec", "ports"), "its ports")
        elif found is not None or is_wildcard(host) or not _unknown(mesh.host(host, route.namespace), mesh):
            return None
    shown = listed(map(host_shown, route.hosts[:MANY]))
    return _Offered(tuple(sorted(ports)), f"{shown} {'have' if len(route.hosts) > 1 else 'has'}", notes)


def _unknown(found: object, mesh: Mesh) -> bool:
    """Whether nobody defines a host, for all that the files can know."""
    return isinstance(found, Absent) and found.certain and mesh.world == "complete"


def _of_gateway(route: VirtualService, gateway: str, mesh: Mesh) -> _Offered | None:
    """The ports of the servers that take hosts of a VirtualService; None where they are not known."""
    found = serving(route, gateway, mesh)
    if found is None:
        return None
    notes = note_at(found.gateway.document, ("spec", "servers"), "its servers")
    return _Offered(found.ports, f"{called(found.gateway)} has", notes)


# Schemes and regular expressions


def https_scheme_in_mesh(exact: Node, mesh: Mesh) -> Iterator[Defect]:
    """What a sidecar can read is plain HTTP: no request has the scheme https there (semantics 6)."""
    route = mesh.virtual_service_of(exact.document)
    if not isinstance(exact.value, str) or exact.value == "http" or set(route.gateways) != {MESH} or not route.hosts:
        return
    yield exact.defect(scheme=exact.value, host=host_shown(route.hosts[0]))


def case_of_regex_not_ignored(ignore: Node) -> Iterator[Defect]:
    """`ignoreUriCase` is for exact paths and prefixes only (semantics 6)."""
    match = ignore.document.node(*ignore.path[:-1])
    regex = match.at("uri", "regex") if ignore.value is True and match is not None else None
    if regex is None or not isinstance(regex.value, str) or "(?i" in regex.value:
        return
    witness = _member(regex.value)
    if not witness or _matches(regex.value, other := _other_case(witness)):
        return
    change = Change("set", regex.path, f"(?i){regex.value}", regex.document)
    yield ignore.defect(
        on="key",
        witness=other,
        notes=[regex.note("its case counts")],
        repair=Repair("begin the expression with (?i)", (change,), safe=False),
    )


def regex_without_rest(regex: Node) -> Iterator[Defect]:
    """An expression must match the whole path: `^/api` is no beginning of one (semantics 6)."""
    written = regex.value
    if not isinstance(written, str) or not written.startswith("^/") or written.endswith(("$", "*", "+", "}", "?", ")")):
        return
    witness = _member(written)
    if witness and not _matches(written, longer := f"{witness.rstrip('/')}/x"):
        change = Change("set", regex.path, f"{written}.*", regex.document)
        yield regex.defect(
            regex=written,
            witness=longer,
            only=witness,
            repair=Repair("let anything follow", (change,), safe=False),
        )


def _member(pattern: str) -> str:
    """A short text that an expression matches; empty where none is found."""
    from istiolint.regions.languages import TooMany, shortest
    from istiolint.regions.re2_language import re2_language

    language = re2_language(pattern)
    try:
        return (shortest(language) if language is not None else None) or ""
    except TooMany:
        return ""


def _matches(pattern: str, given: str) -> bool:
    from istiolint.trace.patterns import full_match

    return full_match(pattern, given)


def _other_case(given: str) -> str:
    return given.lower() if given.upper() == given else given.upper()


# Headers


def missing_header_satisfies(header: Node) -> Iterator[Defect]:
    """A header that is not there has no value: `withoutHeaders` with a value lets it pass (semantics 6)."""
    value = header.value
    form = next((it for it in ("exact", "prefix", "regex") if isinstance(dig(value, it), str)), "")
    if not form or (form == "regex" and text(dig(value, form)) in ("*", ".*")):
        return
    asked = header.document.node(*header.path[:-2], "headers")
    if asked is not None and str(header.key).lower() in {str(it.key).lower() for it in asked.items()}:
        return  # that it is there is asked for besides
    entry = header.document.node(*header.path[:3])
    if entry is None or not sequence(dig(entry.value, "match")):
        return
    yield header.defect(on="key", header=header.key, condition=f"{form} {text(dig(value, form))}")


def star_in_path(path: Node) -> Iterator[Defect]:
    """A star in a path is taken letter by letter; only expressions know one, and there it means another thing."""
    if path.document.kind == "VirtualService":
        kinds = {"exact": "exact", "prefix": "prefix", "regex": "regex"}
        places = [(kind, path.get(kind)) for kind in kinds]
    else:
        kinds = {"Exact": "exact", "PathPrefix": "prefix", "RegularExpression": "regex"}
        places = [(kinds.get(path.text("type") or "PathPrefix", ""), path.get("value"))]
    for kind, value in places:
        written = value.value if value is not None else None
        if value is None or not isinstance(written, str) or "*" not in written:
            continue
        if kind == "regex":
            if written.endswith("/*") or "/*/" in written:
                right = written.replace("/*/", "/[^/]*/")
                right = right.removesuffix("/*") + "/.*" if right.endswith("/*") else right
                yield value.defect(
                    what='in an expression "/*" stands for any number of slashes, and for nothing else',
                    repair=Repair(f"write {right}", (Change("set", value.path, right, value.document),), safe=False),
                )
        elif kind:
            yield value.defect(
                what="it is no pattern here: only a path that has this star in it fits", repair=_starless(value, kind)
            )


def _starless(value: Node, kind: str) -> Repair | None:
    """A prefix instead, where the star stands at the end."""
    bare = str(value.value).removesuffix("*")
    if "*" in bare or not bare.endswith("/"):
        return None
    if kind == "prefix":
        return Repair(f"write {bare}", (Change("set", value.path, bare, value.document),), safe=False)
    if value.key != "exact":
        return None
    changes = (Change("rename", value.path, "prefix", value.document), Change("set", value.path, bare, value.document))
    return Repair(f"write prefix: {bare}", changes, safe=False)
