"""Ranges inside scalars, found again in the text of the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.source.parts import part_range
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable


def shown(text: str, word: str) -> str:
    """The text that is pointed at for `word` in the value of the key `a`."""
    document = read(text)[0]
    value = document.value["a"]
    start, end = SpanTable(document.value, document.offsets).locate(("a",))
    at = value.index(word)
    first, last = part_range(text, start, end, value, (at, at + len(word)))
    return text[first:last]


@pytest.mark.parametrize(
    "text",
    [
        "a: one two\n",
        "a: 'one two'\n",
        "a: |\n  one\n  two: x\n",
        "a: |-\n    # one\n\n      two\n",
        "a: |2\n    two\n  one\n",
        "a: |+\n\n\n  one\n  two\n\n",
    ],
)
def test_a_word_is_found(text: str) -> None:
    assert shown(text, "two") == "two"


def test_what_is_written_otherwise_is_shown_whole() -> None:
    assert shown('a: "one\\ntwo"\n', "two") == '"one\\ntwo"'
    assert shown("a: >\n  one\n  two\n", "two").startswith(">")


@given(st.lists(st.text("xyz :#", max_size=6).map(str.rstrip), min_size=1, max_size=5), st.integers(1, 4))
def test_every_line_of_a_block_is_found(lines: list[str], indent: int) -> None:
    body = ["first", *lines, "two"]
    text = "a: |\n" + "".join(f"{' ' * indent}{line}\n" if line else "\n" for line in body)
    document = read(text)[0]
    assert document.value["a"] == "\n".join(body) + "\n"
    assert shown(text, "two") == "two"
