"""Lines of sources, split once per file and report."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Lines = Callable[[str], Sequence[str]]
"""The lines of a file, without their ends; empty where the file cannot be had."""


def split_lines(text: str) -> list[str]:
    """`text` as lines, the way editors and YAML count them: ended by LF, CR LF or CR."""
    if "\r" in text:
        text = re.sub("\r\n?", "\n", text)
    return text.split("\n")


def line_reader(source: Callable[[str], str | None]) -> Lines:
    """A look-up of lines by file name that splits each file once."""
    known: dict[str, Sequence[str]] = {}

    def lines(file: str) -> Sequence[str]:
        found = known.get(file)
        if found is None:
            text = source(file)
            found = known[file] = split_lines(text) if text is not None else ()
        return found

    return lines


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at `offset`; an offset past the end is taken as the end."""
    before = split_lines(text[:offset])
    return len(before), len(before[-1]) + 1
