"""Laws that every format keeps, whatever the manifests and messages hold."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from istiolint.finding import SEVERITIES, Edit, Finding, Fix, Place, Related, Report, ResourceId, Suppressed
from istiolint.report.cells import width
from istiolint.report.formats import FORMATS, render
from istiolint.report.view import View

from .cases import finding, report, view

brief = settings(max_examples=40, deadline=None)
thorough = settings(max_examples=200, deadline=None)

NASTY = st.sampled_from(
    [
        "\x1b[2J",
        "\r\n",
        "\n::error::x",
        "%0A",
        "\t",
        "]]>",
        "<!--",
        '"',
        "\u202e",
        "\u2028",
        "\x00",
        "表",
        "e\u0301",
        "\ud83d",
    ]
)
WORDS = st.lists(st.one_of(NASTY, st.text(max_size=8)), max_size=6).map("".join)
SOURCES = st.lists(st.one_of(WORDS, st.sampled_from(["spec:", "  - host: a", "---", ""])), max_size=6).map("\n".join)
NUMBERS = st.integers(1, 9)


@st.composite
def places(draw: st.DrawFn) -> Place:
    line, column = draw(NUMBERS), draw(NUMBERS)
    end_line = line + draw(st.integers(0, 2))
    end_column = draw(NUMBERS) if end_line > line else column + draw(st.integers(0, 9))
    return Place(draw(st.sampled_from(["a.yaml", "b.yaml", "n\n::x,y%.yaml"])), line, column, end_line, end_column)


@st.composite
def fixes(draw: st.DrawFn) -> Fix:
    start = draw(st.integers(0, 20))
    edits = (Edit("a.yaml", start, start + draw(st.integers(0, 5)), draw(WORDS)),)
    return Fix(draw(WORDS), edits, draw(st.booleans()))


FINDINGS: st.SearchStrategy[Finding] = st.builds(
    finding,
    WORDS,
    places(),
    severity=st.sampled_from(SEVERITIES),
    path=WORDS,
    label=WORDS,
    resource=st.none() | st.builds(ResourceId, WORDS, WORDS, st.none() | WORDS, WORDS),
    related=st.lists(st.builds(Related, places(), WORDS, WORDS), max_size=2).map(tuple),
    fix=st.none() | fixes(),
    fingerprint=st.sampled_from(["a", "b"]),
)
REPORTS: st.SearchStrategy[Report] = st.builds(
    lambda findings, suppressed: report(*findings, suppressed=tuple(suppressed)),
    st.lists(FINDINGS, max_size=3),
    st.lists(st.builds(Suppressed, FINDINGS, st.sampled_from(["comment", "config"]), WORDS), max_size=1),
)


@st.composite
def views(draw: st.DrawFn) -> View:
    sources = {file: draw(SOURCES) for file in ("a.yaml", "b.yaml")}
    return view(sources, width=draw(st.integers(40, 100)), unsafe_fixes=draw(st.booleans()))


@pytest.mark.parametrize("name", FORMATS)
@brief
@given(report=REPORTS, view=views())
def test_same_bytes_again_and_one_line_end(name: str, report: Report, view: View) -> None:
    text = render(name, report, view)
    assert text == render(name, report, view)
    assert not text or (text.endswith("\n") and not text.endswith("\n\n"))
    assert "\r" not in text


@brief
@given(report=REPORTS, view=views())
def test_nothing_steers_the_terminal(report: Report, view: View) -> None:
    for name in ("text", "concise", "github"):
        for line in render(name, report, view).split("\n"):
            assert line.isprintable(), (name, line)


@brief
@given(report=REPORTS, view=views())
def test_color_changes_no_text(report: Report, view: View) -> None:
    for name in ("text", "concise"):
        colored = render(name, report, view._replace(color=True))
        assert re.sub("\x1b\\[[0-9;]*m", "", colored) == render(name, report, view)


@brief
@given(report=REPORTS, view=views())
def test_json_parses_and_keeps_every_message(report: Report, view: View) -> None:
    found = json.loads(render("json", report, view))["findings"]
    assert [row["message"] for row in found] == [finding.message for finding in report.findings]
    issues = json.loads(render("gitlab", report, view))
    assert len({issue["fingerprint"] for issue in issues}) == len(report.findings)
    (run,) = json.loads(render("sarif", report, view))["runs"]
    assert len(run["results"]) == len(report.findings) + len(report.suppressed)


@brief
@given(report=REPORTS, view=views())
def test_xml_parses(report: Report, view: View) -> None:
    root = ElementTree.fromstring(render("junit", report, view).encode())
    assert len(root.findall(".//failure")) == len(report.findings) == int(root.attrib["failures"])
    assert len(root.findall(".//skipped")) == len(report.suppressed)
    assert len(root.findall(".//testcase")) == int(root.attrib["tests"])


@brief
@given(report=REPORTS, view=views())
def test_one_line_per_finding_and_github_commands_do_not_break_out(report: Report, view: View) -> None:
    assert render("concise", report, view).count("\n") == len(report.findings)
    lines = render("github", report, view).split("\n")[:-1]
    assert len(lines) == len(report.findings)
    command = re.compile(
        r"::(error|warning|notice) file=[^:,]*,line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?,title=[^:,]*::"
    )
    for line in lines:
        assert command.match(line), line
        assert re.sub("%(25|0D|0A|3A|2C)", "", line).count("%") == 0
    ranks = [["error", "warning", "notice"].index(line[2:].split(" ")[0]) for line in lines]
    assert all(one <= two for one, two in pairwise(ranks))


PRINTABLE = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs"], include_characters="表京e\u0301🚀 "
    ),
    max_size=120,
)


@thorough
@given(before=PRINTABLE, marked=PRINTABLE, after=PRINTABLE, columns=st.integers(40, 100))
def test_marks_stand_under_the_range(before: str, marked: str, after: str, columns: int) -> None:
    """The text over the marks, cell by cell, is the range, as far as the window shows it."""
    if not marked.strip() or width(marked[0]) == 0 or (after and width(after[0]) == 0):
        return
    line = before + marked + after
    place = Place("a.yaml", 1, len(before) + 1, 1, len(before) + len(marked) + 1)
    shown = render("text", report(finding(place=place)), view({"a.yaml": line}, width=columns)).split("\n")
    source, marks = next((one[4:], two[4:]) for one, two in pairwise(shown) if two.startswith("  |") and "^" in two)
    first, last = marks.index("^"), marks.rindex("^") + 1
    # Where the line is cut within the range, three dots stand over the last marks, and a blank for half a character.
    over = by_cells(source, first, last).rstrip(". ")
    assert width(source) <= columns - 4
    assert marked.startswith(over)
    assert width(over) >= min(width(marked.rstrip(". ")), last - first) - 4


def by_cells(text: str, first: int, last: int) -> str:
    at, out = 0, ""
    for char in text:
        size = width(char)
        if first <= at - (size == 0) and at - (size == 0) < last:
            out += char
        at += size
    return out


@pytest.mark.parametrize("name", ["text", "concise"])
def test_reports_for_people_load_nothing_heavy(name: str) -> None:
    """A report for the terminal must not cost the start-up of what other formats need."""
    code = (
        "import sys; before = set(sys.modules)\n"
        f"import istiolint.report.{name}, istiolint.report.formats\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"json", "dataclasses", "enum", "logging", "urllib", "unicodedata", "importlib", "pathlib", "yaml"}
    bare = subprocess.run(
        [sys.executable, "-c", "import sys, typing, re; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert f"istiolint.report.{name}" in loaded
    assert heavy & set(loaded) <= set(bare)


def test_unknown_formats_are_key_errors() -> None:
    with pytest.raises(KeyError):
        render("xlsx", report(), View())
