"""What a policy is attached to: `selector`, `targetRef` and `targetRefs`.

Specification 2.1 and 2.2. The CRDs refuse most of it too, but those of old versions did not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.selectors import check_selector
from istiolint.admission.values import mapping, objects, text
from istiolint.finding import Defect, Path

_GROUPS = {
    "Service": ("", "core"),
    "ServiceEntry": ("networking.istio.io",),
    "Gateway": ("gateway.networking.k8s.io",),
    "GatewayClass": ("gateway.networking.k8s.io",),
}
"""Kinds that a policy can be attached to, and the API groups they are named with."""


def check_attachment(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification SEL-* and TREF-*, for whichever of the three fields there are."""
    yield from check_selector(spec, "selector", "matchLabels")
    given = [field for field in ("selector", "targetRef", "targetRefs") if spec.get(field)]
    if len(given) > 1:
        reason = "a policy is attached in one way"
        yield defects.conflicting_settings(("spec", given[1]), given[0], given[1], reason, on="key")
    target = mapping(spec, "targetRef")
    if target is not None:
        yield from _check_target(target, ("spec", "targetRef"))
    for index, target in objects(spec, "targetRefs"):
        yield from _check_target(target, ("spec", "targetRefs", index))


def _check_target(target: dict[str, Any], path: Path) -> Iterator[Defect]:
    if text(target, "namespace"):
        reason = "a policy can only be attached to what is in its own namespace"
        yield defects.unsupported_setting((*path, "namespace"), "namespace", reason, on="key")
    kind, group = text(target, "kind"), text(target, "group")
    if not kind:
        return
    groups = _GROUPS.get(kind)
    if groups is None:
        similar = next((known for known in _GROUPS if known.lower() == kind.lower()), None)
        hint = f"did you mean {similar}?" if similar else f"known are {', '.join(_GROUPS)}"
        yield defects.unsupported_target((*path, "kind"), kind, hint)
    elif group not in groups:
        found = f'not "{group}"' if group else "which is missing"
        where = (*path, "group") if "group" in target else path
        yield defects.unsupported_target(where, kind, f'its group is "{groups[0]}", {found}')
