"""Bytes to text, and offsets to lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right

from istiolint.records import NamedTuple
from istiolint.source.reader import Problem

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class Decoded(NamedTuple):
    """The text of a file, without byte order mark, and what is wrong with its encoding."""

    text: str
    problems: tuple[Problem, ...]


def decode(data: bytes) -> Decoded:
    """UTF-8 to text. Wrong bytes become U+FFFD and a problem; UTF-16 and UTF-32 are refused, as by Kubernetes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return Decoded("", (Problem("invalid-encoding", 0, 0, "the file is UTF-16 or UTF-32; Kubernetes reads UTF-8"),))
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return Decoded(data.decode("utf-8"), ())
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode("utf-8"))
        reason = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return Decoded(data.decode("utf-8", "replace"), (Problem("invalid-encoding", offset, offset + 1, reason),))


class SourceText:
    """The text of one file, and where its lines begin; made when the first place is asked for."""

    __slots__ = ("_starts", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """The offset of the first character of each line."""
        if self._starts is None:
            self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line_end(self, offset: int) -> int:
        """The offset where the line of `offset` ends, before its line break."""
        found = _LINE_BREAK.search(self.text, offset)
        return found.start() if found else len(self.text)

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its line break; empty where there is no such line."""
        if not 1 <= number <= len(self.starts):
            return ""
        start = self.starts[number - 1]
        return self.text[start : self.line_end(start)]
