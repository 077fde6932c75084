"""The documents of a mesh where most are as the last run left them: read from the cache when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from istiolint.mesh.listing import Filled
from istiolint.mesh.order import place
from istiolint.mesh.source import All
from istiolint.source.document import Document

if TYPE_CHECKING:
    from istiolint.basis import Basis
    from istiolint.mesh import Mesh
    from istiolint.mesh.listing import Found, Key, Listing


class Missing(Exception):
    """The cache has lost what it had when the last run ended."""


class Stored:
    """The documents of the last run without those of some files, and others instead. As a `Source` of a mesh."""

    def __init__(
        self, basis: Basis, read: Callable[[int], Sequence[Document]], left_out: set[int], fresh: list[Document]
    ) -> None:
        """`read` gives the documents of a file of the basis, by its number; `left_out` are numbers of files."""
        self.basis = basis
        self.fresh = sorted(fresh, key=place)
        """Documents of files that are new, or have changed."""
        self.left_out = {number for file in left_out for number in basis.files[file].numbers}
        """The numbers of documents that are no more as the last run left them."""
        self.is_lost = False
        """Whether something was asked for that the cache no longer has: then no answer counts."""
        self._read = read
        self._files: dict[int, Sequence[Document]] = {}

    def file(self, number: int) -> Sequence[Document]:
        """The documents of a file of the basis; raises Missing."""
        if number not in self._files:
            try:
                self._files[number] = self._read(number)
            except Missing:
                self.is_lost = True
                raise
        return self._files[number]

    def document(self, number: int) -> Document:
        """A document of the basis."""
        file = self.basis.file_of(number)
        return self.file(file)[number - self.basis.files[file].first]

    def place(self, number: int) -> tuple[str, int]:
        """Where a document stands, without reading it."""
        file = self.basis.files[self.basis.file_of(number)]
        return file.name, number - file.first

    @property
    def everything(self) -> Sequence[Document]:
        """All documents, in order of their files."""
        kept = [number for file in self.basis.files for number in file.numbers if number not in self.left_out]
        return sorted([*map(self.document, kept), *self.fresh], key=place)

    def found(self, listing: Listing[Any], mesh: Mesh) -> Found:
        """What stands under the keys of a listing: what stood there, without what is left out, and what is fresh."""
        stood = self.basis.listing(listing.name)
        if stood is None:
            return All(self.everything).found(listing, mesh)
        fresh: dict[Key, list[tuple[Document, Any]]] = {}
        for document in self.fresh:
            if listing.kinds is None or (document.group, document.kind) in listing.kinds:
                for key, thing in listing.entries(mesh, document):
                    fresh.setdefault(key, []).append((document, thing))
        if not listing.plain:
            return _Things(self, listing, mesh, stood, fresh)
        for number in sorted(self.left_out):
            gone = self.document(number)
            if listing.kinds is None or (gone.group, gone.kind) in listing.kinds:
                for key, text in listing.entries(mesh, gone):
                    if text not in stood.get(key, ()):
                        raise Missing
                    stood[key].remove(text)
        for key, texts in fresh.items():
            stood.setdefault(key, []).extend(text for _, text in texts)
        return Filled({key: texts for key, texts in stood.items() if texts})


class _Things:
    """What stands under the keys of one listing, made when it is asked for."""

    __slots__ = ("_fresh", "_known", "_listing", "_mesh", "_source", "_stood")

    def __init__(
        self,
        source: Stored,
        listing: Listing[Any],
        mesh: Mesh,
        stood: dict[Key, list[int] | int],
        fresh: dict[Key, list[tuple[Document, Any]]],
    ) -> None:
        self._source = source
        self._listing = listing
        self._mesh = mesh
        self._stood = stood
        self._fresh = fresh
        self._known: dict[Key, list[Any]] = {}

    def _kept(self, key: Key) -> list[int]:
        left_out = self._source.left_out
        stood = self._stood.get(key, ())
        numbers = (stood,) if isinstance(stood, int) else stood
        return [number for number in numbers if number not in left_out]

    def get(self, key: Key) -> Sequence[Any] | None:
        """What stands under a key, in order of the files."""
        found = self._known.get(key)
        if found is None:
            there = list(self._fresh.get(key, ()))
            for number in dict.fromkeys(self._kept(key)):
                document = self._source.document(number)
                there += ((document, thing) for its, thing in self._listing.entries(self._mesh, document) if its == key)
            found = self._known[key] = [thing for _, thing in sorted(there, key=lambda it: place(it[0]))]
        return found

    def count(self, key: Key) -> int:
        """How many things stand under a key."""
        return len(self._kept(key)) + len(self._fresh.get(key, ()))

    def __iter__(self) -> Iterator[Key]:
        """The keys under which anything stands, in order of the first."""
        first = {key: self._source.place(kept[0]) for key in self._stood if (kept := self._kept(key))}
        for key, there in self._fresh.items():
            first[key] = min(first.get(key, place(there[0][0])), place(there[0][0]))
        return iter(sorted(first, key=first.__getitem__))
