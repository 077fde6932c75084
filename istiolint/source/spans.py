"""Where every key and value of a document stands in its text.

One flat table per document: two offsets (start, end; characters, end exclusive) for each key and value, in the order
in which a walk of the value meets them. A path is turned into an index only when somebody asks, which is rare.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from istiolint.finding import Path, Side


PackedOffsets = tuple[str, bytes]
"""The type code of an array and its bytes."""


def offset_table(offsets: Sequence[int]) -> array[int]:
    """Offsets in as little room as they need: those of most files have two bytes."""
    try:
        return array("H", offsets)
    except OverflowError:
        return array("I", offsets)


class SpanTable:
    """The spans of one document (or of one item of a `List`)."""

    __slots__ = ("_known", "_offsets", "value")

    def __init__(self, value: Any, offsets: array[int] | PackedOffsets) -> None:
        self.value = value
        self._offsets = offsets
        self._known: dict[int, Any] | None = None
        """By the identity of a container: for each child, how many keys and values come before it in there."""

    @property
    def offsets(self) -> array[int]:
        """Start and end of every key and value, in order of the text; unpacked when first asked for."""
        if isinstance(self._offsets, tuple):
            code, data = self._offsets
            self._offsets = array(code)
            self._offsets.frombytes(data)
        return self._offsets

    @property
    def packed(self) -> PackedOffsets:
        """The offsets as plain data."""
        if isinstance(self._offsets, tuple):
            return self._offsets
        return self._offsets.typecode, self._offsets.tobytes()

    def locate(self, path: Path, on: Side = "value") -> tuple[int, int]:
        """Start and end of the value at `path` (or of its key); of the nearest ancestor where the path ends early.

        An empty value, as in `key:`, has a place but no text.
        """
        index, value, key_index = 0, self.value, 0
        for step in path:
            if not _has(value, step):
                on = "value" if key_index == 0 else on
                break
            key_index = index + self._before(value)[step]
            index = key_index + isinstance(value, dict)
            value = value[step]
        at = key_index if on == "key" else index
        offsets = self.offsets
        return offsets[2 * at], offsets[2 * at + 1]

    def exists(self, path: Path) -> bool:
        """Whether the document has something (null included) at `path`."""
        value = self.value
        for step in path:
            if not _has(value, step):
                return False
            value = value[step]
        return True

    def items(self, *path: str) -> list[SpanTable]:
        """The tables of the items of the list at `path`, each for itself; KeyError where there is none."""
        index, value = 0, self.value
        for step in path:
            if not _has(value, step):
                raise KeyError(path)
            index += self._before(value)[step] + 1
            value = value[step]
        index += 1
        tables: list[SpanTable] = []
        for item in value:
            end = index + size(item)
            tables.append(SpanTable(item, self.offsets[2 * index : 2 * end]))
            index = end
        return tables

    def _before(self, container: Any) -> Any:
        """For each child of a container, how many keys and values come before it in there, the container included."""
        if self._known is None:
            self._known = {}
        known = self._known.get(id(container))
        if known is None:
            at = 1
            known = {}
            of_key = isinstance(container, dict)
            for step, child in container.items() if of_key else enumerate(container):
                known[step] = at
                at += size(child) + of_key
            self._known[id(container)] = known
        return known


def lines_of(texts: Sequence[str]) -> SpanTable:
    """The table of `{"flags": texts}` where each text is a line of its own and nothing else is there."""
    offsets = array("I", (0, 0, 0, 0, 0, 0))
    start = 0
    for text in texts:
        offsets.extend((start, start + len(text)))
        start += len(text) + 1
    return SpanTable({"flags": list(texts)}, offsets)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)


def size(value: Any) -> int:
    """How many keys and values a value has, itself included."""
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(size, value))
    return 1
