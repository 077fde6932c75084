"""What Istio refuses in a Telemetry beyond its schema (specification, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.look import list_at, object_at, objects_in, text_at
from istiolint.admission.policy_target import check_selector, check_targets
from istiolint.finding import Defect, Path


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = object_at(value, "spec")
    yield from check_selector(spec)
    yield from check_targets(spec)
    yield from _check_tracing(spec)
    for index, metrics in objects_in(spec, "metrics"):
        for number, override in objects_in(metrics, "overrides"):
            path = ("spec", "metrics", index, "overrides", number, "tagOverrides")
            for name, tag in object_at(override, "tagOverrides").items():
                yield from _check_tag_override(name, tag, (*path, name))
    for index, logging in objects_in(spec, "accessLogging"):
        if isinstance(logging.get("filter"), dict):
            yield from _check_filter(logging["filter"], ("spec", "accessLogging", index, "filter"))


def _check_tracing(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification TE-MULTI-TRACING, TE-MULTI-PROVIDER and TE-TAG-NAME."""
    if len(list_at(spec, "tracing")) > 1:
        yield defects.extra_tracing_ignored(("spec", "tracing", 1), "tracing setting")
    for index, tracing in objects_in(spec, "tracing"):
        path = ("spec", "tracing", index)
        if len(list_at(tracing, "providers")) > 1:
            yield defects.extra_tracing_ignored((*path, "providers", 1), "tracing provider")
        if "" in object_at(tracing, "customTags"):
            yield defects.empty_tag_name((*path, "customTags", ""))


def _check_tag_override(name: str, tag: Any, path: Path) -> Iterator[Defect]:
    """Specification TE-OVERRIDE-NAME and TE-UPSERT-VALUE; the schema forbids a value with REMOVE."""
    if not isinstance(tag, dict):
        return
    if not name:
        yield defects.empty_tag_override(path)
    if tag.get("operation", "UPSERT") == "UPSERT" and tag.get("value", "") == "":
        yield defects.tag_without_value(path, name)


def _check_filter(condition: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification TE-FILTER-CEL."""
    expression = condition.get("expression", "")
    if not isinstance(expression, str):
        return
    if not expression.strip():
        yield defects.invalid_cel((*path, "expression"), "there is no expression")
        return
    from istiolint.admission.cel_syntax import syntax_problem

    problem = syntax_problem(expression)
    if problem is not None:
        start = min(problem.offset, max(0, len(expression) - 1))
        part = (start, start + 1)
        yield defects.invalid_cel((*path, "expression"), problem.reason)._replace(part=part)
