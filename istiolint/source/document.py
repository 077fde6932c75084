"""A Kubernetes object as it stands in a file: its plain value, its spans, and who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from istiolint.finding import Path, Side
    from istiolint.source.node import Node
    from istiolint.source.spans import SpanTable


class Document:
    """One object of a file (of a stream, or an item of a `kind: List`), never changed after reading.

    `value` is plain dicts, lists, strings, numbers, booleans and None, exactly as the API server would see it.
    `index` counts the objects of the file from 0.
    `context` documents are read for what they define; no finding is reported on them.
    """

    __slots__ = (
        "api_version", "context", "file", "group", "index", "kind", "metadata", "name", "namespace",
        "spans", "value", "version",
    )  # fmt: skip

    def __init__(
        self,
        file: str,
        index: int,
        value: dict[str, Any],
        spans: SpanTable,
        context: bool = False,
    ) -> None:
        self.file = file
        self.index = index
        self.value = value
        self.spans = spans
        self.context = context
        api_version = value.get("apiVersion")
        self.api_version: str = api_version if isinstance(api_version, str) else ""
        self.group, _, self.version = self.api_version.rpartition("/")
        kind = value.get("kind")
        self.kind: str = kind if isinstance(kind, str) else ""
        metadata = value.get("metadata")
        self.metadata: dict[str, Any] = metadata if isinstance(metadata, dict) else {}
        name = self.metadata.get("name")
        self.name: str = name if isinstance(name, str) else ""
        namespace = self.metadata.get("namespace")
        self.namespace: str | None = namespace if isinstance(namespace, str) and namespace else None

    @property
    def is_object(self) -> bool:
        """Whether it is a Kubernetes object; else it is bare settings: Helm values of Istio's charts, MeshConfig."""
        return bool(self.kind or self.api_version)

    def strings(self, field: str) -> dict[str, str]:
        """`metadata.labels` or `metadata.annotations` as far as they are strings; empty where there are none."""
        found = self.metadata.get(field)
        if not isinstance(found, dict):
            return {}
        return {key: text for key, text in found.items() if isinstance(text, str)}

    def node(self, *path: str | int) -> Node | None:
        """The node at `path`, or None where the document has nothing (or null) there."""
        from istiolint.source.node import Node

        return Node(self, (), self.value).at(*path)

    def span(self, path: Path, on: Side = "value") -> tuple[int, int]:
        """Start and end (exclusive) of the text of `path`, in characters; of its nearest ancestor if absent."""
        return self.spans.locate(path, on)
