"""Reading a plain object without trusting its shape: what has the wrong type is as good as absent.

The schema reports wrong types; the checks behind it must only not trip over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def object_at(value: Any, key: str) -> dict[str, Any]:
    """The mapping at `key` of `value`; empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text_at(value: Any, key: str) -> str:
    """The string at `key` of `value`; empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def list_at(value: Any, key: str) -> list[Any]:
    """The list at `key` of `value`; empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def objects_in(value: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Index and mapping of the items of the list at `key`; items of another type are left out."""
    for index, item in enumerate(list_at(value, key)):
        if isinstance(item, dict):
            yield index, item


def texts_in(value: Any, key: str) -> Iterator[tuple[int, str]]:
    """Index and text of the items of the list at `key`; items of another type are left out."""
    for index, item in enumerate(list_at(value, key)):
        if isinstance(item, str):
            yield index, item
