"""Sides of comparisons from plain objects."""

from __future__ import annotations

from typing import Any

from worlds import Manifest, placed

from istiolint.compare.run import Comparison, compare
from istiolint.compare.sides import Side
from istiolint.loading import Loaded
from istiolint.mesh import MeshSettings, build
from istiolint.source.document import Document
from istiolint.source.text import SourceText


def side(documents: list[Document], name: str = "a tree", world: Any = "complete") -> Side:
    """A tree of these documents, which have no text."""
    return Side(name, Loaded(build(documents, MeshSettings(world=world)), lambda file: SourceText(file, "")))


def compared(before: list[Manifest], after: list[Manifest], whole: bool = False, world: Any = "complete") -> Comparison:
    """What changes from some objects to others."""
    return compare(side(placed(before), "old", world), side(placed(after), "new", world), whole=whole)


def found(comparison: Comparison) -> set[tuple[Any, ...]]:
    """Who fares otherwise where, and how."""
    return {
        (it.caller.name, it.unit.host, it.before.value, it.after.value) for it in comparison.changes
    }  # fmt: skip
