"""Edits of many findings, made together; what the command does with them is in test_cli.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from istiolint.batch import Input
from istiolint.cli.repair import _compatible, _made, diff
from istiolint.finding import Edit, Finding, Fix, Place


def finding(*edits: tuple[int, int, str], file: str = "f") -> Finding:
    fix = Fix("", tuple(Edit(file, *edit) for edit in edits), safe=True)
    return Finding(
        rule="r",
        severity="error",
        confidence="high",
        message="",
        place=Place(file, 1, 1, 1, 1),
        path="",
        resource=None,
        admission=None,
        upstream=(),
        related=(),
        fix=fix,
        fingerprint=str(edits),
    )


bounds = st.lists(st.integers(0, 30), min_size=4, max_size=4).map(sorted)
findings_apart = bounds.map(lambda at: finding((at[0], at[1], ""), (at[2], at[3], "")))


@given(st.lists(findings_apart, max_size=10))
def test_chosen_findings_touch_each_other_nowhere(findings: list[Finding]) -> None:
    chosen = _compatible(findings)
    edits = [(number, edit) for number, one in enumerate(chosen) for edit in (one.fix.edits if one.fix else ())]
    for number, edit in edits:
        for other_number, other in edits:
            assert number == other_number or edit.end < other.start or other.end < edit.start
    assert not findings or chosen[0] == findings[0]
    left = [one for one in findings if one not in chosen]
    for one in left:
        assert one.fix is not None
        assert any(
            not (edit.end < other.start or other.end < edit.start) for edit in one.fix.edits for _, other in edits
        )


def test_files_do_not_stand_in_each_others_way() -> None:
    both = [finding((0, 1, "")), finding((0, 1, ""), file="g")]
    assert _compatible(both) == both


def test_an_edit_that_breaks_a_file_is_left_out_and_the_others_are_made() -> None:
    files = {"f": Input("f", b"a: 1\nb: 2\nc: 3\n"), "g": Input("g", b"\xef\xbb\xbfd: 4\r\n")}
    good, bad = (
        finding((3, 4, "x")),
        finding((8, 9, "[")),
    )
    also, elsewhere = finding((13, 14, "z")), finding((3, 4, "y"), file="g")
    done, edited = _made([good, bad, also, elsewhere], files)
    assert done == [good, also, elsewhere]
    assert edited == {"f": b"a: x\nb: 2\nc: z\n", "g": b"\xef\xbb\xbfd: y\r\n"}
    assert _made([bad], files) == ([], {})


def test_files_that_cannot_be_decoded_are_left_alone() -> None:
    assert _made([finding((0, 1, "b"))], {"f": Input("f", b"a: \xff\n")}) == ([], {})


def test_a_diff_has_the_lines_that_other_tools_count() -> None:
    before = [Input("f", "\ufeffa: '\u2028\x85'\r\nb: 1\r\n".encode()), Input("g", b"same\n"), Input("h", b"x")]
    after = [Input("f", "\ufeffa: '\u2028\x85'\r\nb: 2\r\n".encode()), Input("g", b"same\n"), Input("h", b"y\n")]
    assert diff(before, after) == (
        "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n \ufeffa: '\u2028\x85'\r\n-b: 1\r\n+b: 2\r\n"
        "--- a/h\n+++ b/h\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n"
    )
    assert diff(before, before) == ""
