"""Labels and annotations of Istio whose value decides something: values that decide nothing (sections 11 to 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from istiolint.finding import Defect, Path
from istiolint.install.defects import ineffective_metadata

Check = Callable[[str], str]
"""Says why a value has no effect, or not the one it seems to have; empty where it is fine."""

INJECT = "sidecar.istio.io/inject"


def _one_of(*values: str, else_: str) -> Check:
    def check(value: str) -> str:
        if value in values:
            return ""
        folded = next((known for known in values if known.lower() == value.strip().lower()), None)
        return f"write {folded}; {else_}" if folded else f"{' or '.join(values)} is needed; {else_}"

    return check


def _inject(value: str) -> str:
    return "" if value in ("true", "false") else 'only "true" and "false" count, so the namespace decides'


def _waypoint(value: str) -> str:
    if value.lower() == "none" and value != "none":
        return "to use no waypoint, write none in lower case"
    return ""


def _weight(value: str) -> str:
    good = value.isascii() and value.isdigit() and int(value) <= 100
    return "" if good else "a percentage from 0 to 100 is needed, and the canary gets nothing"


def _traffic_distribution(value: str) -> str:
    known = ("PreferClose", "PreferSameZone", "PreferSameNode", "Any")
    return "" if value.lower() in map(str.lower, known) else f"{', '.join(known)} are known, and Any is used"


def _export_to(value: str) -> str:
    from istiolint.admission.hosts import is_label

    for item in value.split(","):
        name = item.strip()
        if name not in ("*", ".", "~") and not is_label(name):
            return f'"{name}" is neither a namespace nor *, . or ~'
    return ""


_BOOLEAN = _one_of("true", "false", else_="the default is used")
_LOG_LEVEL = _one_of(
    "trace", "debug", "info", "warning", "error", "critical", "off", else_="Envoy knows no other level"
)
_WAYPOINT_FOR = _one_of("service", "workload", "all", "none", else_="service is used")
_DATAPLANE = _one_of("ambient", "none", else_="the workloads are in no mesh")
_ENABLED = _one_of("enabled", "disabled", else_="no sidecar is injected")
_LABELS: dict[str, tuple[tuple[str, ...], Check]] = {
    INJECT: (("Pod",), _inject),
    "istio-injection": (("Namespace",), _ENABLED),
    "istio.io/dataplane-mode": (("Namespace", "Pod"), _DATAPLANE),
    "istio.io/use-waypoint": (("Namespace", "Pod", "Service", "ServiceEntry", "WorkloadEntry"), _waypoint),
    "istio.io/ingress-use-waypoint": (("Namespace", "Service", "ServiceEntry"), _BOOLEAN),
    "istio.io/waypoint-for": (("Gateway", "GatewayClass"), _WAYPOINT_FOR),
    "networking.istio.io/enable-autoallocate-ip": (("ServiceEntry",), _BOOLEAN),
}
"""Label, kinds that it is read on, and what its value must be. A pod template counts as Pod."""
_ANNOTATIONS: dict[str, tuple[tuple[str, ...], Check]] = {
    "istio.io/use-waypoint-canary-weight": (("Namespace", "Service", "ServiceEntry"), _weight),
    "networking.istio.io/traffic-distribution": (("Namespace", "Service", "ServiceEntry"), _traffic_distribution),
    "networking.istio.io/exportTo": (("Service",), _export_to),
    "sidecar.istio.io/logLevel": (("Pod",), _LOG_LEVEL),
    "sidecar.istio.io/nativeSidecar": (("Pod",), _BOOLEAN),
    "ambient.istio.io/bypass-inbound-capture": (("Pod",), _BOOLEAN),
}


def check_labels(labels: dict[str, Any], kind: str, path: Path) -> Iterator[Defect]:
    """The labels of an object of this kind; `path` is theirs."""
    yield from _check(labels, _LABELS, kind, path)
    if "istio.io/use-waypoint-namespace" in labels and "istio.io/use-waypoint" not in labels:
        name = "istio.io/use-waypoint-namespace"
        reason = "without the label istio.io/use-waypoint on the same object it names no waypoint"
        yield ineffective_metadata((*path, name), name, str(labels[name]), reason)


def check_annotations(annotations: dict[str, Any], labels: dict[str, Any], kind: str, path: Path) -> Iterator[Defect]:
    """The annotations of an object of this kind that has these labels; `path` is the annotations'."""
    yield from _check(annotations, _ANNOTATIONS, kind, path)
    inject = annotations.get(INJECT)
    if kind == "Pod" and isinstance(inject, str) and INJECT not in labels and _inject(inject):
        yield ineffective_metadata((*path, INJECT), INJECT, inject, _inject(inject))


def _check(
    given: dict[str, Any], known: dict[str, tuple[tuple[str, ...], Check]], kind: str, path: Path
) -> Iterator[Defect]:
    for name, value in given.items():
        rule = known.get(name)
        if rule is not None and kind in rule[0] and isinstance(value, str):
            reason = rule[1](value)
            if reason:
                yield ineffective_metadata((*path, name), name, value, reason)
