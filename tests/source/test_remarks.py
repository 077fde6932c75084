"""Comments that speak to istiolint: where they are found, and what they cover."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.source.reader import read
from istiolint.source.remarks import Remark, find_remarks


def only(text: str) -> Remark:
    remarks = find_remarks(text)
    assert len(remarks) == 1, remarks
    return remarks[0]


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# istiolint: ignore[subset-not-found]", ("subset-not-found",), ""),
        ("# istiolint: ignore[a, IST0101 ,b] until March", ("a", "IST0101", "b"), "until March"),
        ("#istiolint:ignore[a]: because", ("a",), "because"),
        ("# istiolint: ignore [a] -- see #12", ("a",), "see #12"),
        ("# istiolint: ignore", (), ""),
        ("# istiolint: ignore legacy host", (), "legacy host"),
        ("# TODO: mend  # istiolint: ignore[a] soon", ("a",), "soon"),
    ],
)
def test_rules_and_reason(comment: str, rules: tuple[str, ...], reason: str) -> None:
    remark = only(f"a: b  {comment}\r\nc: d\n")
    assert (remark.kind, remark.rules, remark.reason) == ("line", rules, reason)
    assert (remark.line, remark.first, remark.last) == (1, 1, 1)


@pytest.mark.parametrize("text", ["a: b # istio: ignore[x]\n", "a: b\n", "# istiolint: --world complete\na: b\n", ""])
def test_other_comments_are_let_be(text: str) -> None:
    assert find_remarks(text) == []


@pytest.mark.parametrize(
    "comment",
    [
        "ignore[]",
        "ignore[a",
        "ignores[a]",
        "Ignore[a]",
        "ingore[a]",
        "disable=a",
        "noqa",
        "ignorefile[a]",
        "ignore-line",
    ],
)
def test_what_was_meant_to_silence_and_does_not_is_malformed(comment: str) -> None:
    remark = only(f"a: b  # istiolint: {comment} reason\n")
    assert remark.kind == "malformed"
    assert remark.last < remark.first


@pytest.mark.parametrize("comment", ["see the docs", "checked in CI", "version 1"])
def test_talk_about_istiolint_is_let_be(comment: str) -> None:
    assert find_remarks(f"a: b  # istiolint: {comment}\n") == []


def test_values_are_not_comments() -> None:
    text = (
        "a: 'x # istiolint: ignore[one]'\n"
        'b: "x\n  # istiolint: ignore[two]"\n'
        "c: |  # istiolint: ignore[here] on the header of a block\n"
        "  # istiolint: ignore[three]\n"
        "d: !!str &x >-  # istiolint: ignore[there]\n"
        "  x # istiolint: ignore[four]\n"
        "# istiolint: ignore[below]\n"
        "e: plain#istiolint: ignore\n"
    )
    assert [(remark.line, remark.rules) for remark in find_remarks(text)] == [
        (4, ("here",)),
        (6, ("there",)),
        (8, ("below",)),
    ]


BODY = """\
apiVersion: v1
kind: Thing
metadata:
  name: x
spec:
  hosts: [a]
  http:
  - name: one

    # a comment
    route:
    - host: a
    - host: b
  - name: two
    text: |
      x

      y
  tls:
    - a
  flow: [
    a,
    b
  ]
  last: 1
---
apiVersion: v1
kind: Other
spec: {}
"""


@pytest.mark.parametrize(
    ("above", "covered"),
    [
        ("kind: Thing", "kind: Thing"),
        ("metadata:", "metadata: ... name: x"),
        ("spec:", "spec: ... last: 1"),
        ("  hosts: [a]", "hosts: [a]"),
        ("  http:", "http: ... y"),
        ("  - name: one", "- name: one ... - host: b"),
        ("    route:", "route: ... - host: b"),
        ("    - host: a", "- host: a"),
        ("    - host: b", "- host: b"),
        ("  - name: two", "- name: two ... y"),
        ("    text: |", "text: | ... y"),
        ("  tls:", "tls: ... - a"),
        ("  flow: [", "flow: [ ... ]"),
        ("    a,", "a,"),
        ("  last: 1", "last: 1"),
        ("apiVersion: v1", "apiVersion: v1 ... last: 1"),
        ("---", "apiVersion: v1 ... spec: {}"),
        ("kind: Other", "kind: Other"),
    ],
)
@pytest.mark.parametrize("indent", ["", "  "])
def test_on_its_own_line_it_covers_what_begins_below(above: str, covered: str, indent: str) -> None:
    before, _, after = BODY.partition(above + "\n")
    text = f"{before}{indent}# istiolint: ignore[x] why\n\n# more to say\n{above}\n{after}"
    remark = only(text)
    lines = [line.strip() for line in text.split("\n")]
    assert remark.kind == "block"
    shown = list(dict.fromkeys((lines[remark.first - 1], lines[remark.last - 1])))
    assert " ... ".join(shown) == covered


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# istiolint: ignore[x]\n\n# about this\n---\na: 1\nb: 2\n---\nc: 3\n", (5, 6)),
        ("---\n# istiolint: ignore[x]\na: 1\nb: 2\n...\n", (3, 4)),
        ("%YAML 1.1\n---\n# istiolint: ignore[x]\na: 1\nb: 2\n", (4, 5)),
        ("--- {a: 1}\n# istiolint: ignore[x]\n--- {b: 1,\n c: 2}\n", (3, 4)),
        ("a: 1\n# istiolint: ignore[x]\n---\n---\n", (1, 0)),
        ("a: 1\n# istiolint: ignore[x]", (1, 0)),
        ("# istiolint: ignore[x]\n- a\n- b", (2, 3)),
        ("a:\n# istiolint: ignore[x]\n- b: 1\n  c: 1\n- d\n", (3, 4)),
        ("a:\n  # istiolint: ignore[x]\n  -\n    b: 1\n  - d\n", (3, 4)),
    ],
)
def test_documents_and_items(text: str, lines: tuple[int, int]) -> None:
    remark = only(text)
    assert (remark.first, remark.last) == lines


def test_a_file_is_covered_from_anywhere() -> None:
    remark = only("a: 1\nb: 2  # istiolint: ignore-file[x] generated\nc: 3\n")
    assert (remark.kind, remark.first, remark.reason) == ("file", 1, "generated")
    assert remark.last >= 3


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("a: b  # istiolint: ignore[x] why\nc: d\n", "a: b\nc: d\n"),
        ("a: b\n  # istiolint: ignore[x] why  \nc: d\n", "a: b\nc: d\n"),
        ("a: b\r\n# istiolint: ignore\r\nc: d\r\n", "a: b\r\nc: d\r\n"),
        ("a: b # istiolint: ignore", "a: b"),
        ("a: b\n# istiolint: ignore", "a: b\n"),
        ("# keep this # istiolint: ignore[x]\na: b\n", "# keep this\na: b\n"),
    ],
)
def test_what_to_delete(text: str, without: str) -> None:
    remark = only(text)
    assert text[: remark.start] + text[remark.end :] == without


def test_places() -> None:
    text = "é: b  # istiolint: ignore[x, y] why\n"
    remark = only(text)
    assert (remark.line, remark.column, remark.end_column) == (1, 7, 32)
    assert text[slice(*remark.listed)] == "x, y"
    assert text[remark.column - 1 : remark.end_column - 1] == "# istiolint: ignore[x, y]"


LINES = (
    "a: 1",
    "b:",
    "  c: 2",
    "- d",
    "  - e: |",
    "    text",
    "---",
    "",
    "# istiolint: ignore[x]",
    "f: 1 # istiolint: ignore",
)


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join))
def test_any_text_gives_lawful_remarks(text: str) -> None:
    count = text.count("\n") + 1
    for remark in find_remarks(text):
        assert text.split("\n")[remark.line - 1][remark.column - 1] == "#"
        assert 0 <= remark.start < remark.end <= len(text)
        assert remark.last < remark.first or 1 <= remark.first <= remark.last <= count
        if remark.kind == "block" and remark.last >= remark.first:
            assert remark.line < remark.first
        before = read(text)
        if not any(document.problems for document in before):
            after = read(text[: remark.start] + text[remark.end :])
            assert [document.value for document in after] == [document.value for document in before]
