"""Markdown for the terminal: headings at the edge, prose wrapped, code as it is.

As much of Markdown as cards use: headings, paragraphs, lists, quotes, tables, fences; in lines code, bold and links.
Colour adds to the text and never changes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from istiolint.records import NamedTuple
from istiolint.report.cells import flat, visible, width
from istiolint.report.style import Paint, Role

_MARGIN = "  "
_CODE_MARGIN = "      "
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$")
_LEAD = re.compile(r" *(?:[-*+]|\d{1,3}[.)]|>)[ \t]+(?=\S)")
_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)|\*\*(?P<bold>.+?)\*\*|\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]*)\)"
)
_EXPECTATION = re.compile(r"# finding\b.*$")


class _Piece(NamedTuple):
    """Text of one style; `role` is None for plain prose."""

    text: str
    role: Role | None = None


_Word = list[_Piece]


def terminal(text: str, columns: int, paint: Paint) -> list[str]:
    """The lines of a Markdown text, at most `columns` wide except for code, tables and long words."""
    lines = text.split("\n")
    out: list[str] = []
    at = 0
    apart_before = False
    while at < len(lines):
        taken, shown, apart = _block(lines[at:], columns, paint)
        at += taken
        if out and out[-1] and (apart or apart_before or not shown):
            out.append("")
        out += shown
        apart_before = apart
    return out[:-1] if out and not out[-1] else out


def plain(text: str) -> str:
    """A paragraph without its marks, on one line."""
    return " ".join("".join(piece.text for piece in word) for word in _words(text))


def _block(lines: Sequence[str], columns: int, paint: Paint) -> tuple[int, list[str], bool]:
    """The block that begins `lines`: how many of them it takes, how it looks, whether it stands apart."""
    first = lines[0]
    if not first.strip():
        return 1, [], False
    if fence := _FENCE.match(first):
        return _code(lines, fence[1], paint)
    if heading := _HEADING.match(first):
        words = _words(heading[1])
        title = " ".join("".join(paint(piece.text, "strong") for piece in word) for word in words)
        return 1, [title] if title else [], True
    if _is_table(first):
        size = next((number for number, line in enumerate(lines) if not _is_table(line)), len(lines))
        return size, [_MARGIN + flat(line.strip()) for line in lines[:size]], True
    lead = _LEAD.match(first)
    size = next((number for number, line in enumerate(lines) if number and _begins_block(line)), len(lines))
    prose = " ".join(line.strip() for line in lines[:size])
    start = _MARGIN + (lead[0] if lead else "")
    words = _words(prose[len(lead[0].lstrip()) :] if lead else prose)
    return size, _wrapped(words, start, columns, paint), False


def _begins_block(line: str) -> bool:
    return bool(not line.strip() or _FENCE.match(line) or _HEADING.match(line) or _LEAD.match(line) or _is_table(line))


def _is_table(line: str) -> bool:
    return line.lstrip().startswith("|")


def _code(lines: Sequence[str], fence: str, paint: Paint) -> tuple[int, list[str], bool]:
    """A fence, up to its end or that of the text."""
    size = next((n for n, line in enumerate(lines) if n and line.strip().startswith(fence)), len(lines))
    return size + 1, [_code_line(line, paint) for line in lines[1:size]], True


def _code_line(line: str, paint: Paint) -> str:
    shown = visible(line.rstrip().replace("\t", "    "))
    if not shown:
        return ""
    mark = _EXPECTATION.search(shown)
    if mark is None:
        return _CODE_MARGIN + paint(shown, "code")
    return _CODE_MARGIN + paint(shown[: mark.start()], "code") + paint(mark[0], "error")


def _words(prose: str) -> list[_Word]:
    """The words of a paragraph, each of pieces: `` `a`, `` is code and a comma."""
    words: list[_Word] = [[]]
    for piece in _pieces(flat(prose)):
        for number, part in enumerate(piece.text.split(" ")):
            if number and words[-1]:
                words.append([])
            if part:
                words[-1].append(_Piece(part, piece.role))
    return words if words[-1] else words[:-1]


def _pieces(prose: str) -> list[_Piece]:
    pieces = []
    at = 0
    for found in _INLINE.finditer(prose):
        pieces.append(_Piece(prose[at : found.start()]))
        at = found.end()
        if found["code"] is not None:
            pieces.append(_Piece(found[0], "code"))
        elif found["bold"] is not None:
            pieces += [_Piece(piece.text, piece.role or "strong") for piece in _pieces(found["bold"])]
        else:
            # Links between cards lead nowhere in a terminal.
            web = f" ({found['url']})" if "://" in found["url"] else ""
            pieces += [*_pieces(found["label"]), _Piece(web)]
    return [*pieces, _Piece(prose[at:])]


def _wrapped(words: Sequence[_Word], start: str, columns: int, paint: Paint) -> list[str]:
    """The words in lines, the first of them after `start`, the others below its end."""
    lines: list[list[_Word]] = [[]]
    room = columns - len(start)
    used = 0
    for word in words:
        size = sum(width(piece.text) for piece in word)
        if lines[-1] and used + 1 + size > room:
            lines.append([])
            used = 0
        used += size + bool(lines[-1])
        lines[-1].append(word)
    shown = [" ".join("".join(_painted(piece, paint) for piece in word) for word in line) for line in lines]
    return [start + shown[0], *(" " * len(start) + line for line in shown[1:])]


def _painted(piece: _Piece, paint: Paint) -> str:
    return paint(piece.text, piece.role) if piece.role else piece.text
