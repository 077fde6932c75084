"""The code quality report of GitLab: a list of issues in the form of Code Climate."""

from __future__ import annotations

from typing import Any

from istiolint.finding import Finding, Report
from istiolint.report.details import last_line
from istiolint.report.json_report import rows
from istiolint.report.view import View, slashed


def render(report: Report, view: View) -> str:
    """One issue per finding, each with a fingerprint that no other of this report has."""
    issues = []
    seen: dict[str, int] = {}
    for finding in report.findings:
        # GitLab merges issues of equal fingerprints; the same defect of the same object may stand in two files.
        count = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        fingerprint = finding.fingerprint if count == 1 else f"{finding.fingerprint}-{count}"
        issues.append(_issue(finding, fingerprint))
    return rows(issues, 2) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    place = finding.place
    return {
        "type": "issue",
        "check_name": finding.rule,
        "description": f"{finding.message} [{finding.rule}]",
        "fingerprint": fingerprint,
        "severity": _severity(finding),
        "categories": ["Bug Risk"],
        "location": {
            "path": slashed(place.file),
            "lines": {"begin": place.line, "end": last_line(place)},
        },
    }


def _severity(finding: Finding) -> str:
    """An object that the cluster refuses is worse than one it takes."""
    if finding.severity == "error":
        return "critical" if finding.admission == "reject" else "major"
    return "minor" if finding.severity == "warning" else "info"
