"""How text stands in the cells of a terminal: widths, wrapping, and taming what would steer the terminal."""

from __future__ import annotations

import re

_BREAKS = re.compile("[ \t\r\n]+")


def visible(text: str) -> str:
    """`text` with every control, format and surrogate character replaced by one that can be seen.

    A manifest may hold escape sequences or reversed text; shown as they are they would rewrite the report.
    The result has as many characters as `text`.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _picture(ord(char)) for char in text)


def _picture(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def flat(text: str) -> str:
    """`text` on one line: tabs and line breaks as spaces, control characters visible."""
    if text.isprintable():
        return text
    return visible(re.sub("[\t\r\n]+", " ", text))


def width(text: str) -> int:
    """How many cells `text` takes; it must be printable."""
    if text.isascii():
        return len(text)
    return sum(map(char_width, text))


def char_width(char: str) -> int:
    """The cells of one printable character: 0 for combining marks, 2 for wide East Asian ones and emoji."""
    if char < "\u0300":
        return 1
    from unicodedata import category, east_asian_width

    # Medial vowels and final consonants of Hangul join the syllable before them, though they are letters.
    if category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def wrap(text: str, room: int) -> list[str]:
    """`text` as lines of at most `room` cells; only a single longer word makes a line longer. Never empty."""
    lines = [""]
    for raw in _BREAKS.split(text):
        word = visible(raw)
        line = lines[-1]
        if not line:
            lines[-1] = word
        elif width(line) + 1 + width(word) <= room:
            lines[-1] = f"{line} {word}"
        elif word:
            lines.append(word)
    return [line.rstrip(" ") for line in lines]


def cells(text: str, start: int, end: int) -> tuple[list[str], int, int]:
    """`text` cell by cell, and which cells the characters from `start` to `end` (exclusive) take.

    A wide character takes two items, the second of them empty; a combining mark joins the item of its character; a tab
    is four spaces. The range has at least one cell, which may lie just after the last item.
    """
    row: list[str] = []
    first = last = -1
    for index, raw in enumerate(text):
        char = "    " if raw == "\t" else visible(raw)
        size = 4 if raw == "\t" else char_width(char)
        if size == 0 and not row:
            char, size = f" {char}", 1
        at = len(row)
        if size == 0:
            at -= 1 if row[-1] else 2
            row[at] += char
        elif size == 1:
            row.append(char)
        elif size == 2:
            row += (char, "")
        else:
            row += char
        if index == start:
            first = at
        if start <= index < end:
            last = len(row)
    if first < 0:
        first = len(row)
    return row, first, max(last, first + 1)
