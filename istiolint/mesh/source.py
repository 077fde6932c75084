"""Where a mesh takes its documents from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.listing import Filled
from istiolint.mesh.listings import KINDS
from istiolint.mesh.order import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from istiolint.mesh.listing import Found, Key, Listing
    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document

    class Source(Protocol):
        """The documents of a mesh, listed."""

        @property
        def everything(self) -> Sequence[Document]:
            """All documents as they were read."""

        def found(self, listing: Listing[Any], mesh: Mesh) -> Found:
            """What stands under the keys of a listing."""


class All:
    """All documents at hand."""

    __slots__ = ("_kinds", "_sorted", "everything")

    def __init__(self, documents: Sequence[Document]) -> None:
        self.everything = documents
        self._sorted = sorted(documents, key=place)
        self._kinds: dict[Key, list[Document]] = {}
        for document in self._sorted:
            self._kinds.setdefault((document.group, document.kind), []).append(document)

    def found(self, listing: Listing[Any], mesh: Mesh) -> Found:
        """What stands under the keys of a listing, from all documents of its kinds."""
        if listing is KINDS:
            return Filled(self._kinds)
        things: dict[Key, list[Any]] = {}
        entries = listing.entries
        for document in self._of(listing, mesh):
            for key, thing in entries(mesh, document):
                if key in things:
                    things[key].append(thing)
                else:
                    things[key] = [thing]
        return Filled(things)

    def _of(self, listing: Listing[Any], mesh: Mesh) -> Iterable[Document]:
        if listing.kinds is None:
            return self._sorted
        groups = [mesh.last(found) for kind in listing.kinds if (found := self._kinds.get(kind))]
        return groups[0] if len(groups) == 1 else sorted((it for group in groups for it in group), key=place)
