"""Small worlds for tests: YAML text to a mesh."""

from __future__ import annotations

from typing import Any

import yaml
from istiolint.mesh import Mesh, MeshSettings, build
from istiolint.source.document import Document
from istiolint.source.spans import SpanTable


def documents(text: str, file: str = "a.yaml") -> list[Document]:
    """The objects of a YAML stream; spans are not needed by the model."""
    spans: Any = SpanTable
    return [
        Document(file, index, value, spans)
        for index, value in enumerate(yaml.safe_load_all(text))
        if isinstance(value, dict)
    ]


def mesh(text: str, **settings: Any) -> Mesh:
    """The mesh of a YAML stream."""
    return build(documents(text), MeshSettings(**settings))
