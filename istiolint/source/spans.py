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


class SpanTable:
    """The spans of one document (or of one item of a `List`)."""

    __slots__ = ("offsets", "value")

    def __init__(self, value: Any, offsets: array[int]) -> None:
        self.value = value
        self.offsets = offsets

    def locate(self, path: Path, on: Side = "value") -> tuple[int, int]:
        """Start and end of the value at `path` (or of its key); of the nearest ancestor where the path ends early.

        An empty value, as in `key:`, has a place but no text.
        """
        index, value, key_index = 0, self.value, 0
        for step in path:
            found = _step(value, step, index)
            if found is None:
                on = "value" if key_index == 0 else on
                break
            key_index, index = found
            value = value[step]
        at = key_index if on == "key" else index
        return self.offsets[2 * at], self.offsets[2 * at + 1]

    def exists(self, path: Path) -> bool:
        """Whether the document has something (null included) at `path`."""
        value = self.value
        for step in path:
            if _step(value, step, 0) is None:
                return False
            value = value[step]
        return True

    def items(self, *path: str) -> list[SpanTable]:
        """The tables of the items of the list at `path`, each for itself; KeyError where there is none."""
        index, value = 0, self.value
        for step in path:
            found = _step(value, step, index)
            if found is None:
                raise KeyError(path)
            _, index = found
            value = value[step]
        index += 1
        tables: list[SpanTable] = []
        for item in value:
            end = index + size(item)
            tables.append(SpanTable(item, self.offsets[2 * index : 2 * end]))
            index = end
        return tables


def lines_of(texts: Sequence[str]) -> SpanTable:
    """The table of `{"flags": texts}` where each text is a line of its own and nothing else is there."""
    offsets = array("I", (0, 0, 0, 0, 0, 0))
    start = 0
    for text in texts:
        offsets.extend((start, start + len(text)))
        start += len(text) + 1
    return SpanTable({"flags": list(texts)}, offsets)


def _step(value: Any, step: str | int, index: int) -> tuple[int, int] | None:
    """The indices of key and value of the child at `step` of the container that has `index`; items have no key."""
    at = index + 1
    if isinstance(value, dict) and step in value:
        for key, child in value.items():
            if key == step:
                return at, at + 1
            at += 1 + size(child)
    elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        for child in value[:step]:
            at += size(child)
        return at, at
    return None


def size(value: Any) -> int:
    """How many keys and values a value has, itself included."""
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(size, value))
    return 1
