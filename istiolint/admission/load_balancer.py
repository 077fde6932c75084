"""How a proxy chooses among endpoints (specification DR023 to DR048)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    conflicting_settings,
    deprecated_setting,
    duplicate_entry,
    missing_setting,
    out_of_range,
)
from istiolint.admission.fields import check_duration, check_duration_text, check_percent
from istiolint.admission.localities import (
    TOPOLOGY_LABELS,
    check_failover,
    check_failover_is_noticed,
    check_locality_setting,
)
from istiolint.admission.values import integer, mapping, number, objects, texts
from istiolint.finding import Defect, Note, Path

MAX_MAGLEV_TABLE = 5000011


def check_load_balancer(policy: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The `loadBalancer` of a traffic policy."""
    balancer = mapping(policy, "loadBalancer")
    if balancer is None:
        return
    path = (*path, "loadBalancer")
    hashing = mapping(balancer, "consistentHash")
    if hashing is not None:
        yield from _check_consistent_hash(hashing, (*path, "consistentHash"))
    utilization = mapping(balancer, "backendUtilization")
    if utilization is not None:
        for key in ("weightExpirationPeriod", "weightStabilizationPeriod", "weightUpdatePeriod"):
            yield from check_duration_text(utilization, key, (*path, "backendUtilization"))
    if "warmup" in balancer or "warmupDurationSecs" in balancer:
        yield from _check_warmup(balancer, path)
    if "localityLbSetting" in balancer or "zoneAwareLbSetting" in balancer:
        outlier_detection = policy.get("outlierDetection") is not None
        yield from check_locality_setting(balancer, path, outlier_detection)
        yield from _check_zone_aware(balancer, path, outlier_detection)


def _check_consistent_hash(hashing: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification DR025 to DR031."""
    cookie = mapping(hashing, "httpCookie")
    if cookie is not None:
        where = (*path, "httpCookie")
        if cookie.get("name") == "":
            yield missing_setting((*where, "name"), "name", "the cookie needs one")
        seen: dict[str, int] = {}
        for index, attribute in objects(cookie, "attributes"):
            name = attribute.get("name")
            field = (*where, "attributes", index, "name")
            if name == "":
                yield missing_setting(field, "name", "each attribute of the cookie needs one")
            elif isinstance(name, str) and name in seen:
                note = Note((*where, "attributes", seen[name], "name"), "the first one")
                yield duplicate_entry(field, "cookie attribute", name, notes=(note,))
            elif isinstance(name, str):
                seen[name] = index
        yield from check_duration_text(cookie, "ttl", where)
    if integer(hashing, "minimumRingSize"):
        field = (*path, "minimumRingSize")
        yield deprecated_setting(field, "minimumRingSize", "ringHash.minimumRingSize", on="key")
        for other in ("ringHash", "maglev"):
            if hashing.get(other) is not None:
                note = Note((*path, other), f"the {other}", on="key")
                reason = "the size of the ring belongs into ringHash"
                yield conflicting_settings(field, "minimumRingSize", other, reason, on="key", notes=(note,))
    maglev = mapping(hashing, "maglev")
    if maglev is not None:
        size = 0 if maglev.get("tableSize") is None else integer(maglev, "tableSize")
        if size is not None and (size >= MAX_MAGLEV_TABLE or not _is_prime(size)):
            bound = f"a prime number below {MAX_MAGLEV_TABLE}, such as 65537"
            yield out_of_range((*path, "maglev", "tableSize"), "the size of the Maglev table", size, bound)


def _check_warmup(balancer: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification DR044 to DR047."""
    yield from check_duration_text(balancer, "warmupDurationSecs", path)
    warmup = mapping(balancer, "warmup")
    if warmup is not None:
        where = (*path, "warmup")
        yield from check_duration(warmup, "duration", where)
        yield from check_percent(warmup, "minimumPercent", where)
        aggression = number(warmup, "aggression")
        if aggression is not None and aggression <= 0:
            yield out_of_range((*where, "aggression"), "aggression", aggression, "over 0")


def _check_zone_aware(balancer: dict[str, Any], path: Path, outlier_detection: bool) -> Iterator[Defect]:
    """Specification DR032, DR040 to DR043."""
    setting = mapping(balancer, "zoneAwareLbSetting")
    if setting is None:
        return
    where = (*path, "zoneAwareLbSetting")
    if balancer.get("localityLbSetting") is not None:
        note = Note((*path, "localityLbSetting"), "the other setting", on="key")
        reason = "both say how traffic is spread over zones"
        yield conflicting_settings(where, "zoneAwareLbSetting", "localityLbSetting", reason, on="key", notes=(note,))
    for index, label in texts(setting, "failoverPriority"):
        if label in TOPOLOGY_LABELS:
            reason = "zone aware routing looks at regions, zones and subzones by itself"
            yield conflicting_settings((*where, "failoverPriority", index), label, "zoneAwareLbSetting", reason)
    yield from check_failover(setting, where)
    if not outlier_detection:
        yield from check_failover_is_noticed(setting, where)


def _is_prime(size: int) -> bool:
    """Whether Envoy takes the number for a prime; 1 passes."""
    if 0 < size < 4:
        return True
    return size > 0 and size % 2 == 1 and all(size % factor for factor in range(3, int(size**0.5) + 1, 2))
