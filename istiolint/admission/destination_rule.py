"""What Istio refuses in a DestinationRule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import duplicate_entry, invalid_export_to, invalid_host, invalid_name
from istiolint.admission.fields import check_export_to
from istiolint.admission.hosts import is_label, label_problem, wildcard_domain_problem
from istiolint.admission.labels import check_labels
from istiolint.admission.selectors import check_selector
from istiolint.admission.traffic_policy import check_traffic_policy
from istiolint.admission.values import mapping, objects, texts
from istiolint.finding import Defect, Note, Path


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in a DestinationRule (specification 5)."""
    spec = mapping(value, "spec") or {}
    host = spec.get("host")
    if isinstance(host, str):
        problem = wildcard_domain_problem(host)
        if problem is not None:
            yield invalid_host(("spec", "host"), "host", host, problem)
    if "trafficPolicy" in spec:
        yield from check_traffic_policy(spec, ("spec",), namespace)
    yield from _check_subsets(spec, namespace)
    if "exportTo" in spec:
        yield from check_export_to(spec, namespace)
    if "workloadSelector" in spec:
        yield from check_selector(spec, "workloadSelector", "matchLabels")
        if mapping(spec, "workloadSelector") is not None:
            yield from _check_visibility(spec, namespace)


def _check_subsets(spec: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """Specification DR065 to DR068."""
    seen: dict[str, int] = {}
    for index, subset in objects(spec, "subsets"):
        path: Path = ("spec", "subsets", index)
        name = subset.get("name")
        if isinstance(name, str):
            problem = label_problem(name)
            if problem is not None:
                yield invalid_name((*path, "name"), "subset name", name, problem)
            elif name in seen:
                note = Note(("spec", "subsets", seen[name], "name"), "the first one")
                yield duplicate_entry((*path, "name"), "subset", name, notes=(note,))
            else:
                seen[name] = index
        if "labels" in subset:
            yield from check_labels(subset, "labels", path)
        if "trafficPolicy" in subset:
            yield from check_traffic_policy(subset, path, namespace)


def _check_visibility(spec: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """A rule for chosen workloads is seen in its own namespace only (specification 3.16)."""
    own = (".",) if namespace is None else (".", namespace)
    valid = [(index, entry) for index, entry in texts(spec, "exportTo") if entry in ("*", ".") or is_label(entry)]
    if namespace is None and any(entry not in ("*", ".") for _, entry in valid):
        return  # which namespace that is, is not known yet
    reason = 'with a workloadSelector it reaches only its own namespace, "."'
    for index, entry in valid:
        if entry not in own:
            yield invalid_export_to(("spec", "exportTo", index), entry, reason)
