"""The value of one YAML document, with the place of every key and value: from libyaml's events, or from its tree.

Both take regular documents only: without anchors, tags, duplicate keys and the like. Others are `Irregular`. The tree
is quicker, since libyaml's binding makes all of it at once; but it does not show anchors and tags.
"""

from __future__ import annotations

from array import array
from math import isfinite
from sys import intern
from typing import Any, Final, Protocol

import yaml
from yaml.events import (
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import MappingNode, ScalarNode

from istiolint.source import scalars
from istiolint.source.spans import offset_table

MAX_DEPTH: Final = 200
"""Deeper nesting is no manifest; the limit keeps every later walk of the value safe."""

Built = tuple[Any, "array[int]"]
"""The value, and start and end of every key and value in order of the text."""


class EventSource(Protocol):
    """PyYAML's parsers, as far as they matter here."""

    def get_event(self) -> Any:
        """The next event of the stream."""


class Irregular(Exception):
    """This document needs the careful way."""


class TooDeep(yaml.YAMLError):
    """Raised inside a document that is nested beyond all reason; `offset` is where."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


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
        _plain_keys[text] = key = intern(key)
    return key


def from_events(parser: EventSource, base: int) -> Built:
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
            return root, offset_table([base + offset for offset in offsets] if base else offsets)
        else:
            raise Irregular  # an alias
        if mapping is not None:
            mapping[key] = value  # type: ignore[index]
            key = None
        elif container is not None:
            container.append(value)
        else:
            root = value


def from_tree(node: Any, text: str) -> Built:
    """The value of a node that libyaml composed of `text`, in which there are no anchors and tags."""
    offsets: list[int] = []
    if type(node) is ScalarNode:
        offsets += (node.start_mark.index, node.end_mark.index)
        return (node.value if node.style else _plain(node.value)), offset_table(offsets)
    value, _ = _container(node, text, offsets, 1)
    return value, offset_table(offsets)


def _container(node: Any, text: str, offsets: list[int], depth: int) -> tuple[Any, int]:
    """The value of a mapping or sequence and where it ends; its offsets, and those of all in it, are added.

    Long loops with local names only: this is where most of the time of a run is spent.
    """
    if depth > MAX_DEPTH:
        raise Irregular
    put = offsets.append
    values, keys = _plain_values, _plain_keys
    slot, end = len(offsets), 0
    put(node.start_mark.index)
    put(0)
    made: Any
    if type(node) is MappingNode:
        made = {}
        for name, child in node.value:
            if type(name) is not ScalarNode:
                raise Irregular
            key = name.value
            put(name.start_mark.index)
            put(name.end_mark.index)
            if not name.style:
                written = key
                key = keys.get(written)
                if key is None:
                    key = _plain_key(written)
            if key in made:
                raise Irregular
            if type(child) is ScalarNode:
                put(child.start_mark.index)
                end = child.end_mark.index
                put(end)
                value = child.value
                if not child.style:
                    value = values[value] if value in values else _plain(value)
            else:
                value, end = _container(child, text, offsets, depth + 1)
            made[key] = value
    else:
        made = []
        for child in node.value:
            if type(child) is ScalarNode:
                put(child.start_mark.index)
                end = child.end_mark.index
                put(end)
                value = child.value
                if not child.style:
                    value = values[value] if value in values else _plain(value)
            else:
                value, end = _container(child, text, offsets, depth + 1)
            made.append(value)
    if node.flow_style:
        closing = node.end_mark.index
        if text[closing - 1] in "]}":  # the mapping in `[a: b]` has no text at its end
            end = closing
    offsets[slot + 1] = end
    return made, end
