"""Patches of EnvoyFilters that Istio does not apply, or that depend on others (specification IST0151 to IST0155)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import note_at
from istiolint.checks.phrases import listed
from istiolint.finding import Defect
from istiolint.mesh.read import dig, sequence, text

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh import Mesh
    from istiolint.source.document import Document
    from istiolint.source.node import Node

EVERYWHERE = ("ADD", "REMOVE", "MERGE")
AT_A_PLACE = ("INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST")

APPLIED: dict[str, tuple[str, ...]] = {
    "LISTENER": EVERYWHERE,
    "FILTER_CHAIN": EVERYWHERE,
    "CLUSTER": EVERYWHERE,
    "LISTENER_FILTER": (*EVERYWHERE, "REPLACE", *AT_A_PLACE),
    "NETWORK_FILTER": (*EVERYWHERE, "REPLACE", *AT_A_PLACE),
    "HTTP_FILTER": (*EVERYWHERE, "REPLACE", *AT_A_PLACE),
    "ROUTE_CONFIGURATION": ("MERGE",),
    "VIRTUAL_HOST": (*EVERYWHERE, "REPLACE"),
    "HTTP_ROUTE": (*EVERYWHERE, *AT_A_PLACE),
    "EXTENSION_CONFIG": ("ADD",),
    "BOOTSTRAP": ("MERGE",),
}
"""Operations that the control plane carries out on each thing; it passes over all others without a word."""

OPERATIONS = frozenset(operation for found in APPLIED.values() for operation in found)
REPLACEABLE = frozenset(("NETWORK_FILTER", "HTTP_FILTER", "VIRTUAL_HOST"))
RELATIVE = frozenset(("INSERT_BEFORE", "INSERT_AFTER", "REMOVE", "REPLACE"))


# Operations that are passed over


def add_ignored(config: Node) -> Iterator[Defect]:
    """ADD on a route configuration does nothing (specification IST0153)."""
    if (found := _ignored(config)) == ("ROUTE_CONFIGURATION", "ADD"):
        yield from _operation(config, *found)


def remove_ignored(config: Node) -> Iterator[Defect]:
    """REMOVE on a route configuration does nothing (specification IST0154)."""
    if (found := _ignored(config)) == ("ROUTE_CONFIGURATION", "REMOVE"):
        yield from _operation(config, *found)


def replace_ignored(config: Node) -> Iterator[Defect]:
    """REPLACE works on filters and virtual hosts only (specification IST0152)."""
    found = _ignored(config)
    if found is not None and found[1] == "REPLACE":
        yield from _operation(config, *found)


def operation_ignored(config: Node) -> Iterator[Defect]:
    """Any other operation that does nothing on what it is applied to."""
    found = _ignored(config)
    if found is None or found[1] == "REPLACE":
        return
    if found[0] != "ROUTE_CONFIGURATION" or found[1] not in ("ADD", "REMOVE"):
        yield from _operation(config, *found)


def _ignored(config: Node) -> tuple[str, str] | None:
    """What a patch is applied to and by which operation, if that is known and does nothing."""
    value = config.value
    if not isinstance(value, dict):
        return None
    apply_to, operation = text(value.get("applyTo")), text(dig(value, "patch", "operation"))
    if apply_to not in APPLIED or operation not in OPERATIONS or operation in APPLIED[apply_to]:
        return None
    return apply_to, operation


def _operation(config: Node, apply_to: str, operation: str) -> Iterator[Defect]:
    place = config.at("patch", "operation") or config
    notes = note_at(config.document, (*config.path, "applyTo"), "applied to this")
    yield place.defect(apply_to=apply_to, operation=operation, applied=listed(APPLIED[apply_to], "or"), notes=notes)


# Patches that depend on others


def relative_patch_without_priority(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A patch beside or on what others make works only after them; no priority says so (specification IST0151)."""
    for place, operation, earlier in _relative(root, mesh):
        if earlier is None:
            yield place.defect(operation=operation)


def relative_patch_after_version(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """The same after a patch of the filter for some versions of the proxy only (specification IST0155)."""
    for place, operation, earlier in _relative(root, mesh):
        if earlier is not None:
            document, path = earlier
            notes = note_at(document, (*path, "match", "proxy", "proxyVersion"), "for these versions only")
            yield place.defect(operation=operation, notes=notes)


Placed = tuple["Document", "Path"]


def _relative(root: Node, mesh: Mesh) -> Iterator[tuple[Node, str, Placed | None]]:
    """Relative patches of an EnvoyFilter without priority, and a patch before it of the filter for some versions."""
    document = root.document
    if dig(document.value, "spec", "priority"):
        return
    for index, config in _configs(document):
        apply_to, operation = text(config.get("applyTo")), text(dig(config, "patch", "operation"))
        if operation not in RELATIVE or (operation == "REPLACE" and apply_to not in REPLACEABLE):
            continue
        if operation == "REMOVE" and apply_to in ("ROUTE_CONFIGURATION", "HTTP_ROUTE"):
            continue
        place = root.at("spec", "configPatches", index, "patch", "operation")
        if place is not None:
            yield place, operation, _earlier(document, index, config, mesh)


def _earlier(document: Document, index: int, config: dict[str, object], mesh: Mesh) -> Placed | None:
    name = _filter_name(config)
    first = mesh.index(_by_version).get(name) if name else None
    if first is None or (first[0].file, first[0].index, first[1][2]) >= (document.file, document.index, index):
        return None
    return first


def _by_version(mesh: Mesh) -> dict[str, Placed]:
    """The first patch for some versions of the proxy only, by the name of its filter."""
    found: dict[str, Placed] = {}
    for document in mesh.documents("EnvoyFilter", "networking.istio.io"):
        for index, config in _configs(document):
            if text(dig(config, "match", "proxy", "proxyVersion")) and (name := _filter_name(config)):
                found.setdefault(name, (document, ("spec", "configPatches", index)))
    return found


def _configs(document: Document) -> Iterator[tuple[int, dict[str, object]]]:
    """Patches in order; one without `patch` ends them, as in Istio's own analysis."""
    for index, config in enumerate(sequence(dig(document.value, "spec", "configPatches"))):
        if not isinstance(config, dict) or not isinstance(config.get("patch"), dict):
            return
        yield index, config


def _filter_name(config: dict[str, object]) -> str:
    """The name of what a patch makes, else of the filter that it matches; empty where it makes nothing."""
    value = dig(config, "patch", "value")
    if not isinstance(value, dict) or not value:
        return ""
    return text(value.get("name")) or text(dig(config, "match", "listener", "filterChain", "filter", "name"))
