"""Which files belong to one mesh? A repository often holds several: overlays, environments, samples.

Two files that define the same object (kind, namespace, name) cannot both be applied, one replaces the other. So the
folders in which their paths part are taken for alternatives: nothing in one of them conflicts with the other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from istiolint.mesh.listings import namesakes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document


class Alternatives:
    """Pairs of folders (or files) that are not applied together. Made once for a mesh: `mesh.index(Alternatives)`."""

    __slots__ = ("_namespace_of", "_pairs")

    def __init__(self, mesh: Mesh) -> None:
        self._namespace_of = mesh.namespace_of
        several = mesh.index(namesakes, "").values()
        self._pairs = {parting(one, other) for files in several for one, other in _pairs(sorted(set(files)))}

    def together(self, one: Document, other: Document) -> bool:
        """Whether two documents are surely applied to one mesh, such that they can be in conflict with each other."""
        if one.file == other.file:
            return True
        spaces = self._namespace_of(one), self._namespace_of(other)
        if not all(spaces) and (any(spaces) or not nested(one.file, other.file)):
            return False
        return not self.apart(one.file, other.file)

    def apart(self, one: str, other: str) -> bool:
        """Whether two files belong to different meshes, as far as one can see."""
        return one != other and bool(self._pairs) and parting(*sorted((one, other))) in self._pairs


def _pairs(files: list[str]) -> Iterable[tuple[str, str]]:
    if len(files) > 12:
        return pairwise(files)
    return ((one, other) for at, one in enumerate(files) for other in files[at + 1 :])


def parting(one: str, other: str) -> tuple[str, str]:
    """The first folders (or files) in which two different paths differ."""
    first, second = one.split("/"), other.split("/")
    length = 0
    for left, right in zip(first, second, strict=False):
        length += 1
        if left != right:
            break
    return "/".join(first[:length]), "/".join(second[:length])


def nested(one: str, other: str) -> bool:
    """Whether two files share a folder, or one lies in a folder below that of the other."""
    first, second = one.rpartition("/")[0], other.rpartition("/")[0]
    return first == second or first.startswith(f"{second}/") or second.startswith(f"{first}/")
