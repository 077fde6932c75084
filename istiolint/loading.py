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


class Loaded(NamedTuple):
    """A mesh, and the texts behind the places of its documents."""

    mesh: Mesh
    texts: Texts


def load_mesh(inputs: Sequence[Input], config: Config) -> Loaded:
    """The mesh that these files describe; patches of kustomizations are no part of it.

    Raises ConfigError for a MeshConfig file that cannot be read.
    """
    from istiolint.engine import mesh_settings
    from istiolint.examine import documents_of
    from istiolint.mesh import build
    from istiolint.source.kustomize import patches_in
    from istiolint.source.text import SourceText, decode

    patches = patches_in((item.file, item.data) for item in inputs)
    kept = {item.file: item for item in inputs if item.file not in patches.files}
    documents = [found for it in kept.values() for found in documents_of(it.file, it.data, it.context)]
    known: dict[str, SourceText] = {}

    def text(file: str) -> SourceText:
        if file not in known:
            known[file] = SourceText(file, decode(kept[file].data if file in kept else b"").text)
        return known[file]

    return Loaded(build(documents, mesh_settings(config, patches)), text)
