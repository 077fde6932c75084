"""Objects without a line between them."""

from __future__ import annotations

import pytest

from istiolint.finding import Edit
from istiolint.fix import apply
from istiolint.source.joined import RULE
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable

ONE = "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n"
OTHER = "kind: B\napiVersion: v1\nmetadata:\n  name: &b b\n"


@pytest.mark.parametrize("between", ["", "---"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_they_are_read_as_the_objects_they_are(between: str, line_break: str) -> None:
    text = f"# files\n---\n{ONE}{between}{OTHER}{ONE}---\n{OTHER}".replace("\n", line_break)
    documents = read(text)
    assert [it.value["kind"] for it in documents] == ["A", "B", "A", "B"]
    problems = [it.problems for it in documents]
    assert [[problem.rule for problem in each] for each in problems] == [[], [RULE], [RULE], []]
    for document in documents:
        start, end = SpanTable(document.value, document.offsets).locate(("metadata", "name"), "value")
        assert text[start:end].removeprefix("&b ") == document.value["metadata"]["name"]
    edits = [Edit("f", *problem.repair) for each in problems for problem in each if problem.repair]
    repaired = apply(text, edits)
    assert repaired == f"# files\n---\n{ONE}---\n{OTHER}---\n{ONE}---\n{OTHER}".replace("\n", line_break)
    assert not any(it.problems for it in read(repaired))


@pytest.mark.parametrize(
    "text",
    [
        ONE + "kind: B\n",
        ONE + "apiVersion: v2\n",
        ONE + "metadata: {}\n",
        "a: 1\na: 2\n",
    ],
)
def test_a_key_that_is_there_twice_makes_no_two_objects(text: str) -> None:
    (document,) = read(text)
    assert {problem.rule for problem in document.problems} == {"duplicate-key"}


def test_equal_keys_in_one_of_them_are_still_told() -> None:
    documents = read(ONE + OTHER + "spec: 1\nspec: 2\n")
    assert [[problem.rule for problem in it.problems] for it in documents] == [[], [RULE, "duplicate-key"]]
