"""Who sees what: `exportTo` of an object, else the mesh's default for its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

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


Thing: TypeAlias = "Service | ServiceEntry | VirtualService | DestinationRule"


def scopes(mesh: Mesh, thing: Thing) -> frozenset[str]:
    """The namespaces that see it; `*`: all of them."""
    words = words_of(mesh, thing)
    if not words or "*" in words:
        return frozenset("*")
    return frozenset(thing.namespace if word == "." else word for word in words if word != "~")


def somewhere_both(mesh: Mesh, one: Thing, other: Thing) -> bool:
    """Whether some namespace sees both."""
    first, second = scopes(mesh, one), scopes(mesh, other)
    return bool(first & second or ("*" in first and second) or ("*" in second and first))
