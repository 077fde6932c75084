"""Workflow commands of GitHub Actions, which become annotations of the change under review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from istiolint.finding import SEVERITIES, Finding, Report, Severity
from istiolint.report.cells import visible
from istiolint.report.details import details, last_line
from istiolint.report.view import View, slashed

COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
_MESSAGE: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Report, view: View) -> str:
    """One command per finding, the worst first: a step shows only its first ten annotations of a kind."""
    worst_first = sorted(report.findings, key=lambda finding: -SEVERITIES.index(finding.severity))
    return "".join(f"{_command(finding, view)}\n" for finding in worst_first)


def _command(finding: Finding, view: View) -> str:
    place = finding.place
    end_line = last_line(place)
    properties = {"file": slashed(place.file), "line": place.line, "endLine": end_line}
    # GitHub takes columns only where start and end are on one line.
    if place.line == end_line == place.end_line:
        properties |= {"col": place.column, "endColumn": place.end_column}
    properties["title"] = finding.rule
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{COMMANDS[finding.severity]} {listed}::{_text(finding, view)}"


def _text(finding: Finding, view: View) -> str:
    """Message, consequence, other places and repair, a line each."""
    lines = [finding.message, *details(finding, view)]
    return "%0A".join(visible(line.translate(_MESSAGE)) for line in lines)


def _property(text: str) -> str:
    return visible(text.translate(_PROPERTY))
