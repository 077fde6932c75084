"""Which files are kustomize patches: pieces of objects, which are not meant to be whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from istiolint.source.reader import read
from istiolint.source.text import decode

NAMES = frozenset(("kustomization.yaml", "kustomization.yml", "Kustomization"))


def patch_files(files: Iterable[tuple[str, bytes]]) -> frozenset[str]:
    """The names of files, among (name, bytes), that a kustomization among them lists as patches."""
    found: set[str] = set()
    for name, data in files:
        folder, base = os.path.split(name)
        if base in NAMES:
            for document in read(decode(data).text):
                found.update(os.path.normpath(os.path.join(folder, path)) for path in _patches(document.value))
    return frozenset(name.replace("\\", "/") if os.sep == "\\" else name for name in found)


def _patches(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for field in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        items = value.get(field)
        for item in items if isinstance(items, list) else ():
            path = item.get("path") if isinstance(item, dict) else item
            if isinstance(path, str) and "\n" not in path:
                yield path
