"""What a run leaves for the next one, so that it need not start from nothing: `since.py` starts from here.

For every file what came of it, and for every document that rules with knowledge of the mesh looked at: what they found,
and what they asked for. And the listings of the mesh, so that few documents need be read to answer for one of them.
"""

from __future__ import annotations

import marshal
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from istiolint.pack import findings_by_number, remarks_of, rows_by_number, rows_of_remarks
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.examine import Examined
    from istiolint.finding import Finding, Summary
    from istiolint.meshwide import Found
    from istiolint.source.remarks import Remark
    from istiolint.survey import Given


class File(NamedTuple):
    """What came of one file."""

    name: str
    key: bytes
    """Of its entry in the cache."""
    context: bool
    first: int
    """The number of its first document among all."""
    documents: int
    counts: tuple[int, ...]
    """As `Summary` has them; none for a context file."""

    @property
    def numbers(self) -> range:
        """The numbers of its documents."""
        return range(self.first, self.first + self.documents)


class Basis:
    """What the last full run found out. Files have numbers too, by their place in `files`."""

    __slots__ = ("_firsts", "_listed", "_marks", "addressed", "files", "found", "local", "remarks", "whole")

    def __init__(self, packed: bytes) -> None:
        files, local, remarks, self.addressed, found, whole, self._marks, self._listed = marshal.loads(packed)
        self.files: list[File] = [File(*row) for row in files]
        self.local = findings_by_number(local)
        """What was found in a file by itself, by its number, where there is anything."""
        self.remarks: dict[int, tuple[Remark, ...]] = {number: remarks_of(rows) for number, rows in remarks.items()}
        """What its comments say, likewise."""
        self.found = findings_by_number(found)
        """What rules that know the mesh found, by the number of the document, where there is anything."""
        self.whole: tuple[tuple[Finding, ...], bytes] = findings_by_number({0: whole[0]})[0], whole[1]
        """What rules found that look at the mesh as a whole, and what they asked for."""
        self._firsts = [file.first for file in self.files]

    @property
    def listings(self) -> Iterable[str]:
        """The names of the listings that were asked for."""
        keys: Iterable[str] = self._listed.keys()
        return keys

    def listing(self, name: str) -> dict[Any, Any] | None:
        """What stood under the keys of a listing, as `marks.pack_listings` has it; None where nobody asked."""
        packed = self._listed.get(name)
        if packed is None:
            return None
        things: dict[Any, Any] = marshal.loads(packed)
        return things

    def file_of(self, number: int) -> int:
        """The number of the file of a document."""
        return bisect_right(self._firsts, number) - 1 if self._firsts else 0

    def asking(self, marks: Iterable[int]) -> set[int]:
        """The numbers of documents that asked for one of these marks."""
        numbers, ends = (array("I", blob) for blob in self._marks[:2])
        joined: bytes = self._marks[2]
        return {numbers[bisect_right(ends, at)] for mark in marks for at in _places(joined, mark)}


def _places(joined: bytes, mark: int) -> Iterator[int]:
    """Where a mark stands among others."""
    wanted = array("I", (mark,)).tobytes()
    at = joined.find(wanted)
    while at >= 0:
        if at % len(wanted) == 0:
            yield at
        at = joined.find(wanted, at + 1)


def pack_basis(
    given: Given,
    examined: Sequence[Examined],
    counts: Sequence[Summary | None],
    addressed: Sequence[int],
    beyond: Found,
) -> bytes:
    """What the next run can start from: all files with their keys, what they hold, and what rules found and asked.

    `counts` are those of each file, but of context; `addressed` are the numbers of documents as a `Survey` has them.
    """
    files: list[tuple[Any, ...]] = []
    first = 0
    for item, key, its, count in zip(given.inputs, given.keys, examined, counts, strict=True):
        files.append((item.file, key, item.context, first, len(its.documents), tuple(count or ())))
        first += len(its.documents)
    numbers, ends, blobs = array("I"), array("I"), []
    end = 0
    for part in beyond.parts:
        for number, blob in part.asked.items():
            end += len(blob)
            numbers.append(number)
            ends.append(end)
            blobs.append(blob)
    found = {number: rows for part in beyond.parts for number, rows in rows_by_number(part.found).items()}
    return marshal.dumps(
        (
            files,
            rows_by_number({number: its.findings for number, its in enumerate(examined) if its.findings}),
            {number: rows_of_remarks(its.remarks) for number, its in enumerate(examined) if its.remarks},
            list(addressed),
            found,
            (rows_by_number({0: beyond.whole.findings})[0], beyond.whole.asked),
            (numbers.tobytes(), ends.tobytes(), b"".join(blobs)),
            {name: packed for part in beyond.parts for name, packed in part.listed.items()},
        )
    )
