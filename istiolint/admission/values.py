"""Reading plain objects without surprises: a value of the wrong type reads as absent.

The schema reports wrong types, and Istio's decoder sees no difference between an absent scalar and its zero value
(specification, legend), so everything here has one answer for "nothing there".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.records import NamedTuple


class Problem(NamedTuple):
    """Why a scalar is wrong, in words that follow a colon; `part` is the range of characters that is to blame."""

    reason: str
    part: tuple[int, int] | None = None

    def shifted(self, by: int) -> Problem:
        """The same problem of a text that starts `by` characters earlier."""
        return self if self.part is None else Problem(self.reason, (self.part[0] + by, self.part[1] + by))


def mapping(holder: dict[str, Any], key: str) -> dict[str, Any] | None:
    """The object at `key`; None where there is none, also for null and for other types."""
    value = holder.get(key)
    return value if isinstance(value, dict) else None


def entries(holder: dict[str, Any], key: str) -> list[Any]:
    """The list at `key`, items of any type; empty where there is none."""
    value = holder.get(key)
    return value if isinstance(value, list) else []


def objects(holder: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Index and item of each object in the list at `key`."""
    value = holder.get(key)
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield index, item


def texts(holder: dict[str, Any], key: str) -> Iterator[tuple[int, str]]:
    """Index and item of each string in the list at `key`."""
    value = holder.get(key)
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, str):
                yield index, item


def pairs(holder: dict[str, Any], key: str) -> Iterator[tuple[str, str]]:
    """Keys and values of the map at `key`, as far as both are strings."""
    value = holder.get(key)
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and isinstance(name, str):
                yield name, item


def text(holder: dict[str, Any], key: str) -> str:
    """The string at `key`, or the empty string."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def flag(holder: dict[str, Any], key: str) -> bool:
    """Whether `key` is true."""
    return holder.get(key) is True


def integer(holder: dict[str, Any], key: str) -> int | None:
    """The whole number at `key` (also one written `80.0`), or None."""
    value = holder.get(key)
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def number(holder: dict[str, Any], key: str) -> float | None:
    """The number at `key`, or None."""
    value = holder.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return None


def listed(names: tuple[str, ...] | list[str], last: str = "or") -> str:
    """`a, b or c`."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def shown(value: str, most: int = 60) -> str:
    """A string as it fits into a message: cut where it is long, control characters escaped."""
    if len(value) > most:
        value = value[: most - 3] + "..."
    return value if value.isprintable() else value.encode("unicode_escape").decode("ascii")
