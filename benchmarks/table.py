"""The table that a benchmark prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One comparison: what against what, how many times as much, and how much it may be at most."""

    what: str
    ratio: float
    target: float | None
    detail: str
    unit: str = ""


HEAD = ("what", "ratio", "at most", "", "measured")


def render(rows: Sequence[Row]) -> str:
    """The rows as text, columns aligned, one a line; a row that misses its target says so."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = ["  ".join(_aligned(line, widths)).rstrip() for line in cells]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    target = "" if row.target is None else f"{row.target:g}{row.unit}"
    return (row.what, f"{row.ratio:.2f}{row.unit}", target, verdict(row), row.detail)


def verdict(row: Row) -> str:
    """`ok`, `MISSED`, or nothing for a row without a target."""
    if row.target is None:
        return ""
    return "ok" if row.ratio <= row.target else "MISSED"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if column in (1, 2) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
