"""YAML text to plain values with spans.

The values are what Kubernetes makes of the text (`scalars.py`). Texts without anchors, tags, duplicate keys and the
like, which are nearly all, are built from the tree that libyaml composes; where that is not so, single documents
without them from its events (`build.py`), and the others by a tree of our own (`irregular.py`). After a syntax error
reading goes on at the next `---` line. What libyaml does not take at all, text with control characters and JSON's
surrogate pairs, is put right before (`unreadable.py`).
"""

from __future__ import annotations

import re
from array import array
from typing import Any, Final

import yaml
from yaml.events import DocumentEndEvent, DocumentStartEvent, ScalarEvent, StreamEndEvent
from yaml.reader import ReaderError

from istiolint.records import NamedTuple
from istiolint.source.build import MAX_DEPTH, EventSource, Irregular, TooDeep, from_events, from_tree

MAX_SYNTAX_ERRORS: Final = 50
"""Per file, so that a large file which is no YAML at all is given up."""

_NEXT_DOCUMENT = re.compile("(?<![^\n\r\x85\u2028\u2029])---(?![^ \t\n\r\x85\u2028\u2029])")
BYTE_ORDER_MARK: Final = "\ufeff"
_MOST_BRACKETS: Final = 300
_NESTED_BLOCKS = re.compile(r"\n[ \t?:-]{100}")
"""A line that may open many blocks, or be inside of many."""


class Problem(NamedTuple):
    """What is wrong with the text; `rule` names the card of family `syntax`, offsets are characters."""

    rule: str
    start: int
    end: int
    reason: str
    other: tuple[int, int] | None = None
    """A second place: the first of two equal keys."""
    repair: tuple[int, int, str] | None = None
    """Where there is an edit that most likely mends it: start and end of what it replaces, and the new text."""


class YamlDocument(NamedTuple):
    """One document of a stream. `value` is None for empty ones, and for those that could not be read."""

    value: Any
    offsets: array[int]
    start: int
    problems: tuple[Problem, ...] = ()


try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # PyYAML was built without libyaml: its own parser gives the same events, slower
    _Parser = yaml.SafeLoader  # type: ignore[misc,assignment]
    _Composer = None
else:

    class _Composer(_Parser):  # type: ignore[no-redef]
        """libyaml's parser, which composes trees and asks for no tags."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
            """The tag of a node."""
            return ""

        def descend_resolver(self, parent: Any, index: Any) -> None:
            """On the way into a node."""

        def ascend_resolver(self) -> None:
            """On the way out of a node."""


def parser_of(text: str) -> EventSource:
    """A parser of `text`; libyaml's where PyYAML has it."""
    return _Parser(text)


def read(text: str) -> list[YamlDocument]:
    """All documents of a stream, in order. Never raises: what cannot be read is a document with problems."""
    try:
        if _is_simple(text) and (trees := _read_trees(text)):
            return trees
        documents = read_stream(text)
    except (ReaderError, UnicodeEncodeError):
        from istiolint.source.unreadable import read_without_controls

        return read_without_controls(text)
    if documents and documents[0].problems and "\\u" in text and text.lstrip()[:1] in ("{", "["):
        from istiolint.source.unreadable import read_json

        return read_json(text) or documents
    if any(document.problems for document in documents):
        from istiolint.source.joined import separated

        return separated(text, documents)
    return documents


def _is_simple(text: str) -> bool:
    """Whether there is surely no anchor, tag or directive, and no nesting that a recursive composer may not survive."""
    if "&" in text or "!" in text or BYTE_ORDER_MARK in text or ("%" in text and ("\n%" in text or text[0] == "%")):
        return False
    if "\x85" in text or "\u2028" in text or "\u2029" in text or text.count("\r") != text.count("\r\n"):
        return False  # line breaks that few know
    if text[:1] in " \t?:-" and _NESTED_BLOCKS.match("\n" + text[:100]):
        return False
    return text.count("[") + text.count("{") <= _MOST_BRACKETS and not _NESTED_BLOCKS.search(text)


def _read_trees(text: str) -> list[YamlDocument] | None:
    """All documents of a simple text; None where one is not regular after all, or not YAML."""
    if _Composer is None:
        return None
    documents: list[YamlDocument] = []
    end = 0
    try:
        composer = _Composer(text)
        while composer.check_node():
            node = composer.get_node()
            start = node.start_mark.index
            marker = text.rfind("\n---", max(0, end - 1), start) + 1
            if marker or (not documents and text.startswith("---")):
                start = marker
            value, offsets = from_tree(node, text)
            documents.append(YamlDocument(value, offsets, start))
            end = offsets[1]
    except (yaml.YAMLError, Irregular):
        return None
    return documents


def read_stream(text: str) -> list[YamlDocument]:
    """As `read`; raises ReaderError or UnicodeEncodeError where a character may not stand in YAML."""
    documents: list[YamlDocument] = []
    begin = 0
    for _ in range(MAX_SYNTAX_ERRORS):
        resume = _read_from(text, begin, documents)
        if resume is None:
            break
        begin = resume
    return documents


def _read_from(text: str, begin: int, documents: list[YamlDocument]) -> int | None:
    """Read documents from offset `begin` on. Where to go on after a syntax error; None at the end."""
    if text.startswith(BYTE_ORDER_MARK, begin):
        begin += 1  # libyaml skips it without counting
    start = base = begin
    try:
        parser = parser_of(text[begin:] if begin else text)
        while True:
            event = parser.get_event()
            kind = type(event)
            if kind is DocumentStartEvent:
                start = begin + event.start_mark.index
                try:
                    documents.append(YamlDocument(*from_events(parser, begin), start))
                except Irregular:
                    from istiolint.source.irregular import compose

                    base = start - event.start_mark.column
                    following = _NEXT_DOCUMENT.search(text, begin + event.end_mark.index)
                    documents.append(compose(text, base, following.start() if following else len(text)))
                    base = begin
                    while type(parser.get_event()) is not DocumentEndEvent:
                        pass
            elif kind is StreamEndEvent:
                return None
    except ReaderError:
        raise
    except yaml.YAMLError as error:
        problem = _syntax_error(error, text, base)
    documents.append(YamlDocument(None, array("I"), start, (problem,)))
    following = _NEXT_DOCUMENT.search(text, max(problem.start, start + 1))
    return following.start() if following else None


def _syntax_error(error: Exception, text: str, base: int) -> Problem:
    """What the parser complains of, with its place."""
    if isinstance(error, TooDeep):
        return Problem("nested-too-deep", error.offset, error.offset + 1, f"more than {MAX_DEPTH} levels")
    from istiolint.source.complaints import explain

    return Problem("syntax-error", *explain(error, text, base))


def scalar_ranges(text: str) -> list[tuple[int, int]]:
    """The ranges of all scalars that can be read, so that a comment sign inside one is not taken for a comment."""
    ranges: list[tuple[int, int]] = []
    try:
        parser = parser_of(text)
        while True:
            event = parser.get_event()
            kind = type(event)
            if kind is ScalarEvent:
                ranges.append((event.start_mark.index, event.end_mark.index))
            elif kind is StreamEndEvent:
                return ranges
    except (yaml.YAMLError, UnicodeEncodeError):
        return ranges
