"""Localities: weights, failover and lists that must not overlap (specification DR033 to DR041)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    conflicting_settings,
    failover_without_outlier_detection,
    invalid_locality,
    invalid_weights,
    out_of_range,
)
from istiolint.admission.values import entries, integer, mapping, objects, text, texts
from istiolint.finding import Defect, Note, Path

TOPOLOGY_LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone")
_BY_TOPOLOGY = "the order of regions is either given by failover or by the labels of failoverPriority"


def check_locality_setting(balancer: dict[str, Any], path: Path, outlier_detection: bool) -> Iterator[Defect]:
    """The object at `localityLbSetting` of a load balancer (specification DR033 to DR039)."""
    setting = mapping(balancer, "localityLbSetting")
    if setting is None:
        return
    path = (*path, "localityLbSetting")
    distribute, failover = entries(setting, "distribute"), entries(setting, "failover")
    if distribute and failover:
        note = Note((*path, "distribute"), "the distribution", on="key")
        reason = "weights already say where traffic goes when a locality fails"
        yield conflicting_settings((*path, "failover"), "failover", "distribute", reason, on="key", notes=(note,))
    if failover:
        for index, label in texts(setting, "failoverPriority"):
            if label in TOPOLOGY_LABELS:
                note = Note((*path, "failover"), "failover by region", on="key")
                where = (*path, "failoverPriority", index)
                yield conflicting_settings(where, label, "failover", _BY_TOPOLOGY, notes=(note,))
    for index, rule in objects(setting, "distribute"):
        yield from _check_weights(rule, (*path, "distribute", index))
    yield from _check_froms(setting, path)
    yield from check_failover(setting, path)
    if not outlier_detection:
        yield from check_failover_is_noticed(setting, path)


def check_failover(setting: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Pairs of regions at `failover` (specification DR039, DR041)."""
    for index, pair in objects(setting, "failover"):
        source, target = text(pair, "from"), text(pair, "to")
        where = (*path, "failover", index)
        if source == target:
            reason = "a region fails over to another one" if source else "from and to name two regions"
            yield invalid_locality((*where, "to") if target else where, target, reason)
        for key, region in (("from", source), ("to", target)):
            if "/" in region:
                yield invalid_locality((*where, key), region, "failover goes by region, without zone or subzone")
            if "*" in region:
                yield invalid_locality((*where, key), region, "failover needs the name of a region, without wildcard")


def check_failover_is_noticed(setting: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Failover works only with outlier detection in the same policy (specification DR038, DR042)."""
    for key in ("failover", "failoverPriority"):
        if entries(setting, key):
            yield failover_without_outlier_detection((*path, key), key, on="key")
            return


def _check_weights(rule: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Where the traffic of one locality goes, in percent (specification DR035 to DR037)."""
    weights = mapping(rule, "to")
    if weights is None:
        if rule.get("to") is None:
            yield invalid_weights(path, "the weights of `to` must add up to 100, and there are none")
        return
    total = 0
    for locality in weights:
        weight = integer(weights, locality)
        if weight is None:
            return
        if not 1 <= weight <= 100:
            yield out_of_range((*path, "to", locality), "the weight", weight, "from 1 to 100")
            return
        total += weight
    if total != 100:
        yield invalid_weights((*path, "to"), f"the weights add up to {total}, and must be 100", on="key")
    names = [name for name in weights if isinstance(name, str)]
    for place, name in enumerate(names):
        # The order of a map is not defined, so any order in which Istio refuses it counts.
        others = (
            _problem([first, second]) for other in names[:place] for first, second in ((other, name), (name, other))
        )
        reason = _problem([name]) or next(filter(None, others), "")
        if reason:
            yield invalid_locality((*path, "to", name), name, reason, on="key")
            return


def _check_froms(setting: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The localities that distributions start from (specification DR037)."""
    froms = [
        (i, text(rule, "from")) for i, rule in objects(setting, "distribute") if isinstance(rule.get("from", ""), str)
    ]
    for count, (index, name) in enumerate(froms):
        reason = _problem([other for _, other in froms[: count + 1]])
        if reason:
            field = (*path, "distribute", index)
            yield invalid_locality((*field, "from") if name else field, name, reason)
            return


def _problem(localities: list[str]) -> str:
    """What is wrong with the last of some localities, the others being right (specification 5, locality list rule)."""
    *before, name = localities
    if "*" in name[:-1]:
        return "a wildcard stands only at the end"
    if "*" in before:
        return 'it overlaps with "*", which means every locality'
    parts = name.split("/", 2)
    if "" in parts:
        return "region, zone and subzone must not be empty" if name else "a locality is region/zone/subzone"
    region = parts[0]
    seen = [other.split("/", 2) for other in before]
    same = [other for other in seen if other[0] == region]
    if len(parts) == 1:
        return f'the region "{region}" is there already' if same else ""
    overlapping = [other for other in same if len(other) == 1 or (other[1] == "*" and len(other) == 2)]
    if not overlapping:
        overlapping = [other for other in same if other[1:2] == parts[1:2] and _subzones_meet(parts, other)]
    return f'it overlaps with "{"/".join(overlapping[0])}"' if overlapping else ""


def _subzones_meet(parts: list[str], other: list[str]) -> bool:
    """Whether two localities of one zone overlap, the second one having come before."""
    return len(parts) == 2 or len(other) == 2 or other[2] in ("*", parts[2])
