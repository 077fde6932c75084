"""What a report says of a finding beside its message, as plain lines."""

from __future__ import annotations

from istiolint.finding import Finding, Fix, Place
from istiolint.report.view import View


def address(place: Place) -> str:
    """`file:line:column`."""
    return f"{place.file}:{place.line}:{place.column}"


def last_line(place: Place) -> int:
    """The last line that the range has a character of."""
    ends_before = place.end_line > place.line and place.end_column <= 1
    return max(place.line, place.end_line - ends_before)


def fix_title(fix: Fix, view: View) -> str:
    """What the repair does, and how to ask for it where `--fix` is not enough."""
    return fix.title if fix.safe or view.unsafe_fixes else f"{fix.title} (with --unsafe-fixes)"


def details(finding: Finding, view: View) -> list[str]:
    """The label, the related places and the repair, a line each."""
    lines = [finding.label] if finding.label else []
    lines += [f"{address(related.place)}: {related.message}" for related in finding.related]
    if finding.fix:
        lines.append(f"fix: {fix_title(finding.fix, view)}")
    return lines
