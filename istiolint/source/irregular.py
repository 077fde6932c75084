"""The careful way to read a document: anchors, aliases, merge keys, tags, duplicate keys, keys that are no strings.

Composes the events into a tree of nodes first, then makes plain values and the span table of the tree. An alias has
its own place; what is inside it stands where the anchor is. Merged keys stand where they were written.
"""

from __future__ import annotations

import re
from array import array
from math import isfinite
from typing import Any, Final

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

from istiolint.records import NamedTuple
from istiolint.source import scalars
from istiolint.source.build import MAX_DEPTH, EventSource, TooDeep
from istiolint.source.reader import BYTE_ORDER_MARK, Problem, YamlDocument, parser_of

MAX_NODES: Final = 100_000
"""Nodes of a document after aliases are followed; more is an alias bomb."""

_PROPERTIES = re.compile(r"(?:(?:!<[^>]*>|[!&][^\s,\[\]{}]*)\s*(?:#[^\r\n]*\s*)*)*")


class _Tree(NamedTuple):
    """A node: `content` is a scalar's value, a list of trees, or a list of pairs of trees."""

    kind: str
    content: Any
    start: int
    end: int
    height: int = 1
    """How many levels it has."""
    nodes: int = 1
    aliased: int = 0
    """How many of its nodes are there by way of aliases."""


class _State(NamedTuple):
    text: str
    base: int
    anchors: dict[str, _Tree]
    problems: list[Problem]


class _TooManyAliases(Exception):
    pass


def compose(text: str, base: int, end: int) -> YamlDocument:
    """Read the first document of `text[base:end]`; `base` is where a line begins."""
    if text.startswith(BYTE_ORDER_MARK, base):
        base += 1
    parser = parser_of(text[base:end])
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
    value = _plain(tree, offsets, state.problems)
    return YamlDocument(value, offsets, base, tuple(state.problems))


def _node(parser: EventSource, event: Any, state: _State, depth: int) -> _Tree:
    start = state.base + event.start_mark.index
    if depth > MAX_DEPTH:
        raise TooDeep(start)
    if isinstance(event, AliasEvent):
        return _alias(event, state, start, depth)
    bare = start
    properties = _PROPERTIES.match(state.text, start) if event.anchor or event.tag else None
    if properties:
        bare = properties.end()
    unfinished = _Tree("unfinished", None, start, start)
    if event.anchor:
        state.anchors[event.anchor] = unfinished
    if isinstance(event, ScalarEvent):
        tree = _scalar(event, state, bare)
    elif isinstance(event, MappingStartEvent):
        tree = _mapping(parser, state, bare, depth)
    else:
        tree = _sequence(parser, state, bare, depth)
    if event.anchor and state.anchors[event.anchor] is unfinished:  # inside of it, the name may have been given anew
        state.anchors[event.anchor] = tree
    return tree


def _alias(event: Any, state: _State, start: int, depth: int) -> _Tree:
    end = state.base + event.end_mark.index
    if event.anchor not in state.anchors:
        reason = f'no anchor &{event.anchor} comes before this alias; if it is none, put "*{event.anchor}" in quotes'
        state.problems.append(Problem("syntax-error", start, end, reason))
        return _Tree("scalar", None, start, end)
    target = state.anchors[event.anchor]
    if target.kind == "unfinished":
        state.problems.append(Problem("syntax-error", start, end, f"anchor &{event.anchor} contains itself"))
        return _Tree("scalar", None, start, end)
    if depth + target.height > MAX_DEPTH:
        raise TooDeep(start)
    if target.nodes > MAX_NODES:
        _bomb(state, start, end)
    return target._replace(start=start, end=end, aliased=target.nodes)


def _bomb(state: _State, start: int, end: int) -> None:
    reason = f"its aliases stand for more than {MAX_NODES} values"
    state.problems.append(Problem("too-many-aliases", start, end, reason))
    raise _TooManyAliases


def _scalar(event: Any, state: _State, start: int) -> _Tree:
    end = state.base + event.end_mark.index
    start = min(start, end)
    text, plain = event.value, not event.style
    value: scalars.Scalar
    if event.tag is not None and event.tag != "!":
        try:
            value = scalars.tagged(text, event.tag)
        except ValueError as error:
            state.problems.append(Problem("invalid-value", start, end, f"{error}, as its tag {_short(event.tag)} asks"))
            value = text
    elif plain and event.tag is None:
        value = scalars.resolve_raw(text)
    else:
        value = text
    kind = "merge" if plain and text == "<<" and event.tag is None else "scalar"
    return _Tree(kind, value, start, end)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _sequence(parser: EventSource, state: _State, start: int, depth: int) -> _Tree:
    items: list[_Tree] = []
    end = start
    while True:
        event = parser.get_event()
        if isinstance(event, SequenceEndEvent):
            break
        item = _node(parser, event, state, depth + 1)
        items.append(item)
        end = item.end
    return _measured(_Tree("list", items, start, _close(event, state, end)), items, state)


def _measured(tree: _Tree, children: list[_Tree], state: _State) -> _Tree:
    """The tree of a container, with the measures that its children give it."""
    height, nodes, aliased = 1, 1, 0
    for child in children:
        height = max(height, child.height + 1)
        nodes += child.nodes
        aliased += child.aliased
        if aliased > MAX_NODES:
            _bomb(state, child.start, child.end)
    return tree._replace(height=height, nodes=nodes, aliased=aliased)


def _mapping(parser: EventSource, state: _State, start: int, depth: int) -> _Tree:
    entries: dict[str, tuple[_Tree, _Tree]] = {}
    merged: set[str] = set()
    end = start
    while True:
        event = parser.get_event()
        if isinstance(event, MappingEndEvent):
            break
        key = _node(parser, event, state, depth + 1)
        value = _node(parser, parser.get_event(), state, depth + 1)
        end = value.end
        if key.kind == "merge":
            _merge(entries, merged, value, state)
        else:
            _enter(entries, merged, key, value, state)
    children = [node for pair in entries.values() for node in pair]
    return _measured(_Tree("map", list(entries.items()), start, _close(event, state, end)), children, state)


def _enter(entries: dict[str, tuple[_Tree, _Tree]], merged: set[str], key: _Tree, value: _Tree, state: _State) -> None:
    text = scalars.key_text(key.content) if key.kind == "scalar" else None
    if text is None:
        what = "a mapping or list" if key.kind in ("map", "list") else "null or too large a number"
        state.problems.append(Problem("invalid-key", key.start, key.end, what))
        return
    if text in entries:
        _overridden(entries, merged, text, key, state)
        merged.discard(text)
    entries[text] = key, value


def _overridden(entries: dict[str, tuple[_Tree, _Tree]], merged: set[str], text: str, by: _Tree, state: _State) -> None:
    """Take out an entry that comes again, and say so."""
    first = entries.pop(text)[0]
    rule = "merged-key-overridden" if text in merged else "duplicate-key"
    state.problems.append(Problem(rule, by.start, by.end, text, (first.start, first.end)))


def _merge(entries: dict[str, tuple[_Tree, _Tree]], merged: set[str], value: _Tree, state: _State) -> None:
    """Take the entries of merged mappings over; in a list of them the first one counts.

    They count as written here: what stands before `<<` is overridden, which other readers of YAML do not do.
    """
    for source in reversed(value.content) if value.kind == "list" and not _is_alias(value) else (value,):
        if source.kind != "map":
            state.problems.append(
                Problem("invalid-value", source.start, source.end, "only a mapping can be merged with <<")
            )
            continue
        for text, (key, content) in source.content:
            if text in entries:
                _overridden(entries, merged, text, source, state)
                if len(state.problems) > MAX_NODES:
                    _bomb(state, source.start, source.end)
            entries[text] = key, content._replace(aliased=content.nodes)
            merged.add(text)


def _is_alias(tree: _Tree) -> bool:
    return tree.aliased == tree.nodes


def _close(event: Any, state: _State, end: int) -> int:
    mark = event.end_mark
    return state.base + mark.index if mark.index != event.start_mark.index else end


def _plain(tree: _Tree, offsets: array[int], problems: list[Problem]) -> Any:
    """The plain value of a tree; its spans are appended in the order of a walk."""
    offsets.append(tree.start)
    offsets.append(tree.end)
    if tree.kind == "map":
        result = {}
        for text, (key, value) in tree.content:
            offsets.append(key.start)
            offsets.append(key.end)
            result[text] = _plain(value, offsets, problems)
        return result
    if tree.kind == "list":
        return [_plain(item, offsets, problems) for item in tree.content]
    value = tree.content
    if isinstance(value, float):
        if isfinite(value):
            return scalars.whole(value)
        problems.append(Problem("invalid-value", tree.start, tree.end, "JSON, and so Kubernetes, has no such number"))
        return None
    return value
