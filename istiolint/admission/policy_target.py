"""What a policy is attached to: `selector`, `targetRef` and `targetRefs` of the security, telemetry and extension kinds.

Specification 2.1 and 2.2. Wildcards, empty keys, cross-namespace references and two attachments at once are refused
by the CRDs already; here is what only Istio itself refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.look import object_at, objects_in, text_at
from istiolint.finding import Defect, Path

_TARGETS = {
    "Service": ("", "core"),
    "ServiceEntry": ("networking.istio.io",),
    "Gateway": ("gateway.networking.k8s.io",),
    "GatewayClass": ("gateway.networking.k8s.io",),
}
"""Kinds that a policy can be attached to, and the API groups they are named with."""


def check_selector(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification SEL-EMPTY: a selector that selects by no label is taken with a warning."""
    selector = spec.get("selector")
    if isinstance(selector, dict) and not object_at(selector, "matchLabels"):
        yield defects.selector_empty(("spec", "selector"))


def check_targets(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification TREF-KIND for `targetRef` and every one of `targetRefs`."""
    single = spec.get("targetRef")
    if isinstance(single, dict):
        yield from _check_target(single, ("spec", "targetRef"))
    for index, target in objects_in(spec, "targetRefs"):
        yield from _check_target(target, ("spec", "targetRefs", index))


def _check_target(target: dict[str, Any], path: Path) -> Iterator[Defect]:
    kind, group = text_at(target, "kind"), text_at(target, "group")
    if not kind or group in _TARGETS.get(kind, ()):
        return
    if kind in _TARGETS:
        right = _TARGETS[kind][0]
        where = (*path, "group") if "group" in target else path
        reason = (
            f'the group of {kind} is "{right}", not "{group}"' if "group" in target else f'group: "{right}" is missing'
        )
        yield defects.target_not_supported(where, kind, reason)
        return
    similar = next((known for known in _TARGETS if known.lower() == kind.lower()), None)
    known = ", ".join(_TARGETS)
    reason = f"did you mean {similar}?" if similar else f"known are {known}"
    yield defects.target_not_supported((*path, "kind"), kind, reason)
