"""Objects that are there twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from istiolint.finding import Defect, Note
from istiolint.groups import is_istio
from istiolint.mesh.listings import KINDS, Identity, namesakes
from istiolint.mesh.order import place
from istiolint.mesh.workloads import TEMPLATES

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.source.document import Document


def duplicate_object(mesh: Mesh) -> Iterator[Defect]:
    """One file defines an object twice: the later definition replaces the earlier."""
    for group in mesh.index(_groups):
        for earlier, later in pairwise(group):
            if earlier.file == later.file and (is_istio(later.group) or earlier.value != later.value):
                yield _again(earlier, later)


def duplicate_object_in_files(mesh: Mesh) -> Iterator[Defect]:
    """Two files that are applied together define an object: which one it will be depends on their order."""
    if mesh.world != "complete":
        return
    for group in mesh.index(_groups):
        for earlier, later in pairwise(group):
            if earlier.file != later.file and earlier.value != later.value:
                yield _again(earlier, later)


def _groups(mesh: Mesh) -> list[list[Document]]:
    """Documents of one object, in order of their files and places."""
    several: dict[Identity, list[Document]] = {key: [] for key in mesh.index(namesakes, mesh.default_namespace)}
    for group, kind in dict.fromkeys(key[:2] for key in several):
        for document in mesh.listing(KINDS).get((group, kind)):
            key = (group, kind, mesh.namespace_of(document), document.name)
            if key in several and document.file[:1] != "<":
                several[key].append(document)
    return [sorted(group, key=place) for group in several.values() if group and _concerns_the_mesh(group[0])]


def _concerns_the_mesh(document: Document) -> bool:
    return is_istio(document.group) or document.kind in TEMPLATES or document.kind in ("Service", "Namespace")


def _again(earlier: Document, later: Document) -> Defect:
    name = f"{later.kind} {later.namespace}/{later.name}" if later.namespace else f"{later.kind} {later.name}"
    note = Note(("metadata", "name"), "the first one", earlier)
    where = "" if earlier.file == later.file else f" (in {earlier.file})"
    what = "just the same" if earlier.value == later.value else "not the same"
    return Defect(("metadata", "name"), {"name": name, "where": where, "what": what}, document=later, notes=(note,))
