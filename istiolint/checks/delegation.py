"""VirtualServices that hand http routes to others: whether the delegate is there, and fits (semantics 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.checks.naming import called, note_at
from istiolint.checks.phrases import suggestion
from istiolint.finding import Defect
from istiolint.mesh.answers import Absent, Unknown
from istiolint.mesh.names import gateway_reference
from istiolint.mesh.read import labels, mapping, number, sequence, text, texts
from istiolint.mesh.visibility import sees
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.source.node import Node

STRINGS = ("uri", "scheme", "method", "authority")
MAPS = ("headers", "withoutHeaders", "queryParams")


class Root(NamedTuple):
    """An http route that delegates."""

    route: VirtualService
    entry: dict[str, Any]
    path: Path


def delegate_not_found(delegate: Node, mesh: Mesh) -> Iterator[Defect]:
    """A route whose delegate does not exist disappears (semantics 6.1)."""
    name = delegate.get("name")
    if name is None or not isinstance(name.value, str) or not name.value:
        return
    namespace = delegate.text("namespace") or mesh.namespace_of(delegate.document)
    found = mesh.virtual_service(name.value, namespace)
    if isinstance(found, Absent):
        hint = suggestion(found.near)
        if found.reason == "elsewhere":
            hint = f"; there is {found.near}"
        yield name.defect(
            name=name.value,
            where=f" in namespace {namespace}" if namespace else "",
            hint=hint,
            notes=note_at(found.thing.document, ("metadata", "name"), "this one exists") if found.thing else (),
            confidence=None if found.certain else "low",
        )


def delegate_with_hosts(delegate: Node, mesh: Mesh) -> Iterator[Defect]:
    """Only a VirtualService without hosts can be a delegate (semantics 6.1)."""
    found = _delegates(delegate, mesh)
    if found and all(route.hosts for route in found):
        node = delegate.get("name") or delegate
        where = note_at(found[0].document, ("spec", "hosts"), "these hosts make it a VirtualService of its own")
        yield node.defect(delegate=called(found[0]), notes=where)


def delegate_not_visible(delegate: Node, mesh: Mesh) -> Iterator[Defect]:
    """A delegate must be exported to the namespace of the VirtualService that names it (semantics 6.1)."""
    found = [route for route in _delegates(delegate, mesh) if not route.hosts]
    namespace = mesh.namespace_of(delegate.document)
    if found and namespace and not any(sees(mesh, namespace, route) for route in found):
        node = delegate.get("name") or delegate
        where = note_at(found[0].document, ("spec", "exportTo"), "where it is visible")
        yield node.defect(delegate=called(found[0]), namespace=namespace, notes=where)


def delegate_outside_root(match: Node, mesh: Mesh) -> Iterator[Defect]:
    """A match of a delegate must fit into a match of the route that delegates; else its whole route is dropped."""
    route = mesh.virtual_service_of(match.document)
    if route.hosts or not isinstance(match.value, dict):
        return
    roots = mesh.index(_roots).get((route.namespace, route.name), [])
    roots = [it for it in roots if mesh.together(route.document, it.route.document)]
    reason = ""
    for root in roots:
        outer = [it for it in sequence(root.entry.get("match")) if isinstance(it, dict)]
        reasons = [_conflict(it, match.value, root.route, route) for it in outer]
        if not reasons or not all(reasons):
            return
        reason = reason or reasons[0]
    if roots:
        where = match.get(reason) or match
        yield where.defect(
            field=reason,
            root=called(roots[0].route),
            on="key" if where is not match else "value",
            notes=note_at(roots[0].route.document, (*roots[0].path, "match"), "only these requests are delegated"),
        )


def _delegates(delegate: Node, mesh: Mesh) -> tuple[VirtualService, ...]:
    namespace = delegate.text("namespace") or mesh.namespace_of(delegate.document)
    found = mesh.virtual_service(delegate.text("name"), namespace) if delegate.text("name") else None
    return () if found is None or isinstance(found, (Absent, Unknown)) else found


def _roots(mesh: Mesh) -> dict[tuple[str, str], list[Root]]:
    """Routes that delegate, by namespace and name of the delegate."""
    found: dict[tuple[str, str], list[Root]] = {}
    for route in mesh.virtual_services:
        for index, entry in enumerate(sequence(route.spec.get("http"))):
            delegate = mapping(mapping(entry).get("delegate"))
            if name := text(delegate.get("name")):
                key = (text(delegate.get("namespace")) or route.namespace, name)
                found.setdefault(key, []).append(Root(route, mapping(entry), ("spec", "http", index)))
    return found


def _conflict(outer: dict[str, Any], inner: dict[str, Any], root: VirtualService, route: VirtualService) -> str:
    """The field because of which a delegate's match cannot be put into the root's; empty if it can."""
    for field in STRINGS:
        if _strings_conflict(mapping(outer.get(field)), mapping(inner.get(field))):
            return field
    for field in MAPS:
        first, second = mapping(outer.get(field)), mapping(inner.get(field))
        if any(_strings_conflict(mapping(first[key]), mapping(second[key])) for key in first.keys() & second.keys()):
            return field
    if bool(outer.get("ignoreUriCase")) != bool(inner.get("ignoreUriCase")) and outer.get("uri") and inner.get("uri"):
        return "ignoreUriCase"
    ports = number(outer.get("port")), number(inner.get("port"))
    if all(ports) and ports[0] != ports[1]:
        return "port"
    space = text(outer.get("sourceNamespace"))
    if space and space != text(inner.get("sourceNamespace")):
        return "sourceNamespace"
    first_labels, second_labels = labels(outer.get("sourceLabels")), labels(inner.get("sourceLabels"))
    if any(second_labels.get(key, value) != value for key, value in first_labels.items()):
        return "sourceLabels"
    gateways = {gateway_reference(it, root.namespace) for it in texts(outer.get("gateways"))}
    named = {gateway_reference(it, route.namespace) for it in texts(inner.get("gateways"))}
    return "gateways" if gateways and not named <= gateways else ""


def _strings_conflict(outer: dict[str, Any], inner: dict[str, Any]) -> bool:
    """Whether Istio cannot combine two conditions on one text."""
    if not outer or not inner:
        return False
    if "regex" in outer or "regex" in inner:
        return True
    exact, leaf = text(outer.get("exact")), text(inner.get("exact"))
    if exact:
        return exact != leaf
    return not (leaf or text(inner.get("prefix"))).startswith(text(outer.get("prefix")))
