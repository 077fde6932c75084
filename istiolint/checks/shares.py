"""What share of its requests a route of the Gateway API loses with one of its backends (semantics 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import dig, number, sequence, text

if TYPE_CHECKING:
    from istiolint.source.node import Node

WITH_REQUESTS = ("HTTPRoute", "GRPCRoute")


def lost_with(backend: Node) -> str:
    """What happens without this backend, with a request for which it does: `20 % of GET /pay get 500`."""
    rule = backend.document.node(*backend.path[:3])
    if rule is None or backend.path[3] != "backendRefs" or len(backend.path) != 5:
        return "copies of requests get lost"
    weights = [_weight(it) for it in sequence(dig(rule.value, "backendRefs"))]
    share = 100 * _weight(backend.value) / (sum(weights) or 1)
    if backend.document.kind not in WITH_REQUESTS:
        return f"{_percent(share)} of the connections fail"
    if not share:
        return "with a weight it would get 500 for its share"
    return f"{_percent(share)} of {_request(backend.document.kind, rule)} get 500"


def _weight(backend: object) -> int:
    found = number(dig(backend, "weight"))
    return 1 if found is None else found


def _percent(share: float) -> str:
    return "all" if share == 100 else f"{share:.3g} %"


def _request(kind: str, rule: Node) -> str:
    """A request that a rule takes."""
    match = next(iter(sequence(dig(rule.value, "matches"))), None)
    if kind == "GRPCRoute":
        method = [text(dig(match, "method", it)) for it in ("service", "method")]
        return f"calls of {'/'.join(filter(None, method))}" if any(method) else "calls"
    path = text(dig(match, "path", "value")) if text(dig(match, "path", "type")) != "RegularExpression" else ""
    return f"{text(dig(match, 'method')) or 'GET'} {path or '/'}"
