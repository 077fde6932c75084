"""Namespaces and what their labels say about injection and ambient mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import labels

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document

BUILT_IN = frozenset(("default", "kube-system", "kube-public", "kube-node-lease"))
"""Namespaces of every cluster."""

NEVER_INJECTED = frozenset(("kube-system", "kube-public", "kube-node-lease", "local-path-storage"))

USE_WAYPOINT = "istio.io/use-waypoint"
USE_WAYPOINT_NAMESPACE = "istio.io/use-waypoint-namespace"
DATAPLANE_MODE = "istio.io/dataplane-mode"


class Namespace:
    """A namespace as its manifests show it; more than one (base and overlay, say) are taken together.

    A label on which they differ is left out and named in `disputed`.
    """

    __slots__ = ("disputed", "document", "documents", "labels", "name")

    def __init__(self, name: str, documents: tuple[Document, ...]) -> None:
        self.name = name
        self.documents = documents
        self.document = documents[0]
        self.labels: dict[str, str] = {}
        disputed = set()
        for document in documents:
            for key, value in labels(document.metadata.get("labels")).items():
                if self.labels.setdefault(key, value) != value:
                    disputed.add(key)
        for key in disputed:
            del self.labels[key]
        self.disputed = frozenset(disputed)

    def __repr__(self) -> str:
        return f"Namespace({self.name})"

    @property
    def injection(self) -> str:
        """Value of `istio-injection`; empty where absent."""
        return self.labels.get("istio-injection", "")

    @property
    def revision(self) -> str:
        """Value of `istio.io/rev`; empty where absent."""
        return self.labels.get("istio.io/rev", "")

    @property
    def ambient(self) -> bool:
        """Whether its pods are captured by ztunnel, unless injected or opted out."""
        return self.labels.get(DATAPLANE_MODE) == "ambient"

    @property
    def waypoint(self) -> str:
        """`ns/name` of its waypoint; empty where it has none or opts out."""
        return waypoint_of(self.labels, self.name)


def namespaces_of(mesh: Mesh) -> dict[str, Namespace]:
    """Namespaces by name."""
    groups: dict[str, list[Document]] = {}
    for document in mesh.documents("Namespace"):
        if document.name:
            groups.setdefault(document.name, []).append(document)
    return {name: Namespace(name, tuple(group)) for name, group in groups.items()}


def waypoint_of(having: dict[str, str], namespace: str) -> str:
    """`ns/name` of the waypoint that these labels name; empty where none (or `none`)."""
    name = having.get(USE_WAYPOINT, "")
    if not name or name == "none":
        return ""
    return f"{having.get(USE_WAYPOINT_NAMESPACE) or namespace}/{name}"
