"""The excerpt of a source that shows where a finding is: numbered line, marks under the range, a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.finding import Place
from istiolint.records import NamedTuple
from istiolint.report.cells import cells, width, wrap
from istiolint.report.style import Paint, Role

if TYPE_CHECKING:
    from istiolint.source.text import SourceText

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


class Mark(NamedTuple):
    """What stands under the source: the words, the sign to repeat before them, and their colour."""

    label: str
    sign: str
    role: Role


def excerpt(frame: Frame, source: SourceText | None, place: Place, mark: Mark, context: bool) -> list[str]:
    """The line of `place` with the mark under its range; of a range over many lines the first.

    With `context` the line before is shown too, unless it is blank or belongs to another document. Empty where
    there is no source, or no such line in it.
    """
    if source is None or not source.text or not 1 <= place.line <= len(source.starts):
        return []
    line = source.line(place.line)
    start = min(max(place.column, 1) - 1, len(line))
    end = len(line.rstrip()) if place.end_line > place.line else min(place.end_column - 1, len(line))
    # One line may be a whole generated file: look only at what can be near the marks.
    skip = max(0, start - 4 * frame.room)
    row, first, last = cells(line[skip : start + 4 * frame.room], start - skip, max(end - skip, start - skip))
    shown, offset = _window(row, first, last, frame.room, cut=skip > 0)
    out = []
    if context and offset == 0:
        out += _before(frame, source, place.line - 1)
    out.append(frame.numbered(place.line, shown))
    first, last = first - offset, min(last - offset, max(frame.room, first - offset + 1))
    out += [
        frame.edge(" " * indent + frame.paint(text, mark.role))
        for indent, text in _under(first, last, mark, frame.room)
    ]
    return out


def _before(frame: Frame, source: SourceText, number: int) -> list[str]:
    """The line `number` as context, if it tells something."""
    line = source.line(number)[: 4 * frame.room]
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
    if not cut and (last <= room - len(_CUT) or (run == room and first <= room // 4)):
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


def _under(first: int, last: int, mark: Mark, room: int) -> list[tuple[int, str]]:
    """The lines under the source, each as indent and text: the marks, with the label beside or below."""
    marks = mark.sign * (last - first)
    if not mark.label:
        return [(first, marks)]
    beside = room - last - 1
    if width(mark.label) > beside and beside < _LABEL_ROOM:
        indent = max(0, min(first, room - 2 * _LABEL_ROOM))
        return [(first, marks), *((indent, line) for line in wrap(mark.label, room - indent))]
    head, *rest = wrap(mark.label, beside)
    return [(first, f"{marks} {head}"), *((last + 1, line) for line in rest)]
