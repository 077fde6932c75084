"""Files to a mesh without any checks: for commands that ask what traffic does, and not what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from istiolint.batch import Input
from istiolint.complete import Texts
from istiolint.config import Config
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.source.document import Document


class Loaded(NamedTuple):
    """A mesh, and the texts behind the places of its documents."""

    mesh: Mesh
    texts: Texts


Known = dict[tuple[bytes, bool], list["Document"]]
"""Documents by the bytes of their file, and whether it is context."""


def load_mesh(inputs: Sequence[Input], config: Config, known: Known | None = None) -> Loaded:
    """The mesh that these files describe; patches of kustomizations are no part of it.

    `known` are documents that need not be read again, such as those of another version of the same files; new ones are
    added to it. Raises ConfigError for a MeshConfig file that cannot be read.
    """
    from istiolint.engine import mesh_settings
    from istiolint.mesh import build
    from istiolint.source.kustomize import patches_in
    from istiolint.source.text import SourceText, decode

    patches = patches_in((item.file, item.data) for item in inputs)
    kept = {item.file: item for item in inputs if item.file not in patches.files}
    documents = [found for it in kept.values() for found in _documents(it, {} if known is None else known)]
    texts: dict[str, SourceText] = {}

    def text(file: str) -> SourceText:
        if file not in texts:
            texts[file] = SourceText(file, decode(kept[file].data if file in kept else b"").text)
        return texts[file]

    return Loaded(build(documents, mesh_settings(config, patches)), text)


def _documents(item: Input, known: Known) -> list[Document]:
    """The objects of a file; where its text is known, they share values with those that are."""
    from istiolint.examine import documents_of
    from istiolint.source.document import Document

    key = (item.data, item.context)
    found = known.get(key)
    if found is None:
        found = known[key] = documents_of(item.file, item.data, item.context)
    if not found or found[0].file == item.file:
        return found
    return [Document(item.file, it.index, it.value, it.spans, it.context) for it in found]
