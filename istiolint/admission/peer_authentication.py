"""What Istio refuses in a PeerAuthentication beyond its schema (specification, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.policy_target import check_attachment
from istiolint.admission.values import mapping
from istiolint.finding import Defect


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = mapping(value, "spec") or {}
    yield from check_attachment(spec)
    ports = mapping(spec, "portLevelMtls")
    if ports is None:
        return
    path = ("spec", "portLevelMtls")
    if not any((mapping(spec, "selector") or {}).values()):
        reason = "ports differ from workload to workload, so portLevelMtls needs a selector with labels"
        yield defects.missing_setting(path, "selector.matchLabels", reason)
    if not ports:
        yield defects.missing_setting(path, "a port", "portLevelMtls is empty, so leave it out or fill it")
    for port in ports:
        # "080" and "+80" are numbers to the CRD, but not to Istio's decoder.
        digits = str(port).removeprefix("+")
        if not (digits.isascii() and digits.isdigit()):
            yield defects.invalid_port((*path, port), port, "a port is a number", on="key")
        elif not 1 <= int(digits) <= 65535:
            yield defects.invalid_port((*path, port), port, "a port is a number from 1 to 65535", on="key")
        elif port != str(int(digits)):
            yield defects.invalid_port((*path, port), port, f"write it as {int(digits)}", on="key")
