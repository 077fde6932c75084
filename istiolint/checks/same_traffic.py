"""Whether two VirtualServices for one host are used for the same requests (semantics 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import mapping, number, sequence, texts

if TYPE_CHECKING:
    from istiolint.mesh.virtual_services import VirtualService


def share_traffic(one: VirtualService, other: VirtualService) -> bool:
    """Whether both have routes for the same kind of traffic, and not each for ports of its own (semantics 5)."""
    for section in ("http", "tcp"):
        first, second = sequence(one.spec.get(section)), sequence(other.spec.get(section))
        if first and second:
            ports, others = _ports(first), _ports(second)
            if ports is None or others is None or ports & others:
                return True
    return bool(_sni_hosts(one) & _sni_hosts(other))


def _ports(routes: list[object]) -> set[int] | None:
    """The ports that routes are limited to; None where one is for every port."""
    found: set[int] = set()
    for route in routes:
        matches = sequence(mapping(route).get("match"))
        ports = [number(mapping(match).get("port")) for match in matches]
        if not ports or None in ports:
            return None
        found.update(port for port in ports if port is not None)
    return found


def _sni_hosts(route: VirtualService) -> set[str]:
    return {
        host
        for entry in sequence(route.spec.get("tls"))
        for match in sequence(mapping(entry).get("match"))
        for host in texts(mapping(match).get("sniHosts"))
    }
