"""One line per finding, for `grep`, editors and problem matchers."""

from __future__ import annotations

from istiolint.finding import Finding, Report
from istiolint.report.cells import flat
from istiolint.report.details import address
from istiolint.report.style import painter
from istiolint.report.view import View


def render(report: Report, view: View) -> str:
    """`path:line:column: severity rule message` for each finding, in order of place; nothing else."""
    return "".join(f"{line(finding, view)}\n" for finding in report.findings)


def line(finding: Finding, view: View) -> str:
    """The line of one finding, without its end."""
    paint = painter(view.color)
    where = paint(f"{flat(address(finding.place))}:", "strong")
    severity = paint(finding.severity, finding.severity)
    return f"{where} {severity} {finding.rule} {flat(finding.message)}"
