"""Which ports the proxy's redirection leaves out, by annotations of the pod (specification 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from istiolint.mesh.workloads import Workload

PREFIX = "traffic.sidecar.istio.io/"


def captured(workload: Workload | None, port: int, way: Literal["Inbound", "Outbound"]) -> bool:
    """Whether the sidecar of a pod sees connections from it, or to it, on a port."""
    if workload is None or not workload.annotations:
        return True
    given = workload.annotations
    if str(port) in _ports(given.get(f"{PREFIX}exclude{way}Ports", "")):
        return False
    included = given.get(f"{PREFIX}include{way}Ports")
    if way == "Inbound" and included is not None:
        return "*" in _ports(included) or str(port) in _ports(included)
    return True


def ranged(workload: Workload | None) -> bool:
    """Whether only some addresses are captured, so that it depends on the address that is dialled."""
    given = workload.annotations if workload is not None else {}
    included = given.get(f"{PREFIX}includeOutboundIPRanges", "*")
    return included.strip() != "*" or bool(given.get(f"{PREFIX}excludeOutboundIPRanges"))


def _ports(written: str) -> list[str]:
    return [port.strip() for port in written.split(",")]
