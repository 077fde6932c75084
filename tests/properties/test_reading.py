"""Laws of reading: values, spans, the two ways to build a document, and that nothing breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from istiolint.source.irregular import compose
from istiolint.source.reader import YamlDocument, _is_simple, _read_trees, read, read_stream
from istiolint.source.scalars import resolve_key
from istiolint.source.spans import SpanTable, size
from istiolint.source.text import decode

from .manifests import composed, mappings, styles, values, written

CORPUS_LIMIT = 60_000
"""Bytes; larger files are left out, for time."""


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value with its path, containers before what is in them."""
    yield path, value
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from walk(child, (*path, key))


def check_spans(text: str, document: YamlDocument) -> None:
    """The text of every key and scalar is read as it again; containers hold their children; siblings are in order."""
    table = SpanTable(document.value, document.offsets)
    assert len(document.offsets) == 2 * size(document.value)
    for path, value in walk(document.value):
        start, end = table.locate(path)
        assert 0 <= start <= end <= len(text)
        if path:
            outer_start, outer_end = table.locate(path[:-1])
            assert outer_start <= start <= end <= outer_end
        if path and isinstance(path[-1], str):
            key_start, key_end = table.locate(path, "key")
            assert outer_start <= key_start <= key_end <= start
            check_key(text[key_start:key_end], path[-1])
        if not isinstance(value, dict | list):
            check_scalar(text, start, end, value)


def check_key(written_key: str, key: str) -> None:
    (found,) = read("? " + written_key) if written_key else [None]
    quoted = written_key[:1] in ("'", '"', "|", ">")
    assert key == (next(iter(found.value)) if found and quoted else resolve_key(written_key.strip(" \r\n\t")))


def check_scalar(text: str, start: int, end: int, value: Any) -> None:
    """What stands at a scalar's place means the scalar, at the indentation that it has there."""
    again = text[start:end]
    if again[:1] in ("|", ">"):
        line = text[max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1 : start]
        indent = len(line) - len(line.lstrip(" -?"))
        for spaces in dict.fromkeys((indent, len(line) - len(line.lstrip(" ")), *range(indent))):
            documents = read(" " * spaces + "k: " + again)
            if len(documents) == 1 and documents[0].value == {"k": value}:
                return
        raise AssertionError((line, again, value))
    documents = read(again)
    found = documents[0].value if documents else None
    assert (type(found), found) == (type(value), value)


def check_both_ways(text: str, documents: list[YamlDocument]) -> None:
    """Composing a document gives what building it gives."""
    starts = [document.start for document in documents] + [len(text)]
    for document, following in zip(documents, starts[1:], strict=True):
        line_start = max(text.rfind(sign, 0, document.start) for sign in "\n\r\x85\u2028\u2029") + 1
        again = compose(text, line_start, following)
        assert again.value == document.value
        assert list(again.offsets) == list(document.offsets)


@given(values, styles)
def test_what_is_written_is_read(value: Any, style: dict[str, Any]) -> None:
    text = written(value, style)
    (document,) = read(text)
    assert document.problems == ()
    assert document.value == composed(yaml.compose(text, Loader=yaml.SafeLoader))
    # In blocks, and where it folds at a blank that it has escaped, PyYAML writes some texts so that they are others.
    if style["string_style"] not in ("|", ">") and "\\\\\n" not in text:
        assert document.value == value


def test_what_is_folded_at_an_escaped_blank_is_read_as_others_read_it() -> None:
    text = '{kind: ["0\\u0100\\\n    \\\\\n    \\ 0"]}\n'
    (document,) = read(text)
    assert document.value == yaml.safe_load(text) == yaml.load(text, Loader=yaml.CSafeLoader)


@given(mappings, styles)
def test_spans_hold_what_they_say(value: Any, style: dict[str, Any]) -> None:
    text = written(value, style)
    for document in read(text):
        check_spans(text, document)


@given(st.lists(st.tuples(values, styles), min_size=1, max_size=3))
def test_both_ways_of_building_agree(parts: list[tuple[Any, dict[str, Any]]]) -> None:
    text = "\n---\n".join(
        written(value, {**style, "explicit_start": False, "explicit_end": False}) for value, style in parts
    )
    documents = read(text)
    assert [document.problems for document in documents] == [()] * len(documents)
    check_both_ways(text, documents)


comments = st.sampled_from(["", "", "# c", "   # 'c", "\n\n", "#\n#{"])


@given(mappings, st.lists(comments, min_size=20, max_size=20))
def test_comments_change_nothing(value: Any, remarks: list[str]) -> None:
    style = {"string_style": '"', "default_flow_style": False, "width": 10_000}
    lines = written(value, style).split("\n")
    text = "\n".join(f"{line} {remarks[number % 20]}" for number, line in enumerate(lines))
    (document,) = read(text)
    assert document.value == value
    check_spans(text, document)


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    text = decode(data).text
    for document in read(text):
        assert len(document.offsets) in (0, 2 * size(document.value))
        assert all(0 <= problem.start <= problem.end <= len(text) for problem in document.problems)


def check_trees(text: str) -> None:
    """A text that may be read by the tree of libyaml gives what its events give."""
    try:
        by_tree = _read_trees(text) if _is_simple(text) else None
    except UnicodeEncodeError:
        return
    if by_tree is not None:
        plain = [(repr(it.value), list(it.offsets), it.start, it.problems) for it in by_tree]
        assert plain == [(repr(it.value), list(it.offsets), it.start, it.problems) for it in read_stream(text)]


SNIPPETS = st.sampled_from(
    [
        "&a ", "*a ", "<<: ", "<<: *a", "!!str ", "!!int ", "! ", "? ", ": ", "- ", ", ", "[", "]", "{", "}", "|", ">-",
        "'", '"', "#", "\n", "\n  ", "\r", "\t", "\0", "\ufeff", "---\n", "...\n", "%YAML 1.1\n", "\ud800",
        "\\ud83d\\ude00", ".inf", "a: 1\n",
    ]
)  # fmt: skip


@given(mappings, styles, st.lists(st.tuples(st.integers(0, 400), SNIPPETS, st.integers(0, 3)), max_size=6))
@settings(max_examples=300)
def test_mutilated_manifests_are_read(value: Any, style: dict[str, Any], cuts: list[tuple[int, str, int]]) -> None:
    text = written(value, style)
    for at, snippet, less in cuts:
        at = min(at, len(text))
        text = text[:at] + snippet + text[at + less :]
    check_trees(text)
    for document in read(text):
        assert len(document.offsets) in (0, 2 * size(document.value))
        assert all(0 <= start <= len(text) for start in document.offsets)
        assert all(0 <= problem.start <= problem.end <= len(text) for problem in document.problems)


@given(st.lists(SNIPPETS, max_size=30).map("".join))
@settings(max_examples=300)
def test_any_tokens_are_read(text: str) -> None:
    check_trees(text)
    for document in read(text):
        assert len(document.offsets) in (0, 2 * size(document.value))


PLAIN = st.sampled_from(
    [
        "- ", "? ", ": ", "[", "]", "{", "}", "a", "k: ", "[a: b]", "[a: {} ]", "\n", "\n  ", "---\n", "--- ", "...\n",
        "# c\n", "|\n", ">-\n", "'", '"', ",", "~", "1", "0x1f", "<<: ", ".inf", "é", "\U0001f600", "\r\n", "\t",
    ]
)  # fmt: skip


@given(st.lists(PLAIN, max_size=14).map("".join))
@settings(max_examples=500)
def test_trees_and_events_agree(text: str) -> None:
    check_trees(text)


@pytest.mark.parametrize(
    "text", ["[" * 500, "{a: " * 500, "- " * 300, "? " * 300, "x:\n" + " " * 200 + "y: 1", "\r- " * 9]
)
def test_deep_texts_are_not_composed(text: str) -> None:
    assert not _is_simple(text)


def test_the_corpus(shared: Path) -> None:
    count = 0
    for file in sorted((shared / "corpus").rglob("*.y*ml")):
        if not file.is_file() or file.stat().st_size > CORPUS_LIMIT:
            continue
        text = decode(file.read_bytes()).text
        check_trees(text)
        documents = read(text)
        if any(document.problems for document in documents) or "&" in text:
            continue
        count += len(documents)
        check_both_ways(text, documents)
        for document in documents:
            if document.value is not None:
                check_spans(text, document)
    if not count:
        pytest.skip("the corpus has no files")
