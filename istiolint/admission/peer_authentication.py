"""What Istio refuses in a PeerAuthentication beyond its schema (specification, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.look import object_at
from istiolint.admission.policy_target import check_selector
from istiolint.finding import Defect


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = object_at(value, "spec")
    yield from check_selector(spec)
    for port in object_at(spec, "portLevelMtls"):
        # "080" and "+80" are numbers to the CRD, and no JSON numbers to Istio's decoder.
        digits = port.removeprefix("+")
        if digits.isascii() and digits.isdigit() and port != str(int(digits)) and 1 <= int(digits) <= 65535:
            path = ("spec", "portLevelMtls", port)
            yield defects.invalid_port(path, port, f"write it as {int(digits)}")._replace(on="key")
