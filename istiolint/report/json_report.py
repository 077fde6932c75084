"""The versioned JSON report; `schemas/report.schema.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from istiolint.finding import Finding, Fix, Place, Related, Report, ResourceId
from istiolint.report.view import View

VERSION = 1
"""Grows when a field is removed or changes its meaning; new fields do not count."""


def render(report: Report, view: View) -> str:
    """One object: version, summary, and one line for each finding."""
    findings = rows(map(finding_object, report.findings), 4)
    return members({"version": str(VERSION), "summary": json.dumps(_summary(report)), "findings": findings}, 2) + "\n"


def members(texts: Mapping[str, str], indent: int) -> str:
    """A JSON object of values that are JSON already, with a line for each member, `indent` spaces in."""
    lines = ",\n".join(f'{" " * indent}"{name}": {text}' for name, text in texts.items())
    return f"{{\n{lines}\n{' ' * (indent - 2)}}}"


def rows(items: Iterable[Any], indent: int) -> str:
    """A JSON array with a line for each item, `indent` spaces in: small, and good to compare line by line."""
    lines = ",\n".join(" " * indent + json.dumps(item) for item in items)
    return f"[\n{lines}\n{' ' * (indent - 2)}]" if lines else "[]"


def _summary(report: Report) -> dict[str, int]:
    return {
        "files": report.summary.files,
        "documents": report.summary.documents,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "infos": report.count("info"),
        "suppressed": len(report.suppressed),
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    """One finding as the report has it."""
    place = finding.place
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        **_place(place),
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "path": finding.path,
        "resource": resource_object(finding.resource),
        "admission": finding.admission,
        "upstream": list(finding.upstream),
        "related": [_related(related) for related in finding.related],
        "fix": _fix(finding.fix),
        "fingerprint": finding.fingerprint,
    }


def resource_object(resource: ResourceId | None) -> dict[str, str] | None:
    """Whose finding it is; without `namespace` where the manifest has none."""
    if resource is None:
        return None
    named = {"apiVersion": resource.api_version, "kind": resource.kind}
    if resource.namespace is not None:
        named["namespace"] = resource.namespace
    return {**named, "name": resource.name}


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}


def _related(related: Related) -> dict[str, Any]:
    return {**_place(related.place), "message": related.message}


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {"title": fix.title, "safe": fix.safe, "edits": [edit._asdict() for edit in fix.edits]}
