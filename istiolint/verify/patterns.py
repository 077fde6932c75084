"""Patterns of names: `*` stands for any text without a slash."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("[^/]*".join(re.escape(part) for part in pattern.split("*")))


def fits(pattern: str, name: str) -> bool:
    """Whether a name (`namespace/name`, or one word) is one that a pattern means."""
    return pattern == name or ("*" in pattern and _compiled(pattern).fullmatch(name) is not None)
