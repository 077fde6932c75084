"""YAML text to plain values with spans: one pass over libyaml's events.

The values are what Kubernetes makes of the text (`scalars.py`). Documents without anchors, tags, duplicate keys and the
like, which are nearly all, are built right from the events (`_build`); the others are composed into a tree first
(`irregular.py`). After a syntax error reading goes on at the next `---` line. What libyaml does not take at all, text
with control characters and JSON's surrogate pairs, is put right before (`unreadable.py`).
"""

from __future__ import annotations

import re
from array import array
from math import isfinite
from typing import Any, Final, Protocol

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from istiolint.records import NamedTuple
from istiolint.source import scalars
from istiolint.source.spans import offset_table

MAX_DEPTH: Final = 200
"""Deeper nesting is no manifest; the limit keeps every later walk of the value safe."""
MAX_SYNTAX_ERRORS: Final = 50
"""Per file, so that a large file which is no YAML at all is given up."""

_NEXT_DOCUMENT = re.compile("(?<![^\n\r\x85\u2028\u2029])---(?![^ \t\n\r\x85\u2028\u2029])")
BYTE_ORDER_MARK: Final = "\ufeff"
_NUMERIC_START = "+-.0123456789"


class Problem(NamedTuple):
    """What is wrong with the text; `rule` names the card of family `syntax`, offsets are characters."""

    rule: str
    start: int
    end: int
    reason: str
    other: tuple[int, int] | None = None
    """A second place: the first of two equal keys."""


class YamlDocument(NamedTuple):
    """One document of a stream. `value` is None for empty ones, and for those that could not be read."""

    value: Any
    offsets: array[int]
    start: int
    problems: tuple[Problem, ...] = ()


class EventSource(Protocol):
    """PyYAML's parsers, as far as they matter here."""

    def get_event(self) -> Any:
        """The next event of the stream."""


class Irregular(Exception):
    """This document needs the careful way."""


try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # PyYAML was built without libyaml: its own parser gives the same events, slower
    _Parser = yaml.SafeLoader  # type: ignore[misc,assignment]


def parser_of(text: str) -> EventSource:
    """A parser of `text`; libyaml's where PyYAML has it."""
    return _Parser(text)


def read(text: str) -> list[YamlDocument]:
    """All documents of a stream, in order. Never raises: what cannot be read is a document with problems."""
    try:
        documents = read_stream(text)
    except (ReaderError, UnicodeEncodeError):
        from istiolint.source.unreadable import read_without_controls

        return read_without_controls(text)
    if documents and documents[0].problems and "\\u" in text and text.lstrip()[:1] in ("{", "["):
        from istiolint.source.unreadable import read_json

        return read_json(text) or documents
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
                    documents.append(_build(parser, begin, start))
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


class TooDeep(yaml.YAMLError):
    """Raised inside a document that is nested beyond all reason; `offset` is where."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def _syntax_error(error: Exception, text: str, base: int) -> Problem:
    """What the parser complains of, with its place."""
    if isinstance(error, TooDeep):
        return Problem("nested-too-deep", error.offset, error.offset + 1, f"more than {MAX_DEPTH} levels")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    offset = min(base + mark.index, len(text)) if mark is not None else base
    reason = " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
    end = offset + 1 if offset < len(text) and text[offset] not in "\r\n" else offset
    return Problem("syntax-error", offset, end, reason or "this is not YAML")


_plain_values: dict[str, Any] = {}
_plain_keys: dict[str, str] = {}
_MEMO_LIMIT: Final = 20_000


def _plain(text: str) -> Any:
    """The value of a plain scalar, remembered; Irregular for what JSON does not have."""
    value = scalars.resolve(text)
    if isinstance(value, float) and not isfinite(value):
        raise Irregular
    if len(_plain_values) < _MEMO_LIMIT:
        _plain_values[text] = value
    return value


def _plain_key(text: str) -> str:
    """The key that a plain scalar becomes, remembered; Irregular for merges and for what is no key."""
    key = scalars.resolve_key(text)
    if key is None or text == "<<":
        raise Irregular
    if len(_plain_keys) < _MEMO_LIMIT:
        _plain_keys[text] = key
    return key


def _build(parser: EventSource, base: int, start: int) -> YamlDocument:
    """Build one regular document; the events up to and including its end are consumed.

    One long loop with local names only: this is where most of the time of a run is spent.
    """
    get_event = parser.get_event
    offsets: list[int] = []
    put = offsets.append
    values, keys = _plain_values, _plain_keys
    stack: list[tuple[Any, str | None, int]] = []
    container: Any = None
    mapping: dict[str, Any] | None = None
    key: str | None = None
    slot = end = 0
    root: Any = None

    while True:
        event = get_event()
        kind = type(event)
        if kind is ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                raise Irregular
            text = event.value
            put(event.start_mark.index)
            end = event.end_mark.index
            put(end)
            if mapping is not None and key is None:
                if event.style:
                    key = text
                else:
                    key = keys.get(text)
                    if key is None:
                        key = _plain_key(text)
                if key in mapping:
                    raise Irregular
                continue
            if event.style:
                value = text
            elif text in values:
                value = values[text]
            else:
                value = _plain(text)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if event.anchor is not None or event.tag is not None or (mapping is not None and key is None):
                raise Irregular
            stack.append((container, key, slot))
            slot = len(offsets)
            put(event.start_mark.index)
            put(0)
            if len(stack) > MAX_DEPTH:
                raise TooDeep(base + event.start_mark.index)
            if kind is MappingStartEvent:
                container = mapping = {}
            else:
                container, mapping = [], None
            key = None
            continue
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            closing = event.end_mark.index
            if closing != event.start_mark.index:  # a closing bracket has text, the end of a block has none
                end = closing
            offsets[slot + 1] = end
            value = container
            container, key, slot = stack.pop()
            mapping = container if type(container) is dict else None
        elif kind is DocumentEndEvent:
            table = offset_table([base + offset for offset in offsets] if base else offsets)
            return YamlDocument(root, table, start)
        else:
            raise Irregular  # an alias
        if mapping is not None:
            mapping[key] = value  # type: ignore[index]
            key = None
        elif container is not None:
            container.append(value)
        else:
            root = value


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
