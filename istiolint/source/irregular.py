"""The careful way to read a document: anchors, aliases, merge keys, tags, duplicate keys, keys that are no strings.

Composes the events into a tree of nodes first, then makes plain values and the span table of the tree. An alias has
its own place; what is inside it stands where the anchor is. Merged keys stand where they were written.
"""

from __future__ import annotations

import re
from array import array
from math import isfinite
from typing import Any, Final, NamedTuple

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamStartEvent,
)

from istiolint.source import scalars
from istiolint.source.reader import MAX_DEPTH, EventSource, Problem, TooDeep, YamlDocument

MAX_NODES: Final = 100_000
"""Nodes of a document after aliases are followed; more is an alias bomb."""

_PROPERTIES = re.compile(r"(?:[!&][^\s,\[\]{}]*[ \t\r\n]*)*")


class _Tree(NamedTuple):
    """A node: `content` is a scalar's value, a list of trees, or a list of pairs of trees."""

    kind: str
    content: Any
    start: int
    end: int
    nodes: int


class _State(NamedTuple):
    text: str
    base: int
    anchors: dict[str, _Tree | None]
    problems: list[Problem]


class _TooManyAliases(Exception):
    pass


def compose(parser: EventSource, text: str, base: int) -> YamlDocument:
    """Read the first document of `parser`, whose input is `text[base:]`."""
    state = _State(text, base, {}, [])
    event = parser.get_event()
    while isinstance(event, StreamStartEvent | DocumentStartEvent):
        event = parser.get_event()
    bomb = False
    tree = None
    try:
        tree = _node(parser, event, state, 1)
    except _TooManyAliases:
        bomb = True
    while not isinstance(event, DocumentEndEvent):
        event = parser.get_event()
    if bomb or tree is None:
        return YamlDocument(None, array("I"), base, tuple(state.problems))
    offsets = array("I")
    value = _plain(tree, offsets)
    return YamlDocument(value, offsets, base, tuple(state.problems))


def _node(parser: EventSource, event: Any, state: _State, depth: int) -> _Tree:
    start = state.base + event.start_mark.index
    if depth > MAX_DEPTH:
        raise TooDeep(start)
    if isinstance(event, AliasEvent):
        return _alias(event, state, start)
    bare = start
    properties = _PROPERTIES.match(state.text, start) if event.anchor or event.tag else None
    if properties:
        bare = properties.end()
    if event.anchor:
        state.anchors[event.anchor] = None
    if isinstance(event, ScalarEvent):
        tree = _scalar(event, state, bare)
    elif isinstance(event, MappingStartEvent):
        tree = _mapping(parser, state, bare, depth)
    else:
        tree = _sequence(parser, state, bare, depth)
    if event.anchor:
        state.anchors[event.anchor] = tree
    return tree


def _alias(event: Any, state: _State, start: int) -> _Tree:
    end = state.base + event.end_mark.index
    if event.anchor not in state.anchors:
        state.problems.append(Problem("syntax-error", start, end, f"no anchor &{event.anchor} comes before this alias"))
        return _Tree("scalar", None, start, end, 1)
    target = state.anchors[event.anchor]
    if target is None:
        state.problems.append(Problem("syntax-error", start, end, f"anchor &{event.anchor} contains itself"))
        return _Tree("scalar", None, start, end, 1)
    if target.nodes > MAX_NODES:
        _bomb(state, start, end)
    return target._replace(start=start, end=end)


def _bomb(state: _State, start: int, end: int) -> None:
    reason = f"the document has more than {MAX_NODES} values once its aliases are followed"
    state.problems.append(Problem("too-many-aliases", start, end, reason))
    raise _TooManyAliases


def _scalar(event: Any, state: _State, start: int) -> _Tree:
    end = max(start, state.base + event.end_mark.index)
    text, plain = event.value, not event.style
    value: scalars.Scalar
    if event.tag is not None and event.tag != "!":
        try:
            value = scalars.tagged(text, event.tag, plain)
        except ValueError as error:
            state.problems.append(Problem("invalid-value", start, end, f"{error}, as its tag {_short(event.tag)} asks"))
            value = text
    elif plain and event.tag is None:
        value = scalars.resolve(text)
        if isinstance(value, float) and not isfinite(value):
            state.problems.append(Problem("invalid-value", start, end, "JSON, and so Kubernetes, has no such number"))
            value = text
    else:
        value = text
    kind = "merge" if plain and text == "<<" and event.tag is None else "scalar"
    return _Tree(kind, value, start, end, 1)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _sequence(parser: EventSource, state: _State, start: int, depth: int) -> _Tree:
    items: list[_Tree] = []
    nodes = 1
    end = start
    while True:
        event = parser.get_event()
        if isinstance(event, SequenceEndEvent):
            break
        item = _node(parser, event, state, depth + 1)
        items.append(item)
        nodes += item.nodes
        end = item.end
        if nodes > MAX_NODES:
            _bomb(state, item.start, item.end)
    return _Tree("list", items, start, _close(event, state, end), nodes)


def _mapping(parser: EventSource, state: _State, start: int, depth: int) -> _Tree:
    entries: dict[str, tuple[_Tree, _Tree]] = {}
    merged: set[str] = set()
    nodes = 1
    end = start
    while True:
        event = parser.get_event()
        if isinstance(event, MappingEndEvent):
            break
        key = _node(parser, event, state, depth + 1)
        value = _node(parser, parser.get_event(), state, depth + 1)
        end = value.end
        nodes += 1 + value.nodes
        if key.kind == "merge":
            nodes += _merge(entries, merged, value, state)
        else:
            _enter(entries, merged, key, value, state)
        if nodes > MAX_NODES:
            _bomb(state, key.start, value.end)
    return _Tree("map", list(entries.items()), start, _close(event, state, end), nodes)


def _enter(entries: dict[str, tuple[_Tree, _Tree]], merged: set[str], key: _Tree, value: _Tree, state: _State) -> None:
    text = scalars.key_text(key.content) if key.kind == "scalar" else None
    if text is None:
        what = "a mapping or list" if key.kind in ("map", "list") else "null or not a number"
        state.problems.append(Problem("invalid-key", key.start, key.end, what))
        return
    if text in entries:
        first = entries.pop(text)[0]
        rule = "merged-key-overridden" if text in merged else "duplicate-key"
        state.problems.append(Problem(rule, key.start, key.end, text, (first.start, first.end)))
        merged.discard(text)
    entries[text] = key, value


def _merge(entries: dict[str, tuple[_Tree, _Tree]], merged: set[str], value: _Tree, state: _State) -> int:
    """Take the entries of merged mappings over; in a list of them the first one counts. Gives the nodes added."""
    sources = value.content if value.kind == "list" else [value]
    added = 0
    for source in sources:
        if source.kind != "map":
            state.problems.append(
                Problem("invalid-value", source.start, source.end, "only a mapping can be merged with <<")
            )
            continue
        for text, pair in source.content:
            if text not in entries:
                entries[text] = pair
                merged.add(text)
                added += 1 + pair[1].nodes
    return added


def _close(event: Any, state: _State, end: int) -> int:
    mark = event.end_mark
    return state.base + mark.index if mark.index != event.start_mark.index else end


def _plain(tree: _Tree, offsets: array[int]) -> Any:
    """The plain value of a tree; its spans are appended in the order of a walk."""
    offsets.append(tree.start)
    offsets.append(tree.end)
    if tree.kind == "map":
        result = {}
        for text, (key, value) in tree.content:
            offsets.append(key.start)
            offsets.append(key.end)
            result[text] = _plain(value, offsets)
        return result
    if tree.kind == "list":
        return [_plain(item, offsets) for item in tree.content]
    return tree.content
