"""Locality settings of MeshConfig (specification, section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.finding import Defect
from istiolint.install.defects import doubtful_mesh_setting, invalid_mesh_setting
from istiolint.install.setting import Setting

_LOCALITY_LABELS = frozenset(
    ("topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone")
)


def check_locality(locality: Setting | None, detects_outliers: bool = True) -> Iterator[Defect]:
    """`localityLbSetting`; `detects_outliers` says whether there is an outlier detection, which failover needs.

    For the settings of the mesh Istio takes one for granted, as DestinationRules give it.
    """
    if locality is None:
        return
    if not detects_outliers:
        yield from _check_detection(locality)
    distribute, failover = list(locality.items("distribute")), list(locality.items("failover"))
    if distribute and failover:
        yield invalid_mesh_setting(locality, "distribute and failover exclude each other")
    if failover:
        yield from _check_priority(locality, "beside failover")
    sources: list[str] = []
    for entry in distribute:
        sources.append(entry.text("from") or "")
        yield from _check_weights(entry)
    problem = _overlap(sources)
    if problem:
        yield invalid_mesh_setting(locality.at("distribute") or locality, problem)
    yield from _check_failover(failover)


def check_zone_aware(zones: Setting | None, detects_outliers: bool = True) -> Iterator[Defect]:
    """`zoneAwareLbSetting`."""
    if zones is not None:
        if not detects_outliers:
            yield from _check_detection(zones)
        yield from _check_priority(zones, "in zoneAwareLbSetting")
        yield from _check_failover(list(zones.items("failover")))


def _check_detection(owner: Setting) -> Iterator[Defect]:
    for key in ("failover", "failoverPriority"):
        setting = owner.at(key)
        if setting is not None and setting.value:
            yield doubtful_mesh_setting(setting, "without outlier detection nothing ever fails over")


def _check_priority(owner: Setting, where: str) -> Iterator[Defect]:
    for label in owner.items("failoverPriority"):
        if isinstance(label.value, str) and label.value.partition("=")[0] in _LOCALITY_LABELS:
            yield invalid_mesh_setting(label, f"labels of the locality itself cannot be a failover priority {where}")


def _check_weights(entry: Setting) -> Iterator[Defect]:
    total = 0
    targets = list(entry.entries("to"))
    for _, target in targets:
        weight = Setting({"w": target.value}, ()).whole("w")
        if weight is None:
            return
        if not 1 <= weight <= 100:
            yield invalid_mesh_setting(target, "a weight is a number from 1 to 100")
            return
        total += weight
    to = entry.at("to")
    if to is not None and total != 100:
        yield invalid_mesh_setting(to, f"the weights must add up to 100, not {total}")
    problem = _overlap([name for name, _ in targets])
    if to is not None and problem:
        yield invalid_mesh_setting(to, problem)


def _overlap(localities: list[str]) -> str:
    """Why the localities cannot stand beside each other, or one of them by itself; empty where they can."""
    for number, locality in enumerate(localities):
        parts = locality.split("/")
        if "" in parts:
            return f'"{locality}" has an empty part'
        if locality.count("*") > 1 or ("*" in locality and not locality.endswith("*")):
            return f'"{locality}": a * is possible once, at the end'
        for other in localities[:number]:
            if _covers(other, locality) or _covers(locality, other):
                return f'"{other}" and "{locality}" overlap'
    return ""


def _covers(wide: str, narrow: str) -> bool:
    if wide.endswith("*"):
        return narrow.startswith(wide[:-1])
    return wide == narrow or narrow.startswith(wide + "/")


def _check_failover(failover: list[Setting]) -> Iterator[Defect]:
    for entry in failover:
        source, target = entry.text("from") or "", entry.text("to") or ""
        if source == target:
            yield invalid_mesh_setting(entry, f'"{source}" fails over to itself')
            continue
        for key, region in (("from", source), ("to", target)):
            if "/" in region:
                yield invalid_mesh_setting(entry.at(key) or entry, "a region is needed, without zone")
            elif "*" in region:
                yield invalid_mesh_setting(entry.at(key) or entry, "a region is needed, not a wildcard")
