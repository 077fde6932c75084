"""A cursor into a document: a value that knows its document and path, and so its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from istiolint.finding import Confidence, Defect, Note, Path, Repair, Side

if TYPE_CHECKING:
    from istiolint.source.document import Document


T = TypeVar("T")


class Node:
    """A value of a document, with its path. Cheap: positions are looked up only when a finding needs them."""

    __slots__ = ("_made", "document", "path", "value")

    def __init__(self, document: Document, path: Path, value: Any) -> None:
        self.document = document
        self.path = path
        self.value = value
        self._made: dict[Any, Any] | None = None

    def __repr__(self) -> str:
        return f"Node({self.document.file}, {'/'.join(map(str, self.path))}, {self.value!r})"

    def get(self, key: str | int) -> Node | None:
        """The child at `key`, or None where there is none, it is null, or this is no container."""
        child = _child(self.value, key)
        return None if child is None else Node(self.document, (*self.path, key), child)

    def at(self, *path: str | int) -> Node | None:
        """The descendant at `path`, or None."""
        value = _below(self.value, path)
        return None if value is None else Node(self.document, (*self.path, *path), value)

    def text(self, *path: str | int) -> str:
        """The string at `path` below this node; empty where there is none or it is no string."""
        value = _below(self.value, path)
        return value if isinstance(value, str) else ""

    def items(self, *path: str | int) -> Iterator[Node]:
        """The children of the list or mapping at `path` (nulls are left out); nothing where it is neither."""
        value = _below(self.value, path)
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        document, above = self.document, (*self.path, *path)
        for key, child in pairs:
            if child is not None:
                yield Node(document, (*above, key), child)

    @property
    def key(self) -> str | int:
        """The last step of the path: this node's own key or index."""
        return self.path[-1] if self.path else ""

    def once(self, make: Callable[[Node], T]) -> T:
        """What `make` makes of this node, made once for all rules that look at it."""
        if self._made is None:
            self._made = {}
        if make not in self._made:
            self._made[make] = make(self)
        found: T = self._made[make]
        return found

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


def _child(value: Any, key: str | int) -> Any:
    """What a container has at `key`; None where it has nothing there, or is none."""
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
        return value[key]
    return None


def _below(value: Any, path: Path) -> Any:
    """The value at `path`, or None; no node is made for what is only passed through."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else _child(value, key)
        if value is None:
            return None
    return value
