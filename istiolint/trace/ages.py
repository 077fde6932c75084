"""The same mesh with the other order of age, where its files do not say who is older (specification 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.mesh import build
from istiolint.source.document import Document

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.trace.question import Client


class OtherAges:
    """A mesh in which objects without a creation time are of the opposite order. `mesh.index(OtherAges)`.

    One opposite order shows every conflict of two objects, and most of more: whoever wins by name alone, loses here.
    """

    def __init__(self, mesh: Mesh) -> None:
        told = [it for it in mesh.everything if it.metadata.get("creationTimestamp")]
        untold = [it for it in mesh.everything if not it.metadata.get("creationTimestamp")]
        untold.sort(key=lambda it: (it.name, it.namespace or "", it.file, it.index), reverse=True)
        self.documents = {(it.file, it.index): aged(it, f"~{rank:08}") for rank, it in enumerate(untold)}
        self.mesh = build([*told, *self.documents.values()], mesh.settings)

    def same(self, client: Client) -> Client:
        """The client, in the other mesh."""
        if client.workload is None:
            return client
        document = client.workload.document
        if document.index < 0:
            return client
        other = self.documents.get((document.file, document.index), document)
        return client._replace(workload=self.mesh.workload_of(other))


def aged(document: Document, stamp: str) -> Document:
    """A document with another creation time; texts that begin with `~` come after every real one."""
    value = {**document.value, "metadata": {**document.metadata, "creationTimestamp": stamp}}
    return Document(document.file, document.index, value, document.spans, document.context)
