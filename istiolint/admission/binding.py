"""What the routes of a VirtualService must know of it."""

from __future__ import annotations

from typing import Any

from istiolint.admission.gateway_references import ROUTE_SEMANTICS
from istiolint.admission.values import texts
from istiolint.records import NamedTuple


class Binding(NamedTuple):
    """What routes must know of their VirtualService."""

    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    is_delegate: bool
    """It has no hosts, and is there for others to delegate to."""
    to_gateway: bool
    """It names gateways, and the mesh is not among them (specification VS006)."""
    from_gateway_api: bool
    """Istio made it of a Gateway API route, and holds it to other rules."""


def bind(value: dict[str, Any], spec: dict[str, Any]) -> Binding:
    """How the VirtualService is bound (specification VS001, VS006, VS014)."""
    gateways = tuple(text for _, text in texts(spec, "gateways"))
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    semantics = annotations.get(ROUTE_SEMANTICS) if isinstance(annotations, dict) else None
    return Binding(
        hosts=tuple(text for _, text in texts(spec, "hosts")),
        gateways=gateways,
        is_delegate=spec.get("hosts") in (None, []),
        to_gateway=bool(gateways) and "mesh" not in gateways,
        from_gateway_api=semantics == "gateway",
    )
