"""What rules asked the mesh for, in a short form that means the same in every process: see `mesh/listing.py`.

A mark is a number of four bytes for a listing and a key. Two may share one by chance: then a document is checked once
more than it need be.
"""

from __future__ import annotations

import marshal
from array import array
from binascii import crc32
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.listing import Key, Note
    from istiolint.source.document import Document


def mark(note: Note) -> int:
    """The mark of a listing's key, or (key None) of asking for the whole listing."""
    name, key = note
    parts = (name,) if key is None else (name, key) if isinstance(key, str) else (name, *key)
    return crc32("\0".join(parts).encode("utf-8", "surrogatepass"))


class Marks:
    """Makes the marks of one process, each once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Note, int] = {}

    def of(self, notes: Iterable[Note]) -> bytes:
        """The marks of what was asked."""
        known = self._known
        found = array("I")
        for note in notes:
            its = known.get(note)
            if its is None:
                its = known[note] = mark(note)
            found.append(its)
        return found.tobytes()


def pack_listings(documents: Sequence[Document], mesh: Mesh, known: Collection[str] = ()) -> dict[str, bytes]:
    """The listings that a mesh was asked for: under each key the numbers of documents, or the texts of a plain one.

    Where there is one document its number stands alone, as under most keys. Without listings that are `known` already.
    """
    from istiolint.mesh.listings import KINDS

    numbers = {id(document): number for number, document in enumerate(documents)}
    packed: dict[str, bytes] = {}
    for listing, listed in mesh.listed.items():
        if listing.name in known:
            continue
        get = listed.found.get
        its: dict[Key, Any] = {}
        for key in listed.found:
            found = get(key) or ()
            if listing.plain:
                its[key] = list(found)
            elif listing is KINDS:
                its[key] = [numbers[id(document)] for document in found]
            elif len(found) == 1:
                its[key] = numbers[id(found[0].document)]
            else:
                its[key] = [numbers[id(thing.document)] for thing in found]
        packed[listing.name] = marshal.dumps(its)
    return packed
