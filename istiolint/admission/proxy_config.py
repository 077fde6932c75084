"""What Istio refuses in a ProxyConfig."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.fields import check_not_negative
from istiolint.admission.selectors import check_selector
from istiolint.admission.values import mapping
from istiolint.finding import Defect


def check(value: dict[str, Any], _namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in a ProxyConfig (specification 11)."""
    spec = mapping(value, "spec") or {}
    yield from check_selector(spec, "selector", "matchLabels")
    yield from check_not_negative(spec, ("spec",), "concurrency")
