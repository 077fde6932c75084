"""Paths to places in the text."""

from __future__ import annotations

import pytest

from istiolint.finding import Path, Side
from istiolint.source.document import Document
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable, lines_of, size

TEXT = """\
kind: X
spec:
  hosts: [a, "b"]
  http:
  - name: first
    empty:
  -
    name: second
  - - nested
  "quoted key": |
    block
    text
"""


def table(text: str) -> SpanTable:
    (document,) = read(text)
    assert document.problems == ()
    assert len(document.offsets) == 2 * size(document.value)
    return SpanTable(document.value, document.offsets)


def shown(path: Path, on: Side = "value", text: str = TEXT) -> str:
    start, end = table(text).locate(path, on)
    return text[start:end]


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("kind",), "X", "kind"),
        (("spec", "hosts"), '[a, "b"]', "hosts"),
        (("spec", "hosts", 0), "a", "a"),
        (("spec", "hosts", 1), '"b"', '"b"'),
        (("spec", "http", 0), "name: first\n    empty:", "name: first\n    empty:"),
        (("spec", "http", 0, "name"), "first", "name"),
        (("spec", "http", 0, "empty"), "", "empty"),
        (("spec", "http", 1, "name"), "second", "name"),
        (("spec", "http", 2), "- nested", "- nested"),
        (("spec", "http", 2, 0), "nested", "nested"),
        (("spec", "quoted key"), "|\n    block\n    text\n", '"quoted key"'),
    ],
)
def test_a_path_has_a_value_and_a_key(path: Path, value: str, key: str) -> None:
    assert shown(path) == value
    assert shown(path, "key") == key


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("spec", "hosts", 7), '[a, "b"]', "hosts"),
        (("spec", "hosts", -1), '[a, "b"]', "hosts"),
        (("spec", "hosts", "x"), '[a, "b"]', "hosts"),
        (("kind", "x", "y"), "X", "kind"),
        (("spec", "http", 0, "empty", "x"), "", "empty"),
        (("status",), TEXT, TEXT),
    ],
)
def test_what_is_missing_is_shown_by_its_nearest_ancestor(path: Path, value: str, key: str) -> None:
    assert shown(path) == value
    assert shown(path, "key") == key
    assert not table(TEXT).exists(path)


def test_lines_as_a_table() -> None:
    lines = ["a=1", "", "c=3"]
    made = lines_of(lines)
    assert made.value == {"flags": lines}
    assert [made.locate(("flags", number)) for number in range(3)] == [(0, 3), (4, 4), (5, 8)]


def test_null_exists() -> None:
    assert table(TEXT).exists(("spec", "http", 0, "empty"))
    assert table(TEXT).exists(())


def test_items_have_tables_of_their_own() -> None:
    whole = table(TEXT)
    items = whole.items("spec", "http")
    assert len(items) == len(whole.value["spec"]["http"])
    for number, item in enumerate(items):
        assert len(item.offsets) == 2 * size(item.value)
        assert item.locate(()) == whole.locate(("spec", "http", number))
    assert items[1].locate(("name",)) == whole.locate(("spec", "http", 1, "name"))
    assert table("a: []\n").items("a") == []
    with pytest.raises(KeyError):
        whole.items("spec", "tcp")


def test_empty_values_have_a_place_but_no_text() -> None:
    for text, at in (("a:\n", 2), ("a: # x\n", 2), ("- a\n-\n", 5), ("a: &x\n", 5), ("{a: }", 4)):
        value = table(text).value
        path: Path = ("a",) if isinstance(value, dict) else (1,)
        assert table(text).locate(path) == (at, at)


def test_anchors_and_tags_are_no_part_of_a_value() -> None:
    text = "a: &x !!str 1\nb: !t &y # why\n  c: 2\nd: &z\n- 3\ne: ! [4]\nf: !<tag:yaml.org,2002:str> 5\n"
    assert shown(("a",), text=text) == "1"
    assert shown(("b",), text=text) == "c: 2"
    assert shown(("d",), text=text) == "- 3"
    assert shown(("e",), text=text) == "[4]"
    assert shown(("f",), text=text) == "5"


def test_an_alias_has_its_own_place_and_what_is_in_it_that_of_the_anchor() -> None:
    text = "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n"
    assert shown(("c",), text=text) == "*x"
    assert table(text).locate(("c", "b")) == table(text).locate(("a", "b"))
    assert table(text).locate(("d", "b"), "key") == table(text).locate(("a", "b"), "key")
    assert shown(("d", "e"), text=text) == "2"


def test_of_equal_keys_the_last_one_is_shown() -> None:
    text = "a: 1\nb: 2\na: 3\n"
    (document,) = read(text)
    assert SpanTable(document.value, document.offsets).locate(("a",)) == (13, 14)


def test_documents_ask_their_table() -> None:
    (read_document,) = read(TEXT)
    document = Document("f", 0, read_document.value, SpanTable(read_document.value, read_document.offsets))
    assert document.span(("kind",)) == (6, 7)
    assert document.span(("kind",), "key") == (0, 4)
    node = document.node("spec", "http", 1, "name")
    assert node is not None
    assert (node.path, node.value, node.key) == (("spec", "http", 1, "name"), "second", "name")
    assert document.node("spec", "http", 0, "empty") is None
