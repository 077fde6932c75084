"""Reading plain values that may be anything: what has the wrong type counts as absent, and nothing raises.

A schema error is reported by the schema rules; the model skips what is malformed.
"""

from __future__ import annotations

from typing import Any

EMPTY: dict[str, Any] = {}
"""The mapping of whoever has none; never written to."""


def mapping(value: object) -> dict[str, Any]:
    """`value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else EMPTY


def sequence(value: object) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """`value` if it is a string, else the empty one."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """The strings of a list; empty where it is no list."""
    return tuple([item for item in value if isinstance(item, str)]) if isinstance(value, list) else ()


def labels(value: object) -> dict[str, str]:
    """The string pairs of a mapping (labels, annotations, selectors); the mapping itself where it has no others."""
    if not isinstance(value, dict):
        return EMPTY
    for key, item in value.items():
        if not isinstance(item, str) or not isinstance(key, str):
            return {key: item for key, item in value.items() if isinstance(item, str) and isinstance(key, str)}
    return value


def number(value: object) -> int | None:
    """An integer, also one written as text (ports may be); None for anything else, booleans included."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return None


def dig(value: object, *keys: str) -> Any:
    """The value at `keys` below `value`, None where a step is missing or no mapping."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def matches(selector: dict[str, str], having: dict[str, str]) -> bool:
    """Whether every pair of `selector` is in `having` (an empty selector matches everything)."""
    return selector.items() <= having.items()
