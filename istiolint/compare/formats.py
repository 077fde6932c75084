"""A comparison for programs (`schemas/diff.schema.json` describes it), and as a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.compare.report import (
    VERDICTS,
    address,
    age,
    alike,
    asked,
    doubts,
    listed,
    notes,
    stands_for,
    summary,
    words_of,
)  # fmt: skip
from istiolint.complete import place
from istiolint.report.cells import flat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.compare.aspects import Where
    from istiolint.compare.lines import Side
    from istiolint.compare.rows import Lone, Row, Rows
    from istiolint.compare.run import Comparison
    from istiolint.complete import Texts
    from istiolint.trace.question import Request

VERSION = 1
"""Of the JSON form; grows when a field is removed or changes its meaning."""
MARKER = "<!-- istiolint diff -->"
"""The first line of a comment, by which CI finds the one to update."""
MOST_ROWS = 50
"""Rows of the table of a comment, whose length is limited."""


def to_json(found: Comparison, rows: Rows) -> str:
    """One object: what was compared, how many changes there are, and each of them."""
    import json

    verdicts = {verdict: sum(it.verdict == verdict for it in rows.changed) for verdict in VERDICTS}
    lone = {word: sum(len(it.names) for it in rows.lone if age(it) == word) for word in ("new", "gone")}
    value = {
        "version": VERSION,
        "before": found.before.name,
        "after": found.after.name,
        "summary": {**verdicts, **lone},
        "changes": [_row(it, found) for it in rows.changed],
        "things": [_lone(it, found) for it in rows.lone],
        "exhaustive": not found.unsure,
        "unsure": list(dict.fromkeys(f"{it.host.host}:{it.host.port}" for it in found.unsure)),
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _row(row: Row, found: Comparison) -> dict[str, Any]:
    return {
        "verdict": row.verdict,
        "gateway" if row.gateway else "client": row.caller,
        "request": _request(row.request),
        "aspects": [
            {
                "aspect": line.aspect,
                "before": _side(line.before, found.before.texts),
                "after": _side(line.after, found.after.texts),
            }
            for line in row.lines
        ],
        "clients": list(row.callers),
        "requests": [_request(it) for it in row.requests],
        "likewise": [_request(it) for it in row.likewise],
        "dependsOnAge": row.depends_on_age,
        "unknown": {"before": list(row.doubts_before), "after": list(row.doubts_after)},
    }


def _side(side: Side, texts: Texts) -> dict[str, Any]:
    return {"words": list(side.words), "place": _place(side.place, texts)}


def _place(where: Where | None, texts: Texts) -> dict[str, Any] | None:
    """Where something is decided; None: by a default."""
    if where is None:
        return None
    document, path = where
    found = place(document, texts(document.file), path)
    name = f"{document.kind} {document.namespace or '~'}/{document.name}"
    return {"file": found.file, "line": found.line, "column": found.column, "object": name}


def _request(request: Request) -> dict[str, Any]:
    value: dict[str, Any] = {"protocol": request.protocol, "host": request.host, "port": request.port}
    if request.has_http:
        value |= {
            "authority": request.authority, "method": request.method, "path": request.path,
            "headers": dict(request.headers),
        }  # fmt: skip
    if request.sni:
        value["sni"] = request.sni
    if request.source_ip:
        value["sourceIp"] = request.source_ip
    if request.claims is not None:
        value["claims"] = dict(request.claims)
    return value


def _lone(lone: Lone, found: Comparison) -> dict[str, Any]:
    texts = found.after.texts if lone.new else found.before.texts
    return {"kind": lone.kind, "age": age(lone), "names": list(lone.names), "words": list(lone.words),
            "place": _place(lone.place, texts)}  # fmt: skip


# Markdown


def to_markdown(found: Comparison, rows: Rows) -> str:
    """A comment: a line that says it all, a table, and the rest to unfold."""
    lines = [MARKER, "### Behaviour of the mesh", "", _escaped(summary(found, rows))]
    lines += [line for note in notes(found) for line in ("", f"> {_escaped(note)}")]
    if rows.changed:
        lines += ["", "| | request | before | after |", "|---|---|---|---|"]
        lines += [_cells(it) for it in rows.changed[:MOST_ROWS]]
        left = len(rows.changed) - MOST_ROWS
        lines += ["", f"and {left} more changes"] if left > 0 else []
    for it in rows.lone:
        what = f"{age(it)} {it.kind}{'s' if len(it.names) > 1 else ''}"
        lines += ["", f"**{what.capitalize()}:** {_code(listed(it.names))}"]
    if rows.changed:
        lines += ["", "<details><summary>Who decides, and what else fares the same</summary>", ""]
        lines += [line for it in rows.changed[:MOST_ROWS] for line in _details(it, found)]
        lines += ["</details>"]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> str:
    sides = [[words_of(side, line.aspect) for side in (line.before, line.after)] for line in row.lines]
    before, after = ("<br>".join(_escaped(it) for it in words) for words in zip(*sides, strict=True))
    who = f"{'gateway ' if row.gateway else ''}{row.caller}"
    witness = f"{_code(who)} → {_code(asked(row))}".replace("|", "\\|")
    return f"| {VERDICTS[row.verdict][0]} | {witness} | {before} | {after} |"


def _details(row: Row, found: Comparison) -> Iterator[str]:
    yield f"- {_code(row.caller)} → {_code(asked(row))}"
    for part in stands_for(row, found):
        yield f"  - the same for {_escaped(part)}"
    for line in row.lines:
        for when, side, texts in (
            ("before", line.before, found.before.texts),
            ("after", line.after, found.after.texts),
        ):
            where = address(side.place, texts)
            yield f"  - {when}: {_escaped(words_of(side, line.aspect))}" + (f" ({_code(where)})" if where else "")
    if others := alike(row):
        yield f"  - {_escaped(others)}"
    if row.depends_on_age:
        yield "  - depends on which of two objects is older, and the files do not say that"
    for doubt in doubts(row):
        yield f"  - {_escaped(doubt)}"


def _escaped(words: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    shown = flat(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\`*_[]|#~@" else char for char in shown)


def _code(words: str) -> str:
    """Text as code."""
    return "`" + flat(words).replace("`", "'") + "`"
