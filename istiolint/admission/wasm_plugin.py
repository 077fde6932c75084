"""What Istio refuses in a WasmPlugin beyond its schema (specification 7.1): the rest is in the CRD already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.policy_target import check_attachment
from istiolint.admission.values import mapping
from istiolint.finding import Defect


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    yield from check_attachment(mapping(value, "spec") or {})
