"""The ways of requests to a host as lines for a person: what happens, and below it who meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.regions.ways import reason_of
from istiolint.regions.words import request_said
from istiolint.report.cells import flat, width, wrap
from istiolint.report.trace_text import address
from istiolint.trace.asking import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.regions.ways import Fate, HostWays, Way
    from istiolint.report.trace_text import Look
    from istiolint.trace.question import Client, Request

WIDEST = 36
"""Cells for a request, beside which there is what is said of it."""


def render(client: Client, found: Iterable[HostWays], look: Look) -> str:
    """All ways to some hosts."""
    lines: list[str] = []
    for its in found:
        lines += ["", *_host(client, its, look)] if lines else _host(client, its, look)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _host(client: Client, its: HostWays, look: Look) -> Iterator[str]:
    paint = look.paint
    who = f"gateway {client}" if client.kind == "gateway" else str(client)
    where = shown(its.plain).removeprefix("GET ").removesuffix("/")
    yield f"{paint(flat(who), 'strong')} -> {paint(flat(where), 'strong')}"
    for step in its.steps:
        yield from _with_place(None, step.said, 2, address(step, look.texts), look)
    for way in its.ways:
        yield ""
        yield from _way(way, its.plain, look)
    remarks = [f"Not certain: {why}." for why in its.unknown]
    if its.doubts:
        remarks.append(f"There may be more: {'; '.join(its.doubts)}.")
    for remark in remarks:
        yield ""
        yield from (paint(line, "warning") for line in _wrapped(remark, 0, look))


def _way(way: Way, plain: Request, look: Look) -> Iterator[str]:
    for fate in way.fates:
        yield from _with_place(_colored(fate, look), flat(fate.said), 0, _place(fate, look), look)
    for note in way.notes:
        yield from _wrapped(note, 2, look)
    requests = [flat(request_said(its.request, plain)) for its in way.classes]
    column = min(max(map(width, requests)), WIDEST) + 6
    for said, its in zip(requests, way.classes, strict=True):
        reason = reason_of(its.traces[0], True)
        place = address(reason.by, look.texts) if reason.by is not None else ""
        lines = [*_with_place(None, reason.said, column, place, look)]
        if width(said) + 6 <= column:
            first, *lines = lines
            yield "    " + look.paint(said, "code") + " " * (column - 4 - width(said)) + first[column:]
        else:
            yield "    " + look.paint(said, "code")
        yield from lines


def _colored(fate: Fate, look: Look) -> str:
    role = {True: "info", False: "error", None: "warning"}[fate.good]
    return look.paint(flat(fate.said), role)  # type: ignore[arg-type]


def _place(fate: Fate, look: Look) -> str:
    return address(fate.by, look.texts) if fate.by is not None else ""


def _with_place(colored: str | None, said: str, indent: int, place: str, look: Look) -> Iterator[str]:
    """A text, and a place behind it, or below it where there is no room."""
    lines = _wrapped(said, indent, look)
    if colored is not None and len(lines) == 1:
        lines = [" " * indent + colored]
        used = indent + width(said)
    else:
        used = width(lines[-1])
    if place and used + 2 + width(place) <= look.width:
        lines[-1] += "  " + look.paint(place, "faint")
    elif place:
        lines.append(" " * (indent + 2) + look.paint(place, "faint"))
    yield from lines


def _wrapped(text: str, indent: int, look: Look) -> list[str]:
    lines = [flat(text)] if width(flat(text)) + indent <= look.width else wrap(text, max(look.width - indent - 2, 20))
    return [" " * (indent + (2 if at else 0)) + line for at, line in enumerate(lines)]
