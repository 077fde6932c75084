"""The closing line: how much of what, in how much."""

from __future__ import annotations

from istiolint.finding import Report, Summary


def counted(number: int, noun: str, many: str = "") -> str:
    """`1 error`, `2 errors`; `many` where the plural is not made with s."""
    return f"{number} {noun}" if number == 1 else f"{number} {many or noun + 's'}"


def tally(report: Report, unsafe_fixes: bool = False) -> str:
    """Findings by severity, what was looked at, what was silenced, what can be repaired."""
    found = [
        counted(count, word)
        for word, count in (
            ("error", report.count("error")),
            ("warning", report.count("warning")),
            ("info", report.count("info")),
        )
        if count
    ]
    parts = [f"{', '.join(found) or 'No findings'} in {_scope(report.summary)}."]
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} suppressed.")
    if report.summary.skipped_templates:
        parts.append(f"{counted(report.summary.skipped_templates, 'Helm template')} skipped.")
    parts += _fixable(report, unsafe_fixes)
    return " ".join(parts)


def _scope(summary: Summary) -> str:
    files = counted(summary.files, "file")
    if not summary.documents and summary.skipped_files:
        return f"{files} ({summary.skipped_files} without a Kubernetes manifest)"
    return f"{files} ({counted(summary.documents, 'document')}, {summary.istio_documents} of Istio)"


def _fixable(report: Report, unsafe_fixes: bool) -> list[str]:
    fixes = [finding.fix for finding in report.findings if finding.fix is not None]
    if not fixes:
        return []
    unsafe = 0 if unsafe_fixes else sum(not fix.safe for fix in fixes)
    how = ""
    if unsafe == len(fixes):
        how = " (with --unsafe-fixes)"
    elif unsafe:
        how = f" ({unsafe} of them with --unsafe-fixes)"
    return [f"{len(fixes)} can be fixed{how}."]
