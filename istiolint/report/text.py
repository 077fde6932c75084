"""The report for a person: each finding with its lines of source, and one closing line."""

from __future__ import annotations

from istiolint.finding import Finding, Place, Related, Report
from istiolint.report.cells import flat, width, wrap
from istiolint.report.details import address, fix_title
from istiolint.report.snippet import Frame, Mark, excerpt
from istiolint.report.style import painter
from istiolint.report.tally import tally
from istiolint.report.view import View


def render(report: Report, view: View) -> str:
    """All findings in order of place, blank lines between, then the tally."""
    blocks = ["\n".join(block(finding, view)) for finding in report.findings]
    return "\n\n".join([*blocks, _closing(report, view)]) + "\n"


def _closing(report: Report, view: View) -> str:
    paint = painter(view.color)
    return "\n".join(paint(line, "strong") for line in wrap(tally(report, view.unsafe_fixes), view.width))


def block(finding: Finding, view: View) -> list[str]:
    """The lines of one finding."""
    places = (finding.place, *(related.place for related in finding.related))
    frame = Frame(max(len(str(place.line)) for place in places), view.width, painter(view.color))
    resource = str(finding.resource) if finding.resource else ""
    mark = Mark(finding.label, "^", finding.severity)
    shown = excerpt(frame, view.source(finding.place.file), finding.place, mark, context=True)
    out = [*_head(finding, view), _where(frame, "-->", finding.place, resource)]
    if shown:
        out += [frame.edge(), *shown]
    elif finding.label:
        out += _aside(frame, "note", finding.label)
    for related in finding.related:
        out += _related(frame, view, related)
    if finding.fix:
        out += _aside(frame, "fix", fix_title(finding.fix, view))
    return [*out, *_aside(frame, "help", f"istiolint explain {finding.rule}")]


def _head(finding: Finding, view: View) -> list[str]:
    """Severity and message, wrapped, with the name of the rule at the right edge."""
    paint = painter(view.color)
    indent = " " * (len(finding.severity) + 2)
    lines = wrap(finding.message, view.width - len(indent))
    tag = f"[{finding.rule}]"
    if len(indent) + width(lines[-1]) + 2 + width(tag) > view.width:
        lines.append("")
    gap = " " * (view.width - len(indent) - width(lines[-1]) - width(tag))
    body = [paint(line, "strong") for line in lines]
    body[-1] += gap + paint(tag, "faint")
    return [paint(f"{finding.severity}:", finding.severity) + " " + body[0], *(indent + line for line in body[1:])]


def _where(frame: Frame, arrow: str, place: Place, subject: str) -> str:
    """`--> file:line:column   Kind namespace/name`."""
    line = " " * frame.gutter + frame.paint(arrow, "frame") + " " + flat(address(place))
    return f"{line}   {flat(subject)}" if subject else line


def _related(frame: Frame, view: View, related: Related) -> list[str]:
    """Another place, shown like the first, after an empty line of the frame."""
    where = _where(frame, ":::", related.place, related.subject)
    mark = Mark(related.message, "-", "related")
    shown = excerpt(frame, view.source(related.place.file), related.place, mark, context=False)
    if shown:
        return [frame.edge(), where, frame.edge(), *shown]
    return [frame.edge(), where, *_aside(frame, "note", related.message)]


def _aside(frame: Frame, word: str, text: str) -> list[str]:
    """`= word: text`, wrapped under the text."""
    start = " " * (frame.gutter + 1)
    indent = " " * (len(start) + len(word) + 4)
    first, *rest = wrap(text, max(20, frame.width - len(indent)))
    label = frame.paint("=", "frame") + " " + frame.paint(f"{word}:", "strong")
    return [f"{start}{label} {first}", *(indent + line for line in rest)]
