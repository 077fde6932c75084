"""What files say about the control plane and what it has answered: CRDs, its settings, conditions of objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.checks.phrases import listed
from istiolint.finding import Defect
from istiolint.mesh.read import dig, mapping, sequence, text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.source.document import Document
    from istiolint.source.node import Node

BUNDLE = "gateway.networking.k8s.io/bundle-version"
OLDEST = {
    "grpcroutes.gateway.networking.k8s.io": (1, 1, 0),
    "backendtlspolicies.gateway.networking.k8s.io": (1, 4, 0),
    "tlsroutes.gateway.networking.k8s.io": (1, 5, 0),
    "tcproutes.gateway.networking.k8s.io": (1, 6, 0),
}
"""The oldest Gateway API in which Istio reads a kind (specification IST0176)."""

BLOCKED = "BLOCKED_CIDRS_IN_JWKS_URIS"

_WAYPOINT = ("istio.io/WaypointBound",)
_ROUTE = ("Accepted", "Programmed", "ResolvedRefs")
CONDITIONS = {
    "Service": _WAYPOINT,
    "ServiceEntry": _WAYPOINT,
    "WorkloadEntry": _WAYPOINT,
    "AuthorizationPolicy": ("ZtunnelAccepted", "WaypointAccepted"),
    "Gateway": _ROUTE,
    "HTTPRoute": _ROUTE,
    "GRPCRoute": _ROUTE,
}
"""Conditions that say that Istio has taken an object; False is bad."""


def gateway_api_too_old(root: Node) -> Iterator[Defect]:
    """A CRD of the Gateway API that is older than what Istio reads (specification IST0176)."""
    oldest = OLDEST.get(root.document.name)
    if oldest is None:
        return
    place = root.at("metadata", "annotations", BUNDLE)
    version = _version(place.value) if place is not None else None
    if place is not None and version is not None and version < oldest:
        kind = root.text("spec", "names", "kind") or root.document.name.partition(".")[0]
        yield place.defect(kind=kind, version=place.value, oldest="v" + ".".join(map(str, oldest)))


def _version(written: object) -> tuple[int, ...] | None:
    parts = text(written).removeprefix("v").partition("-")[0].partition("+")[0].split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return tuple(map(int, parts))


def jwks_fetch_unrestricted(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """The control plane fetches keys from any address that a RequestAuthentication names (specification IST0175)."""
    if root.document.strings("labels").get("app") != "istiod":
        return
    containers = sequence(dig(root.document.value, "spec", "template", "spec", "containers"))
    if any(_blocks(mapping(entry)) for it in containers for entry in sequence(dig(it, "env"))):
        return
    policies = mesh.documents("RequestAuthentication", "security.istio.io")
    names = [it.name for it in policies if _fetches(it) and mesh.together(root.document, it)]
    if names:
        rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield (root.at("metadata", "name") or root).defect(policies=listed(sorted(names)[:3]) + rest)


def _blocks(entry: dict[str, Any]) -> bool:
    return entry.get("name") == BLOCKED and bool(entry.get("value") or entry.get("valueFrom"))


def _fetches(document: Document) -> bool:
    """Whether a RequestAuthentication has keys fetched: those that are not written into it."""
    rules = sequence(dig(document.value, "spec", "jwtRules"))
    return any(isinstance(rule, dict) and not rule.get("jwks") for rule in rules)


def negative_condition(root: Node) -> Iterator[Defect]:
    """The status of an exported object says that Istio has not taken it (specification IST0171)."""
    status = root.value.get("status") if isinstance(root.value, dict) else None
    if not isinstance(status, dict):
        return
    wanted = CONDITIONS.get(root.document.kind, ())
    groups = [
        ("conditions",),
        *(("parents", index, "conditions") for index in range(len(sequence(status.get("parents"))))),
    ]
    for group in groups:
        for condition in root.items("status", *group):
            kind, its = condition.text("type"), condition.text("status")
            partly = kind == "WaypointAccepted" and condition.text("reason") == "PartiallyInvalid"
            if kind in wanted and (its == "False" or partly):
                said = condition.text("message") or condition.text("reason") or "no reason is given"
                place = condition.get("type") or condition
                yield place.defect(condition=kind, said=said.strip().rstrip("."), how="only in part " if partly else "")
