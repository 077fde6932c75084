"""RE2's syntax."""

from __future__ import annotations

from istiolint.admission.values import Problem


def regex_problem(pattern: str) -> Problem | None:
    """Why Go's regexp package does not take `pattern`."""
    return None
