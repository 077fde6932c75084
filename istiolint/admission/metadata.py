"""Annotations that the webhook refuses (specification 3.23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import forbidden_annotation
from istiolint.finding import Defect

_INTERNAL = "Istio sets it on objects of its own making"
_FORBIDDEN = {
    "istio.io/dry-run": "only an AuthorizationPolicy can be tried out with it",
    "internal.istio.io/webhook-always-reject": "it makes the webhook refuse the object",
    "internal.istio.io/parent-namespace": _INTERNAL,
    "internal.istio.io/parents": _INTERNAL,
}


def check_metadata(value: dict[str, Any], group: str, kind: str) -> Iterator[Defect]:
    """Annotations that no object may have, or only an AuthorizationPolicy (specification 3.23)."""
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict):
        return
    for name in annotations:
        reason = _FORBIDDEN.get(name)
        if reason and not (name == "istio.io/dry-run" and kind == "AuthorizationPolicy"):
            yield forbidden_annotation(("metadata", "annotations", name), name, reason, on="key")
