"""JUnit XML: a test suite per file, a failed test case per finding, a skipped one per silenced finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from istiolint.finding import Finding, Report, Suppressed
from istiolint.report.cells import flat
from istiolint.report.details import address, details
from istiolint.report.view import View

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

Case = tuple[Finding, Suppressed | None]


def render(report: Report, view: View) -> str:
    """The document; a run without findings has one test case that passed, as empty reports count as broken."""
    cases: list[Case] = [(finding, None) for finding in report.findings]
    cases += [(suppressed.finding, suppressed) for suppressed in report.suppressed]
    suites: dict[str, list[Case]] = {}
    for case in cases:
        suites.setdefault(case[0].place.file, []).append(case)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(_tag("testsuites", name="istiolint", **_counts(cases)))
    for file, members in suites.items():
        lines.append("  " + _tag("testsuite", name=file, **_counts(members), skipped=_skipped(members)))
        for finding, suppressed in members:
            lines += _case(finding, suppressed, view)
        lines.append("  </testsuite>")
    if not suites:
        lines.append("  " + _tag("testsuite", name="istiolint", **_counts(cases)))
        lines.append("    " + _tag("testcase", "/", classname="istiolint", name="no findings"))
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _skipped(cases: list[Case]) -> int:
    return sum(suppressed is not None for _, suppressed in cases)


def _counts(cases: list[Case]) -> dict[str, int]:
    return {"tests": max(len(cases), 1), "failures": len(cases) - _skipped(cases), "errors": 0}


def _case(finding: Finding, suppressed: Suppressed | None, view: View) -> Iterator[str]:
    file = finding.place.file
    yield "    " + _tag("testcase", classname=file, name=_name(finding), file=file, line=finding.place.line)
    if suppressed:
        why = f"{suppressed.by}: {suppressed.reason}" if suppressed.reason else suppressed.by
        yield "      " + _tag("skipped", "/", message=why)
    else:
        failure = _tag("failure", type=finding.severity, message=finding.message)
        yield f"      {failure}{_body(finding, view)}</failure>"
    yield "    </testcase>"


def _name(finding: Finding) -> str:
    """Rule, object and path: a name that stays when lines move, so that a service can tell old from new."""
    return " ".join(filter(None, (finding.rule, str(finding.resource or ""), finding.path)))


def _body(finding: Finding, view: View) -> str:
    head = f"{address(finding.place)}: {finding.message} [{finding.rule}]"
    return "\n".join(flat(line).translate(_ESCAPES) for line in (head, *details(finding, view)))


def _tag(element: str, end: str = "", /, **attributes: str | int) -> str:
    listed = "".join(f' {name}="{flat(str(value)).translate(_ESCAPES)}"' for name, value in attributes.items())
    return f"<{element}{listed}{end}>"
