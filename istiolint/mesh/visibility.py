"""Who sees what: `exportTo` of an object, else the mesh's default for its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.destination_rules import DestinationRule
from istiolint.mesh.names import visible
from istiolint.mesh.virtual_services import VirtualService

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service


def words_of(mesh: Mesh, thing: Service | ServiceEntry | VirtualService | DestinationRule) -> tuple[str, ...]:
    """The `exportTo` words in effect; empty: public."""
    written = tuple(sorted(thing.export_to))
    if written:
        return written
    if isinstance(thing, VirtualService):
        return mesh.config.default_export("defaultVirtualServiceExportTo")
    if isinstance(thing, DestinationRule):
        return mesh.config.default_export("defaultDestinationRuleExportTo")
    return mesh.config.default_export("defaultServiceExportTo")


def sees(mesh: Mesh, viewer: str, thing: Service | ServiceEntry | VirtualService | DestinationRule) -> bool:
    """Whether clients of namespace `viewer` see it; where a namespace is not known, what may be seen is."""
    return visible(words_of(mesh, thing), thing.namespace, viewer)
