"""Repairs as text edits, case by case; the laws are in properties/test_fixing.py."""

from __future__ import annotations

from typing import Any

import pytest

from istiolint.finding import Change, Edit, Path, Repair
from istiolint.fix import apply, fix_of
from istiolint.source.document import Document
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable
from istiolint.source.text import SourceText

BLOCK = """\
# head
kind: X  # the kind
spec:
  # about hosts
  hosts:
  - a  # first
  # about b
  - "b"
  - c
  http:
  - name: one  # its name
    # about weight
    weight: 1
    empty:
  - name: two
    nested:
      deep: true
# tail
"""


def document_of(text: str) -> Document:
    part = next(part for part in read(text) if isinstance(part.value, dict))
    return Document("f", 0, part.value, SpanTable(part.value, part.offsets))


def fixed(text: str, *changes: Change) -> str | None:
    """The text after a repair; None where there can be none."""
    source = SourceText("f", text)
    fix = fix_of(Repair("", changes), document_of(text), lambda _: source, safe=True)
    return None if fix is None else apply(text, fix.edits)


def set_to(path: Path, text: str) -> Change:
    return Change("set", path, text)


def remove(*path: str | int) -> Change:
    return Change("remove", path)


def rename(path: Path, text: str) -> Change:
    return Change("rename", path, text)


def add(path: Path, text: str) -> Change:
    return Change("add", path, text)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (set_to(("kind",), "Y"), "X  #", "Y  #"),
        (set_to(("spec", "hosts", 1), "'c'"), '"b"', "'c'"),
        (set_to(("spec", "hosts", 0), "*.a.com"), "- a ", '- "*.a.com" '),
        (set_to(("spec", "http", 0, "weight"), "{value: 1}"), "weight: 1", "weight: {value: 1}"),
        (set_to(("spec", "http", 0, "empty"), "2"), "empty:", "empty: 2"),
        (set_to(("spec", "http", 1, "nested", "deep"), "no # comment"), "true", '"no # comment"'),
        (rename(("spec", "http", 0, "weight"), "percent"), "weight:", "percent:"),
        (rename(("kind",), "a: b"), "kind:", '"a: b":'),
        (rename(("spec",), "status"), "spec:", "status:"),
        (remove("spec", "hosts", 0), "  - a  # first\n", ""),
        (remove("spec", "hosts", 1), '  - "b"\n', ""),
        (remove("spec", "hosts", 2), "  - c\n", ""),
        (remove("spec", "http", 0, "weight"), "    weight: 1\n", ""),
        (remove("spec", "http", 0, "empty"), "    empty:\n", ""),
        (remove("spec", "http", 0, "name"), "- name: one  # its name\n    # about", "- # about"),
        (remove("spec", "http", 1, "name"), "- name: two\n    nested", "- nested"),
        (remove("spec", "http", 1, "nested"), "    nested:\n      deep: true\n", ""),
        (remove("spec", "http", 1), "  - name: two\n    nested:\n      deep: true\n", ""),
        (remove("kind"), "kind: X  # the kind\n", ""),
        (add((), "extra: 1"), "      deep: true\n", "      deep: true\nextra: 1\n"),
        (add(("spec",), "extra: 1"), "      deep: true\n", "      deep: true\n  extra: 1\n"),
        (add(("spec", "http", 0), "a:\n  b: 1"), "    empty:\n", "    empty:\n    a:\n      b: 1\n"),
        (add(("spec", "http", 1, "nested"), "x: 1\n"), "deep: true\n", "deep: true\n      x: 1\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_block_style(change: Change, old: str, new: str, newline: str) -> None:
    old, new, text = (part.replace("\n", newline) for part in (old, new, BLOCK))
    assert text.count(old) == 1
    assert fixed(text, change) == text.replace(old, new)


FLOW = """\
kind: {a: 1, b: [x, "y", z], c: {d: 2}, }
list: [
  one,
  two  # the second
  , three,
  {k: 1}
]
short: {a, b: }
"""


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (set_to(("kind", "a"), "[3]"), "a: 1", "a: [3]"),
        (set_to(("kind", "b", 0), "p, q"), "[x,", '["p, q",'),
        (set_to(("short", "b"), "5"), "b: }", "b: 5}"),
        (rename(("kind", "c"), "e"), "c: {", "e: {"),
        (rename(("short", "a"), "e"), "{a,", "{e,"),
        (remove("kind", "a"), "a: 1, ", ""),
        (remove("kind", "c"), ", c: {d: 2}", ""),
        (remove("kind", "b", 0), "x, ", ""),
        (remove("kind", "b", 1), '"y", ', ""),
        (remove("kind", "b", 2), ", z", ""),
        (remove("list", 0), "one,\n  ", ""),
        (remove("list", 2), "three,\n  ", ""),
        (remove("list", 3), ",\n  {k: 1}", ""),
        (remove("short", "b"), ", b: }", "}"),
        (add(("kind",), "e: 1"), "2}, ", "2}, e: 1, "),
        (add(("kind", "c"), "e: {f: 1}"), "d: 2}", "d: 2, e: {f: 1}}"),
        (add(("list", 3), "l: 1"), "k: 1}", "k: 1, l: 1}"),
    ],
)
def test_flow_style(change: Change, old: str, new: str) -> None:
    assert FLOW.count(old) == 1
    assert fixed(FLOW, change) == FLOW.replace(old, new)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        (BLOCK, remove("spec", "nothing")),
        (BLOCK, remove()),
        (BLOCK, set_to((), "x")),
        (BLOCK, set_to(("spec", "hosts"), "x")),
        (BLOCK, set_to(("spec", "nothing"), "x")),
        (BLOCK, rename(("spec", "hosts", 0), "x")),
        (BLOCK, add(("spec", "hosts"), "x: 1")),
        (BLOCK, add(("kind",), "x: 1")),
        (FLOW, remove("list", 1)),
        (FLOW, set_to(("short", "a"), "5")),
        (FLOW, remove("kind", "c", "d")),
        (FLOW, add(("kind",), "x:\n  y: 1")),
        ("a:\n  b: 1\n", remove("a", "b")),
        ("a: |\n  text\n", set_to(("a",), "x")),
        ("a: 'two\n  lines'\n", set_to(("a",), "x")),
        ("a: {}\n", add(("a",), "x: 1")),
        ("? a\n: 1\n", add((), "x: 1")),
        ("? a\n: 1\nb: 2\n", remove("a")),
        ("a: 1\nb: |+\n  text\n\n", add((), "x: 1")),
        ("a: 1\nb: |\n  text", add((), "x: 1")),
        ("a: [x,  # why\n  y]\nb: 1\n", remove("a", 1)),
        # anchors, aliases and tags
        ("a: &x {p: 1, q: 2}\nb: *x\n", set_to(("a", "p"), "3")),
        ("a: &x {p: 1, q: 2}\nb: *x\n", set_to(("b", "p"), "3")),
        ("a: &x {p: 1, q: 2}\nb: *x\n", set_to(("b",), "3")),
        ("a: &x {p: 1, q: 2}\nb: *x\n", rename(("a", "p"), "r")),
        ("a: &x {p: 1, q: 2}\nb: *x\n", remove("b", "p")),
        ("a: &x {p: 1, q: 2}\nb: *x\n", add(("a",), "r: 1")),
        ("a: &x {p: 1, q: 2}\nb: *x\n", add(("b",), "r: 1")),
        ("a: &x {p: 1, q: 2}\nb: *x\n", remove("a")),
        ("a: &x 1\nb: *x\n", set_to(("a",), "3")),
        ("a: &x 1\nb: *x\n", remove("a")),
        ("a: {b: &x 1}\nc: *x\n", remove("a")),
        ("&x a: 1\nb: *x\n", rename(("a",), "c")),
        ("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  r: 3\n", set_to(("b", "p"), "3")),
        ("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  r: 3\n", rename(("b", "p"), "s")),
        ("a: !!str 1\n", set_to(("a",), "2")),
        ("a: !!str\n", set_to(("a",), "2")),
    ],
)
def test_what_cannot_be_changed_alone_is_not_changed(text: str, change: Change) -> None:
    assert fixed(text, change) is None


@pytest.mark.parametrize(
    ("text", "change", "wanted"),
    [
        ("a: &x {p: 1}\nb: *x\nc: 2\n", set_to(("c",), "3"), "a: &x {p: 1}\nb: *x\nc: 3\n"),
        ("a: &x 1\nb: *x\n", set_to(("b",), "3"), "a: &x 1\nb: 3\n"),
        ("a: &x {p: 1}\nb: *x\n", remove("b"), "a: &x {p: 1}\n"),
        ("a: &x {p: 1}\nb:\n  <<: *x\n  r: 3\n", add(("b",), "s: 4"), "a: &x {p: 1}\nb:\n  <<: *x\n  r: 3\n  s: 4\n"),
        ("a: 1\nb: 2", remove("b"), "a: 1\n"),
        ("a: 1\nb: 2", add((), "c: 3"), "a: 1\nb: 2\nc: 3"),
        ("a: 1 # c\n# d\n", add((), "c: 3"), "a: 1 # c\nc: 3\n# d\n"),
        ("a: 1\n\n\n---\nb: 1\n", add((), "c: 3"), "a: 1\nc: 3\n\n\n---\nb: 1\n"),
        ("a: 1\n...\n", add((), "c: 3"), "a: 1\nc: 3\n...\n"),
        ("a:\n  b: |\n    text\n\n# c\n", add(("a",), "c: 3"), "a:\n  b: |\n    text\n  c: 3\n\n# c\n"),
        ("a:\n- b: 1\n  c: 2\n", remove("a", 0, "b"), "a:\n- c: 2\n"),
        ("a:\n-   b: 1\n    c: 2\n", add(("a", 0), "d: 3"), "a:\n-   b: 1\n    c: 2\n    d: 3\n"),
        ("a: 1\rb: 2\rc: 3\r", remove("b"), "a: 1\rc: 3\r"),
        ("ä: '😀'\nö: ü\n", set_to(("ö",), "ß"), "ä: '😀'\nö: ß\n"),
        # JSON stays JSON
        ('{"a": 1, "b": {"c": "d"}}', set_to(("b", "c"), "e"), '{"a": 1, "b": {"c": "e"}}'),
        ('{"a": 1, "b": {"c": "d"}}', set_to(("b", "c"), "'e'"), '{"a": 1, "b": {"c": "e"}}'),
        ('{"a": 1, "b": {"c": "d"}}', set_to(("b", "c"), "{e: [f, 1]}"), '{"a": 1, "b": {"c": {"e": ["f", 1]}}}'),
        ('{"a": "1", "b": {"c": "d"}}', set_to(("a",), "1"), '{"a": 1, "b": {"c": "d"}}'),
        ('{\n  "a": 1,\n  "b": {"c": "d"}\n}', rename(("b",), "e"), '{\n  "a": 1,\n  "e": {"c": "d"}\n}'),
        ('{"a": 1, "b": {"c": "d"}}', add(("b",), "e: {f: g}"), '{"a": 1, "b": {"c": "d", "e": {"f": "g"}}}'),
        ('{"a": 1, "b": {"c": "d"}}', remove("b"), '{"a": 1}'),
        # quotes stay where they may
        ("a: 'x'\n", set_to(("a",), "it's"), "a: 'it''s'\n"),
        ('a: "x"\n', set_to(("a",), "z"), 'a: "z"\n'),
        ('a: "8"\n', set_to(("a",), "8"), "a: 8\n"),
        ('a: "x"\n', set_to(("a",), "'y'"), "a: 'y'\n"),
        ('"a": x\n', rename(("a",), "b"), '"b": x\n'),
        # into quotes
        ("a: 8  # c\n", Change("quote", ("a",)), 'a: "8"  # c\n'),
        ("{a: true}\n", Change("quote", ("a",)), '{a: "true"}\n'),
    ],
)
def test_corners(text: str, change: Change, wanted: str) -> None:
    assert fixed(text, change) == wanted


def test_changes_of_one_repair_are_made_together() -> None:
    assert fixed(BLOCK, set_to(("kind",), "Y"), rename(("spec",), "s")) == BLOCK.replace(" X ", " Y ").replace(
        "spec", "s"
    )
    assert fixed(BLOCK, set_to(("kind",), "Y"), remove("nothing")) is None
    assert fixed(BLOCK, remove("kind"), set_to(("kind",), "Y")) is None


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_entry_can_be_replaced_by_another(newline: str) -> None:
    text = newline.join(("a:", "- b: 1", "  c: 2  # gone", "d: 3", ""))
    wanted = newline.join(("a:", "- b: 1", "  e: 4", "d: 3", ""))
    assert fixed(text, remove("a", 0, "c"), add(("a", 0), "e: 4")) == wanted
    assert fixed("a: {b: 1, c: 2}", remove("a", "c"), add(("a",), "e: 4")) == "a: {b: 1, e: 4}"
    assert fixed("a: {b: 1, c: 2}", remove("a", "b"), add(("a",), "e: 4")) == "a: {c: 2, e: 4}"


def test_a_fix_is_safe_if_rule_and_repair_are() -> None:
    source = SourceText("f", BLOCK)
    for rule_is, repair_is in ((True, True), (True, False), (False, True)):
        repair = Repair("say Y", (set_to(("kind",), "Y"),), safe=repair_is)
        fix = fix_of(repair, document_of(BLOCK), lambda _: source, safe=rule_is)
        assert fix is not None
        assert (fix.title, fix.safe) == ("say Y", rule_is and repair_is)


def test_a_change_may_be_in_another_document() -> None:
    sources = {name: SourceText(name, text) for name, text in (("f", "a: 1\n"), ("g", "# g\na: 2\n"))}
    value: dict[str, Any] = read("# g\na: 2\n")[0].value
    other = Document("g", 0, value, SpanTable(value, read("# g\na: 2\n")[0].offsets))
    repair = Repair("", (set_to(("a",), "3"), Change("set", ("a",), "4", other)))
    fix = fix_of(repair, document_of("a: 1\n"), sources.__getitem__, safe=True)
    assert fix is not None
    assert fix.edits == (Edit("f", 3, 4, "3"), Edit("g", 7, 8, "4"))


def test_of_edits_that_overlap_the_first_counts() -> None:
    edits = [Edit("f", 3, 5, "Y"), Edit("f", 0, 4, "X"), Edit("f", 5, 5, "!"), Edit("f", 5, 6, "?")]
    assert apply("abcdefg", edits) == "Xe!?g"
    assert apply("abc", []) == "abc"
