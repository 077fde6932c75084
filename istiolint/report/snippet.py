"""The excerpt of a source that shows where a finding is: numbered line, marks under the range, a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from istiolint.finding import Place
from istiolint.report.cells import cells, width, wrap
from istiolint.report.style import Paint, Role

_CUT = "..."
_LABEL_ROOM = 24
"""A label beside the marks gets at least so many cells, or goes below them."""


class Frame(NamedTuple):
    """What all excerpts of one finding share: digits of the greatest line number, columns, colours."""

    gutter: int
    width: int
    paint: Paint

    @property
    def room(self) -> int:
        """Cells for source text, right of `17 | `."""
        return max(20, self.width - self.gutter - 3)

    def edge(self, text: str = "") -> str:
        """A line of the frame without a number; `text` may hold colours."""
        return self.numbered("", text)

    def numbered(self, number: int | str, text: str) -> str:
        """A line of the frame; `text` may hold colours."""
        return self.paint(f"{number:>{self.gutter}} |", "frame") + (f" {text}" if text else "")


def excerpt(
    frame: Frame, lines: Sequence[str], place: Place, label: str, sign: str, role: Role, context: bool
) -> list[str]:
    """The line of `place` with `sign` under its range and `label` beside; of a longer range its first line.

    With `context` the line before is shown too, unless it is blank or belongs to another document. Empty where
    the source does not have that line.
    """
    if not 1 <= place.line <= len(lines):
        return []
    line = lines[place.line - 1]
    start = min(max(place.column, 1) - 1, len(line))
    end = len(line.rstrip()) if place.end_line > place.line else min(place.end_column - 1, len(line))
    # One line may be a whole generated file: look only at what can be near the marks.
    skip = max(0, start - 4 * frame.room)
    row, first, last = cells(line[skip : start + 4 * frame.room], start - skip, max(end - skip, start - skip))
    shown, offset = _window(row, first, last, frame.room, cut=skip > 0)
    out = []
    if context and offset == 0:
        out += _before(frame, lines, place.line - 1)
    out.append(frame.numbered(place.line, shown))
    first, last = first - offset, min(last - offset, max(frame.room, first - offset + 1))
    out += [
        frame.edge(" " * indent + frame.paint(mark, role))
        for indent, mark in _marks(first, last, sign, label, frame.room)
    ]
    return out


def _before(frame: Frame, lines: Sequence[str], number: int) -> list[str]:
    """The line `number` as context, if it tells something."""
    line = lines[number - 1][: 4 * frame.room] if number >= 1 else ""
    if not line.strip() or line.startswith(("---", "...")):
        return []
    shown, _ = _window(cells(line, 0, 0)[0], 0, 0, frame.room, cut=False)
    return [frame.numbered(number, shown)]


def _window(row: list[str], first: int, last: int, room: int, cut: bool) -> tuple[str, int]:
    """The part of `row` that shows the cells from `first` to `last`, and the cell it begins at.

    `cut` says that the row begins in the middle of a line already.
    """
    if len(row) <= room and not cut:
        return _text(row), 0
    run = min(last - first, room)
    if last <= room - len(_CUT) and not cut:
        offset = 0
    else:
        lead = max((room - run) // 2, len(_CUT) + 1)
        offset = max(0, first - lead)
    part = row[offset : offset + room]
    if part and not part[0]:
        part[0] = " "
    if offset or cut:
        part[: len(_CUT)] = _CUT
        if len(part) > len(_CUT) and not part[len(_CUT)]:
            part[len(_CUT)] = " "
    if offset + room < len(row):
        if not row[offset + room]:
            part[-1] = " "
        if not part[-len(_CUT)]:
            part[-len(_CUT) - 1] = " "
        part[-len(_CUT) :] = _CUT
    return _text(part), offset


def _text(row: list[str]) -> str:
    return "".join(row).rstrip(" ")


def _marks(first: int, last: int, sign: str, label: str, room: int) -> list[tuple[int, str]]:
    """The lines under the source, each as indent and text: the marks, with the label beside or below."""
    marks = sign * (last - first)
    if not label:
        return [(first, marks)]
    beside = room - last - 1
    if width(label) > beside and beside < _LABEL_ROOM:
        indent = max(0, min(first, room - 2 * _LABEL_ROOM))
        return [(first, marks), *((indent, line) for line in wrap(label, room - indent))]
    head, *rest = wrap(label, beside)
    return [(first, f"{marks} {head}"), *((last + 1, line) for line in rest)]
