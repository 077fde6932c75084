"""What the walker notes when a value does not fit its schema; `diagnose.py` makes defects of it."""

from __future__ import annotations

from typing import Any, Literal

from istiolint.finding import Path
from istiolint.records import NamedTuple

Trail = tuple[Any, Any] | None
"""A path while it is walked, cheap to extend: (trail of the container, key); None at the root."""

What = Literal[
    "type", "unknown", "missing", "enum", "bounds", "pattern", "format", "choices", "twice", "rule", "default"
]  # fmt: skip


class Problem(NamedTuple):
    """Something that does not fit.

    `path` is the place: of the wrong value, of the unknown or missing field, of the object of a choice, of the list
    item that repeats another. `more` depends on `what`: the node (type, enum, bounds, pattern, format), the node of the
    object (unknown, missing), the choice, the index of the first of two (twice), the defect (rule). `default` is no
    problem but a null that the API server replaces by the default of the field.
    """

    what: What
    path: Path
    value: Any
    more: Any


def path_of(trail: Trail) -> Path:
    """The path that a trail stands for."""
    steps = []
    while trail is not None:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))
