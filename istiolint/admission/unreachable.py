"""Routes that no request can take, because earlier ones take all of theirs (specification 4.1).

Istio warns where texts are equal, and where one uri prefix begins another. Its comparison of the remaining conditions
errs in both directions; `covers` here is a proof instead: it is true only if every request that fits the later match
fits the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import ineffective_match, unreachable_rule
from istiolint.finding import Defect, Note, Path

_STRINGS = ("uri", "scheme", "method", "authority")
_UNSET = (None, "", 0, False)


def check_reachable(routes: list[Any], kind: str) -> Iterator[Defect]:
    """The list of routes of `kind` (http, tls or tcp), in the order in which they are tried."""
    if len(routes) == 1 and (not isinstance(routes[0], dict) or _count(routes[0]) < 2):
        return
    catch_all = -1
    seen: dict[Any, tuple[int, int]] = {}
    earlier: list[tuple[int, int, dict[str, Any]]] = []
    for index, route in enumerate(routes):
        if not isinstance(route, dict):
            continue
        path: Path = ("spec", kind, index)
        matches = route.get("match")
        if not matches:
            if catch_all >= 0:
                yield _behind_catch_all(path, route, routes, catch_all)
            catch_all = index
            continue
        if not isinstance(matches, list):
            continue
        if catch_all >= 0:
            yield _behind_catch_all(path, route, routes, catch_all)
            continue
        taken: list[int] = []
        for place, match in enumerate(matches):
            if not isinstance(match, dict):
                break
            fingerprint = _fingerprint(match)
            where = (*path, "match", place)
            if fingerprint in seen:
                first = seen[fingerprint]
                taken.append(first[0])
                yield _ineffective(where, kind, routes, first, "the same as")
                continue
            seen[fingerprint] = (index, place)
            if kind == "http" and is_well_formed(match):
                cover = next(
                    (
                        (i, j)
                        for i, j, other in earlier
                        if _is_worth_saying(other, match, i == index) and covers(other, match)
                    ),
                    None,
                )
                if cover is not None:
                    yield _ineffective(where, kind, routes, cover, "covered by")
                earlier.append((index, place, match))
        if len(taken) == len(matches) and any(first < index for first in taken):
            reason = "earlier routes have all of its matches"
            notes = tuple(Note(("spec", kind, first), "a route that is tried before") for first in sorted(set(taken)))
            yield unreachable_rule(path, _label(route, index), reason, notes=notes)


def _is_worth_saying(earlier: dict[str, Any], match: dict[str, Any], same_route: bool) -> bool:
    """Inside one route a match too many does no harm; Istio speaks of prefixes only, and so do we."""
    return not same_route or all((one.get("uri") or {}).get("prefix") for one in (earlier, match))


def _count(route: dict[str, Any]) -> int:
    matches = route.get("match")
    return len(matches) if isinstance(matches, list) else 0


def is_well_formed(match: dict[str, Any]) -> bool:
    """Whether the parts that `covers` looks at have the types that the schema demands."""
    texts = [match.get(key) for key in _STRINGS]
    for key in ("headers", "queryParams", "withoutHeaders"):
        found = match.get(key)
        if isinstance(found, dict):
            texts += found.values()
        elif found is not None:
            return False
    for text in texts:
        if text is not None and not (isinstance(text, dict) and all(isinstance(item, str) for item in text.values())):
            return False
    gateways = match.get("gateways")
    return isinstance(match.get("sourceLabels"), dict | None) and (
        gateways is None or (isinstance(gateways, list) and all(isinstance(name, str) for name in gateways))
    )


def covers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether every request that fits the http match `other` fits `one`; False where that is not certain."""
    if not covers_places(one, other):
        return False
    ignore_case = one.get("ignoreUriCase") is True
    if not ignore_case and other.get("ignoreUriCase") is True and one.get("uri"):
        return False
    if not all(_text_covers(one.get(key), other.get(key), key == "uri" and ignore_case) for key in _STRINGS):
        return False
    for key, fold in (("headers", True), ("queryParams", False)):
        wanted, given = _map(one, key, fold), _map(other, key, fold)
        if not all(name in given and _value_covers(match, given[name]) for name, match in wanted.items()):
            return False
    wanted, given = _map(one, "withoutHeaders", True), _map(other, "withoutHeaders", True)
    return all(name in given and _value_covers(given[name], match) for name, match in wanted.items())


def covers_places(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether every proxy and port for which the http match `other` counts has `one`, too."""
    if one.get("port") not in (*_UNSET, other.get("port")):
        return False
    labels = other.get("sourceLabels") or {}
    if not all(labels.get(name) == value for name, value in (one.get("sourceLabels") or {}).items()):
        return False
    if one.get("sourceNamespace") not in (*_UNSET, other.get("sourceNamespace")):
        return False
    gateways = one.get("gateways")
    return not gateways or (bool(other.get("gateways")) and set(other["gateways"]) <= set(gateways))


def _text_covers(one: Any, other: Any, ignore_case: bool = False) -> bool:
    """Whether a condition on a text that every request has follows from another one."""
    if not one:
        return True
    if not other:
        return bool(one.get("regex") == ".*")
    return _value_covers(one, other, ignore_case)


def _value_covers(one: Any, other: Any, ignore_case: bool = False) -> bool:
    """Whether the string match `one` takes every text that `other` takes; an empty one takes all."""
    if not one or one.get("regex") == ".*" or one.get("prefix") == "":
        return True
    if not other:
        return False
    text = other.get("exact") or other.get("prefix")
    if text is None:
        return bool(one == other)
    if ignore_case:
        text = text.lower()
    if "exact" in one:
        return other.get("exact") is not None and _folded(one["exact"], ignore_case) == text
    return "prefix" in one and text.startswith(_folded(one["prefix"], ignore_case))


def _folded(text: str, ignore_case: bool) -> str:
    return text.lower() if ignore_case else text


def _map(match: dict[str, Any], key: str, fold: bool) -> dict[str, Any]:
    found = match.get(key)
    if not isinstance(found, dict):
        return {}
    return {name.lower(): value for name, value in found.items()} if fold else found


def _fingerprint(match: dict[str, Any]) -> Any:
    """The match without its name and without what says nothing, in a form that can be compared."""
    kept = {
        key: value
        for key, value in match.items()
        if key != "name" and value not in _UNSET and (value or key in _STRINGS)
    }
    return _frozen(kept)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted(((str(key), _frozen(item)) for key, item in value.items()), key=lambda pair: pair[0]))
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _label(route: Any, index: int) -> str:
    name = route.get("name") if isinstance(route, dict) else None
    return f'"{name}"' if isinstance(name, str) and name else f"#{index}"


def _behind_catch_all(path: Path, route: dict[str, Any], routes: list[Any], first: int) -> Defect:
    kind, index = path[1], int(path[2])
    reason = f"route {_label(routes[first], first)} before it has no match and takes every request"
    note = Note(("spec", str(kind), first), "this route takes every request")
    return unreachable_rule(path, _label(route, index), reason, notes=(note,))


def _ineffective(path: Path, kind: str, routes: list[Any], first: tuple[int, int], relation: str) -> Defect:
    index, place = first
    reason = f"it is {relation} match #{place} of route {_label(routes[index], index)}"
    return ineffective_match(
        path, reason, notes=(Note(("spec", kind, index, "match", place), "this match takes them"),)
    )
