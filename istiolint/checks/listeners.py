"""Gateways of the Gateway API: classes, listeners, addresses, certificates (specification 10.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.kube_listeners import attended_by_istio, unserved, waypoint_problem
from istiolint.checks.naming import called, note_at, rewritten
from istiolint.checks.phrases import suggestion
from istiolint.finding import Defect
from istiolint.mesh.answers import Absent
from istiolint.mesh.kube_routes import GROUP, reference
from istiolint.mesh.nearness import Names, misspelt
from istiolint.mesh.read import mapping, sequence, text

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import KubeGateway
    from istiolint.source.node import Node

CLASSES = (
    "istio", "istio-remote", "istio-waypoint", "istio-east-west", "istio-agentgateway", "istio-agentgateway-waypoint",
)  # fmt: skip
"""GatewayClasses that Istio makes."""


def gateway_class_not_found(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A GatewayClass says who makes the proxy of a Gateway; without one nobody does."""
    known = Names({*CLASSES, *(it.name for it in mesh.documents("GatewayClass", GROUP))})
    if not isinstance(name.value, str) or not name.value or name.value in known or mesh.world == "partial":
        return
    near = known.nearest(name.value)
    if mesh.world == "complete" or misspelt(name.value, near):
        yield name.defect(
            name=name.value,
            hint=suggestion(near),
            repair=rewritten(name, near) if near else None,
        )


def listener_not_served(listener: Node, mesh: Mesh) -> Iterator[Defect]:
    """Listeners that the API server takes and Istio does not program (specification 10.1)."""
    gateway = mesh.kube_gateway_of(listener.document)
    if attended_by_istio(gateway.class_name):
        for path, why in unserved(listener.value, gateway.class_name):
            yield Defect((*listener.path, *path), {"why": why}, document=listener.document)


def waypoint_without_its_listener(spec: Node) -> Iterator[Defect]:
    """A waypoint has a listener on port 15008 of protocol HBONE; others are not its own."""
    problem = waypoint_problem(mapping(spec.value))
    if problem:
        yield (spec.get("listeners") or spec).defect(on="key", why=problem)


def listener_certificate_not_found(certificate: Node, mesh: Mesh) -> Iterator[Defect]:
    """A listener that ends TLS shows the certificate of a Secret that exists."""
    space = mesh.namespace_of(certificate.document)
    its = reference(certificate.value, certificate.path, space, "", "Secret")
    if its.group or its.kind != "Secret" or not its.name:
        return
    found = mesh.secret(its.name, its.namespace)
    if isinstance(found, Absent):
        where = f" in namespace {its.namespace}" if its.namespace else ""
        yield (certificate.get("name") or certificate).defect(
            name=its.name,
            where=where,
            hint=suggestion(found.near),
            notes=note_at(found.thing.document, ("metadata", "name"), "this one exists") if found.thing else (),
            confidence=None if found.certain else "low",
        )


def address_on_several_gateways(address: Node, mesh: Mesh) -> Iterator[Defect]:
    """Two Gateways get a Service each, and cannot both have one IP address."""
    own = mesh.kube_gateway_of(address.document)
    value, kind = address.text("value"), address.text("type") or "IPAddress"
    if kind != "IPAddress" or not value:
        return
    for other, path in mesh.index(_addresses).get(value, ()):
        if other.reference != own.reference and mesh.together(own.document, other.document):
            notes = note_at(other.document, path, "the same address")
            yield (address.get("value") or address).defect(address=value, other=called(other), notes=notes)
            return


def _addresses(mesh: Mesh) -> dict[str, list[tuple[KubeGateway, Path]]]:
    found: dict[str, list[tuple[KubeGateway, Path]]] = {}
    for gateway in mesh.kube_gateways:
        for index, it in enumerate(sequence(gateway.spec.get("addresses"))):
            if isinstance(it, dict) and it.get("type", "IPAddress") == "IPAddress" and text(it.get("value")):
                found.setdefault(it["value"], []).append((gateway, ("spec", "addresses", index, "value")))
    return found


def listener_on_several_gateways(listener: Node, mesh: Mesh) -> Iterator[Defect]:
    """Two Gateways for one hostname, port and protocol: clients reach the one that DNS names."""
    own = mesh.kube_gateway_of(listener.document)
    its = next((it for it in own.listeners if it.path == listener.path), None)
    if its is None or not its.hostname:
        return
    for other, path in mesh.index(_listeners).get((its.hostname, its.number, its.protocol), ()):
        if other.reference != own.reference and mesh.together(own.document, other.document):
            yield (listener.get("hostname") or listener).defect(
                hostname=its.hostname,
                port=its.number,
                other=called(other),
                notes=note_at(other.document, (*path, "hostname"), "the same hostname"),
            )
            return


def _listeners(mesh: Mesh) -> dict[tuple[str, int, str], list[tuple[KubeGateway, Path]]]:
    found: dict[tuple[str, int, str], list[tuple[KubeGateway, Path]]] = {}
    for gateway in mesh.kube_gateways:
        for it in gateway.listeners:
            found.setdefault((it.hostname, it.number, it.protocol), []).append((gateway, it.path))
    return found
