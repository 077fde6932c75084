"""One of the two trees: its mesh, and what was worked out of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from istiolint.trace.ages import OtherAges
from istiolint.trace.contests import Contests
from istiolint.trace.tracer import Tracer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from istiolint.loading import Loaded
    from istiolint.source.document import Document
    from istiolint.trace.question import Client
    from istiolint.trace.result import Trace


class Side:
    """A tree: before, or after."""

    def __init__(self, name: str, loaded: Loaded) -> None:
        self.name = name
        """What reports call it: a folder, a revision."""
        self.mesh = loaded.mesh
        self.texts = loaded.texts
        self.tracer = Tracer(loaded.mesh)

    @cached_property
    def other(self) -> Tracer:
        """The same mesh with the other order of age."""
        return Tracer(self.mesh.index(OtherAges).mesh)

    def same(self, client: Client) -> Client:
        """A client in the mesh with the other order of age."""
        return self.mesh.index(OtherAges).same(client)

    def contested(self, trace: Trace) -> bool:
        """Whether a trace may be another one under the other order of age."""
        return self.mesh.index(Contests).possible(trace)


class Changed:
    """The documents of two trees that differ in value; files, order and formatting make no difference."""

    def __init__(self, before: list[Document], after: list[Document]) -> None:
        self.before = before
        self.after = after
        self._keys = tuple({key_of(it) for it in side} for side in (before, after))

    def __bool__(self) -> bool:
        return bool(self.before or self.after)

    def has(self, side: int, document: Document) -> bool:
        """Whether a document (or a copy of it with another age) is one of them; 0: before, 1: after."""
        return key_of(document) in self._keys[side]


def key_of(document: Document) -> tuple[str, int]:
    """What a document and its copies with another age have in common."""
    return (document.file, document.index)


Name = tuple[str, str, str | None, str]


def changed(before: Side, after: Side) -> Changed:
    """What differs. Objects of one name are taken together: which of them counts is a matter of their order."""
    sides = [_by_name(it.mesh.everything) for it in (before, after)]
    found: tuple[list[Document], list[Document]] = ([], [])
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        one, other = (side.get(name, []) for side in sides)
        if len(one) > 1 or len(other) > 1:
            one, other = (sorted(it, key=lambda it: (it.file, it.index)) for it in (one, other))
        if len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True)):
            continue
        found[0].extend(one)
        found[1].extend(other)
    return Changed(*found)


def _by_name(documents: Sequence[Document]) -> dict[Name, list[Document]]:
    found: dict[Name, list[Document]] = {}
    for it in documents:
        found.setdefault((it.group, it.kind, it.namespace, it.name), []).append(it)
    return found


def _same(one: Document, other: Document) -> bool:
    """Whether two documents say the same; unlike for `==`, `true` and `1` are not."""
    todo: list[tuple[object, object]] = [(one.value, other.value)]
    while todo:
        left, right = todo.pop()
        if left is right:
            continue
        if type(left) is not type(right):
            return False
        if isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            todo += [(value, right[key]) for key, value in left.items()]
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            todo += zip(left, right, strict=True)
        elif left != right:
            return False
    return True
