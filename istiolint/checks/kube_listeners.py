"""Listeners of Gateway API Gateways as Istio takes them (specification 10.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, number, sequence, text

if TYPE_CHECKING:
    from istiolint.finding import Path

PROTOCOLS = ("HTTP", "HTTPS", "TLS", "TCP")
TUNNELS = ("istio-waypoint", "istio-east-west", "istio-agentgateway-waypoint")
"""Classes that have listeners of protocol HBONE."""
MOST_CERTIFICATES = 2


def attended_by_istio(class_name: str) -> bool:
    """Whether Istio makes the proxies of a GatewayClass, as far as its name shows."""
    return class_name == "istio" or class_name.startswith("istio-")


def unserved(listener: Any, class_name: str) -> Iterator[tuple[Path, str]]:
    """Why Istio does not program a listener, each with its place; nothing where it does."""
    protocol, tls = text(dig(listener, "protocol")), dig(listener, "tls")
    if protocol == "HBONE":
        if class_name not in TUNNELS:
            yield ("protocol",), f"protocol HBONE is for waypoints, not for class {class_name}"
        return
    if protocol and protocol not in PROTOCOLS:
        right = protocol.upper()
        hint = f'; write "{right}"' if right in PROTOCOLS and protocol != right else ""
        yield ("protocol",), f'Istio has no listeners of protocol "{protocol}"{hint}'
        return
    if protocol == "HTTPS" and tls is None:
        yield ("tls",), "a listener of protocol HTTPS needs `tls` with a certificate"
    certificates = sequence(dig(tls, "certificateRefs"))
    for index, certificate in enumerate(certificates):
        kind = text(dig(certificate, "kind")) or "Secret"
        if kind != "Secret" or text(dig(certificate, "group")):
            yield ("tls", "certificateRefs", index, "kind"), f"a certificate is in a Secret, not in a {kind}"
    if len(certificates) > MOST_CERTIFICATES:
        path = ("tls", "certificateRefs", MOST_CERTIFICATES)
        yield path, f"Istio takes at most {MOST_CERTIFICATES} certificates of a listener, here are {len(certificates)}"


def waypoint_problem(spec: dict[str, Any]) -> str:
    """What is wrong with the listeners of a waypoint; empty for one that is well-formed, and for other Gateways."""
    if not text(spec.get("gatewayClassName")).startswith("istio-waypoint"):
        return ""
    listeners = sequence(spec.get("listeners"))
    if not listeners or any(
        number(dig(it, "port")) == 15008 and text(dig(it, "protocol")) == "HBONE" for it in listeners
    ):
        return ""
    return "no listener has port 15008 and protocol HBONE"
