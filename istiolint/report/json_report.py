"""The versioned JSON report; `schemas/report.schema.json` describes it."""

from __future__ import annotations

import json
from typing import Any

from istiolint.finding import Finding, Fix, Place, Related, Report, ResourceId
from istiolint.report.view import View

VERSION = 1
"""Grows when a field is removed or changes its meaning; new fields do not count."""


def render(report: Report, view: View) -> str:
    """One object: version, summary, and one line for each finding."""
    findings = ",".join(f"\n    {json.dumps(finding_object(finding))}" for finding in report.findings)
    return (
        "{\n"
        f'  "version": {VERSION},\n'
        f'  "summary": {json.dumps(_summary(report))},\n'
        f'  "findings": [{findings}{"\n  " if findings else ""}]\n'
        "}\n"
    )


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
    """One finding as the JSON report gives it."""
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
