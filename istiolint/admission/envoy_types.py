"""The messages that Envoy's configuration is made of: names, fields and enums (specification EF025, EF026).

`schemas/envoy/messages.json` holds them as text, which is taken apart for the messages met. A field reads
`name:type`, the type being a letter for a scalar (s string, y bytes, b bool, f float, i and u integers of 32 bits, I
and U of 64), or m or e and the place of a message or enum in its list; before it stands `[` for a list and `{` for a
map.
"""

from __future__ import annotations

from typing import Any

from istiolint.records import NamedTuple


class Field(NamedTuple):
    """The type of a field: a letter, with the name of the message or enum it stands for; `shape` is "", "[" or "{"."""

    kind: str
    type_name: str
    shape: str


_table: dict[str, Any] = {}
_messages: dict[str, dict[str, Field]] = {}


def fields(message: str) -> dict[str, Field] | None:
    """The fields of a message by name, in both spellings (`typed_config`, `typedConfig`); None if it is not known."""
    found = _messages.get(message)
    if found is None:
        text = _loaded()["messages"].get(message)
        if text is None:
            return None
        found = _messages[message] = {}
        for part in text.split():
            name, _, code = part.partition(":")
            found[name] = found[camel(name)] = _field(code)
    return found


def is_message(name: str) -> bool:
    """Whether there is a message of this full name."""
    return name in _loaded()["messages"]


def is_frozen(name: str) -> bool:
    """Whether the message belongs to a version of Envoy's API that is no longer changed."""
    return name in _loaded()["frozen"]


def message_names() -> list[str]:
    """The full names of all messages."""
    return list(_loaded()["messages"])


def enum_names(enum: str) -> list[str]:
    """The values of an enum."""
    return str(_loaded()["enums"][enum]).split()


def camel(name: str) -> str:
    """`typed_config` as `typedConfig`."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _field(code: str) -> Field:
    shape = code[0] if code[0] in "[{" else ""
    kind = code[len(shape)]
    place = code[len(shape) + 1 :]
    names = {"m": "message_list", "e": "enum_list"}.get(kind)
    return Field(kind, _loaded()[names][int(place)] if names else "", shape)


def _loaded() -> dict[str, Any]:
    if not _table:
        import json
        import os

        from istiolint.shelf import shelf

        with open(os.path.join(shelf("schemas"), "envoy", "messages.json"), encoding="utf-8") as file:
            stored = json.load(file)
        _table["message_list"] = [name for name, _ in stored["messages"]]
        _table["enum_list"] = [name for name, _ in stored["enums"]]
        _table["messages"] = dict(stored["messages"])
        _table["enums"] = dict(stored["enums"])
        _table["frozen"] = frozenset(stored["frozen"])
    return _table
