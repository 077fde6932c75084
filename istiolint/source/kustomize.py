"""Which files are kustomize patches, and which objects they change: both are only pieces of what will be applied."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from istiolint.source.reader import read
from istiolint.source.text import decode

NAMES = frozenset(("kustomization.yaml", "kustomization.yml", "Kustomization"))
ANY = "*"
DIRECTIVES = ("$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/")
"""Keys of a strategic merge patch, which is no object but says how to change one."""


class Patches(NamedTuple):
    """What the kustomizations among some files patch."""

    files: frozenset[str]
    """Files that hold patches, by the names they were given."""
    objects: frozenset[tuple[str, str]]
    """Kind and name of patched objects; the name is `*` where a patch means all of a kind, or is a pattern."""

    def change(self, kind: str, name: str) -> bool:
        """Whether an object of this kind and name is not yet what it will be."""
        return bool(self.objects) and ((kind, name) in self.objects or (kind, ANY) in self.objects)


NONE = Patches(frozenset(), frozenset())


def is_patch(value: Any) -> bool:
    """Whether an object holds, anywhere, a key that only a strategic merge patch has."""
    if isinstance(value, dict):
        return any(str(key).startswith(DIRECTIVES) or is_patch(item) for key, item in value.items())
    return isinstance(value, list) and any(map(is_patch, value))


def patches_in(files: Iterable[tuple[str, bytes]]) -> Patches:
    """The patches that kustomizations among `files` (name and bytes) list."""
    kustomizations = []
    others: dict[str, bytes] = {}
    for name, data in files:
        if os.path.basename(name) in NAMES:
            kustomizations.append((name, data))
        else:
            others[name] = data
    if not kustomizations:
        return NONE
    paths: set[str] = set()
    objects: set[tuple[str, str]] = set()
    for name, data in kustomizations:
        for value in _values(data):
            for path, target in _listed(value):
                file = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else ""
                file = file.replace("\\", "/") if os.sep == "\\" else file
                if file in others:
                    paths.add(file)
                objects.update(_targets(target, others.get(file)))
    return Patches(frozenset(paths), frozenset(objects))


def _values(data: bytes) -> Iterator[Any]:
    for document in read(decode(data).text):
        yield document.value


def _listed(value: Any) -> Iterator[tuple[str, Any]]:
    """The file (empty for inline patches) and the target of each patch of a kustomization."""
    if not isinstance(value, dict):
        return
    for field in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        items = value.get(field)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                path = item.get("path")
                inline = item.get("patch")
                yield (path if isinstance(path, str) else ""), item.get("target")
                if isinstance(inline, str):
                    yield from (("", content) for content in _values(inline.encode()))
            elif isinstance(item, str) and "\n" in item:
                yield from (("", content) for content in _values(item.encode()))
            elif isinstance(item, str):
                yield item, None


def _targets(target: Any, patch: bytes | None) -> Iterator[tuple[str, str]]:
    if isinstance(target, Mapping) and isinstance(target.get("kind"), str):
        metadata = target.get("metadata")
        name = target.get("name") or (metadata.get("name") if isinstance(metadata, dict) else None)
        is_pattern = not isinstance(name, str) or any(char in name for char in "*.+[(|")
        yield target["kind"], ANY if is_pattern else str(name)
    elif patch is not None:
        for value in _values(patch):
            yield from _targets(value, None)
