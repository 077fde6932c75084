"""What Istio refuses in a Telemetry beyond its schema (specification, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.policy_target import check_attachment
from istiolint.admission.values import entries, mapping, objects
from istiolint.finding import Defect, Path


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = mapping(value, "spec") or {}
    yield from check_attachment(spec)
    yield from _check_tracing(spec)
    for index, metrics in objects(spec, "metrics"):
        for number, override in objects(metrics, "overrides"):
            path = ("spec", "metrics", index, "overrides", number, "tagOverrides")
            for name, tag in (mapping(override, "tagOverrides") or {}).items():
                if isinstance(tag, dict):
                    yield from _check_tag_override(name, tag, (*path, name))
    for index, logging in objects(spec, "accessLogging"):
        condition = mapping(logging, "filter")
        if condition is not None:
            yield from _check_filter(condition, ("spec", "accessLogging", index, "filter"))


def _check_tracing(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification TE-MULTI-TRACING, TE-MULTI-PROVIDER and TE-TAG-NAME."""
    if len(entries(spec, "tracing")) > 1:
        reason = "only the first entry of tracing counts"
        yield defects.ignored_setting(("spec", "tracing", 1), "this tracing entry", reason)
    for index, tracing in objects(spec, "tracing"):
        path = ("spec", "tracing", index)
        if len(entries(tracing, "providers")) > 1:
            reason = "only the first provider of a tracing entry counts"
            yield defects.ignored_setting((*path, "providers", 1), "this provider", reason)
        if "" in (mapping(tracing, "customTags") or {}):
            yield defects.empty_value((*path, "customTags", ""), "the name of a tag", on="key")


def _check_tag_override(name: str, tag: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification TE-OVERRIDE-NAME and TE-UPSERT-VALUE; the schema itself forbids a value with REMOVE."""
    if not name:
        yield defects.ignored_setting(path, "this override", "the name of its tag is empty", on="key")
    if tag.get("operation", "UPSERT") == "UPSERT" and tag.get("value", "") == "":
        reason = "UPSERT, which is the default operation, sets the tag to it"
        yield defects.missing_setting(path, "value", reason)


def _check_filter(condition: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification TE-FILTER-CEL."""
    expression = condition.get("expression")
    if expression is None:
        yield defects.missing_setting(path, "expression", "a filter is an expression")
    if not isinstance(expression, str):
        return
    from istiolint.admission.cel_syntax import syntax_problem

    problem = syntax_problem(expression)
    if problem is not None:
        yield defects.invalid_filter_expression((*path, "expression"), expression, problem)
