"""How messages call objects and what they act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.finding import Change, Note, Repair
from istiolint.mesh.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.finding import Confidence
    from istiolint.mesh import Mesh
    from istiolint.mesh.order import Placed
    from istiolint.source.document import Document
    from istiolint.source.node import Node


def called(thing: Placed) -> str:
    """`PeerAuthentication shop/default`; without the namespace where none is known."""
    place = f"{thing.namespace}/{thing.name}" if thing.namespace else thing.name
    return f"{thing.document.kind} {place}"


def host_shown(host: str) -> str:
    """A full host as a person should read it."""
    return shown(host)


def labels_shown(having: dict[str, str]) -> str:
    """`app=reviews,version=v1`."""
    return ",".join(f"{key}={value}" for key, value in sorted(having.items()))


def note_at(document: Document, path: tuple[str | int, ...], message: str) -> tuple[Note, ...]:
    """A note at `path` of a document that is shown at its nearest existing ancestor; none for built-in documents."""
    return () if document.file.startswith("<") else (Note(path, message, document),)


def across_files(mesh: Mesh, document: Document, others: Iterable[Document]) -> Confidence | None:
    """Low where all others are in other files, and the files are not everything.

    Those may be for another day or another cluster, and a file that is not here may change what follows from them.
    """
    if mesh.world == "complete" or any(it.file == document.file for it in others):
        return None
    return "low"


def rewritten(node: Node, text: str) -> Repair:
    """The unsafe repair that writes another value."""
    return Repair(f"write {text}", (Change("set", node.path, text, node.document),), safe=False)
