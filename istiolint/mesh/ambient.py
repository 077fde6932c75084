"""Ambient mode: who is captured, and which waypoint stands before a Service or workload (semantics 14.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.gateways import KubeGateway
from istiolint.mesh.names import namespaced
from istiolint.mesh.namespaces import DATAPLANE_MODE, USE_WAYPOINT, waypoint_of

if TYPE_CHECKING:
    from istiolint.mesh.answers import Answer
    from istiolint.mesh.mesh import Mesh

WAYPOINT_CLASSES = ("istio-waypoint",)


class Ambient:
    """Questions about ambient mode."""

    __slots__ = ("_mesh",)

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    def captures(self, namespace: str) -> bool | None:
        """Whether a namespace is labelled for ambient mode; None where its labels are not known."""
        found = self._mesh.namespaces.get(namespace)
        if found is None:
            return False if self._mesh.world == "complete" else None
        return None if DATAPLANE_MODE in found.disputed else found.ambient

    def waypoint_name(self, having: dict[str, str], namespace: str) -> str | None:
        """`ns/name` of the waypoint for an object with these labels: its own label, else its namespace's.

        Empty: none; None: the labels of its namespace are not known. A label that names a missing Gateway gives no
        waypoint, and does not fall back.
        """
        if having.get(USE_WAYPOINT):
            return waypoint_of(having, namespace)
        found = self._mesh.namespaces.get(namespace)
        if found is None:
            return "" if self._mesh.world == "complete" else None
        return None if USE_WAYPOINT in found.disputed else found.waypoint

    def waypoint(self, reference: str) -> Answer[tuple[KubeGateway, ...]]:
        """The Gateways of that `ns/name` (of the Gateway API; whether each is a waypoint, `.waypoint` says)."""
        namespace, name = namespaced(reference, "")
        named = self._mesh.gateways_by_name
        found = tuple([it for it in named.find(namespace, name) if isinstance(it, KubeGateway)])
        return found or self._mesh.evidence.absent_named(named, namespace, name, True)
