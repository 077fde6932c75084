"""What Istio refuses in a WorkloadEntry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import unaddressed_endpoint
from istiolint.admission.endpoints import check_endpoint
from istiolint.admission.values import text
from istiolint.finding import Defect


def check(value: dict[str, Any], _namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in a WorkloadEntry (specification 9)."""
    spec = value.get("spec")
    if not isinstance(spec, dict):
        return
    yield from check_endpoint(spec, ("spec",))
    if spec.get("address") in (None, "") and text(spec, "network"):
        yield unaddressed_endpoint(("spec", "network"), on="key")
