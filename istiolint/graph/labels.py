"""Words on edges: what share of the requests, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, mapping, number, sequence

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh.graph import Edge

LONGEST = 40
SIGNS = {"exact": "", "prefix": "*", "regex": ""}


def share(edge: Edge) -> str:
    """`90 %` of a destination that is not the only one; of a mirror its percentage."""
    value = edge.document.value
    if edge.label == "mirror":
        holder = _at(value, edge.path[:-1])
        percent = dig(holder, "mirrorPercentage", "value") if edge.path[-1] == "mirror" else None
        percent = dig(holder, "percentage", "value") if percent is None else percent
        return f"mirror {percent:g} %" if isinstance(percent, int | float) else "mirror"
    if edge.label != "route" or len(edge.path) < 5:
        return ""
    routes = [it for it in sequence(_at(value, edge.path[:4])) if isinstance(it, dict)]
    if len(routes) < 2:
        return ""
    total = sum(number(it.get("weight")) or 0 for it in routes)
    weight = number(dig(_at(value, edge.path[:5]), "weight")) or 0
    return f"{100 * weight / total:.3g} %" if total else ""


def condition(edge: Edge) -> str:
    """`if /api*`: the first match of the entry that a destination is of; empty: it has none."""
    if len(edge.path) < 3:
        return ""
    matches = [it for it in sequence(dig(_at(edge.document.value, edge.path[:3]), "match")) if isinstance(it, dict)]
    if not matches:
        return ""
    words = _words(matches[0]) or ["…"]
    more = f" or {len(matches) - 1} more" if len(matches) > 1 else ""
    said = f"if {' and '.join(words)}{more}"
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _words(match: dict[str, Any]) -> list[str]:
    found = []
    for key, value in match.items():
        if key in ("uri", "method", "authority", "scheme"):
            found.append(_text(value))
        elif key in ("headers", "queryParams"):
            found += [f"{name}={_text(it)}" for name, it in mapping(value).items()]
        elif key == "withoutHeaders":
            found += [f"no {name}={_text(it)}" for name, it in mapping(value).items()]
        elif key in ("port", "sniHosts", "sourceNamespace"):
            found.append(", ".join(map(str, value)) if isinstance(value, list) else f"{key} {value}")
        elif key == "sourceLabels":
            found.append("from " + ",".join(f"{name}={it}" for name, it in mapping(value).items()))
    return found


def _text(value: Any) -> str:
    for form, sign in SIGNS.items():
        if isinstance(found := dig(value, form), str):
            return f"~{found}" if form == "regex" else found + sign
    return "any"


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
