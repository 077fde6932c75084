"""A trace as lines for a person: one line for each decision, destinations and pods as branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.complete import place
from istiolint.records import NamedTuple
from istiolint.report.cells import flat, width, wrap
from istiolint.trace.asking import shown
from istiolint.trace.words import (
    RESULTS,
    SENT,
    backend_name,
    changes,
    fate,
    header_changes,
    headline,
    percent,
    place_of,
    shares,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.complete import Texts
    from istiolint.report.style import Paint, Role
    from istiolint.trace.result import Backend, Loser, Step, Target, Trace

STAGE = 15
"""The column where what a step says begins."""

LATER = ("host", "route", "action")
"""Stages that come after a gateway's own authorization."""


class Look(NamedTuple):
    """How lines are made."""

    texts: Texts
    paint: Paint
    width: int


def render(trace: Trace, look: Look) -> str:
    """The whole trace."""
    lines = list(_trace(trace, look))
    if trace.otherwise is not None:
        lines += ["", look.paint("If those objects were made in the other order of age:", "warning"), ""]
        lines += _trace(trace.otherwise, look)
        lines += [
            "",
            *_said("The files do not say which of the objects is older; Istio lets the older one decide.", 0, look),
        ]
    for why in trace.unknowns:
        lines += ["", *(look.paint(line, "warning") for line in _said(f"Not certain: {why}.", 0, look))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _trace(trace: Trace, look: Look) -> Iterator[str]:
    paint = look.paint
    client = trace.client
    who = f"gateway {client}" if client.kind == "gateway" else str(client)
    bad = trace.outcome not in ("forward", "redirect", "direct-response", "passthrough", "no-sidecar")
    yield f"{paint(flat(who), 'strong')} -> {paint(flat(shown(trace.request)), 'strong')}"
    for name, value in trace.request.headers:
        yield f"  {flat(name)}: {flat(value)}"
    yield from (paint(line, "error" if bad else "info") for line in _said(headline(trace), 2, look))
    yield ""
    own = trace.gateway_verdict.steps if trace.gateway_verdict else ()
    # A gateway authorizes once it has read the request, and before it routes it.
    routing = next((at for at, it in enumerate(trace.steps) if it.stage in LATER), len(trace.steps))
    yield from _steps((*trace.steps[:routing], *own, *trace.steps[routing:]), look, "  ")
    for change in changes(trace):
        yield from _row("action", change, look, "  ")
    branches: list[tuple[list[str], list[str]]] = []
    for share, target in zip(shares(trace), trace.targets, strict=True):
        branches.append(_target(target, share, len(trace.targets) > 1, look))
    branches += [_backend(it, look) for it in trace.backends]
    yield from _tree(branches, "  ", look)


def _tree(branches: list[tuple[list[str], list[str]]], indent: str, look: Look) -> Iterator[str]:
    """Branches one below the other, each a head and a body that hangs from it."""
    for at, (head, body) in enumerate(branches):
        last = at == len(branches) - 1
        yield look.paint(f"{indent}|", "frame")
        for line in head:
            yield look.paint(f"{indent}{'`' if last else '|'}-- ", "frame") + line
        for line in body:
            yield look.paint(f"{indent}{' ' if last else '|'}   ", "frame") + line


def _target(target: Target, share: float, several: bool, look: Look) -> tuple[list[str], list[str]]:
    paint = look.paint
    name = paint(flat(place_of(target)), "strong")
    head = (paint(f"{percent(share)}  ", "info") if several else "") + name
    if target.result != "ok":
        role: Role = "error" if target.result.startswith("no-") else "faint"
        head += "  " + paint(RESULTS[target.result], role)
    inner = look._replace(width=look.width - 6)
    body = list(_steps(target.steps, inner, ""))
    for change in header_changes(target.headers):
        body += _row("action", change, inner, "")
    body += _tree([_backend(it, inner) for it in target.backends], "", inner)
    return [head], body


def _backend(backend: Backend, look: Look) -> tuple[list[str], list[str]]:
    paint = look.paint
    said, good = fate(backend)
    role: Role = "error" if good is False else "warning" if good is None else "code"
    head = f"{paint(flat(backend_name(backend)), 'strong')}  in {SENT[backend.sent]}"
    if said:
        head += "  " + paint(said, role)
    steps = [*backend.steps, *(backend.verdict.steps if backend.verdict else ())]
    return [head], list(_steps(steps, look._replace(width=look.width - 6), ""))


def _steps(steps: Iterable[Step], look: Look, indent: str) -> Iterator[str]:
    for step in steps:
        lines = list(_row(step.stage, step.said, look, indent))
        if where := address(step, look.texts):
            shown_length = len(indent) + STAGE + width(flat(step.said)) + 2 + width(where)
            if len(lines) == 1 and shown_length <= look.width:
                lines[0] += "  " + look.paint(where, "faint")
            else:
                lines.append(indent + " " * STAGE + look.paint(where, "faint"))
        yield from lines
        yield from _losers(step.losers, STAGE + len(indent), look)


def _losers(losers: Iterable[Loser], indent: int, look: Look) -> Iterator[str]:
    """Those that lost, together where it is for one reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for loser in losers:
        name = f"{loser.document.namespace or '~'}/{loser.document.name}"
        reasons.setdefault((loser.document.kind, loser.reason), []).append(name)
    for (kind, reason), names in reasons.items():
        for line in _said(f"not {kind} {', '.join(dict.fromkeys(names))}: {reason}", indent, look):
            yield look.paint(line, "faint")


def _row(stage: str, said: str, look: Look, indent: str) -> Iterator[str]:
    first, *rest = _said(said, STAGE + len(indent), look)
    yield indent + look.paint(f"{stage:<{STAGE}}", "frame") + first.lstrip()
    yield from rest


def _said(text: str, indent: int, look: Look) -> list[str]:
    lines = [flat(text)] if width(flat(text)) + indent <= look.width else wrap(text, max(look.width - indent - 2, 20))
    return [" " * (indent + (2 if at else 0)) + line for at, line in enumerate(lines)]


def address(step: Step, texts: Texts) -> str:
    """`file:line` of the object that decided; empty for a default, and for what is in no file."""
    document = step.document
    if document is None or document.index < 0 or document.file.startswith("<istio>"):
        return ""
    where = place(document, texts(document.file), step.path)
    return f"{flat(where.file)}:{where.line}"
