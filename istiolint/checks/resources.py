"""CPU and memory of Istio's components: what is too little to work well, and what cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from istiolint.checks.resource_slots import NAMES, PROXY, SIDECAR, Amount, resource_slots
from istiolint.finding import Defect
from istiolint.install.quantities import quantity

if TYPE_CHECKING:
    from istiolint.source.node import Node

_DEFAULTS = {
    "istiod": {"cpu": 0.5, "memory": 2 * 2.0**30},
    "sidecar": {"cpu": 0.1, "memory": 128 * 2.0**20},
    "gateway": {"cpu": 0.1, "memory": 128 * 2.0**20},
    "ztunnel": {"cpu": 0.2, "memory": 512 * 2.0**20},
}
"""What Istio's charts request: nobody is told that the defaults are too low."""


def requests_too_low(document: Node, params: Mapping[str, Any]) -> Iterator[Defect]:
    """Requests far below what the component needs (below `share` percent of the recommendation)."""
    if document.text("spec", "profile") == "demo":
        return
    share = _share(params)
    for slot in resource_slots(document):
        for what, amount in slot.requests.items():
            needed = _recommended(params, slot.component, what)
            if needed is None or amount.size < 0:
                continue
            least = min(needed * share, _DEFAULTS[slot.component][what])
            if amount.size < least * 0.999:
                yield _defect(amount, slot.component, what, needed=params[f"{slot.component}-{what}"])


def limit_below_request(document: Node) -> Iterator[Defect]:
    """A limit below the request: the API server refuses the pod."""
    for slot in resource_slots(document):
        for what, limit in slot.limits.items():
            request = slot.requests.get(what)
            if request is not None and limit.size < request.size:
                notes = (request.node.note("the request"),)
                yield _defect(limit, slot.component, what, request=request.node.value)._replace(notes=notes)


def cpu_limit_too_low(document: Node, params: Mapping[str, Any]) -> Iterator[Defect]:
    """A CPU limit that slows the proxy in every burst."""
    least = quantity(params["least"]) or 0.0
    for slot in resource_slots(document):
        limit = slot.limits.get("cpu")
        if limit is not None and 0 <= limit.size < least and not _is_below(limit, slot.requests.get("cpu")):
            yield _defect(limit, slot.component, "cpu", least=params["least"])


def memory_limit_too_tight(document: Node, params: Mapping[str, Any]) -> Iterator[Defect]:
    """A memory limit hardly over the request, and not generous either: what grows with the mesh is killed."""
    for slot in resource_slots(document):
        limit, request = slot.limits.get("memory"), slot.requests.get("memory")
        component = SIDECAR if slot.component == PROXY else slot.component
        needed = quantity(params[f"{component}-memory"])
        if limit is None or request is None or needed is None or _is_below(limit, request):
            continue
        if limit.size < request.size * (1 + params["headroom"] / 100) and limit.size < 2 * needed:
            yield _defect(limit, slot.component, "memory", request=request.node.value)


def negative_resource(document: Node) -> Iterator[Defect]:
    """A negative amount, which the injector takes and the API server refuses."""
    for slot in resource_slots(document):
        for amounts in (slot.requests, slot.limits):
            for what, amount in amounts.items():
                if amount.size < 0:
                    yield _defect(amount, slot.component, what)


def _share(params: Mapping[str, Any]) -> float:
    return float(params["share"]) / 100


def _recommended(params: Mapping[str, Any], component: str, what: str) -> float | None:
    return quantity(params[f"{component}-{what}"]) if component != PROXY else None


def _is_below(limit: Amount, request: Amount | None) -> bool:
    """Whether the limit is below the request, which another rule reports."""
    return request is not None and limit.size < request.size


def _defect(amount: Amount, component: str, what: str, **fields: object) -> Defect:
    shown = "CPU" if what == "cpu" else "memory"
    said = {"value": amount.node.value, "component": NAMES[component], "what": shown, **fields}
    return Defect(amount.node.path, said, document=amount.node.document)
