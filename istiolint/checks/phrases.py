"""Small words that several checks put together."""

from __future__ import annotations

from collections.abc import Iterable


def listed(names: Iterable[object], last: str = "and") -> str:
    """`a, b and c`; `nothing` where there are none."""
    texts = [str(name) for name in names]
    if not texts:
        return "nothing"
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {last} {texts[-1]}"


def suggestion(near: str) -> str:
    """` (did you mean "reviews"?)`, or nothing."""
    return f' (did you mean "{near}"?)' if near else ""
