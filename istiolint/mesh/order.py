"""Istio's order "oldest first", as far as manifests can tell it (semantics 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from istiolint.source.document import Document


class Placed(Protocol):
    """Anything of the model that is one manifest."""

    @property
    def document(self) -> Document:
        """Its manifest."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def namespace(self) -> str:
        """Its namespace; empty where not known."""


Age = tuple[str, str, str, str, int]


def age(thing: Placed) -> Age:
    """Sort key: creation time where the manifest has one (exported objects), then name, then namespace."""
    document = thing.document
    return (created(document), thing.name, thing.namespace, document.file, document.index)


def created(document: Document) -> str:
    """Creation time; those without one come after those with one, all of one age."""
    stamp = document.metadata.get("creationTimestamp")
    return str(stamp) if stamp else "~"


def place(document: Document) -> tuple[str, int]:
    """Sort key by file and position."""
    return (document.file, document.index)
