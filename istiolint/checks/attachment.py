"""Which listeners of a Gateway take a route of the Gateway API, and what stands in the way (semantics 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.kube_routes import GROUP, Reference
from istiolint.mesh.names import overlap, same_namespace
from istiolint.mesh.read import dig, labels, mapping, matches, sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import KubeGateway, Listener
    from istiolint.source.document import Document

NAME = "kubernetes.io/metadata.name"
"""The label that every namespace has: its name."""

HTTP = ("HTTPRoute", "GRPCRoute")
CARRIED: dict[str, tuple[str, ...]] = {
    "HTTP": HTTP,
    "HTTPS": HTTP,
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}
"""Kinds of routes by protocol of the listener."""


class Attachment(NamedTuple):
    """The listeners of a Gateway that are left after each question; the first that is empty is what is wrong."""

    all: tuple[Listener, ...]
    named: tuple[Listener, ...]
    """Those of the name and port that the reference asks for."""
    open: tuple[Listener, ...]
    """Those of them that admit routes of this namespace (or may)."""
    fit: tuple[Listener, ...]
    """Those of them that carry routes of this kind."""
    hosts: tuple[str, ...]
    """Hostnames of the route that one of these takes."""


def attachment(route: Document, parent: Reference, gateway: KubeGateway, mesh: Mesh) -> Attachment:
    """How far a route gets with one Gateway."""
    listeners = gateway.listeners
    named = tuple([it for it in listeners if parent.section in ("", it.name) and parent.port in (0, it.number)])
    space = mesh.namespace_of(route)
    admitting = tuple([it for it in named if admits(it, gateway, space, mesh) is not False])
    fit = tuple([it for it in admitting if carries(it, gateway, route.kind)])
    return Attachment(listeners, named, admitting, fit, _hosts(route, fit))


def _hosts(route: Document, listeners: tuple[Listener, ...]) -> tuple[str, ...]:
    written = texts(dig(route.value, "spec", "hostnames"))
    taken = [it.hostname for it in listeners]
    return tuple([host for host in written if any(not it or overlap(it, host) for it in taken)])


def admits(listener: Listener, gateway: KubeGateway, namespace: str, mesh: Mesh) -> bool | None:
    """Whether a listener takes routes of a namespace; None where it is not known."""
    scope = listener.from_namespaces
    if scope == "All":
        return True
    if scope == "Same":
        return same_namespace(gateway.namespace, namespace)
    if scope == "None":
        return False
    if scope != "Selector" or not namespace:
        return None
    selector = mapping(dig(_allowed(listener, gateway), "namespaces", "selector"))
    return _selected(selector, namespace, mesh)


def _allowed(listener: Listener, gateway: KubeGateway) -> dict[str, Any]:
    """`allowedRoutes` of a listener."""
    return mapping(dig(sequence(gateway.spec.get("listeners"))[listener.path[-1]], "allowedRoutes"))  # type: ignore[index]


def _selected(selector: dict[str, Any], namespace: str, mesh: Mesh) -> bool | None:
    """Whether a label selector picks a namespace; None where its labels are not known, or not agreed upon."""
    found = mesh.namespaces.get(namespace)
    expressions = [it for it in sequence(selector.get("matchExpressions")) if isinstance(it, dict)]
    wanted = labels(selector.get("matchLabels"))
    keys = {*wanted, *(text(it.get("key")) for it in expressions)}
    if (found is None and mesh.world != "complete" and keys != {NAME}) or (found and keys & found.disputed):
        return None
    having = {NAME: namespace, **(found.labels if found else {})}
    return matches(wanted, having) and all(_holds(it, having) for it in expressions)


def _holds(expression: dict[str, Any], having: dict[str, str]) -> bool:
    key, values = text(expression.get("key")), texts(expression.get("values"))
    operator = text(expression.get("operator"))
    if operator == "In":
        return having.get(key) in values
    if operator == "NotIn":
        return having.get(key) not in values
    return (key in having) is (operator != "DoesNotExist")


def carries(listener: Listener, gateway: KubeGateway, kind: str) -> bool:
    """Whether a listener takes routes of a kind; of protocols that the API does not know, any."""
    if kind not in CARRIED.get(listener.protocol, (kind,)):
        return False
    if listener.protocol == "TLS" and kind == "TCPRoute" and text(listener.tls.get("mode")) == "Passthrough":
        return False
    kinds = [it for it in sequence(_allowed(listener, gateway).get("kinds")) if isinstance(it, dict)]
    return not kinds or any(text(it.get("kind")) == kind and it.get("group") in (None, GROUP) for it in kinds)
