"""Ports of gateways in IstioOperator and Helm values (specification, section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.finding import Defect
from istiolint.install.defects import privileged_gateway_port
from istiolint.install.setting import Setting


def check_gateway_ports(ports: Setting) -> Iterator[Defect]:
    """Ports of a gateway's Service, whose targets a proxy without root rights must be able to open."""
    for port in ports.items():
        if not isinstance(port.value, dict):
            continue
        number, target = port.any_case("port"), port.any_case("targetPort")
        if target is not None and isinstance(target.value, str):
            continue
        opened = (target.whole() or 0) if target is not None else 0
        shown = (number.whole() or 0) if number is not None else 0
        if (target is None and shown > 1024) or opened >= 1024:
            continue
        yield privileged_gateway_port(target or number or port, shown, opened)
