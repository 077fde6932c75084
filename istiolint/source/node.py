"""A cursor into a document: a value that knows its document and path, and so its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.finding import Confidence, Defect, Note, Path, Repair, Side

if TYPE_CHECKING:
    from istiolint.source.document import Document


class Node:
    """A value of a document, with its path. Cheap: positions are looked up only when a finding needs them."""

    __slots__ = ("document", "path", "value")

    def __init__(self, document: Document, path: Path, value: Any) -> None:
        self.document = document
        self.path = path
        self.value = value

    def __repr__(self) -> str:
        return f"Node({self.document.file}, {'/'.join(map(str, self.path))}, {self.value!r})"

    def get(self, key: str | int) -> Node | None:
        """The child at `key`, or None where there is none, it is null, or this is no container."""
        value = self.value
        if isinstance(value, dict):
            child = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            child = value[key]
        else:
            return None
        return None if child is None else Node(self.document, (*self.path, key), child)

    def at(self, *path: str | int) -> Node | None:
        """The descendant at `path`, or None."""
        node: Node | None = self
        for key in path:
            if node is None:
                return None
            node = node.get(key)
        return node

    def text(self, *path: str | int) -> str:
        """The string at `path` below this node; empty where there is none or it is no string."""
        node = self.at(*path)
        return node.value if node is not None and isinstance(node.value, str) else ""

    def items(self, *path: str | int) -> Iterator[Node]:
        """The children of the list or mapping at `path` (nulls are left out); nothing where it is neither."""
        node = self.at(*path)
        if node is None:
            return
        value = node.value
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in pairs:
            if child is not None:
                yield Node(self.document, (*node.path, key), child)

    @property
    def key(self) -> str | int:
        """The last step of the path: this node's own key or index."""
        return self.path[-1] if self.path else ""

    def note(self, message: str, on: Side = "value") -> Note:
        """This place as the related place of another node's defect."""
        return Note(self.path, message, self.document, on)

    def defect(
        self,
        *,
        rule: str = "",
        on: Side = "value",
        part: tuple[int, int] | None = None,
        notes: tuple[Note, ...] | list[Note] = (),
        repair: Repair | None = None,
        confidence: Confidence | None = None,
        **fields: object,
    ) -> Defect:
        """A defect at this node; `fields` fill the message of the rule's card."""
        return Defect(self.path, fields, rule, self.document, on, part, tuple(notes), repair, confidence)
