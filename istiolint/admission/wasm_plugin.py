"""What Istio refuses in a WasmPlugin beyond its schema (specification 7.1): the rest is in the CRD already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.look import object_at
from istiolint.admission.policy_target import check_selector, check_targets
from istiolint.finding import Defect


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = object_at(value, "spec")
    yield from check_selector(spec)
    yield from check_targets(spec)
