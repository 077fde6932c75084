"""Syntax errors in words for who has to mend them, at the place where the cause is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.source.reader import read

CASES = (
    ("a:\n\tb: 1\n", "\t", "tabs"),
    ("a:\n  b: 1\n\tc: 2\n", "\t", "tabs"),
    ("a: |\n  x\n\ty\nb: 1\n", "\t", "tabs"),
    ("a: `x`\n", "`", 'cannot begin with "`"'),
    ('a: "x\nb: 1\nc: 2\n', '"', "not closed"),
    ("a: 'it's'\nb: 1\n", "s", "nothing can follow"),
    ("a:\n  b: 1\n c: 2\n", "c: 2", "indented like none"),
    ("a:\n  b: 1\n   c: 2\n", "c: 2", "indented further"),
    ("a:\n  b\n  c: 1\n", "b", 'a key needs ": "'),
    ("a: 1\nb\nc: 1\n", "b", 'a key needs ": "'),
    ("a:1\nb: 2\n", ":", 'a blank is missing behind ":"'),
    ("a:\n-b: 1\n- c: 2\n", "-", 'a blank is missing behind "-"'),
    ("a: b: c\n", ":", 'a second ":"'),
    ("a: [x\nb: 1\n", ":", 'the "[" of line 1'),
    ("x: 1\na: {x: 1\nb: 2\n", ":", 'the "{" of line 2'),
    ("a: - b\n", "-", "the line below its key"),
    ("a:\n- x\nb: 1\n- c\n", "- c", "indented like none"),
    ("- a: 1\n  b: 2\nc: 3\n", "c: 3", 'needs "- "'),
    ("hosts:\n- *.example.com\n", "*.example.com", 'needs quotes: "*.example.com"'),
    ("hosts: [*]\n", "*", 'needs quotes: "*"'),
    ("hosts: [*example]\n", "*example", 'put "*example" in quotes'),
    ("a:\n  \u2013 b: 1\n    c: 2\n", "\u2013", 'write "-"'),
    ("a:\n  b: 1\n \u00a0c: 2\n", "\u00a0", "write spaces"),
    ("a\uff1a1\nb: 2\n", "\uff1a", 'write ": "'),
    ("a: 1\n...\nb: 2\n", "b: 2", 'put "---"'),
    ("a: }\n", "}", "closes nothing"),
    ("a: |x\n  b\n", "x", "block scalar"),
)


@pytest.mark.parametrize(("text", "marked", "words"), CASES)
def test_the_cause_is_marked_and_named(text: str, marked: str, words: str) -> None:
    for before in ("", "# one\n---\nfirst: 1\n---\n"):
        (problem,) = (it for document in read(before + text) for it in document.problems)
        assert problem.rule == "syntax-error"
        assert (before + text)[problem.start : problem.end] == marked
        above = before.count("\n")
        for number in (2, 1):
            words = words.replace(f"line {number}", f"line {number + above}")
        assert words in problem.reason


@given(st.text("ab:-[]{}\"'*&!|>%@`#, \n\t\u00a0\u2013", max_size=40))
def test_every_place_is_in_the_text(text: str) -> None:
    for document in read(text):
        for problem in document.problems:
            assert 0 <= problem.start <= problem.end <= len(text)
            assert problem.reason
