"""A comparison as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.complete import place
from istiolint.mesh.names import shown
from istiolint.report.cells import flat, width, wrap
from istiolint.verify.selecting import said
from istiolint.verify.writing import patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.compare.aspects import Where
    from istiolint.compare.lines import Side
    from istiolint.compare.rows import Lone, Row, Rows
    from istiolint.compare.run import Comparison
    from istiolint.complete import Texts
    from istiolint.report.style import Paint, Role

VERDICTS: dict[str, tuple[str, Role]] = {
    "fails": ("fails now", "error"),
    "works": ("works now", "code"),
    "changed": ("changed", "warning"),
}
MOST_NAMES = 3
"""Names of one thing that are told; of more, how many there are."""


def text(found: Comparison, rows: Rows, paint: Paint, columns: int) -> str:
    """The report for people: a block for each row, and below it what happens before and after."""
    lines: list[str] = []
    for row in rows.changed:
        lines += [*_row(row, found, paint, columns), ""]
    for lone in rows.lone:
        lines += [*_lone(lone, found, paint, columns), ""]
    lines += _wrapped(summary(found, rows), 0, columns)
    for note in notes(found):
        lines += (paint(line, "warning") for line in _wrapped(note, 0, columns))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary(found: Comparison, rows: Rows) -> str:
    """`3 changes in behaviour from main to the working tree: 1 fails now, 2 changed; 1 new host.`"""
    way = f"from {found.before.name} to {found.after.name}"
    if not rows:
        differing = max(len(found.changed.before), len(found.changed.after))
        why = f", though {_count(differing, 'document differs', 'documents differ')}" if differing else ""
        return f"No change in behaviour {way}{why}."
    parts = []
    for verdict, (words, _) in VERDICTS.items():
        number = sum(it.verdict == verdict for it in rows.changed)
        if number and (verdict != "changed" or number < len(rows.changed)):
            parts.append(_count(number, words, words.replace("s now", " now")))
    parts += [_count(len(it.names), f"{age(it)} {it.kind}", f"{age(it)} {it.kind}s") for it in rows.lone]
    if not rows.changed:
        return f"No other change in behaviour {way}: {', '.join(parts)}."
    total = f"{_count(len(rows.changed), 'change', 'changes')} in behaviour {way}"
    return f"{total}: {', '.join(parts)}." if parts else f"{total}."


def notes(found: Comparison) -> list[str]:
    """What must be known of the comparison as a whole."""
    if not found.unsure:
        return []
    hosts = list(dict.fromkeys(f"{shown(it.host.host)}:{it.host.port}" for it in found.unsure))
    return [f"Not all requests could be told apart, so there may be more changes: {listed(hosts)}."]


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def age(lone: Lone) -> str:
    """`new` or `gone`."""
    return "new" if lone.new else "gone"


def listed(names: list[str] | tuple[str, ...]) -> str:
    """`a, b, c and 4 more`."""
    if len(names) <= MOST_NAMES + 1:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more"


def heading(row: Row) -> str:
    """`web/frontend -> GET http://reviews.shop:9080/`."""
    return f"{'gateway ' if row.gateway else ''}{row.caller} -> {asked(row)}"


def asked(row: Row) -> str:
    """The witness, with what of it is not in its URL."""
    request = row.request
    words = said(request._replace(host=shown(request.host)))
    own = (request.host, f"{request.host}:{request.port}", "")
    words += f" (Host: {request.authority})" if request.authority not in own else ""
    words += f" (SNI {request.sni})" if request.sni not in (request.host, "") else ""
    words += f" (from {request.source_ip})" if request.source_ip else ""
    if request.claims is not None:
        words += f" (token: {', '.join(f'{key} {value}' for key, value in request.claims.items())})"
    return words


def stands_for(row: Row, found: Comparison) -> list[str]:
    """For how many clients and requests the row is the same."""
    parts = []
    if len(row.callers) > 1:
        parts.append(who(row.callers, found))
    if len(row.hosts) > 1:
        parts.append(f"{len(row.requests)} requests to {listed([*map(shown, row.hosts)])}")
    elif len(row.requests) > 1:
        parts.append(f"{len(row.requests)} kinds of requests to this host")
    return parts


def alike(row: Row) -> str:
    """Other hosts that fare alike; empty: none."""
    hosts = list(dict.fromkeys(shown(it.host) for it in row.likewise))
    return f"so it is, with pods of their own, for {listed(hosts)}" if hosts else ""


def who(names: tuple[str, ...], found: Comparison) -> str:
    """Clients in few words: `all 12 clients`, `shop/*, web/a`."""
    everyone = found.everyone
    if set(names) == set(everyone):
        return f"all {len(names)} clients"
    known = {it: it.partition("/")[0] for it in everyone if "/" in it}
    these = patterns({it for it in names if it in known}, known)
    strangers = [it for it in names if it not in known]
    without = sorted(set(everyone) - set(names))
    if len(without) < len(these) and len(without) <= MOST_NAMES:
        return f"all clients but {', '.join(without)}"
    if these == ["*/*"]:
        these = ["all clients in the files"]
    return listed([*these, *strangers]) + f" ({len(names)} clients)" * any("*" in it for it in these)


def _row(row: Row, found: Comparison, paint: Paint, columns: int) -> Iterator[str]:
    word, role = VERDICTS[row.verdict]
    first, *rest = _wrapped(heading(row), 0, columns - len(word) - 2)
    yield f"{paint(word, role)}  {paint(first, 'strong')}"
    yield from (paint(line, "strong") for line in rest)
    for part in stands_for(row, found):
        yield from (paint(line, "faint") for line in _wrapped(f"the same for {part}", 2, columns))
    for line in row.lines:
        for mark, side, texts in (("-", line.before, found.before.texts), ("+", line.after, found.after.texts)):
            yield from _side(mark, words_of(side, line.aspect), address(side.place, texts), paint, columns)
    if others := alike(row):
        yield from (paint(it, "faint") for it in _wrapped(others, 2, columns))
    if row.depends_on_age:
        why = "depends on which of two objects is older, and the files do not say that"
        yield from (paint(it, "warning") for it in _wrapped(why, 2, columns))
    for doubt in doubts(row):
        yield from (paint(it, "warning") for it in _wrapped(doubt, 2, columns))


def doubts(row: Row) -> list[str]:
    """Why it may be otherwise, and in which tree: the first reason, of those first that hold for one tree only."""
    told = {word for line in row.lines if line.aspect == "certainty" for side in line[1:] for word in side.words}
    both = dict.fromkeys((*row.doubts_before, *row.doubts_after))
    found = [it for it in both if f"not certain: {it}" not in told]
    found.sort(key=lambda it: it in row.doubts_before and it in row.doubts_after)
    if not found:
        return []
    first = found[0]
    here = (first in row.doubts_before, first in row.doubts_after)
    where = {(True, False): " (before)", (False, True): " (after)"}.get(here, "")
    return [f"not certain{where}: {first}" + (f", and {len(found) - 1} more" if len(found) > 1 else "")]


def absent(aspect: str) -> str:
    """What to say of an aspect that one side does not have."""
    return {
        "timeout": "no timeout", "headers": "headers as they are", "path": "the path as sent",
        "host header": "Host as sent", "mirror": "no copies", "delay": "no delay", "abort": "none aborted",
        "CORS": "no CORS policy", "certainty": "certain",
    }.get(aspect, f"{aspect}: not set")  # fmt: skip


def words_of(side: Side, aspect: str) -> str:
    """One side of a line."""
    return flat(", ".join(side.words)) or absent(aspect)


def _side(mark: str, words: str, where: str, paint: Paint, columns: int) -> Iterator[str]:
    role: Role = "error" if mark == "-" else "code"
    lines = _wrapped(words, 4, columns)
    for at, line in enumerate(lines):
        text = paint(f"  {mark} {line[4:]}" if at == 0 else line, role)
        if where and len(lines) == 1 and width(line) + 2 + width(where) <= columns:
            text += "  " + paint(where, "faint")
            where = ""
        yield text
    if where:
        yield paint(f"      {where}", "faint")


def _lone(lone: Lone, found: Comparison, paint: Paint, columns: int) -> Iterator[str]:
    side = found.after if lone.new else found.before
    what = f"{age(lone)} {lone.kind}{'s' if len(lone.names) > 1 else ''}"
    first, *rest = _wrapped(listed(lone.names), 0, columns - len(what) - 2)
    yield f"{paint(what, 'info')}  {paint(first, 'strong')}"
    yield from (paint(line, "strong") for line in rest)
    where = address(lone.place, side.texts)
    words = ", ".join(lone.words)
    if words and len(lone.names) == 1:
        yield from (paint(line, "faint") for line in _wrapped(words, 2, columns))
    if where:
        yield paint(f"      {where}", "faint")


def _wrapped(words: str, indent: int, columns: int) -> list[str]:
    room = max(columns - indent, 20)
    lines = [flat(words)] if width(flat(words)) <= room else wrap(words, max(room - 2, 20))
    return [" " * (indent + (2 if at else 0)) + line for at, line in enumerate(lines)]


def address(where: Where | None, texts: Texts) -> str:
    """`file:line`; empty for a default."""
    if where is None or where[0].index < 0:
        return ""
    found = place(where[0], texts(where[0].file), where[1])
    return f"{flat(found.file)}:{found.line}"
